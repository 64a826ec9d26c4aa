"""What the pages show."""

import types

import numpy as np
import pytest
from PIL import Image

from deepvision.pictures import THEMES, Card, LayerInfo, contact_sheet, overview
from deepvision.pictures import planes as planes_module
from deepvision.pictures.color import colorize, limit_of, show
from deepvision.pictures.planes import Planes, average, to_planes
from deepvision.pictures.sheet import _HEADER, columns_for, tile_grid, tile_scale
from deepvision.pictures.theme import font


def _luminance(rgb):
    c = np.asarray(rgb, float) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("name", sorted(THEMES))
def test_zero_is_the_neutral_and_strength_is_lightness(name):
    theme = THEMES[name]
    assert tuple(theme.lookup[255]) == theme.neutral
    light = _luminance(theme.lookup)
    direction = 1 if name == "dark" else -1
    assert (np.diff(light[255:]) * direction >= -1e-3).all()
    assert (np.diff(light[:256]) * direction <= 1e-3).all()
    assert abs(light[0] - light[-1]) < 0.2 and abs(light[0] - light[255]) > 0.6


@pytest.mark.parametrize("name", sorted(THEMES))
def test_the_signs_differ_in_hue_and_not_in_red_against_green(name):
    lookup = THEMES[name].lookup.astype(int)
    strength = np.arange(40, 220)
    assert (
        lookup[255 + strength, 0] > lookup[255 + strength, 2]
    ).all()  # above zero: red over blue
    assert (
        lookup[255 - strength, 2] > lookup[255 - strength, 0]
    ).all()  # below zero: blue over red


def test_values_are_centred_on_zero_and_cut_at_the_limit():
    theme = THEMES["dark"]
    colors = colorize(np.array([-9, -2, 0, 2, 9, np.nan, np.inf]), 2, theme)
    assert tuple(colors[2]) == theme.neutral
    np.testing.assert_array_equal(colors[0], theme.lookup[0])
    np.testing.assert_array_equal(colors[1], theme.lookup[0])
    np.testing.assert_array_equal(colors[3], theme.lookup[510])
    assert [tuple(c) for c in colors[5:]] == [theme.not_a_number] * 2


def test_a_few_extreme_values_do_not_set_the_scale():
    values = np.random.default_rng(0).uniform(-1, 1, 10_000).astype(np.float32)
    assert limit_of(values) == np.abs(values).max()
    values[:5] = 1000
    assert 0.9 < limit_of(values) < 1.1
    assert limit_of(np.zeros(4)) == 0 and limit_of(np.array([np.nan])) == 0


def test_averaging_is_the_mean_of_each_block():
    maps = np.random.default_rng(0).normal(size=(2, 7, 9)).astype(np.float32)
    small = average(maps, 4)
    assert small.shape == (2, 2, 3)
    assert small[1, 0, 1] == pytest.approx(maps[1, :4, 4:8].mean(), rel=1e-5)
    assert small[1, 1, 2] == pytest.approx(maps[1, 4:, 8:].mean(), rel=1e-5)


def test_tokens_lie_on_the_picture_without_their_prefix():
    grid = types.SimpleNamespace(rows=2, columns=3, prefix=1)
    value = np.arange(7 * 4, dtype=np.float32).reshape(7, 4)
    planes = to_planes(value, "tokens", grid)
    assert planes.maps.shape == (4, 2, 3)
    np.testing.assert_array_equal(planes.maps[2], value[1:, 2].reshape(2, 3))


@pytest.mark.parametrize(
    "shape, expected",
    [
        ((5,), (5,)),
        ((5, 1, 1), (5,)),
        ((), (1,)),
        ((0, 4, 4), (0,)),
        ((6, 8), (1, 6, 8)),
        ((2, 3, 4, 5), (6, 4, 5)),
    ],
)
def test_any_shape_becomes_planes_or_a_vector(shape, expected):
    planes = to_planes(np.ones(shape, np.float32), "other")
    assert (planes.maps if isinstance(planes, Planes) else planes).shape == expected


def test_every_value_is_a_square_of_its_colour():
    theme = THEMES["dark"]
    maps = np.random.default_rng(0).normal(size=(5, 4, 6)).astype(np.float32)
    grid = tile_grid(maps, 3, theme, scale=2, columns=3, gap=6, below=10)
    assert grid.shape == (2 * (8 + 10 + 6) - 6, 3 * (12 + 6) - 6, 3)
    tile = grid[24 : 24 + 8, 18 : 18 + 12]  # channel 4: second row, second column
    np.testing.assert_array_equal(tile[::2, ::2], colorize(maps[4], 3, theme))
    np.testing.assert_array_equal(tile[1::2, 1::2], tile[::2, ::2])
    assert (grid[8:18] == theme.page).all()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 512, 2048])
