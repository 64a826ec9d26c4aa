#!/usr/bin/env python3
"""Whether a unit's visualization depends on what is computed beside it.

    check_visualizations.py --server BINARY --layer LAYER FILE…

For each TorchScript file and each method, the same unit is computed alone twice,
and in batches of four in another slot and with other neighbours; then again by a
server that was started anew. At equal batch widths the bytes must be equal.

Needs the package `deepvision` (clients/python) and NumPy, not PyTorch.
"""

import argparse
import contextlib
import pathlib
import re
import subprocess
import sys

import deepvision

METHODS = ("fourier", "robust", "maco")
UNIT, STEPS = 5, 6
# By batch width, of which 1 and 4 are two.
NEIGHBOURS = {1: ([UNIT], [UNIT]), 4: ([UNIT, 1, 2, 3], [6, 7, 0, UNIT])}


@contextlib.contextmanager
def serving(binary, model):
    with subprocess.Popen(
        [binary, "--listen=127.0.0.1:0", f"--model={model}"], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            ports = (re.search(r"serving on .* port (\d+)", line) for line in process.stderr)
            address = "127.0.0.1:" + next(port.group(1) for port in ports if port)
            with deepvision.connect(address, timeout=600) as client:
                network = client.networks()[0].id
                client.wait(timeout=120, network=network)
                yield client, network
        finally:
            process.kill()


def image_of_unit(client, network, layer, method, units):
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
    )
    results = {result.unit: result for result in stream.results()}
    return results[UNIT].data


def images(binary, model, layer):
    """{(method, width): the unit's bytes, once for each of its neighbours}"""
    with serving(binary, model) as (client, network):
        return {
            (method, width): [image_of_unit(client, network, layer, method, units) for units in both]
            for method in METHODS
            for width, both in NEIGHBOURS.items()
        }


def differences(binary, model, layer):
    first, again = images(binary, model, layer), images(binary, model, layer)
    for (method, width), seen in first.items():
        if len(set(seen)) > 1:
            yield f"{method}, width {width}: neighbours or the slot make a difference"
        if seen != again[method, width]:
            yield f"{method}, width {width}: a new server makes a difference"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--layer", required=True)
    parser.add_argument("models", nargs="+")
    options = parser.parse_args()
    failed = False
    for model in options.models:
        found = list(differences(options.server, model, options.layer))
        failed |= bool(found)
        print(f"{pathlib.Path(model)}: {'; '.join(found) or 'equal'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
