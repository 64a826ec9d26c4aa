"""One page for a whole pass: the input, the prediction and every layer in
execution order."""

import dataclasses

import numpy as np
from PIL import Image

from deepvision.pictures import draw
from deepvision.pictures.color import colorize, limit_of, show
from deepvision.pictures.planes import Planes, to_planes
from deepvision.pictures.theme import THEMES, font

_MARGIN, _GAP = 32, 16
_TILE_GAP = 4
# Of a card's picture: 1 × 3, 2 × 6 and 3 × 9 square tiles fill it exactly.
_WINDOW = (128, 3 * 128 + 2 * _TILE_GAP)
_PAD, _CAPTION = 14, 62
_CARD_WIDTH, _CARD_HEIGHT = _WINDOW[1] + 2 * _PAD, _CAPTION + _WINDOW[0] + _PAD
_HERO = 300
_MAX_COLUMNS = 4


@dataclasses.dataclass
class Card:
    """One layer on the page: a small picture of it, made at once, so that the
    values of a large network need not be kept."""

    info: object
    picture: np.ndarray  # uint8 RGB
    numbers: str
    group: str = ""
    sources: str = ""

    @classmethod
    def of(cls, value, info, theme="dark", group="", sources=""):
        theme = THEMES[theme]
        value = np.asarray(value, np.float32)
        finite = value[np.isfinite(value)]
        numbers = (
            f"{show(finite.min())} … {show(finite.max())}" if finite.size else "no finite values"
        )
        return cls(info, _thumbnail(value, info, theme), numbers, group, sources)


