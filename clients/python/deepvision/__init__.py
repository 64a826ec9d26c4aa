"""Looks inside neural networks that a DeepVision server has opened.

    import deepvision

    client = deepvision.connect("127.0.0.1:50051")
    for layer in client.activations("demo", "cat.jpg", layers=["layer*"]):
        print(layer.id, layer.array.shape, layer.array.max())

An input is a path, encoded bytes, a PIL picture, a uint8 array [height, width, 3],
a float array [channels, height, width], or one of the short forms
"dataset:shapes/3", "noise:42", "digest:HEX" (an input that the server has seen),
"visualization:ID/UNIT" (one that is done), "zeros" and "black". Client.upload sends what is too large for one request.

Whatever goes wrong is one DeepVisionError with a code, a reason and a sentence.
"""

try:
    import deepvision._generated.v1  # noqa: F401
except ModuleNotFoundError as error:
    raise ImportError(
        "the stubs are missing: run clients/python/generate_stubs.py, or install "
        "the package with pip"
    ) from error

from deepvision.activations import ActivationStream, LayerActivation
from deepvision.client import Client, connect
from deepvision.errors import DeepVisionError
from deepvision.inputs import dataset_image, digest, noise, tensor, to_input, visualization
from deepvision.live import LiveAnswer, LiveStream
from deepvision.topology import Topology
from deepvision.visualizations import (
    ImageProgress,
    VisualizationPicture,
    VisualizationProgress,
    VisualizationResult,
    VisualizationStream,
)

__version__ = "0.1.0"

__all__ = [
    "ActivationStream",
    "Client",
    "DeepVisionError",
    "ImageProgress",
    "LayerActivation",
    "LiveAnswer",
    "LiveStream",
    "Topology",
    "VisualizationPicture",
    "VisualizationProgress",
    "VisualizationResult",
    "VisualizationStream",
    "connect",
    "dataset_image",
    "digest",
    "noise",
    "tensor",
    "to_input",
    "visualization",
]
