#!/usr/bin/env python3
"""Compares the server's predictions for photographs with PyTorch's.

Each photograph is sent as JPEG bytes over gRPC. The reference is the network of
the Python package itself (not our export) on the same bytes, read by Pillow and
prepared by torchvision. The first five classes must agree in order, and their
probabilities within 0.001. Run by verify.sh.
"""

import argparse
import dataclasses
import io
import pathlib
import sys

import deepvision
import torch
from export import load
from PIL import Image
from torchvision import transforms

NETWORK = "efficientnet_lite0"
TOP = 5
TOLERANCE = 1e-3
PREPARE = transforms.Compose(
    [
        transforms.Resize(256, transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([127 / 255] * 3, [128 / 255] * 3),
    ]
)


@dataclasses.dataclass
class Prediction:
    """The first classes of one photograph, and what the network saw."""

    classes: list
    probabilities: list
    tensor: torch.Tensor


def as_jpeg(path: pathlib.Path) -> bytes:
    """The file itself when it is a JPEG, else its picture as one."""
    if path.suffix == ".jpg":
        return path.read_bytes()
    buffer = io.BytesIO()
    Image.open(path).convert("RGB").save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def by_pytorch(network: torch.nn.Module, jpeg: bytes) -> Prediction:
    tensor = PREPARE(Image.open(io.BytesIO(jpeg)).convert("RGB"))
    with torch.no_grad():
        probabilities = network(tensor[None]).softmax(1)[0]
    top = probabilities.topk(TOP)
    return Prediction(top.indices.tolist(), top.values.tolist(), tensor)


def by_server(client: deepvision.Client, jpeg: bytes) -> Prediction:
    classes = client.classify(NETWORK, jpeg, top_k=TOP).prediction.classes
    tensor = torch.from_numpy(client.input_tensor(jpeg, NETWORK).copy())
    return Prediction([c.index for c in classes], [c.probability for c in classes], tensor)


def compare(name: str, names: list, ours: Prediction, reference: Prediction) -> bool:
    """Prints one line and tells whether the two agree."""
    pairs = zip(ours.probabilities, reference.probabilities)
    error = max(abs(a - b) for a, b in pairs)
    levels = (ours.tensor - reference.tensor).abs().max().item() * 128
    good = ours.classes == reference.classes and error <= TOLERANCE
    print(
        f"{name:<16} {names[reference.classes[0]]:<20.20} {reference.probabilities[0]:.4f}  "
        f"{'same' if ours.classes == reference.classes else 'OTHER':<6} {error:.1e}  "
        f"{levels:5.2f}  {'ok' if good else 'FAILED'}"
    )
    if not good:
        print(f"  server  {ours.classes} {ours.probabilities}")
        print(f"  PyTorch {reference.classes} {reference.probabilities}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True, help="HOST:PORT")
    parser.add_argument("photographs", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    network = load()
    print("photograph       first class          prob.   top-5  error    input  (levels of 255)")
    good = []
    with deepvision.connect(arguments.server) as client:
        client.wait(timeout=120, network=NETWORK)
        names = client.classes(NETWORK)
        for path in arguments.photographs:
            jpeg = as_jpeg(path)
            ours = by_server(client, jpeg)
            good.append(compare(path.name, names, ours, by_pytorch(network, jpeg)))
    print(f"{sum(good)} of {len(good)} photographs agree")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
