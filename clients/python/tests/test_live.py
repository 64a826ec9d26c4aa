"""What LiveActivations becomes: one answer per frame."""

import itertools

import fake_server
import grpc
import numpy as np
import pytest

from deepvision import DeepVisionError
from deepvision._generated.v1 import activation_pb2


def test_every_frame_is_answered_in_order_with_its_layers(client):
    frames = (np.full((4, 4, 3), shade, np.uint8) for shade in range(5))
    stream = client.live("resnet", frames, ["fc", "relu"], prediction=True)
    answers = list(stream)
    assert [answer.frame_id for answer in answers] == [0, 1, 2, 3, 4]
    for answer in answers:
        assert list(answer.layers) == ["fc", "relu"]
        np.testing.assert_array_equal(answer.layers["relu"].array, fake_server.value("relu"))
        assert answer.prediction.classes[0].name
        assert answer.error is None and answer.compute == pytest.approx(0.0032)
        assert 0 <= answer.age < 20
    assert stream.trailer.answered_frames == 5
    assert stream.header.network == "resnet"


def test_no_more_frames_are_underway_than_asked_for(server, client):
    sent = []

    def frames():
        for number in range(20):
            sent.append(number)
            yield "black"

    for answer in client.live("resnet", frames(), "fc", in_flight=1):
        # The generator is one ahead: what it gave waits until this answer was read.
        assert len(sent) <= answer.frame_id + 2


def test_a_frame_that_fails_is_told_and_the_others_go_on(client):
    answers = list(client.live("resnet", ["black", "zeros", "black"], "fc"))
    assert [answer.error is None for answer in answers] == [True, False, True]
    error = answers[1].error
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert error.reason == "INVALID_FIELD" and "zeros" in error.message
    assert not answers[1].layers


def test_another_configuration_holds_from_the_next_frame_on(client):
    stream = client.live("resnet", itertools.repeat("black", 6), "fc", in_flight=1)
    seen = []
    for answer in stream:
        seen.append(*answer.layers)
        if answer.frame_id == 2:
            stream.configure("relu")
    assert seen[0] == "fc" and seen[-1] == "relu"
    assert stream.header.configuration == 2


def test_what_the_frames_raise_reaches_the_reader(client):
    def frames():
        yield "black"
        raise RuntimeError("the camera is gone")

    with pytest.raises(RuntimeError, match="the camera is gone"):
        list(client.live("resnet", frames(), "fc"))


def test_a_frame_that_is_no_input_is_refused_before_it_is_sent(server, client):
    with pytest.raises(DeepVisionError, match="not an input"):
        list(client.live("resnet", [3.5], "fc"))
    requests = activation_pb2.LiveActivationsRequest
    assert not any(isinstance(r, requests) and r.HasField("frame") for r in server.requests)


def test_leaving_the_loop_ends_the_call(server, client):
    with client.live("resnet", itertools.repeat("black"), "fc") as stream:
        next(stream)
    assert server.cancelled.result(timeout=20)


def test_a_stream_without_its_trailer_is_incomplete(server, client):
    server.omit_trailer = True
    with pytest.raises(DeepVisionError, match="no trailer came"):
        list(client.live("resnet", ["black"], "fc"))


def test_a_frame_that_ends_inside_a_layer_is_damaged(server, client):
    def lose_the_end(response):
        if response.HasField("end"):
            return activation_pb2.LiveActivationsResponse()
        return response

    server.damage = lose_the_end
    with pytest.raises(DeepVisionError, match="has no end"):
        list(client.live("resnet", ["black"], "fc"))


def test_a_network_that_does_not_exist_is_an_error_of_the_call(client):
    with pytest.raises(DeepVisionError) as caught:
        list(client.live("nothing", ["black"], "fc"))
    assert caught.value.code is grpc.StatusCode.NOT_FOUND
