"""Anything that a network can look at, as the proto message Input."""

import os
import re

import numpy as np

from deepvision._generated.v1 import input_pb2 as pb
from deepvision.errors import invalid_input

# The server refuses larger requests.
MAX_INPUT_BYTES = 16 * 1024 * 1024

_SHORT_FORMS = (
    'a path, "dataset:ID/INDEX", "noise:SEED", "noise:GENERATOR/SEED", "digest:HEX", '
    '"visualization:ID/UNIT", "zeros" or "black"'
)
_PIXEL_FORMATS = {1: pb.PIXEL_FORMAT_GRAY8, 3: pb.PIXEL_FORMAT_RGB8, 4: pb.PIXEL_FORMAT_RGBA8}


def dataset_image(dataset, index):
    """A picture of one of the server's datasets."""
    return pb.Input(dataset_image=pb.DatasetImageRef(dataset=dataset, index=index))


def noise(seed, generator=""):
    """A picture drawn by one of the server's noise generators (default: its first)."""
    return pb.Input(noise=pb.NoiseRef(generator=generator, seed=seed))


def digest(hexadecimal):
    """An input that the server has seen, by the digest that it named it with."""
    return pb.Input(input_digest=hexadecimal)


def visualization(id, unit, image=0):
    """An image of a visualization that is done, as another network's input, too."""
    return pb.Input(visualization=pb.VisualizationRef(id=id, unit=unit, image=image))


def tensor(array, space="network"):
    """A tensor [channels, height, width].

    space: "network": used as it is; "unit": 0..1 per colour, which the server
        normalises as the network's manifest says.
    """
    array = np.ascontiguousarray(array, dtype="<f4")
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 3:
        raise invalid_input(f"a tensor input is [channels, height, width], not {list(array.shape)}")
    spaces = {"network": pb.TENSOR_SPACE_NETWORK, "unit": pb.TENSOR_SPACE_UNIT}
    if space not in spaces:
        raise invalid_input(f'space is "network" or "unit", not {space!r}')
    return pb.Input(
        tensor=pb.InputTensor(
            shape=array.shape,
            space=spaces[space],
            data=_not_empty(array.tobytes(), "the tensor"),
        )
    )


def pixels(array):
    """A uint8 picture: [height, width], [height, width, 3] or [height, width, 4]."""
    array = np.ascontiguousarray(array)
    channels = 1 if array.ndim == 2 else array.shape[-1]
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or channels not in _PIXEL_FORMATS:
        raise invalid_input(
            f"a uint8 picture is [height, width], [height, width, 3] or [height, width, 4], "
            f"not {array.dtype} {list(array.shape)}"
        )
    return pb.Input(
        pixels=pb.Pixels(
            format=_PIXEL_FORMATS[channels],
            width=array.shape[1],
            height=array.shape[0],
            data=_not_empty(array.tobytes(), "the picture"),
        )
    )


def to_input(source):
    """The Input that `source` means; see the package's description.

    Raises DeepVisionError (INVALID_ARGUMENT) for what cannot be sent in a request.
    """
    made = to_input_of_any_size(source)
    size = len(payload(made))
    if size > MAX_INPUT_BYTES:
        raise invalid_input(
            f"the input has {size:,} bytes; a request takes at most {MAX_INPUT_BYTES:,}: use "
            "Client.upload, or send it smaller, or as PNG or JPEG"
        )
    return made


def payload(made):
    """The bytes of an Input; empty for one that only names a picture."""
    member = made.WhichOneof("source")
    if member == "encoded_image":
        return made.encoded_image
    return getattr(made, member).data if member in ("pixels", "tensor") else b""


def without_payload(made):
    """What is left of an Input with bytes, for the beginning of an upload."""
    if made.WhichOneof("source") == "pixels":
        p = made.pixels
        bare = pb.Pixels(format=p.format, width=p.width, height=p.height, row_order=p.row_order)
        return pb.Input(pixels=bare)
    if made.WhichOneof("source") == "tensor":
        return pb.Input(tensor=pb.InputTensor(shape=made.tensor.shape, space=made.tensor.space))
    return pb.Input(encoded_image=b"")


def to_input_of_any_size(source):
    """As to_input, also for what is too large for one request."""
    if isinstance(source, pb.Input):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return pb.Input(encoded_image=_not_empty(bytes(source), "the picture"))
    if isinstance(source, os.PathLike):
        return _read_file(source)
    if isinstance(source, str):
        return _parse(source)
    if type(source).__module__.partition(".")[0] == "PIL":
        return _from_pil(source)
    if hasattr(source, "__array__"):
        return _from_array(np.asarray(source))
    raise invalid_input(
        f"{type(source).__name__} is not an input; give {_SHORT_FORMS}, "
        "encoded bytes, a PIL picture or an array"
    )


def _parse(text):
    if text in ("zeros", "black"):
        return pb.Input(**{text: True})
    if text.startswith("dataset:"):
        match = re.fullmatch(r"dataset:([^/]+)/(\d+)", text)
        if not match:
            raise invalid_input(
                f'{text!r} should read "dataset:ID/INDEX", for example "dataset:shapes/3"'
            )
        return dataset_image(match[1], int(match[2]))
    if text.startswith("digest:"):
        return digest(text.partition(":")[2])
    if text.startswith("visualization:"):
        match = re.fullmatch(r"visualization:(networks/[^/]+/visualizations/[^/]+)/(\d+)", text)
        if not match:
            raise invalid_input(f'{text!r} should read "visualization:ID/UNIT"')
        return visualization(match[1], int(match[2]))
    if text.startswith("noise:"):
        match = re.fullmatch(r"noise:(?:([^/]+)/)?(\d+)", text)
        if not match or int(match[2]) >= 2**64:
            raise invalid_input(f'{text!r} should read "noise:SEED", for example "noise:42"')
        return noise(int(match[2]), match[1] or "")
    return _read_file(text)


def _read_file(path):
    try:
        if os.fspath(path).endswith(".npy"):
            return _from_array(np.load(path, allow_pickle=False))
        with open(path, "rb") as file:
            return pb.Input(encoded_image=_not_empty(file.read(), str(path)))
    except OSError as error:
        raise invalid_input(
            f"cannot read {os.fspath(path)!r}: {error.strerror or error}; "
            f"an input is {_SHORT_FORMS}"
        ) from error
    except ValueError as error:  # NumPy's word for a file that is no array
        raise invalid_input(f"{os.fspath(path)!r} is no NumPy array: {error}") from error


def _from_array(array):
    if array.dtype == np.uint8:
        return pixels(array)
    if array.dtype.kind == "f":
        return tensor(array)
    raise invalid_input(
        f"an array input is uint8 (a picture) or float (a tensor), not {array.dtype}"
    )


def _from_pil(picture):
    if picture.mode in ("P", "CMYK", "1", "LA", "PA", "YCbCr"):
        picture = picture.convert("RGB")
    if picture.mode not in ("L", "RGB", "RGBA"):
        raise invalid_input(
            f"a PIL picture of mode {picture.mode} cannot be sent; convert it to RGB"
        )
    return pixels(np.asarray(picture))


def _not_empty(data, what):
    if not data:
        raise invalid_input(f"{what} is empty")
    return data
