"""Values that do not depend on the input, and tables made in forward."""

import torch
from torch import nn
from torch.nn import functional as F

from pitfalls.registry import pitfall


@pitfall()
class CoordinateChannels(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(5, 4, 3, padding=1)

    def forward(self, x):
        h, w = x.size(2), x.size(3)
        rows = torch.arange(h, dtype=x.dtype, device=x.device).view(1, 1, -1, 1) / h
        columns = torch.linspace(-1.0, 1.0, w, dtype=x.dtype, device=x.device).view(1, 1, 1, -1)
        grid = torch.cat([rows.expand(x.size(0), 1, h, w), columns.expand(x.size(0), 1, h, w)], 1)
        return self.conv(torch.cat([x, grid], 1))


@pitfall()
class ConstantModule(nn.Module):
    """A module whose value does not depend on the input."""

    class Table(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.randn(4, 3))
            self.linear = nn.Linear(3, 4)

        def forward(self):
            return self.linear(self.table)

    def __init__(self):
        super().__init__()
        self.table = self.Table()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        return torch.einsum("bchw,cd->bdhw", y, self.table())


@pitfall()
class RelativePositionBias(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(49, 2))
        self.register_buffer("index", self._index())
        self.qkv = nn.Linear(3, 12)

    @staticmethod
    def _index():
        grid = torch.stack(torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")).flatten(1)
        difference = grid[:, :, None] - grid[:, None, :] + 3
        return difference[0] * 7 + difference[1]

    def forward(self, x):
        x = F.adaptive_avg_pool2d(x, 4).flatten(2).transpose(1, 2)
        q, k, v = self.qkv(x).view(x.size(0), 16, 3, 2, 2).permute(2, 0, 3, 1, 4).unbind(0)
        bias = self.table[self.index.view(-1)].view(16, 16, 2).permute(2, 0, 1)
        attention = (q @ k.transpose(-2, -1) + bias.unsqueeze(0)).softmax(-1)
        return (attention @ v).transpose(1, 2).flatten(2)


@pitfall()
class ShiftedWindowMask(nn.Module):
    """A mask written region by region, as shifted windows do."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        y = self.linear(x.permute(0, 2, 3, 1)).tanh()
        h, w = y.size(1), y.size(2)
        mask = torch.zeros(h, w, dtype=y.dtype)
        count = 0
        for rows in ((0, h - 4), (h - 4, h - 2), (h - 2, h)):
            for columns in ((0, w - 4), (w - 4, w - 2), (w - 2, w)):
                mask[rows[0]:rows[1], columns[0]:columns[1]] = count
                count += 1
        mask = mask.masked_fill(mask > 4, -5.0)
        return torch.roll(y, shifts=(-2, -2), dims=(1, 2)) + mask.unsqueeze(-1)


@pitfall()
class SimplifiableArithmetic(nn.Module):
    """x + 0, x * 1, double transposes: simplifiers would drop what hooks see."""

    class Plus(nn.Module):
        def __init__(self, value):
            super().__init__()
            self.value = value

        def forward(self, x):
            return x + self.value

    class Times(nn.Module):
        def forward(self, x):
            return x * 1

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.zero = self.Plus(0)
        self.one = self.Times()
        self.plus_half = self.Plus(0.5)

    def forward(self, x):
        y = self.one(self.zero(self.conv(x)))
        y = y.transpose(1, 2).transpose(1, 2).contiguous()
        return self.plus_half(y.reshape(y.shape).to(y.dtype))


@pitfall()
class WeightStandardisation(nn.Module):
    """batch_norm without running statistics standardises the kernel."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3))
        self.gain = nn.Parameter(torch.ones(4))

    def forward(self, x):
        w = F.batch_norm(self.weight.reshape(1, 4, -1), None, None, weight=self.gain, training=True, momentum=0.0,
                         eps=1e-6).reshape_as(self.weight)
        return F.conv2d(x, w, padding=1)


@pitfall()
class OtherNorms(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.InstanceNorm2d(4, affine=True), nn.GELU(),
                                  nn.GroupNorm(2, 4), nn.LocalResponseNorm(2))

    def forward(self, x):
        return self.body(x)


@pitfall()
class TensorConstant(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        mean = torch.tensor([0.5, 0.25, 0.375], dtype=x.dtype).view(1, 3, 1, 1)
        ones = torch.ones_like(x) * torch.full([1, 3, 1, 1], 0.5, dtype=x.dtype)
        return self.conv((x - mean) / ones).tanh() + torch.eye(3, dtype=x.dtype).sum()


@pitfall()
class NormaliserInside(nn.Module):
    """Normalises with buffers, in place on a clone."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2, 0.3, 0.4]).view(1, 3, 1, 1), persistent=False)
        self.model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Softmax(1))

    def forward(self, x):
        x = x.clone()
        x.sub_(self.mean).div_(self.std)
        return self.model(x)


@pitfall()
class SinusoidPositions(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Conv2d(3, 8, 4, stride=4)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        y = self.proj(x).flatten(2).transpose(1, 2)
        position = torch.arange(y.size(1), dtype=y.dtype, device=y.device).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, 8, 2, dtype=y.dtype, device=y.device) * -0.5)
        table = torch.zeros(y.size(1), 8, dtype=y.dtype, device=y.device)
        table[:, 0::2] = torch.sin(position * frequency)
        table[:, 1::2] = torch.cos(position * frequency)
        return self.norm(y + table)
