"""Number types, channel counts and values that are not floating point."""

import torch
from torch import nn
from torch.nn import functional as F

from pitfalls.registry import pitfall


def _small(channels):
    return nn.Sequential(nn.Conv2d(channels, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
                         nn.MaxPool2d(2), nn.Conv2d(8, 4, 1), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
                         nn.Linear(16, 5))


@pitfall(shape=(1, 1, 16, 16), sizes=((1, 1, 20, 24),))
def OneChannel():
    return _small(1)


@pitfall(shape=(1, 4, 16, 16), sizes=((1, 4, 20, 24),))
def FourChannels():
    return _small(4)


@pitfall(shape=(1, 6, 16, 16), sizes=((1, 6, 20, 24),))
def SixChannels():
    return _small(6)


@pitfall(dtype=torch.float64)
def DoubleWeights():
    return _small(3)


@pitfall(dtype=torch.bfloat16)
def Bfloat16Weights():
    return _small(3)


@pitfall(dtype=torch.float16)
def HalfWeights():
    return _small(3)


@pitfall()
class MixedPrecision(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        y = self.conv(x).tanh().to(torch.float64).mean(dim=(2, 3))
        return self.head(y.to(x.dtype)).double() * 2


@pitfall()
class BooleanMask(nn.Module):
    class Positive(nn.Module):
        def forward(self, x):
            return x > 0

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.positive = self.Positive()

    def forward(self, x):
        y = self.conv(x)
        mask = self.positive(y)
        return torch.where(mask & ~(y > 1.0), y, y * 0.1).masked_fill(mask.logical_not(), -0.5)


@pitfall(gradients=False)
class ArgmaxOutput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1)

    def forward(self, x):
        scores = self.conv(x)
        return scores.argmax(dim=1), scores.topk(2, dim=1).indices


@pitfall()
class IntegerInside(nn.Module):
    class Classes(nn.Module):
        def forward(self, x):
            return x.argmax(dim=1)

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1)
        self.classes = self.Classes()
        self.embed = nn.Embedding(5, 4)

    def forward(self, x):
        y = self.conv(x)
        return self.embed(self.classes(y)).permute(0, 3, 1, 2) * y[:, :4]


@pitfall()
class DataDependentShape(nn.Module):
    """nonzero and masked_select: shapes that only the values decide."""

    class Select(nn.Module):
        def forward(self, x):
            return torch.masked_select(x, x > 0.2)

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.select = self.Select()

    def forward(self, x):
        y = self.conv(x)
        chosen = self.select(y)
        where = torch.nonzero(y[0, 0] > 0)
        picked = y[0, 0][where[:, 0], where[:, 1]]
        return y * chosen.mean() + picked.sum() + float(where.size(0))


@pitfall()
class ComplexFft(nn.Module):
    class Spectrum(nn.Module):
        def forward(self, x):
            return torch.fft.rfft2(x)

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.spectrum = self.Spectrum()
        self.filter = nn.Parameter(torch.randn(4, 1, 1))

    def forward(self, x):
        spectrum = self.spectrum(self.conv(x)) * self.filter
        y = torch.fft.irfft2(spectrum, s=[x.size(2), x.size(3)])
        return y.tanh() + spectrum.abs().mean() + torch.view_as_real(spectrum).mean()


@pitfall()
class NotANumber(nn.Module):
    """NaN and infinities are values like others."""

    class Log(nn.Module):
        def forward(self, x):
            return torch.log(x)

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.log = self.Log()

    def forward(self, x):
        y = self.conv(x)
        return torch.nan_to_num(self.log(y), nan=0.5, neginf=-3.0) + torch.nan_to_num(1.0 / F.relu(y), posinf=2.0)


@pitfall()
class ScalarOutput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        return y.square().mean(), y.flatten(2).max(dim=2).values


@pitfall()
class EmptyTensors(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.none = nn.Flatten(0)

    def forward(self, x):
        y = self.conv(x).tanh()
        nothing = self.none(y[:, :0])
        return torch.cat([y.flatten(1), nothing.view(y.size(0), 0)], 1)


@pitfall()
class TensorScalars(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.temperature = nn.Parameter(torch.tensor(0.7))

    def forward(self, x):
        y = self.conv(x) / self.temperature.exp()
        low, high = y.amin(), y.amax()
        return (y - low) / (high - low + 1e-6)


@pitfall()
class StringAndDeviceArguments(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")
        self.mode = "bilinear"

    def forward(self, x):
        y = self.conv(x.to(torch.device("cpu")))
        y = F.interpolate(y, scale_factor=2.0, mode=self.mode, align_corners=False)
        return F.pad(y, [1, 1, 2, 0], mode="replicate").to(device=x.device, dtype=x.dtype)


@pitfall(float64=False, gradients=False)
class QuantisedBetween(nn.Module):
    """A quantised tensor between two floating-point convolutions."""

    class Quantise(nn.Module):
        def forward(self, x):
            return torch.quantize_per_tensor(x, 0.05, 10, torch.quint8)

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.quantise = self.Quantise()
        self.tail = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        return self.tail(torch.dequantize(self.quantise(self.conv(x))))


@pitfall(float64=False, gradients=False, prepared=False)
def StaticallyQuantised():
    """Packed parameters: post-training static quantisation."""
    from torch.ao import quantization

    body = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))
    model = quantization.QuantWrapper(body).eval()
    quantization.fuse_modules(model.module, [["0", "1", "2"]], inplace=True)
    model.qconfig = quantization.get_default_qconfig(torch.backends.quantized.engine)
    quantization.prepare(model, inplace=True)
    model(torch.randn(4, 3, 16, 16))
    return quantization.convert(model, inplace=True)


@pitfall(float64=False, gradients=False, prepared=False)
def DynamicallyQuantised():
    from torch.ao import quantization

    return quantization.quantize_dynamic(_small(3).eval(), {nn.Linear}, dtype=torch.qint8)
