"""SIGTERM while calls run: what is on its way arrives, new calls are refused, and the
process ends with code 0. A second signal does not wait.

    drain_test.py DEEPVISION_SERVER PROJECTS

Wants the environment of the Python client, with clients/python in PYTHONPATH.
"""

import itertools
import signal
import sys
import tempfile
import unittest

import numpy as np
from running_server import RunningServer

import deepvision
from deepvision._channel import Door

SERVER, PROJECTS = sys.argv[1:3]
DRAINS = "stopping: running calls may finish"


class NarrowDoor(Door):
    """A connection that takes 64 KiB while nobody reads: a stream of megabytes cannot be
    done before it is read."""

    def open(self, target, options=()):
        narrow = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65536)]
        return super().open(target, [*options, *narrow])


class DrainTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        flags = [f"--projects={PROJECTS}", f"--datasets={folder.name}", "--drain_timeout=30s"]
        self.server = self.enterContext(RunningServer(SERVER, *flags))
        self.client = self.enterContext(deepvision.Client(self.server.address, door=NarrowDoor()))
        self.client.wait(60, network="demo")

    def terminate(self):
        self.server.process.send_signal(signal.SIGTERM)
        self.server.wait_for(DRAINS)

    def stream(self):
        """Almost three megabytes."""
        picture = np.zeros((96, 96, 3), np.uint8)
        return self.client.activations("demo", picture, encoding="float32")

    def test_a_stream_arrives_whole(self):
        expected = list(self.stream().read_all())
        stream = self.stream()
        seen = [next(stream).id]
        self.terminate()
        seen += [layer.id for layer in stream]
        self.assertEqual(seen, expected)
        self.assertEqual(self.server.process.wait(timeout=60), 0)

    def test_new_calls_are_refused_while_a_stream_is_read(self):
        stream = self.stream()
        next(stream)
        self.terminate()
        with deepvision.connect(self.server.address, timeout=5) as other:
            with self.assertRaises(deepvision.DeepVisionError) as refused:
                other.classify("demo", np.zeros((96, 96, 3), np.uint8), wait_until_ready=False)
        self.assertEqual(refused.exception.code.name, "UNAVAILABLE")
        for _ in stream:
            pass
        self.assertEqual(self.server.process.wait(timeout=60), 0)

    def test_a_live_call_ends_after_the_frame_in_work(self):
        frames = (np.full((96, 96, 3), i % 256, np.uint8) for i in itertools.count())
        answers = self.client.live("demo", frames, ["layer1"])
        last = next(answers).frame_id
        self.terminate()
        with self.assertRaises(deepvision.DeepVisionError) as ended:
            for answer in answers:
                self.assertEqual(answer.frame_id, last + 1)
                last = answer.frame_id
        self.assertEqual(ended.exception.code.name, "UNAVAILABLE")
        self.assertEqual(self.server.process.wait(timeout=60), 0)

    def test_a_second_signal_stops_at_once(self):
        stream = self.stream()
        next(stream)
        self.terminate()
        self.assertEqual(self.server.stop(signal.SIGTERM), 128 + signal.SIGTERM)
        with self.assertRaises(deepvision.DeepVisionError):
            for _ in stream:
                pass


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
