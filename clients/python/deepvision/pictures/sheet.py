"""The contact sheet of one layer: every channel as a tile, or every unit as a bar."""

import dataclasses
import functools
import math

import numpy as np
from PIL import Image, ImageDraw

from deepvision.pictures import draw
from deepvision.pictures.color import colorize, limit_of, show
from deepvision.pictures.planes import Planes, to_planes
from deepvision.pictures.theme import THEMES, font

_MARGIN, _HEADER, _FOOTER = 28, 96, 34
_MIN_WIDTH = 900
_GAP, _LABEL = 6, 17
_MAX_ROWS_OF_BARS = 48
_BARS_PER_LINE = 512


@dataclasses.dataclass
class LayerInfo:
    """What the sheet says about a layer besides its values.

    shape: of the value in the network; names: of its channels or units;
    token_grid: proto message TokenGrid, for tokens on a picture.
    """

    id: str
    title: str = ""
    kind: str = "feature_map"
    shape: tuple = ()
    names: list = None
    token_grid: object = None
    network: str = ""


def contact_sheet(value, info, theme="dark", labels=True, per_channel=False):
    """A PIL picture of a layer's value (float, [C, H, W], [units] or [tokens, features]).

    per_channel: each channel has its own colour scale; else the layer has one.
    """
    theme = THEMES[theme]
    value = np.asarray(value, np.float32)
    planes = to_planes(value, info.kind, info.token_grid, info.names)
    if isinstance(planes, Planes):
        return _tiles_page(planes, value, info, theme, labels, per_channel)
    if planes.size <= _MAX_ROWS_OF_BARS:
        return _rows_page(planes, info, theme)
    return _bars_page(planes, info, theme)


def tile_scale(count, height, width, pixels=1_500_000):
    """How many pixels one value is wide: larger for few and for small maps."""
    side = max(height, width)
    wanted = min(288, max(44, math.sqrt(pixels / max(1, count))))
    return max(1, round(wanted / side))


def columns_for(count, height, width, aspect=1.5):
    """Tiles per row: a page of about `aspect`, without a nearly empty last row."""
    ideal = max(1.0, math.sqrt(count * aspect * height / width))
    choices = range(max(1, int(ideal * 0.7)), min(count, int(ideal * 1.4) + 1) + 1)

    def cost(columns):
        empty = -count % columns / count
        return 2 * empty + abs(math.log(columns / ideal))

    return min(choices, key=cost, default=1)


