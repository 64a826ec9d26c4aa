"""Any layer's value as planes (two-dimensional maps) or as one row of numbers."""

import dataclasses

import numpy as np

# More tiles than this are no picture that one can look at.
MAX_PLANES = 4096
# Pixels of all tiles together; larger maps are averaged down.
MAX_PIXELS = 8_000_000


@dataclasses.dataclass
class Planes:
    """maps: float32 [count, height, width]; labels: one per map; what: a word for them;
    left_out: maps that are not shown."""

    maps: np.ndarray
    labels: list
    what: str = "channels"
    left_out: int = 0


def to_planes(value, kind="feature_map", token_grid=None, names=None):
    """Planes, or a float32 vector for values that have no two dimensions.

    token_grid: proto message TokenGrid of tokens that lie on the picture.
    names: of the channels.
    """
    value = np.asarray(value, np.float32)
    if value.ndim < 2 or value.shape[-1] * value.shape[-2] == 1 or value.size == 0:
        return value.reshape(-1)
    if kind == "tokens" and value.ndim == 2 and token_grid is not None and token_grid.rows:
        return _from_tokens(value, token_grid, names)
    if value.ndim == 2:
        return Planes(value[None], [""], "tokens × features" if kind == "tokens" else "matrix")
    maps = value.reshape(-1, *value.shape[-2:])
    labels = names if names and len(names) == len(maps) else [str(i) for i in range(len(maps))]
    return _limited(maps, labels, "channels" if kind == "feature_map" else "maps")


def _from_tokens(value, grid, names):
    """One map per feature; the tokens before the first patch have no place on it."""
    patches = value[grid.prefix : grid.prefix + grid.rows * grid.columns]
    maps = patches.T.reshape(-1, grid.rows, grid.columns)
    labels = names if names and len(names) == len(maps) else [str(i) for i in range(len(maps))]
    what = "features of the patches" if grid.prefix else "features"
    return _limited(maps, labels, what)


def _limited(maps, labels, what):
    left_out = max(0, len(maps) - MAX_PLANES)
    maps, labels = maps[:MAX_PLANES], labels[:MAX_PLANES]
    factor = int(np.ceil(np.sqrt(maps.size / MAX_PIXELS)))
    return Planes(average(maps, factor), labels, what, left_out)


def average(maps, factor):
    """Maps with `factor` × `factor` values averaged into one (fewer at the edges)."""
    if factor <= 1:
        return maps
    rows = np.arange(0, maps.shape[1], factor)
    columns = np.arange(0, maps.shape[2], factor)
    sums = np.add.reduceat(np.add.reduceat(maps, rows, axis=1), columns, axis=2)
    heights = np.diff(np.append(rows, maps.shape[1]))
    widths = np.diff(np.append(columns, maps.shape[2]))
    return sums / np.multiply.outer(heights, widths).astype(np.float32)
