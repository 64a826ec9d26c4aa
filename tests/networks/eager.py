"""Runs a module eagerly and records what its forward hooks get."""

import dataclasses

import torch


@dataclasses.dataclass
class Value:
    """One tensor that a hook saw, as it was when the hook fired."""

    key: str  # path, @k, :sub
    call: str  # path, @k
    tensor: torch.Tensor
    identity: bool  # the module returned (part of) its argument
    element: bool  # of a tuple, list or dict
    accept: tuple  # further keys under which a file may hold it


@dataclasses.dataclass
class Run:
    values: list
    outputs: dict  # sub-path -> tensor


def leaves(value, path=""):
    """Tensors inside tuples, lists and dicts with their sub-paths."""
    if torch.is_tensor(value):
        yield path, value
        return
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (tuple, list)):
        items = enumerate(value)
    else:
        return
    for key, inner in items:
        yield from leaves(inner, f"{path}.{key}" if path else str(key))


def _key(path, call, sub=""):
    return path + (f"@{call}" if call else "") + (f":{sub}" if sub else "")


def _names(model):
    """Every path of every module, the first one first."""
    names = {}
    for path, module in model.named_modules(remove_duplicate=False):
        if path:
            names.setdefault(module, []).append(path)
    return names


class _Recorder:
    def __init__(self, keep):
        self.values = []
        self._calls = {}
        self._keep = keep

    def hook(self, paths):
        def record(module, arguments, keywords, output):
            call = self._calls.get(paths[0], 0)
            self._calls[paths[0]] = call + 1
            given = [t for _, t in leaves((arguments, list(keywords.values())))]
            for sub, tensor in leaves(output):
                accept = tuple(_key(p, k, sub) for p in paths for k in range(call + 1)) if len(paths) > 1 else ()
                self.values.append(Value(
                    key=_key(paths[0], call, sub), call=_key(paths[0], call),
                    tensor=self._keep(tensor), identity=any(tensor is t for t in given),
                    element=bool(sub), accept=accept))
        return record


def run(model, x, keep=lambda t: t.detach().clone()):
    """Forward with grad mode on; `x` itself is not touched."""
    recorder = _Recorder(keep)
    hooks = [module.register_forward_hook(recorder.hook(paths), with_kwargs=True)
             for module, paths in _names(model).items()]
    try:
        with torch.enable_grad():
            output = model(x.clone())
    finally:
        for hook in hooks:
            hook.remove()
    return Run(recorder.values, {sub: keep(t) for sub, t in leaves(output)})


def _differentiable(tensor):
    return tensor.is_floating_point() and tensor.requires_grad and tensor.numel() > 0


def gradient_keys(model, x, depths=(0.08, 0.5, 0.95)):
    """Keys of single-tensor module outputs at the given depths, and `output`s."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    try:
        seen = run(model, x.clone().requires_grad_(True), keep=lambda t: t)
    finally:
        for parameter in model.parameters():
            parameter.requires_grad_(True) if parameter.is_floating_point() else None
    modules = [v.key for v in seen.values
               if _differentiable(v.tensor) and not v.identity and not v.element and not v.accept]
    chosen = list(dict.fromkeys(modules[int(d * (len(modules) - 1))] for d in depths)) if modules else []
    return chosen, [sub for sub, t in seen.outputs.items() if _differentiable(t)][:1]


def gradient(model, x, module=None, output=None, seed=7):
    """(W, d sum(value * W) / d x) of a module's output or a network's output."""
    leaf = x.clone().requires_grad_(True)
    seen = run(model, leaf, keep=lambda t: t.clone())
    value = next(v.tensor for v in seen.values if v.key == module) if output is None else seen.outputs[output]
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(value.shape, generator=generator, dtype=torch.float64).to(value.dtype)
    (grad,) = torch.autograd.grad((value * weight).sum(), leaf, allow_unused=True)
    return weight, grad
