"""Control flow that depends on data, shapes and settings."""

import warnings
from typing import List, Optional

import torch
from torch import nn

from pitfalls.registry import picture, pitfall


@pitfall(branches={"negative": -picture(1, 3, 16, 16).abs(), "positive": picture(1, 3, 16, 16).abs()})
class BranchOnData(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Conv2d(3, 4, 3, padding=1)
        self.down = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        if bool(x.sum() > 0):
            y = self.up(x)
        else:
            y = self.down(x) * 2.0
        return y


@pitfall(branches={"negative": -picture(1, 3, 16, 16).abs(), "positive": picture(1, 3, 16, 16).abs()})
class BranchOnActivation(nn.Module):
    """The condition is known only after half of the network has run."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.a = nn.Conv2d(4, 4, 3, padding=1)
        self.b = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = self.stem(x)
        score = (y * x.mean()).sum().item()
        if score > 0.0:
            y = self.a(y)
        else:
            y = torch.tanh(self.b(y))
        return y + 1.0


@pitfall(branches={"negative": -picture(1, 3, 16, 16).abs(), "large": 50 * picture(1, 3, 16, 16).abs()})
class EarlyReturn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.more = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        if x.mean() < -0.1:
            return y
        y = self.more(y)
        if x.abs().max() > 20.0:
            return y.clamp(-1, 1) + x.mean()
        return torch.relu(y)


@pitfall(branches={"small": 0.01 * picture(1, 3, 16, 16), "large": 30 * picture(1, 3, 16, 16)})
class WhileLoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        while bool(y.abs().max() > 1.0):
            y = self.conv(y) * 0.25
        return y


@pitfall(branches={"many": 5 * picture(1, 3, 16, 16).abs()})
class TripCountFromData(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        steps = int(x.abs().mean().item() * 2) + 1
        y = x
        for i in range(steps):
            y = torch.tanh(self.conv(y)) + float(i)
        return y


@pitfall(sizes=((1, 3, 24, 20), (1, 3, 40, 40)))
class BranchOnShape(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.reduce = nn.Conv2d(4, 4, 3, stride=2, padding=1)

    def forward(self, x):
        y = self.conv(x)
        while y.size(-1) > 10:
            y = self.reduce(y)
        if y.shape[2] % 2 == 1:
            y = torch.nn.functional.pad(y, [0, 0, 0, 1])
        return y


@pitfall()
class LoopWithBreak(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        y = x
        for i in range(6):
            y = self.conv(y)
            if i == 1:
                continue
            if bool(y.mean() > 100.0) or i > 3:
                break
            y = torch.relu(y) - 0.1
        return y


@pitfall()
class NestedLoops(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.ModuleList([nn.ModuleList([nn.Conv2d(3, 3, 1) for _ in range(2)]) for _ in range(2)])

    def forward(self, x):
        for row in self.rows:
            kept = x
            for layer in row:
                x = torch.relu(layer(x)) + kept
            for _ in range(2):
                x = x * 0.5 + kept
        return x


@pitfall()
class AssertInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        assert x.dim() == 4, "expected a batch"
        if x.size(1) != 3:
            raise ValueError("expected three channels")
        return self.conv(x)


@pitfall()
class OptionalSecondInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x, mask: Optional[torch.Tensor] = None, scale: float = 2.0, mode: str = "double"):
        y = self.conv(x)
        if mask is not None:
            y = y * mask
        if mode == "double":
            y = y * scale
        return y


@pitfall(kinds=("script",))
class ForkAndWait(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Conv2d(3, 4, 3, padding=1)
        self.right = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        future = torch.jit.fork(self.left, x)
        right = self.right(x)
        return torch.jit.wait(future) * right


@pitfall(kinds=("script",))
class ForkList(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.b = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        futures = [torch.jit.fork(self.a, x), torch.jit.fork(self.b, x), torch.jit.fork(self.a, x * 2.0)]
        parts = [torch.jit.wait(future) for future in futures]
        return torch.cat(parts, 1)


@pitfall(trace_gradients=False)
class NoGradRegion(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(3, 4, 3, padding=1)
        self.head = nn.Conv2d(4, 4, 1)
        self.skip = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        with torch.no_grad():
            features = torch.relu(self.backbone(x))
            features = features * 2.0
        return self.head(features) + self.skip(x).tanh()


@pitfall()
class HelperMethods(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def scale(self, y, by: float = 2.0):
        return y * by

    def features(self, x):
        return self.scale(self.conv(x), by=3.0)

    def forward(self, x):
        return self.scale(self.features(x)).relu()


@pitfall(branches={"negative": -picture(1, 3, 16, 16).abs(), "positive": picture(1, 3, 16, 16).abs()})
class BranchInsideSubmodule(nn.Module):
    """A module that is called once in one branch and twice in the other."""

    class Gate(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            y = self.conv(x)
            if bool(x.mean() > 0.0):
                y = self.conv(y)
            return y

    def __init__(self):
        super().__init__()
        self.gate = self.Gate()
        self.tail = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.tail(self.gate(x))


@torch.jit.script
class _Counter:
    """An object with state that lives inside forward."""

    def __init__(self, start: int):
        self.count = start
        self.seen: List[torch.Tensor] = []

    def add(self, x: torch.Tensor) -> torch.Tensor:
        self.count += 1
        self.seen.append(x)
        return x * float(self.count)


@pitfall(kinds=("script",))
class ObjectsOfClasses(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        counter = _Counter(1)
        for _ in range(2):
            x = torch.tanh(counter.add(self.conv(x)))
        return x + counter.seen[0] * float(len(counter.seen))


# A traced tolist() is baked into the file.
@pitfall(kinds=("script",))
class PlainPython(nn.Module):
    """Statements that are no operators on tensors."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x, flags: Optional[List[int]] = None):
        warnings.warn("not an error")
        y = self.conv(x).tanh()
        sizes = [int(n) for n in y.size()]
        names = {"rows": sizes[2], "columns": sizes[3]}
        del names["columns"]
        total = float(sum([n * 2 for n in sorted(sizes)])) / float(max(sizes))
        if flags is not None:
            total = total + float(len(flags))
        for i, (size, name) in enumerate(zip(sizes, ["b", "c", "h", "w"])):
            if name in ("h", "w") and name.upper() == "H" and "{}-{}".format(i, size) != "":
                total += float(size) * 0.01
        means: List[float] = y.mean(dim=[0, 2, 3]).tolist()
        return y * total + means[1] + float(names["rows"]) * 0.1


@pitfall()
class LogicAndArithmetic(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.scale = 0.5
        self.steps = [1, 2, 3]
        self.names = {"a": 1.0, "b": 2.0}

    def forward(self, x):
        y = self.conv(x)
        h, w = int(y.shape[2]), int(y.shape[3])
        factor = (h // 2 + w % 3) * self.scale + float(max(h, w)) ** 0.5
        for step in self.steps:
            factor = factor + step if step > 1 and not step == 3 else factor - step
        return torch.tanh(y * factor * 0.1) + self.names["b"]


@pitfall()
class MissingDownsample(nn.Module):
    def __init__(self, downsample: Optional[nn.Module] = None):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        if self.downsample is not None:
            identity = self.downsample(x)
        y = torch.tanh(self.conv(x))
        return y + identity if y.size(1) == 3 else y
