"""Files that must be refused, with a sentence that says why."""

import zipfile

import torch
from torch import nn

from pitfalls.registry import SUBJECTS
from subject import Refused


def _plain():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).eval()


def refused(text):
    def register(write):
        SUBJECTS[write.__name__] = lambda: Refused(write.__name__, write, text)
        return write

    return register


class _TwoInputs(nn.Module):
    def forward(self, x, other):
        return x + other


class _ListInput(nn.Module):
    def forward(self, x: list[torch.Tensor]):
        return x[0]


class _NoInput(nn.Module):
    def forward(self):
        return torch.ones(1)


class _NoTensorOutput(nn.Module):
    def forward(self, x):
        return x.size(0)


@refused("other")
def two_inputs(path):
    torch.jit.script(_TwoInputs()).save(path)


@refused("Tensor[]")
def list_input(path):
    torch.jit.script(_ListInput()).save(path)


@refused("input")
def no_input(path):
    torch.jit.script(_NoInput()).save(path)


@refused("no tensor")
def no_tensor_output(path):
    torch.jit.script(_NoTensorOutput()).save(path)


@refused("optimize_for_inference")
def optimized_for_inference(path):
    torch.jit.optimize_for_inference(torch.jit.script(_plain())).save(path)


@refused("torchvision::")
def unknown_operator(path):
    import torchvision

    class Nms(nn.Module):
        def forward(self, x):
            return x[torchvision.ops.nms(x[:, :4], x[:, 4], 0.5)]

    torch.jit.script(Nms()).save(path)


@refused("")
def truncated(path):
    torch.jit.script(_plain()).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@refused("")
def not_a_zip(path):
    path.write_bytes(b"This is not a network.\n" * 100)


@refused("")
def empty_file(path):
    path.write_bytes(b"")


@refused("")
def zip_without_network(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "nothing here")


@refused("")
def state_dict(path):
    torch.save(_plain().state_dict(), path)


@refused("")
def pickled_module(path):
    torch.save(_plain(), path)


@refused("")
def flipped_bytes(path):
    torch.jit.script(_plain()).save(path)
    data = bytearray(path.read_bytes())
    for position in range(200, len(data) - 200, 97):
        data[position] ^= 0xFF
    path.write_bytes(bytes(data))
