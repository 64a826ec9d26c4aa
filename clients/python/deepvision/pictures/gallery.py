"""Visualizations side by side: a contact sheet with a title and a line below each
picture, and the frames of how they grew."""

import math

from PIL import Image

from deepvision.pictures import draw
from deepvision.pictures.sheet import columns_for
from deepvision.pictures.theme import THEMES, font

_MARGIN, _HEADER, _FOOTER = 28, 84, 20
_GAP, _LABEL = 10, 34
_MIN_WIDTH = 420


def contact_sheet(pictures, captions, title, subtitle="", theme="dark"):
    """A PIL picture.

    pictures: PIL pictures of one size, or None where there is none.
    captions: for each two short texts, for example unit and objective.
    """
    theme = THEMES[theme]
    width, height = _tile_size(pictures)
    columns = columns_for(len(pictures), height + _LABEL, width)
    rows = -(-len(pictures) // columns)
    page_width = max(_MIN_WIDTH, columns * (width + _GAP) - _GAP + 2 * _MARGIN)
    page, pen = draw.page(page_width, _HEADER + rows * (height + _LABEL + _GAP) + _FOOTER, theme)
    room = page_width - 2 * _MARGIN
    pen.text((_MARGIN, 16), draw.fit(title, font(24, True), room), theme.text, font(24, True))
    pen.text((_MARGIN, 50), draw.fit(subtitle, font(14), room), theme.muted, font(14))
    for i, (picture, caption) in enumerate(zip(pictures, captions)):
        row, column = divmod(i, columns)
        left, top = _MARGIN + column * (width + _GAP), _HEADER + row * (height + _LABEL + _GAP)
        if picture is None:
            pen.rectangle((left, top, left + width - 1, top + height - 1), fill=theme.card)
        else:
            page.paste(_fitted(picture, width, height), (left, top))
        for line, (text, colour) in enumerate(zip(caption, (theme.text, theme.muted))):
            text = draw.fit(text, font(12), width)
            pen.text((left, top + height + 3 + 14 * line), text, colour, font(12))
    return page


def frames(ways, count=48, theme="dark"):
    """PIL pictures of all images at the same steps, one after the other.

    ways: for each image a list of (step, PIL picture) in the order of the steps.
    count: at most so many frames; the steps between are left out, the last never is.
    """
    theme = THEMES[theme]
    steps = _thinned(sorted({step for way in ways for step, _ in way}), count)
    width, height = _tile_size([picture for way in ways for _, picture in way])
    columns = columns_for(len(ways), height, width)
    rows = -(-len(ways) // columns)
    size = (columns * (width + _GAP) - _GAP, rows * (height + _GAP) - _GAP)
    made = []
    for step in steps:
        page, pen = draw.page(*size, theme)
        for i, way in enumerate(ways):
            left, top = i % columns * (width + _GAP), i // columns * (height + _GAP)
            shown = [picture for at, picture in way if at <= step]
            if shown:
                page.paste(_fitted(shown[-1], width, height), (left, top))
            else:
                pen.rectangle((left, top, left + width - 1, top + height - 1), fill=theme.card)
        made.append(page)
    return made


def save_animation(path, pictures, seconds=6.0):
    """As WebP or GIF, by the end of the name; the last picture stays for a while."""
    each = max(40, round(seconds * 1000 / max(1, len(pictures))))
    durations = [each] * (len(pictures) - 1) + [1500]
    options = {"quality": 80, "method": 4} if str(path).lower().endswith(".webp") else {}
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=durations, loop=0, **options
    )


def _thinned(steps, count):
    """Dense where images change most: at their beginning."""
    if len(steps) <= count:
        return steps
    last = len(steps) - 1
    chosen = {round(last * (n / (count - 1)) ** 1.5) for n in range(count)}
    return [steps[i] for i in sorted(chosen)]


def _tile_size(pictures):
    """Of the largest picture, enlarged when it is tiny."""
    sizes = [picture.size for picture in pictures if picture is not None] or [(96, 96)]
    width, height = max(w for w, _ in sizes), max(h for _, h in sizes)
    scale = max(1, math.ceil(96 / max(width, height)))
    return width * scale, height * scale


def _fitted(picture, width, height):
    picture = picture.convert("RGB")
    if picture.size == (width, height):
        return picture
    small = picture.width * 2 <= width  # pixels of a small network stay pixels
    filter = Image.Resampling.NEAREST if small else Image.Resampling.BICUBIC
    return picture.resize((width, height), filter)
