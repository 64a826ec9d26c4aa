"""The client against the server's own transport (tests/support/fake_server, C++).

DEEPVISION_FAKE_SERVER is the path of that program; CTest sets it. Without it these
tests are skipped: the rest of the suite needs nothing but Python.
"""

import os
import subprocess

import grpc
import numpy as np
import pytest
from PIL import Image

import deepvision
from deepvision import DeepVisionError
from deepvision.cli.main import main

_PROGRAM = os.environ.get("DEEPVISION_FAKE_SERVER", "")

pytestmark = pytest.mark.skipif(not _PROGRAM, reason="DEEPVISION_FAKE_SERVER is not set")


@pytest.fixture(scope="module")
def target():
    server = subprocess.Popen(
        [_PROGRAM, "--listen=127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield f"127.0.0.1:{server.stdout.readline().split()[-1]}"
    server.terminate()
    server.wait(30)


@pytest.fixture
def remote(target):
    with deepvision.connect(target, timeout=60) as client:
        client.wait(60)
        yield client


def test_the_layers_of_a_pass_are_those_of_the_topology(remote):
    topology = remote.topology("tiny_resnet", omit_markers=True)
    with remote.activations("tiny_resnet", "noise:42", prediction=True) as stream:
        layers = stream.read_all()
    assert list(layers) == [node.id for node in topology.nodes]
    for node in topology.nodes:
        assert list(layers[node.id].array.shape) == list(node.shape)
    assert stream.trailer.item_count == len(layers) and stream.prediction.classes


def test_all_encodings_of_a_layer_mean_the_same_values(remote):
    def get(**options):
        return next(remote.activations("tiny_resnet", "noise:1", layers="layer2.0.relu", **options))

    exact = get().array
    np.testing.assert_allclose(get(encoding="float16").values(), exact, rtol=1e-3, atol=1e-6)
    codes = get(encoding="uint8")
    assert np.abs(codes.values() - exact).max() <= codes.meta.quantization.scale[0] * 0.51
    for other in (
        get(encoding="png"),
        get(encoding="uint8", layout="atlas", gutter=2, max_sheet_side=64),
        get(encoding="png", layout="atlas", max_sheet_side=64),
    ):
        np.testing.assert_array_equal(other.array, codes.array)
    upside_down = get(encoding="uint8", layout="atlas", row_order="bottom_up")
    np.testing.assert_array_equal(upside_down.array, codes.array[:, ::-1])
    np.testing.assert_array_equal(get(channels=[5, 0]).array, exact[[5, 0]])


@pytest.mark.parametrize("max_message_bytes", [0, 65536])
def test_a_layer_of_many_messages_needs_no_channel_options(remote, max_message_bytes):
    layers = remote.activations("wide", "black", max_message_bytes=max_message_bytes).read_all()
    assert max(len(layer.data) for layer in layers.values()) > 4 * 1024 * 1024


@pytest.mark.parametrize("source", ["dataset:shapes/1", "noise:gaussian/7", "zeros", "black"])
def test_every_short_form_of_an_input_is_understood(remote, source):
    assert remote.classify("tiny_resnet", source, top_k=3).prediction.classes[0].probability > 0


def test_pictures_and_arrays_are_understood(remote):
    (picture,) = remote.images("shapes", indices=[1])
    for source in (picture.data, picture.to_pil(), np.asarray(picture.to_pil().convert("RGB"))):
        assert remote.classify("tiny_resnet", source).prediction.classes
    tensor = remote.input_tensor("noise:3", "tiny_resnet")
    assert tensor.dtype == np.float32 and tensor.ndim == 3


@pytest.mark.parametrize(
    "call, code",
    [
        (lambda c: c.topology("no_such_network"), grpc.StatusCode.NOT_FOUND),
        (
            lambda c: next(c.activations("tiny_resnet", "zeros", layers="x*")),
            grpc.StatusCode.NOT_FOUND,
        ),
        (lambda c: list(c.images("shapes", indices=[99])), grpc.StatusCode.OUT_OF_RANGE),
        (lambda c: c.classify("broken", "zeros"), grpc.StatusCode.FAILED_PRECONDITION),
        (
            lambda c: c.classify("tiny_resnet", "zeros", top_k=5000),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
    ],
)
def test_errors_have_their_code_and_a_reason(remote, call, code):
    with pytest.raises(DeepVisionError) as error:
        call(remote)
    assert error.value.code is code and error.value.reason and error.value.message


def test_weights_and_histograms(remote):
    histograms = list(remote.histograms("tiny_resnet", bins=8, layers=["layer1*"]))
    assert histograms and all(len(h.counts) == 8 and len(h.edges) == 9 for h in histograms)
    assert all(w.array.size for w in remote.weights("tiny_resnet", "fc"))


def test_the_command_line(target, tmp_path, capsys):
    for arguments in (
        ["info"],
        ["networks"],
        ["datasets"],
        ["topology", "tiny_resnet"],
        ["activations", "tiny_resnet", "--input", "dataset:shapes/1", "--out", str(tmp_path)],
    ):
        assert main(["--server", target, *arguments]) == 0
    assert (tmp_path / "overview.png").exists() and "layer1.0.relu@1" in capsys.readouterr().out


def test_a_visualization_grows_through_the_real_transport(remote):
    stream = remote.visualize("tiny_resnet", "relu", units=[0, 13], steps=8, max_side=16)
    results = {result.unit: result for result in stream.results()}
    assert results[0].array.shape == (16, 16, 3)
    assert results[13].state == "dead" and stream.state == "partial"
    again = remote.watch_visualization(stream.id, units=[0], from_step=0)
    assert [event.replayed for event in list(again)[:-1]] == [True] * 4
    layer = remote.visualize("tiny_resnet", "relu", 0, steps=8, layout="atlas", encoding="rgba8")
    assert [event.is_sheet for event in layer if hasattr(event, "is_sheet")][-1]


def test_a_visualize_command_against_the_real_transport(target, tmp_path, capsys):
    page, way = tmp_path / "page.png", tmp_path / "way.gif"
    code = main(
        ["--server", target, "visualize", "tiny_resnet", "relu", "--units", "0-5"]
        + ["--out", str(page), "--evolution", str(way)]
    )
    assert code == 0 and page.exists() and way.exists()
    assert "6 done" in capsys.readouterr().out
    assert Image.open(way).n_frames >= 5  # what the server kept, and the results
