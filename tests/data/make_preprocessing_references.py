#!/usr/bin/env python3
"""Makes preprocessing/: pictures, and what torchvision's transforms on Pillow
images make of them.

SOURCE.png are the pictures; CASE.ppm (or .pgm) is the resized and cropped
picture of each case below, before ToTensor; NAME.f32 are normalised tensors
[channels, height, width], float32, little-endian. The cases are listed again in
tests/core/input/fit_test.cc.
"""

import pathlib

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision import transforms
from torchvision.transforms import InterpolationMode

FOLDER = pathlib.Path(__file__).parent / "preprocessing"
BILINEAR, BICUBIC = InterpolationMode.BILINEAR, InterpolationMode.BICUBIC
PILLOW = {BILINEAR: Image.Resampling.BILINEAR, BICUBIC: Image.Resampling.BICUBIC}


def scene(width, height):
    """Smooth colours with hard edges."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    red = 127 + 127 * np.sin(9 * x + 3 * y)
    green = 255 * y * height / max(height, width)
    blue = 127 + 127 * np.cos(14 * x * y + 5 * y)
    picture = np.stack([red, green, blue], axis=2)
    picture[(x - 0.3) ** 2 + (y - 0.3) ** 2 < 0.02] = (255, 255, 255)
    picture[(x > 0.5) & (x < 0.6)] = (0, 0, 0)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def noise(width, height):
    """Black and white at random: the hardest picture to resize."""
    values = np.random.default_rng(3).integers(0, 2, (height, width, 3)) * 255
    return Image.fromarray(values.astype(np.uint8))


SOURCES = {
    "landscape": scene(97, 61),
    "portrait": scene(61, 97),
    "large": scene(301, 200),
    "tiny": scene(7, 5),
    "line": scene(40, 1),
    "square": scene(16, 16),
    "noise": noise(50, 40),
}

# name: source, policy, shorter side, height, width, interpolation, mode
CASES = {
    "landscape_crop": ("landscape", "crop", 36, 32, 32, BILINEAR, "RGB"),
    "landscape_crop_odd37": ("landscape", "crop", 37, 32, 32, BILINEAR, "RGB"),
    "landscape_crop_odd39": ("landscape", "crop", 39, 32, 32, BILINEAR, "RGB"),
    "landscape_crop_bicubic": ("landscape", "crop", 40, 21, 33, BICUBIC, "RGB"),
    "landscape_padded": ("landscape", "crop", 16, 31, 32, BILINEAR, "RGB"),
    "landscape_half_padded": ("landscape", "crop", 25, 32, 24, BILINEAR, "RGB"),
    "portrait_crop": ("portrait", "crop", 32, 32, 32, BILINEAR, "RGB"),
    "portrait_gray": ("portrait", "crop", 30, 28, 28, BILINEAR, "L"),
    "large_crop": ("large", "crop", 36, 32, 32, BILINEAR, "RGB"),
    "large_crop_bicubic": ("large", "crop", 36, 32, 32, BICUBIC, "RGB"),
    "tiny_crop": ("tiny", "crop", 32, 32, 32, BILINEAR, "RGB"),
    "tiny_crop_bicubic": ("tiny", "crop", 32, 32, 32, BICUBIC, "RGB"),
    "line_crop": ("line", "crop", 8, 8, 20, BILINEAR, "RGB"),
    "noise_crop": ("noise", "crop", 24, 24, 24, BILINEAR, "RGB"),
    "noise_crop_bicubic": ("noise", "crop", 33, 32, 32, BICUBIC, "RGB"),
    "square_same": ("square", "crop", 16, 16, 16, BILINEAR, "RGB"),
    "landscape_stretch": ("landscape", "stretch", 0, 40, 24, BILINEAR, "RGB"),
    "portrait_stretch_bicubic": ("portrait", "stretch", 0, 20, 50, BICUBIC, "RGB"),
    "noise_stretch_width": ("noise", "stretch", 0, 40, 31, BILINEAR, "RGB"),
    "landscape_letterbox": ("landscape", "letterbox", 0, 32, 32, BILINEAR, "RGB"),
    "portrait_letterbox": ("portrait", "letterbox", 0, 33, 48, BICUBIC, "RGB"),
    "tiny_letterbox": ("tiny", "letterbox", 0, 25, 40, BILINEAR, "RGB"),
}

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def fit(picture, policy, shorter, height, width, interpolation):
    if policy == "letterbox":
        return ImageOps.pad(picture, (width, height), PILLOW[interpolation], color=0)
    if policy == "stretch":
        return transforms.Resize((height, width), interpolation)(picture)
    resize = transforms.Resize(shorter, interpolation)
    return transforms.CenterCrop((height, width))(resize(picture))


def save_tensor(name, tensor):
    (FOLDER / f"{name}.f32").write_bytes(tensor.numpy().astype("<f4").tobytes())


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, picture in SOURCES.items():
        picture.save(FOLDER / f"{name}.png", optimize=True)
    for name, (source, policy, shorter, height, width, interpolation, mode) in CASES.items():
        fitted = fit(SOURCES[source].convert(mode), policy, shorter, height, width, interpolation)
        fitted.save(FOLDER / f"{name}.{'pgm' if mode == 'L' else 'ppm'}")
    square = SOURCES["square"]
    unit = transforms.ToTensor()(square)
    save_tensor("square_imagenet", transforms.Normalize(*IMAGENET)(unit))
    levels = torch.from_numpy(np.array(square)).permute(2, 0, 1).float()
    save_tensor("square_127_128", (levels - 127) / 128)
    save_tensor("square_caffe", levels.flip(0) - torch.tensor([103.939, 116.779, 123.68])[:, None, None])


if __name__ == "__main__":
    main()
