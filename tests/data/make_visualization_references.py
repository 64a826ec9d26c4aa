"""Writes tests/data/visualization/{index.txt,values.bin}: what PyTorch makes of
optimisers, of images written in frequencies and phases, and of the robust method,
which is transcribed here step by step.

  python tests/data/make_visualization_references.py

Needs numpy >= 2, torch and torchvision.
"""

import pathlib

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF
from reference_writer import Writer

FOLDER = pathlib.Path(__file__).parent / "visualization"
DTYPES = {"float32": torch.float32, "float64": torch.float64}
COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
COLORS = torch.from_numpy(COLORS / np.linalg.norm(COLORS, axis=0).max())


def normal(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def optimizers(writer):
    gradients = normal(12, 7) * torch.logspace(-4, 2, 7, dtype=torch.float64)
    start = normal(7)
    writer.add("optimizer.gradients", gradients.numpy())
    writer.add("optimizer.start", start.numpy())
    for name, dtype in DTYPES.items():
        x = start.to(dtype).clone()
        for optimizer in (torch.optim.Adam([x], lr=0.05, foreach=False), torch.optim.NAdam([x], lr=1.0, foreach=False)):
            with torch.no_grad():
                x.copy_(start)
            path = []
            for gradient in gradients:
                x.grad = gradient.to(dtype)
                optimizer.step()
                path.append(x.detach().clone())
            writer.add(f"optimizer.{type(optimizer).__name__}.{name}", torch.stack(path).numpy())


def frequencies(height, width):
    fy = np.fft.fftfreq(height)[:, None]
    fx = np.fft.rfftfreq(width)[None, :]
    return torch.from_numpy(np.sqrt(fy * fy + fx * fx))


def to_rgb(latent):
    return torch.einsum("ck,bkhw->bchw", COLORS, latent) if latent.shape[1] == 3 else latent


def fourier_images(writer):
    """Lucid: lucid/optvis/param/spatial.py, color.py."""
    for channels, height, width in [(3, 8, 10), (3, 7, 9), (1, 6, 5)]:
        name = f"fourier.{channels}x{height}x{width}"
        z = normal(2, channels, height, width // 2 + 1, 2)
        scale = 1 / torch.clamp(frequencies(height, width), min=1 / max(height, width))
        x = torch.fft.irfft2(torch.view_as_complex(z) * scale, s=(height, width), norm="ortho") / 4
        writer.add(f"{name}.parameters", z.numpy())
        writer.add(f"{name}.image", torch.sigmoid(to_rgb(x)).numpy())


def phase_images(writer):
    """MACO: Fel et al. 2023, algorithm 1."""
    for channels, height, width in [(3, 8, 10), (1, 6, 5)]:
        name = f"phase.{channels}x{height}x{width}"
        phase, magnitude = normal(1, channels, height, width // 2 + 1), normal(channels, height, width // 2 + 1).exp()
        standard = (phase - phase.mean()) / (phase.std() + 1e-5)
        y = torch.fft.irfft2(torch.polar(magnitude.expand_as(standard), standard), s=(height, width))
        y = (y - y.mean()) / (y.std() + 1e-5)
        writer.add(f"{name}.parameters", phase.numpy())
        writer.add(f"{name}.magnitude", magnitude.numpy())
        writer.add(f"{name}.image", torch.sigmoid(to_rgb(y)).numpy())


def regularize(image, draw, method):
    """The predecessor's Regularizer, one random draw given."""
    size = image.shape[-2:]
    pad = 2 * method["roll"]
    image = F.pad(image, [pad] * 4, mode="replicate")
    if not np.isnan(draw[0]):
        image = TF.rotate(image, draw[0], TF.InterpolationMode.NEAREST, fill=0)
    if not np.isnan(draw[1]):
        image = TF.affine(image, 0, [0, 0], draw[1], [0, 0], TF.InterpolationMode.BILINEAR, fill=0)
    taps = torch.exp(-0.5 * (torch.arange(-2, 3, dtype=torch.float64) / method["sigma"]) ** 2)
    taps = taps / taps.sum()
    kernel = torch.outer(taps, taps).to(image.dtype).expand(image.shape[1], 1, 5, 5)
    image = F.conv2d(image, kernel, padding=2, groups=image.shape[1])
    image = TF.center_crop(image, list(size))
    if not np.isnan(draw[2]):
        image = torch.roll(image, (int(draw[2]), int(draw[3])), (-2, -1))
    mean, std = image.mean((1, 2, 3), keepdim=True), image.std((1, 2, 3), keepdim=True)
    return image * (1 - method["pull"]) + (image - mean) / std * method["pull"]


def robust(writer):
    """The predecessor's loop: 20 steps, the last 3 without transforms."""
    method = {"roll": 5, "sigma": 0.5, "pull": 0.05, "lr": 3.0}
    steps, plain, unit = 20, 3, 2
    start = normal(1, 3, 18, 22)
    weights = [normal(6, 3, 3, 3) / 5, normal(6) / 5, normal(4, 6, 3, 3) / 7, normal(4) / 5]
    draws = np.full((steps, 4), np.nan)
    draws[::2, 0] = np.random.default_rng(3).uniform(-10, 10, draws[::2, 0].size)
    draws[::3, 1] = np.random.default_rng(4).uniform(1, 1.05, draws[::3, 1].size)
    draws[1::2, 2:] = np.random.default_rng(5).integers(-5, 6, draws[1::2, 2:].shape)
    writer.add("robust.start", start.numpy())
    writer.add("robust.draws", draws)
    for i, weight in enumerate(weights):
        writer.add(f"robust.weight{i}", weight.numpy())
    for name, dtype in DTYPES.items():
        w1, b1, w2, b2 = (weight.to(dtype) for weight in weights)
        image = start.to(dtype)
        for step in range(steps):
            if step < steps - plain:
                image = regularize(image, draws[step], method)
            image = image.detach().requires_grad_(True)
            activation = F.relu(F.conv2d(F.relu(F.conv2d(image, w1, b1, padding=1)), w2, b2, padding=1))
            loss = -activation[:, unit].mean((1, 2)).sum()
            (gradient,) = torch.autograd.grad(loss, image)
            gradient = gradient / (gradient.square().sum((1, 2, 3), keepdim=True).sqrt() + 1e-6)
            image = (image - method["lr"] * gradient).detach()
        assert activation[:, unit].mean() > 0.1
        writer.add(f"robust.image.{name}", image.numpy())


def main():
    torch.manual_seed(20240607)
    writer = Writer(FOLDER)
    for make in (optimizers, fourier_images, phase_images, robust):
        make(writer)
    writer.save()


if __name__ == "__main__":
    main()
