"""Draws a waveform into an image: RMS darker over peaks lighter, or the samples themselves when one can see them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from tasnet_gui.analysis.peaks import Pyramid

PEAKS = 0.42  # how much of the colour the peaks get; the RMS gets all of it
PEAK_SHADES = 127  # of 255
LINE_BELOW = 0.5  # samples per device pixel: from here on a line through the samples says more than an envelope
DOTS_BELOW = 0.12  # samples per pixel: a dot every 8 px can be told from the next
LINE, DOT = 1.4, 4.5  # px
STEP_DB = 1.0  # the vertical scale changes in steps, so that it does not breathe while a lane fills

Shade = NDArray[np.floating]


@dataclass(frozen=True)
class Look:
    """Everything a picture of a waveform depends on besides the sound."""

    start: float  # frames
    stop: float
    width: int  # device pixels
    height: int
    scale: float  # device pixels per pixel
    full: float  # the linear level that reaches the edges
    colour: str


def full_level(peak: float) -> float:
    """The level that reaches the top of every lane: the peak, rounded up to 1 dB; -60 dBFS for near silence."""
    if peak <= 0:
        return 1.0
    steps = np.ceil(20 * np.log10(max(peak, 1e-3)) / STEP_DB - 1e-6)
    return float(10 ** (steps * STEP_DB / 20))


def draw(pyramid: Pyramid, look: Look) -> QImage:
    """The picture, without zero line or ground: transparent where there is no sound."""
    per_pixel = (look.stop - look.start) / look.width
    if per_pixel < LINE_BELOW and pyramid.samples is not None:
        return _line(pyramid, look, dots=per_pixel * look.scale < DOTS_BELOW)
    return _envelope(pyramid, look, per_pixel)


def _envelope(pyramid: Pyramid, look: Look, per_pixel: float) -> QImage:
    # Columns lie on a grid that starts at frame 0, so that scrolling moves the picture and does not make it shimmer.
    first = round(look.start / per_pixel)
    low, high, rms = pyramid.columns((first - 1) * per_pixel, (first + look.width + 1) * per_pixel, look.width + 2)
    low, high = _joined(low, high)
    rms = np.minimum(rms[1:-1], np.maximum(high, -low))
    middle, gain = look.height / 2, look.height / 2 / look.full
    shades = np.zeros((look.height + 2, -(-look.width // 4) * 4), np.uint8)  # QImage: lines of whole 32 bit words
    _fill(shades, middle - high * gain, middle - low * gain, PEAK_SHADES)
    _fill(shades, middle - np.minimum(high, rms) * gain, middle - np.maximum(low, -rms) * gain, 255 - PEAK_SHADES)
    np.add.accumulate(shades, axis=0, out=shades)
    image = QImage(shades.data, look.width, look.height, shades.shape[1], QImage.Format.Format_Indexed8)
    image.setColorTable(_colours(look.colour))
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)  # a copy: the array may go


def _joined(low: Shade, high: Shade) -> tuple[Shade, Shade]:
    """Make each column reach its left neighbour, so that steep flanks are one line; drops the outer columns."""
    here = slice(1, -1)
    before = slice(0, -2)
    # fmin and fmax pass over an unknown neighbour; an unknown column itself stays unknown.
    joined = np.fmin(low[here], high[before]), np.fmax(high[here], low[before])
    unknown = np.isnan(low[here])
    return np.where(unknown, low[here], joined[0]), np.where(unknown, high[here], joined[1])


def _fill(changes: NDArray[np.uint8], top: Shade, bottom: Shade, amount: int) -> None:
    """Add `amount` between top and bottom (pixels from above), smooth at both ends, 1 px thick at least.

    `changes` [height + 2, width] gets what changes from row to row: four numbers per column where filling an image
    of 2800 x 360 would touch a million, which is what makes 4K screens scroll smoothly. The sums wrap around.
    """
    known = np.flatnonzero(~np.isnan(top))
    top, bottom = top[known], bottom[known]
    thin = np.maximum(1 - (bottom - top), 0) / 2
    for edge, sign in ((top - thin, 1), (bottom + thin, -1)):
        edge = edge.clip(0, len(changes) - 2)
        row = edge.astype(np.intp)
        second = np.rint((edge - row) * amount).astype(np.int64)
        changes[row, known] += (sign * (amount - second)).astype(np.uint8)
        changes[row + 1, known] += (sign * second).astype(np.uint8)


def _colours(colour: str) -> list[int]:
    """Up to PEAK_SHADES the peaks come in, from there on the RMS over them."""
    alphas = np.interp(np.arange(256), [0, PEAK_SHADES, 255], [0, PEAKS, 1])
    base = QColor(colour)
    table = []
    for alpha in alphas:
        base.setAlphaF(float(alpha))
        table.append(base.rgba())
    return table


def _line(pyramid: Pyramid, look: Look, dots: bool) -> QImage:
    assert pyramid.samples is not None
    image = QImage(look.width, look.height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    per_frame = look.width / (look.stop - look.start)
    first = max(int(look.start) - 1, 0)
    piece = np.asarray(pyramid.samples[:, first : int(look.stop) + 2])
    x = (np.arange(first, first + piece.shape[1]) + 0.5 - look.start) * per_frame
    known = ~np.isnan(pyramid.columns(first, first + len(x), len(x))[0])
    for channel in piece:
        y = look.height / 2 - channel * (look.height / 2 / look.full)
        _stroke(painter, x[known], y[known], LINE * look.scale, QColor(look.colour))
        if dots:
            pen = QPen(QColor(look.colour), DOT * look.scale)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(_polygon(x[known], y[known]))
    painter.end()
    return image


def _stroke(painter: QPainter, x: Shade, y: Shade, width: float, colour: QColor) -> None:
    """A line as several of width 1: Qt draws those 100 times faster (1.5 ms for 1300 points instead of 220)."""
    painter.setPen(QPen(colour, 1))
    for aside in np.linspace(-1, 1, max(math.ceil(width), 1)) * max(width - 1, 0) / 2:
        painter.drawPolyline(_polygon(x, y + aside))


def _polygon(x: NDArray[np.floating], y: NDArray[np.floating]) -> QPolygonF:
    return QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)])
