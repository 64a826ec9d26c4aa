"""The ways in which people save a TorchScript file.

Each entry makes (TorchScript module, eager module with the same state) from a
module in evaluation mode that it may keep.
"""

import torch


def _script(model, x):
    return torch.jit.script(model), model


def _trace(model, x):
    return torch.jit.trace(model, x.clone(), check_trace=False, strict=False), model


def _script_in_training(model, x):
    return torch.jit.script(model.train()), model.eval()


def _trace_in_training(model, x):
    # Tracing runs the module once: it moves the batch-norm statistics, which the
    # file and the eager module then share.
    traced = torch.jit.trace(model.train(), x.clone(), check_trace=False, strict=False)
    return traced, model.eval()


def _trace_without_grad(model, x):
    with torch.no_grad():
        return _trace(model, x)


def _frozen_script(model, x):
    return torch.jit.freeze(torch.jit.script(model)), model


def _frozen_trace(model, x):
    return torch.jit.freeze(_trace(model, x)[0].eval()), model


MAKERS = {
    "script": _script,
    "trace": _trace,
    "script_in_training": _script_in_training,
    "trace_in_training": _trace_in_training,
    "trace_without_grad": _trace_without_grad,
    "frozen_script": _frozen_script,
    "frozen_trace": _frozen_trace,
}


def has_module_names(kind):
    return not kind.startswith("frozen")


def is_trace(kind):
    return "trace" in kind


def has_fused_operators(kind):
    """Traced without gradients, attention is one operator without a derivative."""
    return kind == "trace_without_grad"


def may_run_itself(kind):
    """A file traced in training mode rewrites its statistics when it runs."""
    return kind != "trace_in_training"
