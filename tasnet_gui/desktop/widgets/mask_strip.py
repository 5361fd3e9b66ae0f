"""A heatmap of filters over time: a click lights a row, a drag picks rows and a stretch of time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from tasnet_gui.desktop.widgets.heatmap import Heatmap
from tasnet_gui.desktop.widgets.rows import chosen, paint_lit, row_at

if TYPE_CHECKING:
    from tasnet_gui.analysis.orders import Order

KEEP = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class MaskStrip(Heatmap):
    """Reports the filters that were picked; what is lit is what it is told."""

    filters_asked = Signal(object)  # tuple[int, ...]

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._order: Order | None = None
        self._lit: tuple[int, ...] = ()
        self._from: int | None = None  # the row where the mouse was pressed
        self._y = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleDescription(
            "Click to light a basis function up everywhere, drag to pick several and a stretch of time, "
            "with Control or Shift to add. Up and Down go to the next one."
        )

    def show_rows(self, order: "Order | None", lit: Sequence[int]) -> None:
        """The order of the rows, and which filters are lit."""
        self._order, self._lit = order, tuple(lit)
        self.update()

    def paint_selection(self, painter: QPainter) -> None:
        super().paint_selection(painter)
        if self._order is not None and self._lit:
            paint_lit(painter, QRectF(self.rect()), self._lit, self._order, self.palette_)

    # What the user does

    def _row(self, y: float) -> int:
        assert self._order is not None
        return row_at(self.place(y), len(self._order))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self._order is not None:
            self._y = event.position().y()
            self._from = self._row(self._y)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._from is not None and abs(event.position().y() - self._y) >= QApplication.startDragDistance() / 2:
            self._pick(self._row(event.position().y()), keep=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._from = self._from, None
        super().mouseReleaseEvent(event)
        if pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._from = pressed
        dragged = abs(event.position().y() - self._y) >= QApplication.startDragDistance() / 2
        self._pick(self._row(event.position().y()) if dragged else pressed, keep=bool(event.modifiers() & KEEP))
        self._from = None

    def _pick(self, to: int, keep: bool) -> None:
        assert self._order is not None
        assert self._from is not None
        self.filters_asked.emit(chosen(self._lit, self._order, self._from, to, keep))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None or self._order is None:
            super().keyPressEvent(event)
            return
        rows = sorted(int(row) for row in self._order.inverse[list(self._lit)]) if self._lit else []
        at = (rows[-1] if step > 0 else rows[0]) + step if rows else 0
        self._from = min(max(at, 0), len(self._order) - 1)
        self._pick(self._from, keep=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        self._from = None
