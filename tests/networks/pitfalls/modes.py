"""Training mode, drop-out, noise and frozen files."""

import torch
from torch import nn
from torch.nn import functional as F

from pitfalls.registry import pitfall


class _WithDropout(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        y = self.relu(self.norm(self.conv(x)))
        return self.head(self.dropout(y.mean(dim=[2, 3])))


@pitfall(kinds=("script", "trace", "script_in_training", "trace_in_training"))
class SavedInTraining(_WithDropout):
    pass


@pitfall(kinds=("frozen_script", "frozen_trace"), float64=False)
class Frozen(_WithDropout):
    pass


@pitfall(kinds=("frozen_script", "frozen_trace"), float64=False)
class FrozenWithTwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True))

    def forward(self, x):
        y = self.body(x)
        return y, y.mean(dim=[2, 3])


@pitfall(kinds=("script", "trace_in_training"))
class WeightStandardisationInTraining(nn.Module):
    """In a trace, batch_norm without statistics must stay in training mode."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3))
        self.norm = nn.BatchNorm2d(4)
        self.instance = nn.InstanceNorm2d(4)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        w = F.batch_norm(self.weight.reshape(1, 4, -1), None, None, training=True).reshape_as(self.weight)
        return self.instance(self.dropout(self.norm(F.conv2d(x, w, padding=1))) * x.mean(dim=1, keepdim=True))


@pitfall(kinds=("script",), noise=True, batch=False, float64=False)
class DropoutThatIsMeant(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        return F.dropout(self.conv(x), 0.5, True)


@pitfall(noise=True, batch=False, float64=False)
class NoiseInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        return self.conv(x + 0.1 * torch.randn_like(x))


@pitfall()
class TrainingFlagUsed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.aux = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        y = self.conv(x).tanh()
        if self.training:
            return self.aux(y)
        return F.dropout(y, 0.5, self.training) * 2.0


@pitfall(kinds=("script", "trace"))
class StochasticDepth(nn.Module):
    class DropPath(nn.Module):
        def __init__(self, p: float):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x
            return x * 1.0

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.drop = self.DropPath(0.1)

    def forward(self, x):
        return x + self.drop(self.conv(x)).tanh()
