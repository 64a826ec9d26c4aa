#!/usr/bin/env python3
"""Makes TorchScript files and eager references for check_network.

    make_references.py --out FOLDER [--large NAME …] [--pitfalls [NAME …]]

Every network gets a folder with `<kind>.pt`, `<kind>.index` and `data.bin`
(see reference_file.py). Without --large and --pitfalls: everything.
"""

import argparse
import copy
import logging
import pathlib
import sys
import time
import warnings

import torch

import architectures
import eager
import kinds
import pitfalls
from reference_file import Data, Index
from subject import Refused

THREADS = 2
# A file may differ from the module it was made of (a trace keeps one branch, one
# size). Then it has no reference in that case.
SAME_RESULT = 1e-4


class Mistake(Exception):
    """The reference would prove nothing."""


def relative_difference(a, b):
    if a.shape != b.shape or a.dtype != b.dtype:
        return float("inf")
    a, b = (t.dequantize() if t.is_quantized else t for t in (a, b))
    a, b = (t.to(torch.complex128 if t.is_complex() else torch.float64) for t in (a, b))
    if a.numel() == 0:
        return 0.0
    scale = b.abs().max().item()
    return (a - b).abs().max().item() / (scale if scale > 0 else 1.0)


def is_constant(tensor):
    return tensor.numel() > 1 and bool((tensor == tensor.flatten()[0]).all())


def own_outputs(path, x):
    """The file's own outputs, or None where it cannot run on x."""
    try:
        with torch.enable_grad():
            return dict(eager.leaves(torch.jit.load(path).eval()(x.clone())))
    except Exception as error:
        logging.info("  %s: %s", path.name, str(error).strip().splitlines()[-1][:120])
        return None


def outputs_by_file(reference, own):
    """Eager outputs under the file's sub-paths; None when the file computes something else."""
    if own is None:
        return None
    if reference.keys() == own.keys():
        pairs = {key: reference[key] for key in own}
    else:
        pairs = {}
        for key, tensor in own.items():
            match = [t for t in reference.values() if relative_difference(tensor, t) == 0]
            if not match:
                return None
            pairs[key] = match[0]
    worst = max((relative_difference(own[k], pairs[k]) for k in own), default=0.0)
    return pairs if worst <= SAME_RESULT else None