def test_the_tiles_make_a_page_and_not_a_ribbon(count):
    columns = columns_for(count, 56, 56)
    rows = -(-count // columns)
    assert 1 <= columns <= count
    assert count < 4 or 0.5 <= columns / rows <= 4
    assert tile_scale(count, 7, 7) * 7 >= 40


def test_a_sheet_holds_the_pixels_of_its_channels():
    theme = THEMES["dark"]
    value = np.zeros((4, 8, 8), np.float32)
    value[0], value[1] = 1, -1
    page = np.asarray(contact_sheet(value, LayerInfo("layer1"), labels=False))
    body = page[_HEADER:-34].reshape(-1, 3)
    for color in (theme.lookup[510], theme.lookup[0], theme.neutral):
        assert (body == color).all(1).sum() >= 64


@pytest.mark.parametrize("theme", sorted(THEMES))
@pytest.mark.parametrize(
    "value",
    [
        np.zeros((64, 14, 14)),
        np.full((3, 4, 4), np.nan),
        np.full((2, 2, 2), np.inf),
        np.ones((1, 1000, 3)),
        np.ones(10),
        -np.ones(10),
        np.zeros(1000),
        np.full(100, np.nan),
        np.ones((5, 1, 1)),
        np.ones((3, 7)),
        np.ones(()),
        np.ones((0, 3, 3)),
    ],
    ids=lambda v: "x".join(map(str, v.shape)) or "scalar",
)
def test_no_value_is_too_odd_for_a_page(value, theme):
    info = LayerInfo("a.rather.long.module.path." * 8, title="Conv 3×3, 64", shape=value.shape)
    for per_channel in (False, True):
        page = contact_sheet(value, info, theme, per_channel=per_channel)
        assert page.width >= 900 and page.height >= 100
    overview([Card.of(value, info, theme)], "title", theme=theme)


def test_all_lines_of_bars_share_one_scale():
    theme = THEMES["dark"]
    values = np.zeros(1024, np.float32)
    values[100], values[900] = 4, 1  # one on each of two lines
    page = np.asarray(contact_sheet(values, LayerInfo("fc", kind="vector")))
    orange = (page == theme.color(1)).all(-1)
    middle = page.shape[0] // 2
    heights = [int(part.any(1).sum()) for part in (orange[:middle], orange[middle:])]
    assert heights[0] == pytest.approx(4 * heights[1], rel=0.05) and heights[1] > 20


def test_channels_that_are_too_many_are_left_out_and_said_so(monkeypatch):
    monkeypatch.setattr(planes_module, "MAX_PLANES", 20)
    planes = to_planes(np.zeros((25, 2, 2), np.float32))
    assert len(planes.maps) == len(planes.labels) == 20 and planes.left_out == 5
    assert contact_sheet(np.zeros((25, 2, 2)), LayerInfo("x")).height > 0


def test_an_overview_has_a_card_per_layer_and_the_input():
    value = np.random.default_rng(0).normal(size=(16, 8, 8))
    cards = [
        Card.of(value, LayerInfo(f"layer{i}", shape=value.shape), group=f"g{i % 3}")
        for i in range(9)
    ]
    picture = Image.new("RGB", (64, 48), (1, 200, 3))
    page = overview(cards, "Demo", "cpu", picture, [("circle", 0.75), ("ring", 0.25)])
    assert (np.asarray(page) == (1, 200, 3)).all(-1).sum() > 64 * 48  # enlarged
    bare = overview(cards, "Demo")
    assert bare.width == page.width and bare.height < page.height


@pytest.mark.parametrize("bold", [False, True])
def test_the_font_has_every_character_that_titles_use(bold):
    def drawn(character):
        return bytes(font(40, bold).getmask(character))

    missing = drawn("\uffff")
    assert [c for c in "×−±…·→≤∞µÄéßΩλЖ#@/_" if drawn(c) == missing] == []
    assert drawn("3x3") != drawn("3×3")  # what is written is what is shown: no ligatures


def test_numbers_are_short():
    assert [show(n) for n in (0.12345, -2.5, 1234.6, 0, 3e9)] == [
        "0.123",
        "−2.5",
        "1,235",
        "0",
        "3.00e+09",
    ]
