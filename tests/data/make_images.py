#!/usr/bin/env python3
"""Makes images/: encoded pictures of every kind that the decoder accepts, and
the pixels that they must give.

NAME.png, .jpg, .webp are the pictures; NAME.EXTENSION.ppm holds the expected
RGB pixels: Pillow's, or, where Pillow cannot write or reduces a kind otherwise,
the numbers that the file was made of.
"""

import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

FOLDER = pathlib.Path(__file__).parent / "images"
WIDTH, HEIGHT = 23, 17
ORIENTATION = 0x0112


def colours(width=WIDTH, height=HEIGHT):
    """A gradient in each channel, with an edge and a little noise."""
    y, x = np.mgrid[0:height, 0:width]
    red = x * 255 // max(width - 1, 1)
    green = y * 255 // max(height - 1, 1)
    blue = (x + y) * 9 % 256
    picture = np.stack([red, green, blue], axis=2)
    picture[(x > width // 2) & (y < height // 2)] = (250, 20, 60)
    noise = np.random.default_rng(1).integers(-6, 7, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def save_expected(name, rgb):
    height, width, _ = rgb.shape
    header = b"P6\n%d %d\n255\n" % (width, height)
    (FOLDER / f"{name}.ppm").write_bytes(header + rgb.astype(np.uint8).tobytes())


def expect_pillow(name):
    with Image.open(FOLDER / name) as picture:
        upright = ImageOps.exif_transpose(picture)
        save_expected(name, np.asarray(upright.convert("RGB")))


def save(name, picture, **options):
    picture.save(FOLDER / name, **options)
    expect_pillow(name)


def chunk(kind, data):
    crc = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def pack_row(row, bits):
    """Samples of one row as PNG stores them."""
    if bits == 16:
        return row.astype(">u2").tobytes()
    if bits == 8:
        return row.astype(np.uint8).tobytes()
    as_bits = (row[:, None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(as_bits.reshape(-1).astype(np.uint8)).tobytes()


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def png(samples, colour_type, bits, interlaced=False, before=(), after=()):
    """A PNG of `samples` [height, width, channels] without any filter."""
    height, width = samples.shape[:2]
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    rows = b""
    for top, left, down, right in passes:
        part = samples[top::down, left::right]
        if part.size:
            rows += b"".join(b"\0" + pack_row(row.reshape(-1), bits) for row in part)
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, int(interlaced))
    chunks = [(b"IHDR", header), *before, (b"IDAT", zlib.compress(rows)), *after, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*c) for c in chunks)


def save_png(name, data, expected):
    (FOLDER / name).write_bytes(data)
    save_expected(name, expected)


def repeat_gray(gray):
    return np.repeat(gray[:, :, None], 3, axis=2)


def exif(orientation):
    data = Image.Exif()
    data[ORIENTATION] = orientation
    return data


def make_pngs(rgb):
    picture = Image.fromarray(rgb)
    alpha = np.linspace(0, 255, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH, 1).astype(np.uint8)
    gray = rgb[:, :, 0]
    save("rgb.png", picture)
    save("rgba.png", Image.fromarray(np.concatenate([rgb, alpha], axis=2)))
    save("gray.png", Image.fromarray(gray))
    save("gray_alpha.png", Image.merge("LA", [Image.fromarray(gray), Image.fromarray(alpha[:, :, 0])]))
    save("black_white.png", Image.fromarray(gray).convert("1"))
    save("palette.png", picture.quantize(40))
    save("palette_transparent.png", picture.quantize(40), transparency=3)
    save("orientation6.png", picture, exif=exif(6))
    save("animated.png", picture, save_all=True, append_images=[ImageOps.invert(picture)])
    wide = rgb.astype(np.uint16) * 257 + np.arange(WIDTH, dtype=np.uint16)[None, :, None] % 3 * 100
    wide = np.minimum(wide, 65535)
    save_png("rgb16.png", png(wide, 2, 16), wide >> 8)
    save_png("gray16.png", png(wide[:, :, :1], 0, 16), repeat_gray(wide[:, :, 0] >> 8))
    save_png("gray2.png", png(gray[:, :, None] >> 6, 0, 2), repeat_gray((gray >> 6) * 85))
    save_png("gray4.png", png(gray[:, :, None] >> 4, 0, 4), repeat_gray((gray >> 4) * 17))
    save_png("interlaced.png", png(rgb, 2, 8, interlaced=True), rgb)
    transparent = (b"tRNS", struct.pack(">HHH", *[int(v) for v in rgb[0, 0]]))
    save_png("key_colour.png", png(rgb, 2, 8, before=[transparent]), rgb)
    gamma = (b"gAMA", struct.pack(">I", 100000))
    save_png("gamma.png", png(rgb, 2, 8, before=[gamma]), rgb)
    late = (b"eXIf", exif(3).tobytes().removeprefix(b"Exif\0\0"))
    save_png("late_orientation3.png", png(rgb, 2, 8, after=[late]), rgb[::-1, ::-1])


def make_jpegs(rgb):
    picture = Image.fromarray(rgb)
    save("subsampled.jpg", picture, quality=90, subsampling=2)
    save("full.jpg", picture, quality=95, subsampling=0)
    save("gray.jpg", picture.convert("L"), quality=90)
    save("progressive.jpg", picture, quality=90, progressive=True)
    save("restarts.jpg", picture, quality=90, restart_marker_blocks=1)
    save("cmyk.jpg", picture.convert("CMYK"), quality=90)
    adobe = b"Adobe\0d\0\0\0\0"
    cmyk = (FOLDER / "cmyk.jpg").read_bytes()
    at = cmyk.index(adobe) + len(adobe)
    (FOLDER / "ycck.jpg").write_bytes(cmyk[:at] + b"\2" + cmyk[at + 1 :])
    expect_pillow("ycck.jpg")
    for orientation in range(1, 9):
        save(f"orientation{orientation}.jpg", picture, quality=90, exif=exif(orientation))


def make_webps(rgb):
    picture = Image.fromarray(rgb)
    alpha = np.linspace(0, 255, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH, 1).astype(np.uint8)
    with_alpha = Image.fromarray(np.concatenate([rgb, alpha], axis=2))
    save("lossy.webp", picture, quality=90)
    save("lossless.webp", picture, lossless=True)
    save("alpha.webp", with_alpha, lossless=True, exact=True)
    save("animated.webp", picture, save_all=True, append_images=[ImageOps.invert(picture)], lossless=True)
    save("orientation8.webp", picture, lossless=True, exif=exif(8))


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    rgb = colours()
    make_pngs(rgb)
    make_jpegs(rgb)
    make_webps(rgb)
    save("pixel.png", Image.fromarray(colours(1, 1)))


if __name__ == "__main__":
    main()