class Maker:
    def __init__(self, subject, folder):
        self._subject = subject
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._data = Data(folder)
        self._runs = {}

    def make(self):
        """Returns the kinds that PyTorch could make."""
        done = [kind for kind in self._subject.kinds if self._make_kind(kind, kind, self._subject.example)]
        if self._subject.float64 is not None:
            for kind in ("script", "trace"):
                if kind in done and self._make_kind(f"{kind}_float64", kind, self._subject.float64):
                    done.append(f"{kind}_float64")
        self._data.close()
        return done

    def _make_kind(self, name, kind, example):
        path = self._folder / f"{name}.pt"
        model = copy.deepcopy(self._subject.model).to(example.dtype) if name != kind else copy.deepcopy(self._subject.model)
        try:
            script, model = kinds.MAKERS[kind](model, example)
            script.save(path)
        except Exception as error:
            logging.warning("%s: no %s: %s", self._subject.name, name, str(error).strip().splitlines()[0][:160])
            return False
        index = Index(self._folder, name)
        self._facts(index, kind)
        inputs = {"example": example} if name != kind else {"example": example, **self._subject.inputs}
        for case, x in inputs.items():
            self._case(index, path, kind, model, case, x)
        index.close()
        return True

    def _facts(self, index, kind):
        facts = {"expect": "open", "threads": THREADS, "kind": kind, **self._subject.facts}
        if self._subject.noise:
            facts["noise"] = 1
        if kinds.has_fused_operators(kind) or "frozen" in kind:
            facts["close"] = 1
        for key, value in facts.items():
            index.row("fact", key, value)

    def _case(self, index, path, kind, model, case, x):
        reference = self._run(kind, model, case, x)
        if reference is None:
            return
        own = own_outputs(path, x) if kinds.may_run_itself(kind) and not self._subject.noise else reference.outputs
        outputs = outputs_by_file(reference.outputs, own)
        if outputs is None:
            if case == "example":
                raise Mistake(f"{self._subject.name}/{kind}: the file does not compute what the module computes")
            return
        index.row("case", case)
        index.numbers(self._data, "input", "", x)
        self._modules(index, kind, case, reference)
        for sub, tensor in outputs.items():
            index.numbers(self._data, "output", sub, tensor)
            if relative_difference(own[sub], tensor) > 0:
                index.numbers(self._data, "own_output", sub, own[sub])
        if case == "example" and self._has_gradients(kind):
            self._gradients(index, kind, model, x, outputs)

    def _has_gradients(self, kind):
        wanted = self._subject.gradients and (self._subject.trace_gradients or not kinds.is_trace(kind))
        return wanted and not self._subject.noise

    def _run(self, kind, model, case, x):
        """Eager values; of a large network one run serves both kinds."""
        key = (case, x.dtype)
        if self._subject.large and key in self._runs:
            return self._runs[key]
        try:
            run = eager.run(copy.deepcopy(model), x)
        except Exception as error:
            if case == "example":
                raise
            logging.info("  %s: %s", case, str(error).strip().splitlines()[-1][:120])
            run = None
        if run is not None:
            self._check(run, case)
        if self._subject.large:
            self._runs[key] = run
        return run

    def _check(self, run, case):
        varying = [t for t in run.outputs.values() if not is_constant(t)]
        if not varying and "constant_output" not in self._subject.facts:
            raise Mistake(f"{self._subject.name}/{case}: the outputs are constant")

    def _modules(self, index, kind, case, reference):
        if not kinds.has_module_names(kind) or (self._subject.large and case == "batch_2"):
            return
        for value in reference.values:
            trace = kinds.is_trace(kind)
            flags = [f"accept={key}" for key in value.accept]
            if (trace and value.identity) or value.call.startswith(self._left_out(kind)):
                flags.append("optional")
            role = "element" if trace and value.element else "module"
            index.numbers(self._data, role, value.key, value.tensor, *flags)

    def _left_out(self, kind):
        """Beginnings of the paths of modules that the file need not hold."""
        optional = self._subject.optional if kinds.is_trace(kind) else ()
        return optional + (self._subject.fused if kinds.has_fused_operators(kind) else ())

    def _gradients(self, index, kind, model, x, outputs):
        modules, subs = eager.gradient_keys(copy.deepcopy(model), x)
        left_out = self._left_out(kind)
        modules = [key for key in modules if not key.startswith(left_out)]
        wanted = [(key, {"module": key}) for key in modules if kinds.has_module_names(kind)]
        if sorted(outputs) == sorted(subs) or len(outputs) > 1:
            wanted += [(f":{sub}" if sub else "", {"output": sub}) for sub in subs if sub in outputs]
        for key, of in wanted:
            try:
                weight, grad = eager.gradient(copy.deepcopy(model), x, **of)
            except RuntimeError as error:
                # Eager mode has no derivative where a saved value was overwritten.
                if "inplace operation" not in str(error):
                    raise
                continue
            if grad is None:
                continue
            if is_constant(grad) and "constant_gradient" not in self._subject.facts:
                raise Mistake(f"{self._subject.name}: the gradient of {key!r} is constant")
            index.numbers(self._data, "weight", key, weight)
            index.numbers(self._data, "gradient", key, grad)


def make_refused(refused, folder):
    folder.mkdir(parents=True, exist_ok=True)
    refused.write(folder / "file.pt")
    index = Index(folder, "file")
    index.row("fact", "expect", "refuse")
    index.row("fact", "text", refused.text)
    index.close()
    return ["file"]


def make_one(subject, out):
    start = time.monotonic()
    try:
        folder = out / subject.name
        done = make_refused(subject, folder) if isinstance(subject, Refused) else Maker(subject, folder).make()
        missing = () if isinstance(subject, Refused) else [k for k in subject.kinds if k not in done]
        print(f"{subject.name:36s} {' '.join(done)}{'   not made: ' + ' '.join(missing) if missing else ''}"
              f"   {time.monotonic() - start:.1f} s", flush=True)
        return bool(done)
    except Exception as error:  # one bad subject must not hide the others
        print(f"{subject.name:36s} FAILED {type(error).__name__}: {str(error).strip()[:300]}", flush=True)
        logging.debug("", exc_info=True)
        return False


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--large", nargs="*", metavar="NAME", choices=architectures.NAMES)
    parser.add_argument("--pitfalls", nargs="*", metavar="NAME")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[1:])
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.WARNING, format="%(message)s")
    warnings.filterwarnings("ignore")
    torch.set_num_threads(THREADS)
    everything = options.large is None and options.pitfalls is None
    failed = 0
    if everything or options.pitfalls is not None:
        for subject in pitfalls.subjects(options.pitfalls or None):
            failed += not make_one(subject, options.out)
    if everything or options.large is not None:
        for name in options.large or architectures.NAMES:
            failed += not make_one(architectures.subject(name), options.out)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
