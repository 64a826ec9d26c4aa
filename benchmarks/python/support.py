"""What the benchmarks in Python share."""

import contextlib
import socket
import statistics
import subprocess

import deepvision


@contextlib.contextmanager
def child(command):
    """A program that ends when its input does."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        try:
            yield process
        finally:
            process.stdin.close()


@contextlib.contextmanager
def serving(server, *flags):
    """A client of a server of its own, which has loaded what it shall."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % probe.getsockname()[1]
    with subprocess.Popen(
        [server, f"--listen={address}", *flags],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            with deepvision.connect(address) as client:
                client.wait(timeout=60)
                yield client
        finally:
            process.terminate()


def print_row(name, figures, unit, base=None, target=""):
    judged = figures if base is None else [a / b for a, b in zip(figures, base)]
    middle = statistics.median(judged)
    low, _, high = statistics.quantiles(judged, n=4)
    ratio = "" if base is None else f"{middle:.6g}"
    noise = (high - low) / 2 / middle
    print(
        name, f"{statistics.median(figures):.6g}", unit, ratio, target, f"{noise:.6g}", sep="\t"
    )
