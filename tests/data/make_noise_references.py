#!/usr/bin/env python3
"""Makes noise/: the first numbers of each noise generator, computed by NumPy from
the formulae in core/dataset/noise.h. float32, little-endian."""

import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent / "noise"
COUNT = 1024


def philox(counters, seed):
    """Philox4x32-10 of [n] 64-bit counters -> [n, 4] words."""
    low = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    zero = np.zeros_like(counters)
    c = [counters & low, counters >> shift, zero, zero]
    k = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a = np.uint64(0xD2511F53) * c[0]
        b = np.uint64(0xCD9E8D57) * c[2]
        c = [(b >> shift) ^ c[1] ^ np.uint64(k[0]), b & low, (a >> shift) ^ c[3] ^ np.uint64(k[1]), a & low]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, axis=1)


def uniform(words):
    return (words >> np.uint64(8)) / 2**24


def normal(words):
    numbers = np.empty(words.shape)
    for k in (0, 2):
        radius = np.sqrt(-2 * np.log((words[:, k] + 0.5) / 2**32))
        angle = 2 * np.pi * (words[:, k + 1] / 2**32)
        numbers[:, k] = radius * np.cos(angle)
        numbers[:, k + 1] = radius * np.sin(angle)
    return numbers


def main():
    known = philox(np.array([0], dtype=np.uint64), 0)[0]
    assert [int(w) for w in known] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    FOLDER.mkdir(exist_ok=True)
    for seed in (0, 0x123456789ABCDEF0):
        words = philox(np.arange(COUNT // 4, dtype=np.uint64), seed)
        for generator in (uniform, normal):
            numbers = generator(words).reshape(-1).astype("<f4")
            (FOLDER / f"{generator.__name__}_{seed:x}.f32").write_bytes(numbers.tobytes())


if __name__ == "__main__":
    main()
