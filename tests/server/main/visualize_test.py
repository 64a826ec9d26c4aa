"""Feature visualization through the real server and the Python client: units are
optimised, kept beyond a restart, and inputs of other calls; a reader who leaves
ends the job; stopping does not wait for one.

    visualize_test.py DEEPVISION_SERVER PROJECTS

Wants the environment of the Python client, with clients/python in PYTHONPATH.
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from running_server import RunningServer

import deepvision

SERVER, PROJECTS = (str(pathlib.Path(path).absolute()) for path in sys.argv[1:3])
LAYER = "layer2"


class Server(RunningServer):
    """With its state in `folder`, and a client."""

    def __init__(self, folder, *flags):
        datasets = pathlib.Path(folder, "datasets")
        datasets.mkdir(exist_ok=True)
        state = f"--state_dir={folder}/state"
        super().__init__(SERVER, f"--projects={PROJECTS}", f"--datasets={datasets}", state, *flags)
        self.client = deepvision.connect(self.address)


def finished(client, units, steps=128, **options):
    stream = client.visualize("demo", LAYER, units, steps=steps, **options)
    return stream, {result.unit: result for result in stream.results()}


class VisualizeTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)

    def server(self, *flags):
        return Server(self._folder.name, *flags)

    def test_units_are_optimised_kept_and_inputs(self):
        float32 = {"encoding": "float32", "pictures": False}
        with self.server() as server:
            _, start = finished(server.client, [1, 3], steps=1, **float32)
            stream, results = finished(server.client, [1, 3], **float32)
            self.assertEqual(stream.state, "succeeded")
            for unit in (1, 3):
                self.assertEqual(results[unit].state, "done")
                self.assertGreater(
                    results[unit].quality.objective, start[unit].quality.objective
                )
            layer = server.client.activations(
                "demo", deepvision.inputs.visualization(stream.id, 3), layers=[LAYER]
            ).read_all()[LAYER]
            mean = np.asarray(layer.array, np.float32)[3].mean()
            self.assertAlmostEqual(
                float(mean), results[3].quality.objective, delta=abs(mean) * 1e-3 + 1e-4
            )
            self.assertEqual(server.stop(), 0)
        with self.server() as server:
            again, loaded = finished(server.client, [1, 3], **float32)
            self.assertEqual(again.id, stream.id)
            for unit in (1, 3):
                self.assertTrue(loaded[unit].meta.status.from_store)
                self.assertEqual(loaded[unit].data, results[unit].data)

    def test_results_are_measured_against_a_dataset(self):
        with self.server(f"--datasets={pathlib.Path(PROJECTS).parent / 'datasets'}") as server:
            _, results = finished(server.client, [3], steps=1, quality_dataset="shapes")
            [shapes] = server.client.datasets()
            means = []
            for i in range(64):
                picture = deepvision.inputs.dataset_image("shapes", i * shapes.image_count // 64)
                layers = server.client.activations("demo", picture, layers=[LAYER]).read_all()
                means.append(np.asarray(layers[LAYER].array, np.float32)[3].mean())
        quality = results[3].quality
        self.assertAlmostEqual(quality.dataset_maximum, max(means), delta=1e-4)
        self.assertAlmostEqual(quality.dataset_mean, np.mean(means), delta=1e-4)

    def test_who_leaves_ends_the_job(self):
        with self.server() as server:
            stream = server.client.visualize("demo", LAYER, [0], steps=100000)
            with stream:
                next(event for event in stream if not hasattr(event, "state"))
            watch = server.client.watch_visualization(stream.id)
            for _ in watch:
                pass
            self.assertEqual(watch.state, "cancelled")

    def test_stopping_does_not_wait_for_a_job(self):
        with self.server("--drain_timeout=24h") as server:
            stream = server.client.visualize("demo", LAYER, [0], steps=100000)
            next(stream)
            self.assertEqual(server.stop(), 0)
            with self.assertRaises(deepvision.DeepVisionError):
                for _ in stream:
                    pass

    def test_one_folder_has_one_server(self):
        with self.server():
            second = subprocess.run(
                [SERVER, "--listen=127.0.0.1:0", f"--state_dir={self._folder.name}/state"],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
                cwd=self._folder.name,
            )
            self.assertEqual(second.returncode, 1)
            self.assertIn("--state_dir", second.stderr)

    def test_a_mistyped_folder_is_refused(self):
        ended = subprocess.run(
            [SERVER, "--listen=127.0.0.1:0", f"--state_dir={self._folder.name}/no/such/state"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(ended.returncode, 1)
        self.assertIn("--state_dir", ended.stderr)
        self.assertFalse(pathlib.Path(self._folder.name, "no").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
