"""Colour maps of 256 steps, each evenly bright from step to step: equal steps in the data look equally large."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.desktop.theme import Palette

Table = NDArray[np.uint32]  # 256 colours as Qt has them: 0xFFRRGGBB

# From OKLab (Ottosson, 2020) to linear sRGB.
_TO_CONES = np.array(
    [
        [1, 0.3963377774, 0.2158037573],
        [1, -0.1055613458, -0.0638541728],
        [1, -0.0894841775, -1.291485548],
    ]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.707614701],
    ]
)
HUES = {"noise": 65.0, "speech": 262.0}  # degrees: those of the source colours


@cache
def uniform(name: str) -> Table:
    """A map of one direction: "viridis", "magma", "cividis"."""
    from pyqtgraph import colormap  # 0.3 s that only those who look inside wait for

    return packed(colormap.get(name).getLookupTable(nPts=256)[:, :3])


def difference(palette: Palette) -> Table:
    """Noise's hue below, the ground in the middle, speech's hue above."""
    return _diverging(palette, HUES["noise"], HUES["speech"])


def signed(palette: Palette) -> Table:
    """For numbers around zero that have nothing to do with speech and noise."""
    return _diverging(palette, 160.0, 320.0)


@cache
def _diverging(palette: Palette, below: float, above: float) -> Table:
    """From hue to hue, in degrees, over the ground; as bright on one side as on the other."""
    middle, end, chroma = (0.26, 0.82, 0.14) if palette.dark else (0.99, 0.52, 0.17)
    steps = np.linspace(-1, 1, 256)
    far = np.abs(steps)
    hue = np.radians(np.where(steps < 0, below, above))
    lightness = middle + (end - middle) * far
    colours = np.stack([lightness, chroma * far * np.cos(hue), chroma * far * np.sin(hue)], -1)
    linear = np.clip((colours @ _TO_CONES.T) ** 3 @ _TO_RGB.T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return packed(np.rint(srgb * 255))


def stretched(table: Table, low: float, high: float) -> Table:
    """The map for bytes of which only those from `low` to `high` differ in colour."""
    places = (np.arange(256) - low) / (high - low) * 255
    return table[np.rint(places.clip(0, 255)).astype(int)]


def packed(rgb: NDArray[np.floating]) -> Table:
    """[256, 3] of 0..255 as Qt's colours."""
    red, green, blue = np.asarray(rgb).astype(np.int64).T
    return (0xFF000000 + (red << 16) + (green << 8) + blue).astype(np.uint32)
