"""A picture of all basis functions, one row each: their waveforms or their spectra."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop.colours import Table
from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.mask_strip import KEEP
from tasnet_gui.desktop.widgets.rows import Bytes, chosen, fitted, paint_lit, row_at

if TYPE_CHECKING:
    from tasnet_gui.analysis.orders import Order

SMALL = 0.85  # of the body's size


class Matrix(QWidget):
    """Rows from the bottom up, with a title above and the ends of its axis below."""

    filters_asked = Signal(object)  # tuple[int, ...]

    def __init__(self, title: str, description: str) -> None:
        super().__init__()
        self._title, self._palette = title, LIGHT
        self._rows: Bytes | None = None
        self._table: Table | None = None
        self._ends = ("", "")
        self._order: Order | None = None
        self._lit: tuple[int, ...] = ()
        self._from: int | None = None
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)
        self.setToolTip(description)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(90, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(56, 120)

    def show_rows(self, rows: Bytes, table: Table, ends: tuple[str, str]) -> None:
        """What to draw: [filters, columns] bytes, in the order of the rows, and what lies at the axis' two ends."""
        self._rows, self._table, self._ends = rows, table, ends
        self.update()

    def show_lit(self, order: "Order", lit: Sequence[int]) -> None:
        self._order, self._lit = order, tuple(lit)
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def area(self) -> QRectF:
        """Where the rows lie."""
        line = self.fontMetrics().height()
        return QRectF(0, line + 2, self.width(), max(1, self.height() - 2 * line - 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = QPainter(self), self.area()
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        painter.setFont(font)
        painter.setPen(QColor(self._palette.text))
        line = painter.fontMetrics().height()
        wide = painter.fontMetrics().horizontalAdvance(self._title)
        if wide > self.width():  # smaller rather than cut off: it is one word
            font.setPointSizeF(font.pointSizeF() * self.width() / wide * 0.96)
            painter.setFont(font)
        painter.drawText(QRectF(0, 0, self.width(), line + 2), Qt.AlignmentFlag.AlignCenter, self._title)
        painter.setPen(QColor(self._palette.muted))
        below = QRectF(0, area.bottom() + 2, self.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._ends[0])
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._ends[1])
        if self._rows is None or self._table is None:
            painter.fillRect(area, QColor(self._palette.surface))
        else:
            self._paint_rows(painter, area, self._rows, self._table)
        painter.end()

    def _paint_rows(self, painter: QPainter, area: QRectF, rows: Bytes, table: Table) -> None:
        height = max(1, round(area.height() * self.devicePixelRatioF()))
        picture = np.ascontiguousarray(fitted(rows, height)[::-1])
        image = QImage(picture.data, picture.shape[1], height, picture.shape[1], QImage.Format.Format_Indexed8)
        image.setColorTable([int(colour) for colour in table])
        painter.drawImage(area, image)
        if self._order is not None and self._lit:
            paint_lit(painter, area, self._lit, self._order, self._palette)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._order is not None:
            self._from = self._row(event)
            self._pick(self._from, bool(event.modifiers() & KEEP))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None and self._row(event) != self._from:
            self._pick(self._row(event), keep=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None

    def _row(self, event: QMouseEvent) -> int:
        assert self._order is not None
        area = self.area()
        share = 1 - (event.position().y() - area.top()) / area.height()
        return row_at(min(max(share, 0.0), 1.0 - 1e-9), len(self._order))

    def _pick(self, to: int, keep: bool) -> None:
        assert self._order is not None
        assert self._from is not None
        self.filters_asked.emit(chosen(self._lit, self._order, self._from, to, keep))
