"""What StreamActivations becomes: arrays, checked."""

import signal
import threading
from concurrent import futures

import fake_server
import grpc
import numpy as np
import pytest

from deepvision import DeepVisionError
from deepvision._generated.v1 import activation_pb2


def test_every_layer_arrives_in_order_with_its_values(client):
    layers = list(client.activations("resnet", "zeros"))
    assert [layer.id for layer in layers] == [node[0] for node in fake_server._NODES]
    for layer in layers:
        np.testing.assert_array_equal(layer.array, fake_server.value(layer.id))
        assert layer.array.dtype == np.float32


def test_the_array_of_a_one_message_layer_is_a_view_of_the_message(client):
    layer = next(client.activations("resnet", "zeros", layers="relu"))
    assert layer.array.base is not None and not layer.array.flags.owndata
    assert np.shares_memory(layer.array, np.frombuffer(layer.data, np.uint8))


@pytest.mark.parametrize("message_bytes", [1, 4096, 5000])
def test_chunks_of_any_size_make_the_same_array(server, client, message_bytes):
    server.message_bytes = message_bytes
    ids = ["fc"] if message_bytes == 1 else ["relu", "fc"]
    layers = client.activations("resnet", "zeros", layers=ids).read_all()
    for layer_id in ids:
        np.testing.assert_array_equal(layers[layer_id].array, fake_server.value(layer_id))


def test_a_layer_far_above_the_default_message_limit_needs_no_channel_options(server, client):
    big = np.random.default_rng(0).normal(size=(64, 224, 224)).astype("<f4")  # 12.8 MB
    server.extra_layers["big"] = big
    layer = list(client.activations("resnet", "zeros", layers="fc"))[-1]
    np.testing.assert_array_equal(layer.array, big)


def test_float16_is_float32_rounded(client):
    layer = next(client.activations("resnet", "zeros", layers="layer1.0.bn2", encoding="float16"))
    assert layer.array.dtype == np.float16
    np.testing.assert_array_equal(
        layer.values(), fake_server.value(layer.id).astype("<f2").astype("<f4")
    )


@pytest.mark.parametrize("encoding", ["uint8", "png"])
@pytest.mark.parametrize("value_range", ["layer", "channel", "symmetric"])
def test_codes_become_values_again_within_half_a_code(client, encoding, value_range):
    layer = next(
        client.activations(
            "resnet", "zeros", layers="layer1.0.bn2", encoding=encoding, range=value_range
        )
    )
    assert layer.array.dtype == np.uint8
    half_a_code = max(layer.meta.quantization.scale) / 2
    assert np.abs(layer.values() - fake_server.value(layer.id)).max() <= half_a_code * 1.001


def test_a_vector_of_codes_becomes_values_again(client):
    layer = next(client.activations("resnet", "zeros", layers="fc", encoding="png"))
    assert (
        np.abs(layer.values() - fake_server.value("fc")).max()
        <= layer.meta.quantization.scale[0] / 1.99
    )


@pytest.mark.parametrize("encoding", ["uint8", "png"])
@pytest.mark.parametrize("gutter", [0, 3])
def test_an_atlas_gives_the_same_channels_as_the_plain_layout(client, encoding, gutter):
    plain = next(client.activations("resnet", "zeros", layers="layer2.0.bn2", encoding="uint8"))
    atlas = next(
        client.activations(
            "resnet",
            "zeros",
            layers="layer2.0.bn2",
            encoding=encoding,
            layout="atlas",
            gutter=gutter,
            max_sheet_side=512,
        )
    )
    assert atlas.sheets.shape == (4, 32 + gutter, 80 + 4 * gutter)
    np.testing.assert_array_equal(atlas.array, plain.array)


def test_tiles_of_a_sheet_that_is_bottom_up_are_bottom_up(client):
    plain = next(client.activations("resnet", "zeros", layers="layer2.0.bn2", encoding="uint8"))
    flipped = next(
        client.activations(
            "resnet",
            "zeros",
            layers="layer2.0.bn2",
            encoding="uint8",
            layout="atlas",
            row_order="bottom_up",
        )
    )
    np.testing.assert_array_equal(flipped.array, plain.array[:, ::-1])


def test_a_layer_draws_itself(client):
    layer = next(client.activations("resnet", "zeros", layers="relu", encoding="uint8"))
    assert layer.sheet(theme="light").width >= 900


