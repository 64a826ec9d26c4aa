"""Writes tests/data/activation/{index.txt,values.bin}: what NumPy and PyTorch
say about codes, areas, halves, statistics, histograms and probabilities.

  python tests/data/make_activation_references.py

Needs numpy >= 2 and torch.
"""

import pathlib

import numpy as np
import torch
from reference_writer import Writer

FOLDER = pathlib.Path(__file__).parent / "activation"
RANDOM = np.random.default_rng(20240607)


def codes(values, low, high):
    """The documented formula, in float32."""
    low, high = np.float32(low), np.float32(high)
    with np.errstate(all="ignore"):
        scaled = np.float32(255) * (values - low) / (high - low + np.float32(1e-6))
        return np.trunc(np.clip(np.nan_to_num(scaled, nan=0, posinf=1e9, neginf=-1e9), 0, 255)).astype(np.uint8)


def normal(*shape, scale=1.0, offset=0.0):
    return (RANDOM.standard_normal(shape) * scale + offset).astype(np.float32)


def borders(low, high):
    """Values at the borders between codes, and their neighbours."""
    low, high = np.float32(low), np.float32(high)
    exact = low + np.arange(256, dtype=np.float32) * (high - low + np.float32(1e-6)) / np.float32(255)
    around = [np.nextafter(exact, np.float32(d)) for d in (-np.inf, np.inf)]
    return np.clip(np.stack([exact, *around]), low, high)


def quantisation(writer):
    cases = {
        "normal": normal(3, 11, 13),
        "relu": np.maximum(normal(3, 11, 13), 0),
        "large": normal(3, 11, 13, scale=1e30),
        "small": normal(3, 11, 13, scale=1e-7),
        "offset": normal(3, 11, 13, scale=0.01, offset=1000),
        "borders": borders(-1.25, 3.5),
        "borders_from_zero": borders(0, 6),
        "denormal": normal(2, 50, scale=1e-40),
    }
    for name, values in cases.items():
        writer.add(f"codes.{name}.values", values)
        for policy, low, high in [
            ("layer", values.min(), values.max()),
            ("symmetric", -np.abs(values).max(), np.abs(values).max()),
            ("fixed", np.float32(-0.7), np.float32(1.9)),
        ]:
            writer.add(f"codes.{name}.{policy}", codes(values, low, high))
    values = cases["normal"]
    per_channel = [codes(channel, channel.min(), channel.max()) for channel in values]
    writer.add("codes.normal.channel", np.stack(per_channel))


def areas(writer):
    for name, (height, width), (to_height, to_width) in [
        ("integral", (12, 8), (6, 4)),
        ("fractional", (7, 10), (3, 4)),
        ("narrow", (13, 2), (5, 1)),
    ]:
        values = normal(2, height, width)
        fine = np.repeat(np.repeat(values.astype(np.float64), to_height, 1), to_width, 2)
        blocks = fine.reshape(2, to_height, height, to_width, width)
        writer.add(f"areas.{name}.values", values)
        writer.add(f"areas.{name}.reduced", blocks.mean((2, 4)).astype(np.float32))


def halves(writer):
    specials = [0.0, -0.0, 65504, 65519.99, 65520, -65520, 1e9, np.inf, -np.inf, 2**-24, 2**-25, 1.5 * 2**-25, 1 + 2**-11, 1 + 3 * 2**-11]
    values = np.concatenate([np.array(specials, np.float32), normal(500), normal(200, scale=1e-6)])
    writer.add("half.values", values)
    with np.errstate(over="ignore"):
        writer.add("half.bits", values.astype(np.float16).view(np.uint16))


def statistics(writer):
    values = np.stack([normal(400), normal(400, scale=1e-3, offset=5000), np.maximum(normal(400), 0), normal(400)])
    values[3, ::7], values[3, 1::11], values[3, 2::13] = np.nan, np.inf, -np.inf
    rows = []
    for channel in values:
        finite = channel[np.isfinite(channel)].astype(np.float64)
        rows.append([finite.min(), finite.max(), finite.mean(), finite.std(), (finite > 0).mean()])
    writer.add("statistics.values", values)
    writer.add("statistics.expected", np.array(rows, np.float32))


def histograms(writer):
    grid = np.linspace(np.float32(-1), np.float32(2), 17, dtype=np.float32)
    neighbours = [np.nextafter(grid, np.float32(d)) for d in (-np.inf, np.inf)]
    cases = {
        "normal": normal(3000),
        "relu": np.maximum(normal(3000), 0),
        "edges": np.clip(np.concatenate([grid, *neighbours]), -1, 2).astype(np.float32),
        "tenths": (np.arange(200) % 11 * 0.1).astype(np.float32),
        "offset": normal(1000, scale=3, offset=10000),
        "denormal": np.abs(normal(500, scale=1e-40)),
        "constant": np.full(9, 3.25, np.float32),
        "two": np.array([-7.5, 2.0], np.float32),
        "huge": normal(300, scale=1e37),
    }
    for name, values in cases.items():
        writer.add(f"histogram.{name}.values", values)
        for bins in (2, 16, 100, 1024):
            try:
                with np.errstate(over="ignore"):
                    counts, edges = np.histogram(values, bins)
            except ValueError:
                continue
            assert edges.dtype == np.float32 and counts.sum() == values.size
            writer.add(f"histogram.{name}.{bins}.counts", counts.astype(np.uint16))
            writer.add(f"histogram.{name}.{bins}.edges", edges)
    values = RANDOM.standard_normal(500)
    counts, edges = np.histogram(values, 16)
    writer.add("histogram.double.values", values)
    writer.add("histogram.double.16.counts", counts.astype(np.uint16))
    writer.add("histogram.double.16.edges", edges)


def predictions(writer):
    scores = np.concatenate([normal(40, scale=4), np.array([200, -300, 0, 0], np.float32)])
    moderate = normal(50, scale=3)
    moderate[30] = moderate[7]
    for name, values in [("saturated", scores), ("moderate", moderate)]:
        exact = torch.from_numpy(values.astype(np.float64))
        for activation, probabilities in [("softmax", exact.softmax(0)), ("sigmoid", exact.sigmoid())]:
            probabilities = probabilities.numpy().astype(np.float32)
            writer.add(f"prediction.{name}.{activation}.probabilities", probabilities)
            order = np.lexsort([np.arange(values.size), -probabilities])
            writer.add(f"prediction.{name}.{activation}.order", order.astype(np.uint16))
        writer.add(f"prediction.{name}.values", values)


def main():
    writer = Writer(FOLDER)
    for make in (quantisation, areas, halves, statistics, histograms, predictions):
        make(writer)
    writer.save()


if __name__ == "__main__":
    main()