def tile_grid(maps, limit, theme, scale, columns, gap=0, below=0):
    """RGB array of all maps as tiles, `gap` pixels apart, with `below` free pixels
    under each."""
    count, height, width = (len(maps), maps.shape[1] * scale, maps.shape[2] * scale)
    rows = -(-count // columns)
    canvas = np.empty(
        (rows * (height + below + gap) - gap, columns * (width + gap) - gap, 3), np.uint8
    )
    canvas[:] = theme.page
    for i, tile in enumerate(colorize(maps, limit, theme)):
        row, column = divmod(i, columns)
        top, left = row * (height + below + gap), column * (width + gap)
        canvas[top : top + height, left : left + width] = tile.repeat(scale, 0).repeat(scale, 1)
    return canvas


def _tiles_page(planes, value, info, theme, labels, per_channel):
    maps = planes.maps
    count, height, width = maps.shape
    scale = tile_scale(count, height, width)
    below = _LABEL if labels and count > 1 and width * scale >= 28 else 0
    columns = columns_for(count, height * scale + below, width * scale)
    limit = limit_of(value)
    limits = _channel_limits(maps) if per_channel else limit
    grid = tile_grid(maps, limits, theme, scale, columns, _GAP, below)
    page_width = max(_MIN_WIDTH, grid.shape[1] + 2 * _MARGIN)
    image, pen = draw.page(page_width, _HEADER + grid.shape[0] + _FOOTER, theme)
    left = (page_width - grid.shape[1]) // 2 if grid.shape[1] > page_width * 0.8 else _MARGIN
    draw.paste(image, grid, left, _HEADER)
    if below:
        _tile_labels(
            image,
            planes.labels,
            (left, _HEADER),
            (width * scale, height * scale),
            columns,
            below,
            theme,
        )
    _header(image, pen, value, info, limit, theme, _what(planes), per_channel)
    return image


def _tile_labels(image, labels, origin, tile, columns, below, theme):
    for i, label in enumerate(labels):
        row, column = divmod(i, columns)
        x = origin[0] + column * (tile[0] + _GAP)
        y = origin[1] + row * (tile[1] + below + _GAP) + tile[1] + 2
        mask = _label_mask(label, tile[0])
        image.paste(theme.muted, (x, y), mask)


@functools.lru_cache(maxsize=16384)
def _label_mask(label, width):
    """The label's shape; kept, because all sheets have the same channel numbers."""
    mask = Image.new("L", (width, _LABEL - 2))
    ImageDraw.Draw(mask).text((0, 0), draw.fit(label, font(11), width), 255, font(11))
    return mask


def _rows_page(values, info, theme):
    """One row per unit: name, bar, number."""
    row, label_font = 26, font(15)
    names = [_unit_name(info, i) for i in range(len(values))]
    name_width = math.ceil(min(260, max((label_font.getlength(n) for n in names), default=0)))
    image, pen = draw.page(_MIN_WIDTH, _HEADER + row * len(values) + _FOOTER, theme)
    finite = np.where(np.isfinite(values), values, 0)
    lowest, highest = draw.reach_of(values)
    left, right = _MARGIN + name_width + 16, _MIN_WIDTH - _MARGIN - 80
    per_pixel = (highest - lowest) / (right - left) or 1
    zero = left - lowest / per_pixel
    for i, (name, value) in enumerate(zip(names, values)):
        y = _HEADER + i * row
        x0, x1 = sorted((round(zero), round(zero + finite[i] / per_pixel)))
        pen.text((_MARGIN, y + 3), draw.fit(name, label_font, name_width), theme.text, label_font)
        pen.rectangle((x0, y + 3, x1, y + row - 6), fill=theme.color(finite[i]))
        pen.text((_MIN_WIDTH - _MARGIN, y + 4), show(value), theme.muted, font(14), anchor="ra")
    pen.line((round(zero), _HEADER, round(zero), _HEADER + row * len(values) - 4), fill=theme.muted)
    _header(image, pen, values, info, None, theme)
    return image


def _bars_page(values, info, theme):
    """Lines of bars, then the strongest units in words."""
    lines = -(-len(values) // _BARS_PER_LINE)
    per_line = -(-len(values) // lines)
    height, gap = (200, 40) if lines <= 2 else (110, 36)
    bar = max(2, 1400 // per_line)
    width = bar * per_line + 2 * _MARGIN
    image, pen = draw.page(width, _HEADER + lines * (height + gap) + _FOOTER + 24, theme)
    reach = draw.reach_of(values)
    for line in range(lines):
        part = values[line * per_line : (line + 1) * per_line]
        top, right = _HEADER + line * (height + gap), _MARGIN + bar * len(part)
        draw.bars(pen, (_MARGIN, top, right, top + height), part, theme, reach)
        pen.text((_MARGIN, top + height + 4), str(line * per_line), theme.muted, font(12))
        pen.text(
            (right, top + height + 4),
            str(line * per_line + len(part) - 1),
            theme.muted,
            font(12),
            anchor="ra",
        )
    strongest = np.argsort(-np.nan_to_num(np.abs(values)))[:8]
    text = "Strongest:   " + "     ".join(
        f"{_unit_name(info, i)} ({show(values[i])})" for i in strongest
    )
    pen.text(
        (_MARGIN, image.height - _FOOTER - 16),
        draw.fit(text, font(15), width - 2 * _MARGIN),
        theme.text,
        font(15),
    )
    _header(image, pen, values, info, None, theme)
    return image


def _unit_name(info, index):
    return info.names[index] if info.names and index < len(info.names) else str(index)


def _channel_limits(maps):
    return np.abs(np.where(np.isfinite(maps), maps, 0)).max(axis=(1, 2), keepdims=True)


def _what(planes):
    """What the tiles are, where the shape alone does not tell."""
    what = "" if planes.what == "channels" else planes.what
    more = f"{planes.left_out} more are not shown" if planes.left_out else ""
    return "   ·   ".join(part for part in (what, more) if part)


def _header(image, pen, value, info, limit, theme, what="", per_channel=False):
    """Title and numbers on the left, the colour scale on the right."""
    right = image.width - _MARGIN
    bar_left = right - 240
    room = (bar_left if limit is not None else right) - _MARGIN - 24
    title = draw.fit(info.id, font(26, True), room)
    pen.text((_MARGIN, 18), title, theme.text, font(26, True))
    beside = font(15).getlength(info.network)
    if info.network and limit is None and font(26, True).getlength(title) + beside + 30 < room:
        pen.text((right, 28), info.network, theme.muted, font(15), anchor="ra")
    shape = " × ".join(map(str, info.shape or value.shape))
    parts = [info.title, shape, what, *_numbers(value)]
    pen.text(
        (_MARGIN, 56),
        draw.fit("   ·   ".join(p for p in parts if p), font(15), room),
        theme.muted,
        font(15),
    )
    if limit is None:
        return
    draw.color_bar(
        image, pen, (bar_left, 26, right, 42), limit, float(np.nanmin(value, initial=0)), theme
    )
    note = "each channel has its own scale" if per_channel else _cut_note(value, limit)
    pen.text((right, 64), note, theme.muted, font(12), anchor="ra")


def _numbers(value):
    finite = value[np.isfinite(value)]
    if finite.size == 0:
        return ["no finite values"]
    numbers = [f"{show(finite.min())} … {show(finite.max())}"]
    zeros = float((finite == 0).mean())
    if zeros >= 0.01:
        numbers.append(f"{zeros:.0%} zero")
    if finite.size < value.size:
        numbers.append(f"{value.size - finite.size} NaN or infinite")
    return numbers


def _cut_note(value, limit):
    finite = np.abs(value[np.isfinite(value)])
    beyond = float((finite > limit).mean()) if finite.size else 0.0
    return f"{beyond:.1%} of the values lie beyond the scale" if beyond > 0 else ""
