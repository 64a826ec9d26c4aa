"""What clients do to a server: well-behaved ones, impatient ones, wrong ones, and
ones that crash or stall. Each scenario is a function of a Worker."""

import random
import subprocess
import threading
import time

import deepvision
import grpc
import numpy as np
from deepvision.errors import DeepVisionError

LARGE_SIDE = 320


class Worker:
    """One client with a connection and dice of its own."""

    def __init__(self, address, caller, network, seed):
        self.address = address
        self.caller = caller
        self.network = network
        self.random = random.Random(seed)
        self.client = deepvision.connect(address, timeout=120)
        self.large = deepvision.tensor(
            np.random.default_rng(seed).standard_normal((3, LARGE_SIDE, LARGE_SIDE), np.float32)
        )

        self.stalled = []  # threads

    def close(self):
        """Once this returns nothing of the worker's is connected any more."""
        self.client.close()
        for thread in self.stalled:
            thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def picture(self):
        """Another one nearly every time."""
        return deepvision.noise(self.random.randrange(1 << 30))

    def call(self, method="activations"):
        """A process that makes one call."""
        return subprocess.Popen(
            [self.caller, self.address, method, self.network],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def classify(worker):
    worker.client.classify(worker.network, worker.picture())


def topology(worker):
    worker.client.topology(worker.network)


def some_layers(worker):
    for _ in worker.client.activations(worker.network, worker.picture(), encoding="uint8"):
        pass


def all_as_float(worker):
    for _ in worker.client.activations(worker.network, worker.picture(), encoding="float32"):
        pass


def pictures_of_layers(worker):
    for _ in worker.client.activations(worker.network, "black", encoding="png"):
        pass


def large_input(worker):
    for _ in worker.client.activations(worker.network, worker.large, encoding="float32"):
        pass


def histograms(worker):
    for _ in worker.client.histograms(worker.network):
        pass


def information(worker):
    worker.client.server_info()
    worker.client.networks()


def new_connection(worker):
    with deepvision.connect(worker.address, timeout=60) as client:
        client.server_info()


def cancelled(worker):
    """At a random message."""
    count = worker.random.randrange(6)
    with worker.client.activations(worker.network, worker.large, encoding="float32") as stream:
        for _ in zip(range(count), stream):
            pass


def too_late(worker):
    expect(
        (grpc.StatusCode.DEADLINE_EXCEEDED,),
        lambda: worker.client.activations(
            worker.network, worker.large, timeout=worker.random.uniform(0.001, 0.05)
        ).read_all(),
    )


def wrong_request(worker):
    expect((grpc.StatusCode.NOT_FOUND,), lambda: worker.client.classify("no such", "black"))
    expect(
        (grpc.StatusCode.INVALID_ARGUMENT,),
        lambda: worker.client.classify(worker.network, b"no picture"),
    )


def killed(worker):
    process = worker.call(worker.random.choice(["activations", "classify", "topology"]))
    time.sleep(worker.random.uniform(0.01, 0.2))
    process.kill()
    process.wait()


def stalled(worker):
    """Reads nothing until the server cuts it off; meanwhile the worker goes on."""

    def hang():
        with deepvision.connect(worker.address, timeout=120) as client:
            stream = client.activations(worker.network, worker.large, encoding="float32")
            next(stream)
            time.sleep(4)
            try:
                stream.read_all()
            except DeepVisionError:
                pass

    thread = threading.Thread(target=hang)
    thread.start()
    worker.stalled.append(thread)


def live(worker):
    """A short camera, which is sometimes switched off in the middle."""
    frames = (worker.random.randbytes(64 * 64 * 3) for _ in range(20))
    pictures = (np.frombuffer(frame, np.uint8).reshape(64, 64, 3) for frame in frames)
    wanted = worker.random.choice([5, 20])
    with worker.client.live(worker.network, pictures, encoding="uint8") as answers:
        for _ in zip(range(wanted), answers):
            pass


def expect(codes, function):
    """Such errors are the server's answer, all others are failures."""
    try:
        function()
    except DeepVisionError as error:
        if error.code not in codes:
            raise


WEIGHTS = {
    classify: 24,
    some_layers: 20,
    topology: 10,
    all_as_float: 8,
    cancelled: 8,
    too_late: 6,
    information: 6,
    wrong_request: 4,
    killed: 4,
    pictures_of_layers: 3,
    large_input: 3,
    histograms: 2,
    new_connection: 2,
    live: 2,
    stalled: 0.5,
}
# Answers that a loaded server may give to anybody.
BUSY = (grpc.StatusCode.RESOURCE_EXHAUSTED,)