def overview(cards, title, subtitle="", picture=None, classes=(), theme="dark"):
    """A PIL picture of all cards.

    picture: the input as a PIL picture; classes: (name, probability) pairs,
    best first.
    """
    theme = THEMES[theme]
    columns = max(2, min(_MAX_COLUMNS, len(cards)))
    width = 2 * _MARGIN + columns * (_CARD_WIDTH + _GAP) - _GAP
    rows = -(-len(cards) // columns)
    hero = _HERO if picture is not None or classes else 110
    image, pen = draw.page(width, hero + rows * (_CARD_HEIGHT + _GAP) + _MARGIN, theme)
    _draw_hero(image, pen, title, subtitle, picture, classes, hero, theme)
    _draw_legend(image, pen, theme)
    colors = _group_colors(cards, theme)
    for i, card in enumerate(cards):
        row, column = divmod(i, columns)
        origin = (_MARGIN + column * (_CARD_WIDTH + _GAP), hero + row * (_CARD_HEIGHT + _GAP))
        _draw_card(image, pen, origin, i, card, colors.get(card.group), theme)
    return image


def _thumbnail(value, info, theme):
    """At most the size of a card's window: the liveliest channels, or bars."""
    height, width = _WINDOW
    planes = to_planes(value, info.kind, info.token_grid)
    if not isinstance(planes, Planes):
        return _bar_thumbnail(planes, width, height, theme)
    maps = planes.maps
    rows = 1 if len(maps) <= 3 else 2 if len(maps) <= 32 else 3
    side = (height - (rows - 1) * _TILE_GAP) // rows
    tile_width = max(1, min(width, round(side * maps.shape[2] / maps.shape[1])))
    columns = max(1, min(-(-len(maps) // rows), (width + _TILE_GAP) // (tile_width + _TILE_GAP)))
    chosen = _liveliest(maps, rows * columns)
    limit = limit_of(value)
    canvas = np.empty(
        (rows * (side + _TILE_GAP) - _TILE_GAP, columns * (tile_width + _TILE_GAP) - _TILE_GAP, 3),
        np.uint8,
    )
    canvas[:] = theme.card
    for i, channel in enumerate(chosen):
        row, column = divmod(i, columns)
        top, left = row * (side + _TILE_GAP), column * (tile_width + _TILE_GAP)
        canvas[top : top + side, left : left + tile_width] = _resized(
            maps[channel], (side, tile_width), limit, theme
        )
    return canvas


def _liveliest(maps, count):
    """The `count` channels that vary most, in their own order."""
    spread = np.where(np.isfinite(maps), maps, 0).reshape(len(maps), -1).std(axis=1)
    return np.sort(np.argsort(-spread, kind="stable")[:count])


def _resized(plane, size, limit, theme):
    """A map as RGB of exactly `size`: areas are averaged, pixels stay squares."""
    height, width = size
    resized = Image.fromarray(plane).resize((width, height), Image.Resampling.BOX)
    return colorize(np.asarray(resized), limit, theme)


def _bar_thumbnail(values, width, height, theme):
    image, pen = draw.page(width, height, theme)
    image.paste(theme.card, (0, 0, width, height))
    if len(values) > width:  # several units per pixel: the strongest of them
        parts = np.array_split(values, width)
        values = np.array([p[np.argmax(np.nan_to_num(np.abs(p)))] for p in parts])
    draw.bars(pen, (0, 0, width - 1, height - 1), values, theme, draw.reach_of(values))
    return np.asarray(image)


def _group_colors(cards, theme):
    groups = [g for g in dict.fromkeys(card.group for card in cards) if g]
    return {group: theme.groups[i % len(theme.groups)] for i, group in enumerate(groups)}


def _draw_card(image, pen, origin, number, card, color, theme):
    x, y = origin
    pen.rounded_rectangle((x, y, x + _CARD_WIDTH, y + _CARD_HEIGHT), 8, fill=theme.card)
    pen.rounded_rectangle((x, y, x + 5, y + _CARD_HEIGHT), 3, fill=color or theme.line)
    shape = " × ".join(map(str, card.info.shape))
    room = _CARD_WIDTH - 2 * _PAD
    shape_width = font(13).getlength(shape)
    pen.text((x + _CARD_WIDTH - _PAD, y + 14), shape, theme.muted, font(13), anchor="ra")
    name = draw.fit(card.info.id, font(16, True), room - shape_width - 16)
    pen.text((x + _PAD, y + 11), name, theme.text, font(16, True))
    numbers_width = font(12).getlength(card.numbers)
    pen.text((x + _CARD_WIDTH - _PAD, y + 36), card.numbers, theme.muted, font(12), anchor="ra")
    line = "   ·   ".join(part for part in (card.info.title, card.sources) if part)
    pen.text(
        (x + _PAD, y + 35),
        draw.fit(line, font(13), room - numbers_width - 16),
        theme.muted,
        font(13),
    )
    draw.paste(image, card.picture, x + _PAD, y + _CAPTION)


def _draw_hero(image, pen, title, subtitle, picture, classes, height, theme):
    left = _MARGIN
    if picture is not None:
        side = height - 2 * _MARGIN
        picture = _enlarged(picture.convert("RGB"), side)
        image.paste(picture, (left, _MARGIN))
        left += picture.width + _MARGIN
    pen.text((left, _MARGIN - 8), title, theme.text, font(34, True))
    pen.text((left, _MARGIN + 38), subtitle, theme.muted, font(15))
    for i, (name, probability) in enumerate(classes[:5]):
        _draw_class(pen, (left, _MARGIN + 84 + i * 30), name, probability, theme, strong=i == 0)


def _draw_legend(image, pen, theme):
    right = image.width - _MARGIN
    bar = Image.fromarray(theme.lookup[None]).resize((240, 16), Image.Resampling.BILINEAR)
    image.paste(bar, (right - 240, _MARGIN))
    for x, text, anchor in (
        (right - 240, "below zero", "la"),
        (right - 120, "0", "ma"),
        (right, "above", "ra"),
    ):
        pen.text((x, _MARGIN + 20), text, theme.muted, font(12), anchor=anchor)
    for i, line in enumerate(
        ("Each layer has its own scale.", "Of many channels, the ones that vary most are shown.")
    ):
        pen.text((right, _MARGIN + 48 + 18 * i), line, theme.muted, font(12), anchor="ra")


def _enlarged(picture, side):
    """Small pictures grow by a whole factor, so that their pixels stay sharp."""
    largest = max(picture.size)
    if largest * 2 <= side:
        factor = side // largest
        return picture.resize(
            (picture.width * factor, picture.height * factor), Image.Resampling.NEAREST
        )
    scale = side / largest
    return picture.resize(
        (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))),
        Image.Resampling.LANCZOS,
    )


def _draw_class(pen, origin, name, probability, theme, strong):
    x, y = origin
    pen.text((x, y), f"{probability:.1%}", theme.text if strong else theme.muted, font(16, strong))
    pen.rectangle((x + 74, y + 4, x + 74 + 260, y + 17), fill=theme.card)
    pen.rectangle(
        (x + 74, y + 4, x + 74 + max(1, round(260 * probability)), y + 17),
        fill=theme.color(1) if strong else theme.muted,
    )
    pen.text(
        (x + 74 + 274, y),
        draw.fit(name, font(16, strong), 520),
        theme.text if strong else theme.muted,
        font(16, strong),
    )
