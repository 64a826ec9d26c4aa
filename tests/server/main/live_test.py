"""Many live frames through the real server: memory stays where it was, and a frame
is what StreamActivations makes of the same pixels.

    live_test.py DEEPVISION_SERVER PROJECTS [FRAMES]

Wants the environment of the Python client, with clients/python in PYTHONPATH.
"""

import sys
import tempfile
import time

import numpy as np
from running_server import RunningServer

import deepvision

MIB = 1 << 20
LAYERS = ["layer*"]


def frame(number):
    rows = np.add.outer(np.arange(96), np.arange(96) + number).astype(np.uint8)
    return np.stack([rows, 255 - rows, np.full_like(rows, number % 256)], -1)


def check_equal(client):
    options = {"layers": LAYERS, "numerics": "exact"}
    answers = list(client.live("demo", map(frame, range(5)), **options))
    assert [answer.frame_id for answer in answers] == list(range(5))
    for answer in answers:
        streamed = client.activations("demo", frame(answer.frame_id), **options).read_all()
        assert list(answer.layers) == list(streamed)
        for layer_id, layer in streamed.items():
            assert answer.layers[layer_id].data == layer.data, layer_id


def check_memory(client, server, frames):
    warm, begin = 0, time.monotonic()
    stream = client.live(
        "demo", map(frame, range(frames)), LAYERS, encoding="uint8", range="smoothed"
    )
    for answer in stream:
        assert answer.error is None, answer.error
        if answer.frame_id == frames // 5:
            warm = server.resident_bytes()
    seconds = time.monotonic() - begin
    grown = server.resident_bytes() - warm
    assert stream.trailer.answered_frames == frames and stream.trailer.dropped_frames == 0
    print(
        f"{frames} frames, {frames / seconds:.0f} per second, "
        f"memory {warm / MIB:.1f} MiB and {grown / MIB:+.2f} MiB"
    )
    assert grown < 8 * MIB


def check_newest(client):
    """Sent as fast as possible: what the server cannot keep up with is dropped."""
    frames = 200
    answers = list(client.live("demo", map(frame, range(frames)), LAYERS, in_flight=None))
    assert [a.frame_id for a in answers] == sorted({a.frame_id for a in answers})
    assert answers[-1].frame_id == frames - 1
    assert len(answers) + answers[-1].dropped == frames
    print(f"{frames} frames at once: {len(answers)} answered, {answers[-1].dropped} dropped")


def main(binary, projects, frames="150"):
    with tempfile.TemporaryDirectory() as datasets:
        flags = [f"--projects={projects}", f"--datasets={datasets}"]
        with RunningServer(binary, *flags) as server:
            with deepvision.connect(server.address) as client:
                client.wait(60, network="demo")
                check_equal(client)
                check_memory(client, server, int(frames))
                check_newest(client)
            code = server.stop()
        assert code == 0, code


if __name__ == "__main__":
    main(*sys.argv[1:])