def test_header_prediction_and_trailer_are_at_hand(client):
    stream = client.activations("resnet", "zeros", prediction=True)
    assert stream.header.produced_by.threads == 2 and stream.prediction is None
    count = len(stream.read_all())
    assert stream.trailer.item_count == count
    assert stream.prediction.classes[0].probability == fake_server.value("probabilities").max()


def test_options_reach_the_server(server, client):
    client.activations(
        "resnet",
        "black",
        layers="relu",
        channels=[3, 1],
        encoding="uint8",
        fixed_range=(-1, 2),
        max_side=8,
        statistics=True,
        numerics="fast",
        row_order="top_down",
    ).read_all()
    request = server.requests[-1]
    assert request.layers[0].channels == [3, 1] and request.defaults.max_side == 8
    assert request.defaults.range == activation_pb2.VALUE_RANGE_FIXED
    assert (request.defaults.fixed_range.minimum, request.defaults.fixed_range.maximum) == (-1, 2)
    assert request.input.black and request.include.statistics and request.wait_until_ready


def test_a_call_names_its_network_in_a_header(server, client):
    client.activations("resnet", "zeros", layers="fc").read_all()
    assert server.metadata[-1]["x-network-id"] == "resnet"


def test_a_stream_without_its_trailer_raises_after_the_complete_layers(server, client):
    server.omit_trailer = True
    stream, seen = client.activations("resnet", "zeros"), []
    with pytest.raises(DeepVisionError) as error:
        for layer in stream:
            seen.append(layer.id)
    assert (error.value.code, error.value.reason) == (
        grpc.StatusCode.DATA_LOSS,
        "STREAM_INCOMPLETE",
    )
    assert len(seen) == len(fake_server._NODES)


def _change(member, change):
    """A `damage` that applies `change` to the first message that has `member`."""
    done = []

    def damage(response):
        if response.HasField(member) and not done:
            done.append(True)
            change(response)
        return response

    return damage


@pytest.mark.parametrize(
    "member, change, complaint",
    [
        ("end", lambda r: setattr(r.end, "crc32", r.end.crc32 ^ 1), "CRC-32"),
        ("end", lambda r: setattr(r, "data", b"\xff" + r.data[1:]), "CRC-32"),
        ("end", lambda r: setattr(r, "data", r.data[:-4]), "bytes came"),
        ("layer", lambda r: setattr(r.layer, "byte_count", 1), "more bytes came"),
        ("layer", lambda r: setattr(r.layer, "byte_count", 1 << 40), "were announced|fit into"),
        ("trailer", lambda r: setattr(r.trailer, "item_count", 99), "99 items"),
        ("trailer", lambda r: setattr(r.trailer, "byte_count", 1), "1 bytes"),
        ("end", lambda r: r.ClearField("layer"), "belong to no item"),
        ("end", lambda r: r.ClearField("end"), "had ended"),
        ("header", lambda r: r.ClearField("header"), "before the header"),
    ],
)
def test_damage_on_the_way_is_found(server, client, member, change, complaint):
    server.damage = _change(member, change)
    with pytest.raises(DeepVisionError, match=complaint) as error:
        client.activations("resnet", "zeros").read_all()
    assert error.value.code is grpc.StatusCode.DATA_LOSS


def test_a_shape_that_does_not_fit_the_bytes_is_found(server, client):
    server.damage = _change("layer", lambda r: r.layer.shape.append(2))
    layer = next(client.activations("resnet", "zeros"))
    with pytest.raises(DeepVisionError, match="bytes came for float32"):
        _ = layer.array


def test_leaving_the_loop_cancels_the_call(server, client):
    server.message_bytes = 16  # far more messages than the connection takes in advance
    server.extra_layers["big"] = np.zeros((64, 128, 128), "<f4")
    with client.activations("resnet", "zeros", layers="fc") as stream:
        next(stream)
    assert server.cancelled.result(timeout=20)


def test_ctrl_c_cancels_the_call(server, client):
    cancelled_in_time = futures.Future()

    def interrupt(response):
        if response.HasField("trailer"):
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            done, _ = futures.wait(
                [server.cancelled], timeout=5
            )  # the trailer is held back till then
            cancelled_in_time.set_result(bool(done))
        return response

    server.damage = interrupt
    stream = client.activations("resnet", "zeros")  # kept: forgetting it would cancel too
    with pytest.raises(KeyboardInterrupt):
        stream.read_all()
    assert cancelled_in_time.result(timeout=20)


def test_a_name_that_is_no_encoding_is_refused_before_the_call(server, client):
    with pytest.raises(DeepVisionError, match="float32, float16, uint8, png"):
        client.activations("resnet", "zeros", encoding="float8")
    assert not server.requests
