"""The calls besides activations, and what errors become."""

import hashlib
import threading

import fake_server
import grpc
import numpy as np
import pytest
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2

import deepvision
from deepvision import DeepVisionError

SERVING, NOT_SERVING = (
    health_pb2.HealthCheckResponse.SERVING,
    health_pb2.HealthCheckResponse.NOT_SERVING,
)


def test_lists_are_read_page_by_page(client):
    assert [network.id for network in client.networks()] == ["resnet", "broken"]


def test_a_network_has_classes(client):
    assert client.network("resnet").parameter_count == 19994
    assert client.classes("resnet") == fake_server.CLASSES


def test_a_topology_finds_nodes_by_id_and_member(client):
    topology = client.topology("resnet", view="operators")
    assert len(topology) == 13 and topology.header.view == 2
    assert topology["bn1"].id == "relu" and topology["relu"].index == 1
    assert "fc" in topology and "nothing" not in topology
    join = topology["layer1.0.relu@1"]
    assert [n.id for n in topology.predecessors(join)] == ["layer1.0.bn2", "layer1.0/pass"]
    assert [n.id for n in topology.successors(topology["relu"])] == [
        "layer1.0.relu",
        "layer1.0/pass",
    ]


def test_a_topology_without_its_trailer_raises(server, client):
    server.omit_trailer = True
    with pytest.raises(DeepVisionError, match="broke off"):
        client.topology("resnet")


def test_classify_gives_probabilities(client):
    classes = client.classify("resnet", "zeros", top_k=3).prediction.classes
    assert len(classes) == 3
    assert [c.probability for c in classes] == sorted(
        (c.probability for c in classes), reverse=True
    )


def test_histograms_count_every_value(client):
    histograms = list(client.histograms("resnet", bins=8))
    assert [h.layer for h in histograms] == ["relu", "fc"]
    assert (
        sum(histograms[0].counts) == fake_server.value("relu").size
        and len(histograms[0].edges) == 9
    )


def test_histograms_without_their_trailer_raise(server, client):
    server.omit_trailer = True
    with pytest.raises(DeepVisionError, match="broke off"):
        list(client.histograms("resnet"))


def test_weights_are_arrays(client):
    (weight,) = client.weights("resnet", "fc")
    assert weight.name == "fc.weight"
    np.testing.assert_array_equal(weight.array, np.arange(24, dtype="<f4").reshape(4, 6))


def test_pictures_of_a_dataset(client):
    pictures = list(client.images("shapes", indices=[4, 2]))
    assert [p.meta.class_name for p in pictures] == ["checks", "triangle"]
    np.testing.assert_array_equal(np.asarray(pictures[0].to_pil()), fake_server.picture(4))


def test_an_input_as_picture_and_as_tensor(client):
    assert client.input_picture("zeros", "resnet").to_pil().size == (32, 32)
    np.testing.assert_array_equal(
        client.input_tensor("zeros", "resnet"), fake_server.value("input")
    )


def test_an_upload_sends_the_bytes_in_parts_and_stands_for_them(server, client):
    data = bytes(range(256)) * (64 * 1024 + 1)  # more than a request takes
    digest = client.upload(data)
    start, sent = server.uploads[-1]
    assert sent == data
    assert start.byte_count == len(data)
    assert start.input.WhichOneof("source") == "encoded_image"
    assert digest.input_digest == hashlib.sha256(data).hexdigest()
    client.upload(np.ones((3, 4, 5), np.float32))
    start, sent = server.uploads[-1]
    assert list(start.input.tensor.shape) == [3, 4, 5]
    assert len(sent) == 4 * 60 and not start.input.tensor.data


def test_what_has_no_bytes_is_not_uploaded(client):
    with pytest.raises(DeepVisionError, match="bytes of their own"):
        client.upload("noise:3")


def test_datasets_noise_and_server_info(client):
    assert client.datasets()[0].image_count == 20
    assert client.noise_generators()[0].id == "gaussian"
    assert client.server_info().libtorch_version == "2.11.0"


def test_an_error_has_code_reason_and_metadata(client):
    with pytest.raises(DeepVisionError) as caught:
        client.topology("resnt")
    error = caught.value
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "NETWORK_NOT_FOUND")
    assert error.metadata == {"network": "resnt", "nearest": "resnet"}
    assert 'did you mean "resnet"' in str(error)


def test_an_error_has_retry_hint_and_fields(server, client, monkeypatch):
    def fail(request, context):
        violation = error_details_pb2.BadRequest.FieldViolation(
            field="top_k", description="is 5000"
        )
        fake_server.abort(
            context,
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "the queue is full",
            "QUEUE_FULL",
            {},
            error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(nanos=500_000_000)),
            error_details_pb2.BadRequest(field_violations=[violation]),
        )

    monkeypatch.setattr(server, "_check_network", fail)
    with pytest.raises(DeepVisionError) as caught:
        client.classify("resnet", "zeros")
    assert caught.value.retry_after == 0.5
    assert caught.value.violations == [("top_k", "is 5000")]


def test_an_absent_server_is_named():
    with pytest.raises(
        DeepVisionError, match="No DeepVision server answers at 127.0.0.1:1 "
    ) as caught:
        deepvision.connect("127.0.0.1:1").networks()
    assert caught.value.reason == "NO_SERVER"


def test_a_server_that_goes_away_is_told_from_one_that_is_absent(server, client):
    server.damage = lambda response: server.kill() or response
    with pytest.raises(DeepVisionError) as caught:
        client.activations("resnet", "zeros").read_all()
    assert caught.value.reason != "NO_SERVER"
    assert caught.value.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def test_an_unknown_host_is_an_absent_server():
    with pytest.raises(DeepVisionError) as caught:
        deepvision.connect("no-such-host.invalid:1").networks(timeout=20)
    assert caught.value.reason == "NO_SERVER"


def test_a_deadline_ends_a_call(server, client, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(server, "_check_network", lambda request, context: released.wait(20))
    with pytest.raises(DeepVisionError, match="time limit") as caught:
        client.classify("resnet", "zeros", timeout=0.05)
    released.set()
    assert caught.value.code is grpc.StatusCode.DEADLINE_EXCEEDED


def test_wait_returns_when_the_server_serves(server, client):
    server.health.set("", NOT_SERVING)
    waiting = threading.Thread(target=client.wait, args=(20,))
    waiting.start()
    server.health.set("", SERVING)
    waiting.join(20)
    assert not waiting.is_alive()


def test_wait_gives_up_and_says_the_last_state(server, client):
    server.health.set("", NOT_SERVING)
    with pytest.raises(DeepVisionError, match="not ready within 2 s: NOT_SERVING"):
        client.wait(2)


def test_wait_for_an_absent_server_gives_up():
    with pytest.raises(DeepVisionError, match="did not answer"):
        deepvision.connect("127.0.0.1:1").wait(0.3)


def test_wait_for_an_unknown_network_says_so(client):
    with pytest.raises(DeepVisionError, match="no such network"):
        client.wait(20, network="resnt")
