"""What a running feature visualization costs everybody else.

  job_benchmark.py SERVER MODEL…      a job of 64 units beside Classify and health

Prints rows as benchmarks/support/report.h does.
"""

import os
import sys
import threading
import time

import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc
from support import print_row, serving

UNITS = 64
ROUNDS, HEALTH_CHECKS, CANCELS = 60, 300, 7
ENDLESS = 100_000  # steps: the job ends when it is cancelled
# An interactive request waits for at most one slice of a job.
MOST_LONGER_MS = 100


class Job:
    """A job that runs, watched on a thread of its own."""

    def __init__(self, client, network, layer, units):
        started = client.start_visualization(
            network, layer, units, steps=ENDLESS, mode="generate", seed=time.time_ns() % 1000
        )
        self._client, self._ticket = client, started.ticket
        self._steps, self._runs = [], threading.Event()
        watched = client.watch_visualization(started.visualization.id, pictures=False, max_fps=60)
        self._thread = threading.Thread(target=self._watch, args=(watched,))
        self._thread.start()
        self._runs.wait()
        if len(self._steps) <= 3:
            raise RuntimeError(f"{started.visualization.id} ended before it ran")

    def step_ms(self):
        """Of the batch that runs."""
        (begin, first), (end, last) = self._steps[0], self._steps[-1]
        return (end - begin) / (last - first) * 1e3

    def cancel_ms(self):
        begin = time.perf_counter()
        self._client.cancel_visualization(self._ticket)
        self._thread.join()
        return (time.perf_counter() - begin) * 1e3

    def _watch(self, events):
        try:
            for event in events:
                if step := max((image.step for image in getattr(event, "images", ())), default=0):
                    self._steps.append((time.perf_counter(), step))
                if len(self._steps) > 3:
                    self._runs.set()
        finally:
            self._runs.set()


def measure(server, model):
    name = os.path.splitext(os.path.basename(model))[0]
    with serving(server, f"--model={model}") as client:
        network = client.networks()[0].id
        client.wait(network=network)
        layer = last_map(client, network)
        alone = classify_ms(client, network)
        one = Job(client, network, layer, [0])
        one.cancel_ms()
        job = Job(client, network, layer, range(UNITS))
        steps = [job.step_ms()]
        beside = classify_ms(client, network)
        health = health_ms(client.target)
        cancels = [job.cancel_ms()]
        while len(cancels) < CANCELS:
            job = Job(client, network, layer, range(UNITS))
            cancels.append(job.cancel_ms())
            steps.append(job.step_ms())
    most = max(MOST_LONGER_MS, one.step_ms())
    middle = float(np.median(alone))
    print_row(f"{name}: Classify alone", alone, "ms")
    print_row(
        f"{name}: Classify beside a job of {UNITS} units of {layer}, longer by",
        [figure - middle for figure in beside],
        "ms",
        target=f"<= {most:.4g}",
    )
    slowest = [float(np.quantile(part, 0.99)) for part in np.array_split(health, 3)]
    print_row(f"{name}: health beside it, 99 of 100", slowest, "ms", target="<= 50")
    print_row(f"{name}: cancelled, against a step of its batch", cancels, "ms", steps, "<= 1")


def last_map(client, network):
    """The last layer of maps that has units enough."""
    layers = client.activations(network, "zeros", encoding="uint8")
    return [layer.id for layer in layers if layer.array.ndim == 3 and len(layer.array) >= UNITS][-1]


def classify_ms(client, network):
    spec = client.network(network).input
    random = np.random.default_rng()
    taken = []
    for _ in range(ROUNDS):
        pixels = random.integers(0, 256, (spec.height, spec.width, 3), dtype=np.uint8)
        begin = time.perf_counter()
        client.classify(network, pixels)
        taken.append((time.perf_counter() - begin) * 1e3)
    return taken


def health_ms(target):
    with grpc.insecure_channel(target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        stub.Check(health_pb2.HealthCheckRequest())
        taken = []
        for _ in range(HEALTH_CHECKS):
            begin = time.perf_counter()
            stub.Check(health_pb2.HealthCheckRequest())
            taken.append((time.perf_counter() - begin) * 1e3)
        return np.array(taken)


def main(server, *models):
    for model in models:
        measure(server, model)


if __name__ == "__main__":
    main(*sys.argv[1:])
