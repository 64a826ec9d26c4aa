"""Modules and parameters that are used more than once, and state."""

import torch
from torch import nn
from torch.nn import functional as F

from pitfalls.registry import pitfall


@pitfall()
class ModuleCalledTwice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.conv(self.relu(self.conv(x)))) + self.conv(x)


@pitfall()
class BlockCalledTwice(nn.Module):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)
            self.act = nn.ReLU()

        def forward(self, x):
            y = self.act(self.conv(x))
            return self.act(self.conv(y)) + x

    def __init__(self):
        super().__init__()
        self.block = self.Block()

    def forward(self, x):
        return self.block(self.block(x)) * 0.5


@pitfall()
class SharedUnderTwoNames(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 3, 3, padding=1)
        self.between = nn.Tanh()
        self.second = self.first

    def forward(self, x):
        return self.second(self.between(self.first(x)))


@pitfall()
class SharedInList(nn.Module):
    def __init__(self):
        super().__init__()
        shared = nn.Conv2d(3, 3, 3, padding=1)
        self.layers = nn.ModuleList([shared, nn.Conv2d(3, 3, 1), shared])

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


@pitfall()
class SiameseBranches(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.tower(x) - self.tower(x.flip(3)).flip(3)


@pitfall()
class TiedWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(12, 6)
        self.decode = nn.Linear(6, 12, bias=False)
        self.decode.weight = nn.Parameter(self.encode.weight.t().contiguous())

    def forward(self, x):
        patches = F.unfold(x, 2, stride=2).transpose(1, 2)
        code = torch.relu(self.encode(patches))
        return self.decode(code) + F.linear(code, self.encode.weight.t())


@pitfall()
class FunctionalWithOwnWeight(nn.Module):
    """Operators that use a parameter of another module directly."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.gain = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x):
        y = self.conv(x)
        z = F.conv2d(x, self.conv.weight * 0.5, None, padding=[1, 1])
        return y * self.gain + z.tanh()


@pitfall()
class EqualWeights(nn.Module):
    """Parameters of equal content must keep their own names."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 3, 3, padding=1)
        self.b = nn.Conv2d(3, 3, 3, padding=1)
        self.b.load_state_dict(self.a.state_dict())

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))


@pitfall(kinds=("script",))
class CounterBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.register_buffer("counter", torch.zeros(1))

    def forward(self, x):
        self.counter += 1
        return (self.conv(x) * self.counter).tanh()


@pitfall(kinds=("script",))
class BufferFromInput(nn.Module):
    """A running mean that forward updates even in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.register_buffer("mean", torch.zeros(4))

    def forward(self, x):
        y = self.conv(x)
        self.mean.mul_(0.9).add_(y.detach().mean(dim=[0, 2, 3]) * 0.1)
        return torch.tanh(y) - self.mean.view(1, -1, 1, 1)


@pitfall(kinds=("script",))
class AttributeSetInForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.steps = 0
        self.register_buffer("last", torch.zeros(1))

    def forward(self, x):
        y = self.conv(x).tanh()
        self.steps = self.steps + 2
        self.last = y.mean()
        return y * self.steps - self.last


@pitfall(kinds=("script",))
class AttributeSetBySubmodule(nn.Module):
    class Remember(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
            self.register_buffer("seen", torch.zeros(1, 4, 1, 1))

        def forward(self, x):
            y = self.conv(x)
            self.seen = y.mean(dim=[2, 3], keepdim=True)
            return y

    def __init__(self):
        super().__init__()
        self.remember = self.Remember()

    def forward(self, x):
        y = self.remember(x)
        first = self.remember.seen
        z = self.remember(x * 2.0)
        return y * first + z * self.remember.seen


@pitfall()
class DeepNesting(nn.Module):
    class Wrap(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            return self.inner(x)

    def __init__(self):
        super().__init__()
        module = nn.Conv2d(3, 4, 3, padding=1)
        for _ in range(6):
            module = self.Wrap(module)
        self.outer = module

    def forward(self, x):
        return self.outer(x).relu()


@pitfall()
class NamesLikeOperators(nn.Module):
    """Names that could collide with operators, methods and each other."""

    def __init__(self):
        super().__init__()
        self.add = nn.Conv2d(3, 3, 1)
        self.cat = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU())
        self.output = nn.Conv2d(6, 4, 1)
        self.forward1 = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        y = self.add(x) + self.forward1(x)
        return self.output(torch.cat([self.cat(y), y], 1)) + 1.0


@pitfall()
class ReparametrisedBlock(nn.Module):
    """Parallel branches whose kernels are added in forward."""

    def __init__(self):
        super().__init__()
        self.three = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.one = nn.Conv2d(3, 4, 1, bias=False)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x):
        kernel = self.three.weight + F.pad(self.one.weight, [1, 1, 1, 1])
        return torch.relu(self.norm(F.conv2d(x, kernel, padding=1)))


@pitfall()
class WeightNormalisation(nn.Module):
    """The kernel is computed in every forward."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.rand(4, 1, 1, 1) + 0.5)
        self.direction = nn.Parameter(torch.randn(4, 3, 3, 3))
        self.act = nn.PReLU(4)

    def forward(self, x):
        norm = self.direction.flatten(1).square().sum(dim=1).sqrt().view(-1, 1, 1, 1)
        return self.act(F.conv2d(x, self.gain * self.direction / norm, padding=1))
