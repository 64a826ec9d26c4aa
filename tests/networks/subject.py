"""What make_references.py makes files and references of."""

import dataclasses

import torch


@dataclasses.dataclass
class Subject:
    name: str
    model: torch.nn.Module
    example: torch.Tensor
    kinds: tuple = ("script", "trace")
    inputs: dict = dataclasses.field(default_factory=dict)  # case -> tensor
    float64: torch.Tensor | None = None  # example of the float64 copy; None: no copy
    facts: dict = dataclasses.field(default_factory=dict)
    optional: tuple = ()  # beginnings of module paths that a trace need not hold
    fused: tuple = ()  # the same, for a trace made without gradients
    noise: bool = False  # two runs differ
    large: bool = False  # keep fewer tensors
    gradients: bool = True
    trace_gradients: bool = True  # False: the trace does not hold what stops gradients


@dataclasses.dataclass
class Refused:
    """A file that must be refused; `write(path)` makes it."""

    name: str
    write: callable
    text: str  # part of the message
