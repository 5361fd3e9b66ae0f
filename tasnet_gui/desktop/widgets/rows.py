"""Rows of filters: which are lit, and how a picture of many rows is fitted to few pixels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.strip import tinted

if TYPE_CHECKING:
    from tasnet_gui.analysis.orders import Order

THICK = 3.0  # px: rows higher than this are framed instead of covered

Bytes = NDArray[np.uint8]


def fitted(picture: Bytes, height: int, loudest: bool = False) -> Bytes:
    """A picture [rows, ...] as [height, ...]: the mean of the rows in a pixel, or rows drawn more than once.

    Levels show the loudest row instead: half of w is 0, and the mean of decibels with silence is next to silence.
    """
    rows = len(picture)
    if height >= rows:
        return picture[np.arange(height) * rows // height]
    starts = np.arange(height) * rows // height
    if loudest:
        return np.maximum.reduceat(picture, starts, axis=0)
    sums = np.add.reduceat(picture, starts, axis=0, dtype=np.uint16 if rows < 257 * height else np.uint32)
    counts = np.diff(np.append(starts, rows)).reshape(-1, *(1,) * (picture.ndim - 1))
    return ((sums + counts // 2) // counts).astype(np.uint8)


def row_at(place: float, rows: int) -> int:
    """The row at a height of 0..1."""
    return min(int(place * rows), rows - 1)


def groups(lit: Sequence[int], order: "Order") -> list[tuple[int, int]]:
    """The lit filters as stretches of neighbouring rows: [first, last)."""
    if not lit:
        return []
    rows = np.sort(order.inverse[list(lit)])
    breaks = np.flatnonzero(np.diff(rows) > 1) + 1
    return [(int(part[0]), int(part[-1]) + 1) for part in np.split(rows, breaks)]


def chosen(lit: Sequence[int], order: "Order", first: int, last: int, keep: bool) -> tuple[int, ...]:
    """The filters after rows first..last were picked; `keep` adds them, or takes a single one away again."""
    picked = [int(number) for number in order.forward[min(first, last) : max(first, last) + 1]]
    if not keep:
        return tuple(picked)
    if len(picked) == 1 and picked[0] in lit:
        return tuple(number for number in lit if number != picked[0])
    return tuple(dict.fromkeys((*lit, *picked)))


def paint_lit(painter: QPainter, rect: QRectF, lit: Sequence[int], order: "Order", palette: Palette) -> None:
    """Mark the lit rows in a picture of all rows: a white line over a dark one where they are thin, else a frame."""
    rows = len(order)
    for first, last in groups(lit, order):
        top = rect.top() + (1 - last / rows) * rect.height()
        high = (last - first) / rows * rect.height()
        if high > THICK:
            painter.fillRect(QRectF(rect.left(), top, rect.width(), high), tinted(palette.accent, 0.16))
            edges = [top - 1, top + high]
        else:
            edges = [top + high / 2 - 0.5]
        for y in edges:
            painter.fillRect(QRectF(rect.left(), round(y) - 1, rect.width(), 3), QColor(0, 0, 0, 110))
            painter.fillRect(QRectF(rect.left(), round(y), rect.width(), 1), QColor(255, 255, 255))
