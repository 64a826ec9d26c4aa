"""How fast the Python client is.

  client_benchmark.py stream FILE               FILE: stream_benchmark
  client_benchmark.py network SERVER BARE FILE… the programs deepvision_server
                                                and bare_forward; models

Prints rows as benchmarks/support/report.h does.
"""

import contextlib
import os
import sys
import time

import numpy as np
from support import child, print_row, serving

import deepvision

STREAM_WARM_UPS, STREAM_ROUNDS = 2, 15
NETWORK_WARM_UPS, NETWORK_ROUNDS = 40, 41
# As in benchmarks/serving/network_cases.cc.
SETTLE_S = 0.02


def main(arguments):
    measure, *rest = arguments
    if measure == "stream":
        measure_stream(*rest)
    elif measure == "network":
        server, bare, *models = rest
        for model in models:
            measure_network(server, bare, model)
    else:
        sys.exit(__doc__)


def measure_stream(program):
    """The client on its own: layers of 64 MiB that the server has ready."""
    with child([program, "--serve"]) as server:
        port = server.stdout.readline().split()[0]
        with deepvision.connect(f"127.0.0.1:{port}") as client:
            rates = []
            for _ in _rounds(STREAM_WARM_UPS, STREAM_ROUNDS):
                begin = time.perf_counter()
                count = 0
                for layer in client.activations("any", "zeros"):
                    count += layer.array.nbytes
                rates.append(count / (time.perf_counter() - begin) / 1e9)
    rates = rates[STREAM_WARM_UPS:]
    print_row("Python client: throughput", rates, "GB/s", target=">= 0.5")


def measure_network(server, bare, model):
    """All layers as decoded arrays, against a bare forward pass."""
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(serving(server, f"--model={model}"))
        network = client.networks()[0]
        client.wait(network=network.id)
        spec = client.network(network.id).input
        size = (spec.height, spec.width, 3)
        alone = stack.enter_context(
            child([bare, model, *map(str, (spec.channels, spec.height, spec.width))])
        )
        random = np.random.default_rng()
        forward, served = [], []
        for _ in _rounds(NETWORK_WARM_UPS, NETWORK_ROUNDS):
            time.sleep(SETTLE_S)
            forward.append(_ask(alone, "forward"))
            pixels = random.integers(0, 256, size, dtype=np.uint8)
            time.sleep(SETTLE_S)
            begin = time.perf_counter()
            arrays = [
                layer.array for layer in client.activations(network.id, pixels, encoding="uint8")
            ]
            served.append((time.perf_counter() - begin) * 1e3)
            assert arrays
    forward, served = forward[NETWORK_WARM_UPS:], served[NETWORK_WARM_UPS:]
    name = os.path.splitext(os.path.basename(model))[0]
    print_row(
        f"{name}: all layers in Python client, against forward",
        served,
        "ms",
        base=forward,
        target="<= 1.8",
    )


def _rounds(warm_ups, rounds):
    """As benchmarks/support/rounds.h."""
    begin = time.monotonic()
    for round in range(warm_ups + rounds):
        if round >= warm_ups + 7 and time.monotonic() - begin > 30:
            return
        yield round


def _ask(child, question):
    child.stdin.write(question + "\n")
    child.stdin.flush()
    return float(child.stdout.readline())


if __name__ == "__main__":
    main(sys.argv[1:])
