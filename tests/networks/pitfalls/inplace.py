"""Values that are overwritten after somebody wanted to see them."""

import torch
from torch import nn
from torch.nn import functional as F

from pitfalls.registry import pitfall


@pitfall()
class InplaceReluAfterNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        return self.head(self.relu(self.norm(self.conv(x))))


@pitfall()
class InplaceAddToCaptured(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding=1)
        self.b = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        first = self.a(x)
        second = self.b(first)
        second += first
        first.mul_(2.0)
        return second - first


@pitfall()
class ReadBetweenWrites(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.one = nn.Conv2d(6, 6, 1)
        self.two = nn.Conv2d(6, 6, 1)

    def forward(self, x):
        y = self.conv(x)
        before = self.one(y)
        y.mul_(0.5)
        between = self.two(y)
        y.add_(before)
        return y + between


@pitfall()
class WriteThroughView(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.tail = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        half = y[:, :4]
        half.relu_()
        y.narrow(1, 6, 2).fill_(0.25)
        return self.tail(y)


@pitfall()
class SliceAssignment(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.tail = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        y[:, 5] = 0.5
        y[:, :, 2:4, :] = y[:, :, 4:6, :] * 2.0
        return self.tail(y)


@pitfall()
class ViewTakenBeforeWrite(nn.Module):
    """The flattened tensor sees a write to its base that happens later."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.flat = nn.Flatten(2)
        self.tail = nn.Conv1d(4, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        flat = self.flat(y)
        y.sigmoid_()
        return self.tail(flat)


@pitfall()
class InputWritten(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        x.sub_(0.5)
        x.div_(0.25)
        return self.conv(x)


@pitfall()
class InputViewWritten(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        x[:, 0] = x[:, 0] * 0.5 + 0.25
        return self.conv(x)


@pitfall()
class ModuleWritesItsResult(nn.Module):
    """The convolution's hook sees other values than its parent's."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3, padding=1)

        def forward(self, x):
            y = self.conv(x)
            y.clamp_(min=-0.1)
            y.mul_(3.0)
            return y

    def __init__(self):
        super().__init__()
        self.block = self.Block()
        self.tail = nn.Conv2d(6, 4, 1)

    def forward(self, x):
        return self.tail(self.block(x))


@pitfall()
class ModuleWritesItsArgument(nn.Module):
    class Shift(nn.Module):
        def forward(self, x):
            x.add_(1.0)
            return x * 2.0

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.shift = self.Shift()
        self.tail = nn.Conv2d(6, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        z = self.shift(y)
        return self.tail(y + z)


@pitfall()
class ParentRewritesChildAfterwards(nn.Module):
    class Child(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3, padding=1)

        def forward(self, x):
            return F.relu(self.conv(x))

    def __init__(self):
        super().__init__()
        self.child = self.Child()
        self.skip = nn.Conv2d(3, 6, 1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.child(x)
        y += self.skip(x)
        return self.relu(y)


@pitfall()
class ChainOfInplaceModules(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1), nn.Hardswish(inplace=True), nn.LeakyReLU(0.2, inplace=True),
            nn.ELU(inplace=True), nn.Hardtanh(-0.5, 0.8, inplace=True), nn.Conv2d(6, 4, 1), nn.SiLU(inplace=True))

    def forward(self, x):
        return self.body(x)


@pitfall()
class IndexPut(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.tail = nn.Conv2d(6, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        y[y < 0] = 0.125
        z = torch.zeros_like(y)
        index = torch.tensor([0, 2, 4])
        z[:, index] = y[:, index]
        z.index_add_(1, index, y[:, :3])
        return self.tail(z)


@pitfall()
class Scatter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.tail = nn.Linear(6, 4)

    def forward(self, x):
        y = self.conv(x).mean(dim=[2, 3])
        order = torch.argsort(y, dim=1)
        spread = torch.zeros_like(y).scatter_(1, order, y)
        spread.scatter_add_(1, order, y * 0.5)
        return self.tail(spread)


@pitfall()
class CopyIntoNewTensor(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.b = nn.Conv2d(3, 4, 3, padding=1)
        self.tail = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        a = self.a(x)
        canvas = torch.empty(a.size(0), 8, a.size(2), a.size(3), dtype=a.dtype)
        canvas[:, :4].copy_(a)
        canvas[:, 4:] = self.b(x)
        return self.tail(canvas)


@pitfall()
class WriteToCapturedTwice(nn.Module):
    """y is seen through one module and two views before each write."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.see = nn.ModuleList([nn.Conv2d(4, 4, 1) for _ in range(3)])

    def forward(self, x):
        y = self.conv(x)
        total = torch.zeros_like(y)
        for i, layer in enumerate(self.see):
            total = total + layer(y)
            y[:, i].mul_(0.5).add_(0.1)
        return total + y


@pitfall()
class InplaceOnBroadcastResult(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 4, 1), nn.Sigmoid())

    def forward(self, x):
        y = self.conv(x)
        y *= self.gate(y).expand_as(y)
        y -= y.mean(dim=1, keepdim=True)
        return y


@pitfall()
class TransposeThenWrite(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.LayerNorm(4)

    def forward(self, x):
        y = self.conv(x)
        last = y.permute(0, 2, 3, 1)
        normed = self.norm(last)
        last.mul_(2.0)
        return normed + y.permute(0, 2, 3, 1)


@pitfall()
class UnbindAndWrite(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.tail = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        a, b, c, d = y.unbind(1)
        before = a + d
        y = y + before.unsqueeze(1)
        left, right = y.chunk(2, 1)
        right = right * left
        return self.tail(torch.cat([left, right], 1)) + torch.stack([a, b, c, d], 1)


@pitfall()
class DetachShares(nn.Module):
    """detach() shares memory, data is read after the base was written."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.tail = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        shared = y.detach()
        y = y * 2.0
        shared.add_(1.0)
        return self.tail(y) * shared.std()
