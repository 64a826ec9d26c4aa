"""What can be given as an input."""

import numpy as np
import pytest
from PIL import Image

from deepvision import DeepVisionError, tensor, to_input
from deepvision._generated.v1 import input_pb2


def test_short_forms():
    assert to_input("dataset:shapes/3").dataset_image == input_pb2.DatasetImageRef(
        dataset="shapes", index=3
    )
    assert to_input("noise:42").noise == input_pb2.NoiseRef(seed=42)
    assert to_input("noise:perlin/42").noise == input_pb2.NoiseRef(generator="perlin", seed=42)
    assert to_input("zeros").zeros and to_input("black").black


def test_a_path_is_read_as_it_is(tmp_path):
    path = tmp_path / "cat.jpg"
    path.write_bytes(b"as it is")
    assert to_input(path).encoded_image == b"as it is"
    assert to_input(str(path)).encoded_image == b"as it is"


def test_bytes_are_an_encoded_picture():
    assert to_input(b"png").encoded_image == b"png"
    assert to_input(memoryview(b"png")).encoded_image == b"png"


@pytest.mark.parametrize(
    "shape, format", [((4, 6), "GRAY8"), ((4, 6, 3), "RGB8"), ((4, 6, 4), "RGBA8")]
)
def test_a_uint8_array_is_pixels(shape, format):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    pixels = to_input(array).pixels
    assert input_pb2.PixelFormat.Name(pixels.format) == f"PIXEL_FORMAT_{format}"
    assert (pixels.height, pixels.width, pixels.data) == (4, 6, array.tobytes())


def test_an_array_that_is_not_contiguous_is_sent_in_its_own_order():
    array = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)[::-1, ::2]
    assert to_input(array).pixels.data == array.tobytes()


def test_a_float_array_is_a_tensor():
    array = np.random.default_rng(0).normal(size=(3, 5, 7))
    sent = to_input(array).tensor
    assert list(sent.shape) == [3, 5, 7] and sent.space == input_pb2.TENSOR_SPACE_NETWORK
    assert sent.data == array.astype("<f4").tobytes()
    assert tensor(array[None], space="unit").tensor.space == input_pb2.TENSOR_SPACE_UNIT


def test_a_pil_picture_is_pixels():
    picture = Image.effect_noise((8, 6), 50).convert("RGB")
    assert to_input(picture).pixels.data == np.asarray(picture).tobytes()
    assert to_input(picture.convert("P")).pixels.format == input_pb2.PIXEL_FORMAT_RGB8


def test_an_input_is_named_by_its_digest():
    assert to_input("digest:" + "ab" * 32).input_digest == "ab" * 32


def test_an_npy_file_is_its_array(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 4, 4), np.float32))
    assert list(to_input(tmp_path / "x.npy").tensor.shape) == [3, 4, 4]


@pytest.mark.parametrize(
    "source, complaint",
    [
        ("no/such/file.png", "No such file"),
        ("dataset:shapes", "dataset:ID/INDEX"),
        ("dataset:shapes/-1", "dataset:ID/INDEX"),
        ("noise:many", "noise:SEED"),
        (f"noise:{2**64}", "noise:SEED"),
        (b"", "empty"),
        (np.zeros((3, 4), np.float32), r"\[channels, height, width\]"),
        (np.zeros((4, 4, 2), np.uint8), r"\[height, width, 3\]"),
        (np.zeros((3, 4, 4), np.int64), "uint8"),
        (b"x" * (16 * 1024 * 1024 + 1), "at most 16,777,216.*Client.upload"),
        (3, "int is not an input"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(source, complaint):
    with pytest.raises(DeepVisionError, match=complaint):
        to_input(source)


def test_a_file_that_only_looks_like_an_array_is_refused(tmp_path):
    (tmp_path / "x.npy").write_bytes(b"no array")
    with pytest.raises(DeepVisionError, match="no NumPy array"):
        to_input(tmp_path / "x.npy")
