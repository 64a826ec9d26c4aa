"""Operators that plain classification networks do not use."""

import torch
from torch import nn
from torch.nn import functional as F

from pitfalls.registry import pitfall


@pitfall()
class PixelShuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.PixelShuffle(2), nn.PixelUnshuffle(2))
        self.tail = nn.ChannelShuffle(4)

    def forward(self, x):
        return self.tail(self.body(x))


@pitfall()
class GridSample(nn.Module):
    """A spatial transformer: sampling positions depend on the data."""

    def __init__(self):
        super().__init__()
        self.localise = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                                      nn.Linear(4, 6))
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        theta = self.localise(x).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.size(), align_corners=False)
        return self.conv(F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False))


@pitfall(sizes=((1, 3, 24, 20), (1, 3, 17, 19)))
class Interpolations(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, x):
        y = self.conv(x)
        a = F.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=True)
        b = F.interpolate(self.up(y), size=[x.size(2), x.size(3)], mode="bicubic", align_corners=False)
        return a + b


@pitfall(sizes=((1, 3, 24, 20), (1, 3, 19, 33)))
class Poolings(nn.Module):
    def __init__(self):
        super().__init__()
        self.maximum = nn.MaxPool2d(3, stride=2, ceil_mode=True, return_indices=True)
        self.average = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        self.adaptive = nn.AdaptiveMaxPool2d((3, 5))
        self.power = nn.LPPool2d(2, 2)

    def forward(self, x):
        y, where = self.maximum(x)
        y = self.power(self.average(y)) + where.float().mean() * 0.001
        return self.adaptive(y.repeat_interleave(4, dim=2).repeat(1, 1, 1, 3))


# The compiler does not accept a max_unpool of integers.
@pitfall(kinds=("trace",))
class MaxUnpool(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.pool = nn.MaxPool2d((2, 2), return_indices=True)
        self.unpool = nn.MaxUnpool2d((2, 2))

    def forward(self, x):
        y, index = self.pool(self.conv(x))
        return self.unpool(y, index)


@pitfall()
class Einsum(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Conv2d(3, 4, 1)
        self.k = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        q, k = self.q(x).flatten(2), self.k(x).flatten(2)
        attention = torch.einsum("bci,bcj->bij", q, k).softmax(dim=-1)
        return torch.einsum("bij,bcj->bci", attention, q).view_as(self.q(x))


@pitfall()
class BroadcastAndExpand(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.scale = nn.Parameter(torch.rand(1, 4, 1, 1))

    def forward(self, x):
        y = self.conv(x)
        rows = y.mean(dim=3, keepdim=True).expand(-1, -1, -1, y.size(3))
        columns = y.mean(dim=2, keepdim=True).expand_as(y)
        return (rows * columns * self.scale.expand(y.size(0), -1, -1, -1)).movedim(1, -1)


@pitfall()
class TransposedAndDilated(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3, padding=2, dilation=2, groups=3),
                                  nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1),
                                  nn.Conv2d(4, 4, (1, 5), padding="same"), nn.Mish())

    def forward(self, x):
        return self.body(x)


@pitfall()
class FoldAndUnfold(nn.Module):
    def __init__(self):
        super().__init__()
        self.unfold = nn.Unfold(2, stride=2)
        self.mix = nn.Linear(12, 12)

    def forward(self, x):
        y = self.mix(self.unfold(x).transpose(1, 2)).transpose(1, 2)
        return F.fold(y, [x.size(2), x.size(3)], kernel_size=[2, 2], stride=[2, 2])


@pitfall()
class SortAndGather(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)

    def forward(self, x):
        y = self.conv(x).flatten(2)
        values, order = torch.sort(y, dim=-1, descending=True)
        top = torch.topk(y, 4, dim=-1)
        return torch.gather(y, 2, order[:, :, :8]) + values[:, :, 8:16] + top.values.sum(-1, keepdim=True)


@pitfall()
class SqueezeAndExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.reduce = nn.Linear(8, 2)
        self.expand = nn.Linear(2, 8)

    def forward(self, x):
        y = self.conv(x)
        b, c, _, _ = y.shape
        gate = torch.sigmoid(self.expand(F.relu(self.reduce(y.mean((2, 3))), inplace=True))).view(b, c, 1, 1)
        return y * gate


@pitfall()
class Normalisations(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        y = F.normalize(self.conv(x), dim=1)
        mean, variance = y.mean((2, 3), keepdim=True), y.var((2, 3), keepdim=True, unbiased=False)
        y = (y - mean) * torch.rsqrt(variance + 1e-5)
        return F.layer_norm(y, y.shape[1:]) + torch.cumsum(y, dim=2) * 0.01


@pitfall()
class WindowPartition(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(3, 3)

    def forward(self, x):
        b, c, h, w = x.shape
        y = x.view(b, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 3, 5, 1).reshape(-1, 16, c)
        y = self.mix(y).tanh()
        return y.view(b, h // 4, w // 4, 4, 4, c).permute(0, 5, 1, 3, 2, 4).contiguous().view(b, c, h, w)


@pitfall()
class OneAndThreeDimensional(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.Conv1d(3, 4, 3, padding=1)
        self.volume = nn.Conv3d(1, 2, (2, 3, 3), padding=(0, 1, 1))

    def forward(self, x):
        y = self.rows(x.mean(3))
        z = self.volume(x.unsqueeze(1)).flatten(1, 2)
        return z * y.unsqueeze(-1)


@pitfall()
class ReductionsAndComparisons(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        best, index = y.max(dim=1)
        spread = torch.logsumexp(y, dim=1) - y.median(dim=1).values
        return torch.maximum(best, spread) * (index > 1).to(y.dtype) + torch.lerp(best, spread, 0.3)


@pitfall()
class ChannelsLast(nn.Module):
    """Memory order changes, logical order does not."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding=1)
        self.b = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        x = x.contiguous(memory_format=torch.channels_last)
        return self.b(self.a(x).to(memory_format=torch.channels_last)).relu()


@torch.jit.script
def _gated(x, gate):
    return x * torch.sigmoid(gate)


@pitfall()
class ScriptedFunction(nn.Module):
    """A free function that was compiled on its own."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 1)
        self.b = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        return _gated(self.a(x), self.b(x)) + _gated(self.b(x), self.a(x))
