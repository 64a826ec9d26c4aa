"""Feature visualization against Lucent (PyTorch), on the same machine in turns.

  lucent_benchmark.py step PYTHON BARE_ASCENT [NETWORK…]
      ms a step: resnet18 and vgg16 by default; first layer, middle and last stages
  lucent_benchmark.py quality PYTHON SERVER [--units N] [--seeds N] [--pictures FOLDER]
      efficientnet_lite0 (projects/efficientnet_lite0/get.sh makes it): our pictures after fewer steps and Lucent's after 512, judged by
      the same code; seconds each took, ours as a client waits for them

PYTHON has what lucent_worker.py needs. Prints rows as benchmarks/support/report.h does.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from support import child, print_row, serving

WORKER = pathlib.Path(__file__).parents[1] / "visualization" / "lucent_worker.py"
PROJECTS = pathlib.Path(__file__).parents[2] / "projects"
# layer: (target of FAST against Lucent, target of robust against its transcription)
STEP_LAYERS = {
    "resnet18": {
        "conv1": (">= 5", ">= 6"),
        "layer1": (">= 2", ">= 6"),
        "layer2": (">= 2", ""),
        "layer3": (">= 2", ""),
        "layer4": (">= 1.5", ">= 1.3"),
    },
    "vgg16": {
        "features.0": (">= 5", ">= 6"),
        "features.9": (">= 2", ">= 6"),
        "features.16": (">= 2", ""),
        "features.23": (">= 2", ""),
        "features.30": (">= 1.5", ">= 1.3"),
    },
}
STEP_ROUNDS, STEPS_PER_ROUND = 9, 4
ROBUST_ROUNDS, ROBUST_BATCH, ROBUST_WIDTH = 3, 32, 16

LUCENT_STEPS = 512
OUR_STEPS = (128, 256, 384, 512)
# Units of layers with a picture that people can judge: classes and a middle block.
QUALITY_UNITS = [("_fc", 285), ("_fc", 967), ("_blocks.8", 3), ("_blocks.8", 20)]
MEASURES = {"clean": 1, "transformed": 1, "spectrum": -1}  # 1: more is better
# Told too: under Lucent's own transforms, which Lucent's pictures are made for.
BESIDE = "shifted"


class Worker:
    """lucent_worker.py."""

    def __init__(self, stack, python, network):
        command = [python, str(WORKER), network, str(os.cpu_count())]
        self._child = stack.enter_context(child(command))

    def __call__(self, do, **arguments):
        self._child.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._child.stdin.flush()
        return json.loads(self._child.stdout.readline())


class BareAscent:
    """The program bare_ascent."""

    def __init__(self, stack, program, file):
        self._child = stack.enter_context(child([program, file]))

    def __call__(self, method, layer, width, steps):
        self._child.stdin.write(f"{method} {layer} FAST {width} {steps}\n")
        self._child.stdin.flush()
        return float(self._child.stdout.readline())


def measure_steps(python, program, networks):
    for network in networks or STEP_LAYERS:
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            worker = Worker(stack, python, network)
            file = os.path.join(folder, network + ".pt")
            worker("export", file=file)
            ours = BareAscent(stack, program, file)
            for layer, (target, robust_target) in STEP_LAYERS[network].items():
                _compare_steps(worker, ours, network, layer, target)
                if robust_target:
                    _compare_robust(worker, ours, network, layer, robust_target)


def _compare_steps(worker, ours, network, layer, target):
    lucent, one, sixteen = [], [], []
    for _ in range(STEP_ROUNDS):
        lucent.append(worker("step", layer=layer, steps=STEPS_PER_ROUND, images=1)["ms"])
        one.append(ours("fourier", layer, 1, STEPS_PER_ROUND))
        sixteen.append(ours("fourier", layer, 16, 1) / 16)
    name = f"{network} {layer}, fourier"
    print_row(f"{name}: Lucent's step", lucent[1:], "ms")
    print_row(f"{name}: how often ours fits in", lucent[1:], "ms", one[1:], target)
    print_row(f"{name}: the same, one image of 16", lucent[1:], "ms", sixteen[1:])


def _compare_robust(worker, ours, network, layer, target):
    literal, mine = [], []
    for _ in range(ROBUST_ROUNDS):
        asked = worker("robust", layer=layer, steps=1, images=ROBUST_BATCH)
        literal.append(asked["ms"] / ROBUST_BATCH)
        mine.append(ours("robust", layer, ROBUST_WIDTH, 1) / ROBUST_WIDTH)
    name = f"{network} {layer}, robust: how often ours fits into the literal step, per image"
    print_row(name, literal, "ms", mine, target)


def measure_quality(python, server, options):
    with contextlib.ExitStack() as stack:
        folder = options.pictures or stack.enter_context(tempfile.TemporaryDirectory())
        os.makedirs(folder, exist_ok=True)
        worker = Worker(stack, python, "efficientnet_lite0")
        client = stack.enter_context(serving(server, f"--projects={PROJECTS}"))
        client.wait(network="efficientnet_lite0")
        by_steps = {steps: [] for steps in OUR_STEPS}
        for layer, unit in QUALITY_UNITS[: options.units]:
            lucent, ours = [], {steps: [] for steps in OUR_STEPS}
            for seed in range(options.seeds):
                lucent.append(_lucent(worker, folder, layer, unit, seed))
                for steps in OUR_STEPS:
                    ours[steps].append(_ours(client, worker, folder, layer, unit, seed, steps))
            _print_unit(layer, unit, lucent, ours)
            for steps in OUR_STEPS:
                by_steps[steps].append(_is_no_worse(ours[steps], lucent))
        for steps, good in by_steps.items():
            sys.stderr.write(f"{steps} steps: {sum(good)} of {len(good)} units no worse\n")


def _lucent(worker, folder, layer, unit, seed):
    file = os.path.join(folder, f"lucent-{layer}-{unit}-{seed}.npy")
    made = worker("optimise", layer=layer, unit=unit, seed=seed, steps=LUCENT_STEPS, file=file)
    return {**worker("score", layer=layer, unit=unit, file=file), **made}


def _ours(client, worker, folder, layer, unit, seed, steps):
    file = os.path.join(folder, f"ours-{layer}-{unit}-{seed}-{steps}.npy")
    begin = time.perf_counter()
    stream = client.visualize(
        "efficientnet_lite0",
        layer,
        units=unit,
        seed=seed,
        steps=steps,
        mode="generate",
        pictures=False,
        encoding="float32",
        space="display",
    )
    (result,) = list(stream.results())
    seconds = time.perf_counter() - begin
    np.save(file, result.array)
    return {**worker("score", layer=layer, unit=unit, file=file), "seconds": seconds}


def _median(runs, what):
    return statistics.median(run[what] for run in runs)


def _is_no_worse(ours, lucent):
    return all(
        sign * _median(ours, what) >= sign * _median(lucent, what)
        for what, sign in MEASURES.items()
    )


def _print_unit(layer, unit, lucent, ours):
    for steps, runs in ours.items():
        for what, sign in MEASURES.items():
            name = f"{layer}:{unit}, {steps} steps: {what}, against Lucent's {LUCENT_STEPS}"
            figures = [run[what] for run in runs]
            base = [_median(lucent, what)] * len(figures)
            print_row(name, figures, "", base, ">= 1" if sign > 0 else "<= 1")
        beside = [run[BESIDE] for run in runs]
        base = [_median(lucent, BESIDE)] * len(beside)
        print_row(f"{layer}:{unit}, {steps} steps: {BESIDE}, against Lucent's", beside, "", base)
        print_row(
            f"{layer}:{unit}, {steps} steps: how often ours fit into Lucent's time",
            [run["seconds"] for run in lucent],
            "s",
            [run["seconds"] for run in runs],
            ">= 4" if _is_no_worse(runs, lucent) else "",
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["step", "quality"])
    parser.add_argument("python")
    parser.add_argument("program")
    parser.add_argument("networks", nargs="*")
    parser.add_argument("--units", type=int, default=len(QUALITY_UNITS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--pictures", help="folder that keeps the pictures, as .npy")
    options = parser.parse_args()
    if options.what == "step":
        measure_steps(options.python, options.program, options.networks)
    else:
        measure_quality(options.python, options.program, options)


if __name__ == "__main__":
    main()
