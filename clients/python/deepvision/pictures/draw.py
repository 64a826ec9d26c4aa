"""Small parts that every page is made of."""

import math

from PIL import Image, ImageDraw

from deepvision.pictures.color import show
from deepvision.pictures.theme import font


def page(width, height, theme):
    """An empty page and its pen."""
    image = Image.new("RGB", (width, height), theme.page)
    return image, ImageDraw.Draw(image)


def fit(text, text_font, width):
    """`text`, cut with an ellipsis so that it is at most `width` pixels wide."""
    if text_font.getlength(text) <= width:
        return text
    while text and text_font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def paste(image, array, left, top):
    """An RGB array as a part of `image`."""
    image.paste(Image.fromarray(array), (left, top))


def color_bar(image, pen, box, limit, lowest, theme):
    """The colour scale with its numbers below it; the lower half only where there
    are values below zero."""
    left, top, right, bottom = box
    colors = theme.lookup if lowest < 0 else theme.lookup[255:]
    bar = Image.fromarray(colors[None]).resize(
        (right - left, bottom - top), Image.Resampling.BILINEAR
    )
    image.paste(bar, (left, top))
    small = font(12)
    marks = (
        [(left, show(-limit), "la"), ((left + right) // 2, "0", "ma")]
        if lowest < 0
        else [(left, "0", "la")]
    )
    for x, text, anchor in [*marks, (right, show(limit), "ra")]:
        pen.text((x, bottom + 4), text, theme.muted, small, anchor=anchor)


def reach_of(values):
    """The smallest range that holds 0 and all finite values."""
    finite = [float(v) for v in values if math.isfinite(v)]
    return min([0.0, *finite]), max([0.0, *finite])


def bars(pen, box, values, theme, reach):
    """Vertical bars on a zero line; `reach`: the values of the lower and the upper
    edge of the box."""
    left, top, right, bottom = box
    finite = [float(v) if math.isfinite(v) else 0.0 for v in values]
    lowest, highest = reach
    per_pixel = (highest - lowest) / (bottom - top) or 1.0
    zero = top + highest / per_pixel
    width = (right - left) / max(1, len(finite))
    gap = 1 if width >= 4 else 0
    for i, value in enumerate(finite):
        x0, x1 = round(left + i * width), round(left + (i + 1) * width) - 1 - gap
        y0, y1 = sorted((round(zero), round(zero - value / per_pixel)))
        if y1 > y0:
            pen.rectangle((x0, y0, max(x0, x1), y1), fill=theme.color(value))
    pen.line((left, round(zero), right, round(zero)), fill=theme.muted)
