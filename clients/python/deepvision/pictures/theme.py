"""Colours and type.

The signed colour map has one hue per sign, blue below zero and orange above it
(told apart with every common colour blindness), and zero is the neutral of the
page's theme. Lightness moves evenly away from that neutral on both sides, so that
equal steps of a value look like equal steps.
"""

import dataclasses
import functools
import pathlib

import numpy as np
from PIL import ImageFont

_FONTS = pathlib.Path(__file__).resolve().parent.parent / "fonts"


@functools.lru_cache(maxsize=None)
def font(size, bold=False):
    return ImageFont.truetype(
        str(_FONTS / ("Inter-SemiBold.woff" if bold else "Inter-Regular.woff")), size
    )


@dataclasses.dataclass(frozen=True)
class Theme:
    """Colours as (red, green, blue), 0..255.

    positive, negative: from the neutral outwards.
    not_a_number: of NaN and infinite values.
    """

    page: tuple
    card: tuple
    text: tuple
    muted: tuple
    line: tuple
    neutral: tuple
    positive: tuple
    negative: tuple
    not_a_number: tuple = (214, 51, 175)
    groups: tuple = (
        (94, 129, 172),
        (163, 190, 140),
        (208, 135, 112),
        (180, 142, 173),
        (235, 203, 139),
        (136, 192, 208),
        (191, 97, 106),
    )

    def color(self, sign):
        """The colour of a bar of this sign."""
        return (self.positive if sign >= 0 else self.negative)[1]

    @functools.cached_property
    def lookup(self):
        """uint8 [511, 3]: entry 255 is zero, 0 is -limit, 510 is +limit."""
        below = _ramp((self.neutral, *self.negative), 256)[::-1]
        return np.concatenate([below, _ramp((self.neutral, *self.positive), 256)[1:]])


THEMES = {
    "dark": Theme(
        page=(15, 17, 21),
        card=(24, 27, 33),
        text=(236, 239, 244),
        muted=(143, 151, 166),
        line=(47, 52, 62),
        neutral=(30, 33, 40),
        positive=((150, 62, 20), (240, 132, 40), (255, 241, 196)),
        negative=((26, 78, 150), (66, 150, 240), (206, 238, 255)),
    ),
    "light": Theme(
        page=(255, 255, 255),
        card=(247, 248, 250),
        text=(28, 31, 38),
        muted=(104, 112, 128),
        line=(218, 222, 229),
        neutral=(245, 245, 246),
        positive=((250, 190, 130), (222, 105, 24), (104, 36, 2)),
        negative=((150, 196, 240), (42, 116, 200), (10, 38, 94)),
    ),
}


def _ramp(stops, count):
    """`count` colours through `stops`, even in lightness."""
    lab = np.array([_to_oklab(stop) for stop in stops])
    lightness = np.linspace(lab[0, 0], lab[-1, 0], count)
    order = 1 if lab[-1, 0] > lab[0, 0] else -1  # np.interp wants rising positions
    a, b = (np.interp(lightness * order, lab[:, 0] * order, lab[:, i]) for i in (1, 2))
    return _from_oklab(np.stack([lightness, a, b], -1))


_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _to_oklab(rgb):
    """Björn Ottosson's Oklab of an sRGB colour."""
    c = np.asarray(rgb) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return _TO_LAB @ np.cbrt(_TO_LMS @ linear)


def _from_oklab(lab):
    linear = ((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T).clip(0, 1)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(srgb * 255).astype(np.uint8)
