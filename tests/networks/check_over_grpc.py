#!/usr/bin/env python3
"""Asks a server for every module's value and compares with eager PyTorch's.

    check_over_grpc.py --server BINARY INDEX…

Each INDEX is a reference made by make_references.py. For each, a server is
started with --model FILE, the example's input is sent as a tensor, and every
module that the reference knows is asked for by its id in one call. Values must
be equal bit for bit after the conversion to float32 that the stream makes.

Needs the package `deepvision` (clients/python) and NumPy, not PyTorch.
"""

import argparse
import pathlib
import sys

import deepvision
import numpy as np
from running_server import RunningServer


def read_example(index):
    """The TorchScript file, the input and the module values of the example."""
    rows = [line.split("\t") for line in index.read_text().splitlines()]
    data = np.memmap(index.parent / next(row[1] for row in rows if row[0] == "data"), np.uint8, "r")

    def numbers(row):
        _, _, dtype, shape, offset, size = row[:6]
        raw = data[int(offset) : int(offset) + int(size)]
        sizes = [int(part) for part in shape.split(",") if part]
        return raw.view(np.dtype(dtype)).reshape(sizes)

    cases = [i for i, row in enumerate(rows) if row[0] == "case"] + [len(rows)]
    example = rows[cases[0] : cases[1]]
    image = next(numbers(row) for row in example if row[0] == "input")
    modules = {
        row[1]: numbers(row)
        for row in example
        if row[0] == "module" and "optional" not in row[6:] and row[2] != "bfloat16"
    }
    return index.parent / rows[0][1], image, modules


def ask(binary, model, image, ids):
    """Yields (id, float32 array) from a server of its own."""
    with (
        RunningServer(binary, f"--model={model}") as server,
        deepvision.connect(server.address, timeout=600) as client,
    ):
        client.wait(timeout=120)
        network = client.networks()[0].id
        for layer in client.activations(network, image[0].astype(np.float32), layers=ids):
            yield layer.id, layer.array


def differences(index, server):
    """How many values were compared, and the ids whose values differ."""
    model, image, modules = read_example(index)
    missing = set(modules)
    wrong = []
    for name, array in ask(server, model, image, list(modules)):
        missing.discard(name)
        expected = modules[name].astype(np.float32)
        if array.size != expected.size or array.tobytes() != expected.tobytes():
            wrong.append(name)
    return len(modules), wrong + [f"{name} (not sent)" for name in sorted(missing)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True, help="the program deepvision_server")
    parser.add_argument("index", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    failed = 0
    for index in arguments.index:
        name = f"{index.parent.name}/{index.stem}"
        try:
            count, wrong = differences(index, arguments.server)
        except deepvision.DeepVisionError as error:
            count, wrong = 0, [str(error)]
        failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok':4} {name:44} {count:4} values over gRPC", flush=True)
        for problem in wrong[:8]:
            print(f"       {problem}")
    print(f"{len(arguments.index) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
