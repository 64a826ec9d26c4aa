"""Values to colours."""

import numpy as np

# Of a layer's |values|, this share lies inside the colour scale: a few extreme
# values do not darken all others. Where the scale cuts, the caption says so.
INSIDE = 0.998
# No cut where it would gain less than this.
WORTH_CUTTING = 1.3


def limit_of(values):
    """The |value| that gets the strongest colour. Above 0 unless all are 0."""
    magnitudes = np.abs(values[np.isfinite(values)])
    if magnitudes.size == 0:
        return 0.0
    largest = float(magnitudes.max())
    inside = float(np.quantile(magnitudes, INSIDE))
    return inside if inside > 0 and largest > WORTH_CUTTING * inside else largest


def colorize(values, limit, theme):
    """uint8 RGB of `values`, which lie in -limit..limit or are cut to it.

    limit: a number, or an array that broadcasts over values.
    """
    limit = np.where(np.asarray(limit) > 0, limit, 1)
    with np.errstate(invalid="ignore", over="ignore"):
        places = np.clip(np.nan_to_num(values / limit, nan=0.0), -1, 1)
    colors = theme.lookup[np.round(255 + 255 * places).astype(np.intp)]
    colors[~np.isfinite(values)] = theme.not_a_number
    return colors


def show(number):
    """A number in four significant digits, with a true minus sign."""
    text = (
        f"{number:.3g}"
        if abs(number) < 1000
        else f"{number:,.0f}"
        if abs(number) < 1e6
        else f"{number:.2e}"
    )
    return text.replace("-", "−")
