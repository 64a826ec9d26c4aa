#!/usr/bin/env python3
"""Whether a unit's visualization depends on what is computed beside it.

    check_visualizations.py --server BINARY --layer LAYER FILE…

For each TorchScript file, width of batches and method, the same unit is computed
alone and in another slot among other neighbours; then again by a server that was
started anew. At equal batch widths, which each result tells, the bytes must be equal.

Needs the package `deepvision` (clients/python), not PyTorch.
"""

import argparse
import pathlib
import sys

import deepvision
from running_server import RunningServer

METHODS = {"fourier": {}, "robust": {}, "maco": {"crops": 2}}
WIDTHS = (1, 4, 16)
UNIT, STEPS = 5, 3
# Alone, and last of a batch (width 1: of a job).
NEIGHBOURS = {1: [1, UNIT], 4: [6, 7, 0, UNIT], 16: [*range(6, 21), UNIT]}


def image_of_unit(client, network, layer, method, units):
    """(the width that it was computed with, its bytes)"""
    stream = client.visualize(
        network,
        layer,
        units,
        method,
        mode="generate",
        steps=STEPS,
        seed=7,
        pictures=False,
        encoding="float32",
        space="network",
        **METHODS[method],
    )
    result = next(result for result in stream.results() if result.unit == UNIT)
    return result.meta.batch_width, result.data


def images(binary, model, layer):
    """{(method, asked width): (width, bytes) alone and with neighbours}"""
    made = {}
    for width in WIDTHS:
        flags = (f"--model={model}", f"--visualization_width={width}")
        with (
            RunningServer(binary, *flags) as server,
            deepvision.connect(server.address, timeout=600) as client,
        ):
            client.wait(timeout=120)
            network = client.networks()[0].id
            for method in METHODS:
                made[method, width] = [
                    image_of_unit(client, network, layer, method, units)
                    for units in ([UNIT], NEIGHBOURS[width])
                ]
    return made


def differences(binary, model, layer):
    first, again = images(binary, model, layer), images(binary, model, layer)
    for (method, asked), seen in first.items():
        if any(width != asked for width, _ in seen):
            yield f"{method}: no batch of {asked} was computed, but of {[w for w, _ in seen]}"
        if len(set(seen)) > 1:
            yield f"{method}, width {asked}: neighbours or the slot make a difference"
        if seen != again[method, asked]:
            yield f"{method}, width {asked}: a new server makes a difference"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--layer", required=True)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    failed = False
    for model in options.models:
        found = list(differences(options.server, model, options.layer))
        failed |= bool(found)
        print(f"{model}: {'; '.join(found) or 'equal at widths 1, 4 and 16'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
