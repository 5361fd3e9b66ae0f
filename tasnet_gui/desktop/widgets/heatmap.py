"""A picture over time whose colours are numbers: spectrograms and masks."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop.colours import Table
from tasnet_gui.desktop.widgets.picking import PickingStrip
from tasnet_gui.desktop.widgets.strip import tinted
from tasnet_gui.desktop.widgets.timeline import Timeline

Bytes = NDArray[np.uint8]
SMALL = 0.85  # of the body's size
MOST_BLURRED = 8.0  # times that an old picture is stretched while the new one is being made


class Source(Protocol):
    """Where the bytes come from."""

    def image(self, start: float, stop: float, width: int, height: int) -> Bytes:
        """A stretch of time, in seconds: [height, width], row 0 the lowest."""

    def ready(self, start: float, stop: float, width: int) -> bool:
        """Whether all of it is known; what is not has the byte 0 and will come."""


class Heatmap(PickingStrip):
    """Shows a source in the colours of a table. Says where the pointer is."""

    pointed = Signal(object)  # (seconds, how far up 0..1), or None when it has left

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: Source | None = None
        self._table: Table | None = None
        self._hint = self._readout = ""
        self._picture: tuple[tuple[object, ...], QImage, Bytes] | None = None
        self._whole: tuple[Timeline, QImage, Bytes] | None = None  # the last one that was complete
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        return QSize(600, 96)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 28)

    # What is shown

    def show_source(self, source: Source | None, hint: str = "") -> None:
        """Draw this from now on; without it say why there is nothing."""
        self._source, self._hint = source, hint
        self._picture = self._whole = None
        self.update()

    def show_table(self, table: Table) -> None:
        if self._table is not table:
            self._table, self._picture, self._whole = table, None, None
            self.update()

    def show_readout(self, text: str) -> None:
        """The values under the pointer, in a corner away from it."""
        if text != self._readout:
            self._readout = text
            self.update()

    def refresh(self) -> None:
        """The source knows more than before."""
        self._picture = None
        self.update()

    # Painting

    def paint_content(self, painter: QPainter) -> None:
        if self._source is None or self._table is None:
            super().paint_content(painter)
            painter.setPen(QColor(self.palette_.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._hint)
            return
        image, picture, ready = self._image(self._source, self._table)
        rect = QRectF(self.rect())
        if ready:
            self._whole = self.timeline, image, picture
        else:
            painter.fillRect(rect, QColor.fromRgb(int(self._table[0])))
            self._paint_last(painter)
        painter.drawImage(rect, image)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(self.palette_.background))

    def _paint_last(self, painter: QPainter) -> None:
        """Stretch what was there before to where it belongs now."""
        if self._whole is None:
            return
        before, image, _ = self._whole
        left, right = self.x_of(before.start), self.x_of(before.stop)
        if (right - left) / max(self.width(), 1) < MOST_BLURRED:
            painter.drawImage(QRectF(left, 0, right - left, self.height()), image)

    def _image(self, source: Source, table: Table) -> tuple[QImage, Bytes, bool]:
        """The picture, made anew only when something that it shows has changed."""
        scale = self.devicePixelRatioF()
        width, height = max(round(self.width() * scale), 1), max(round(self.height() * scale), 1)
        start, stop = self.timeline.start, self.timeline.stop
        ready = source.ready(start, stop, width)
        key = (start, stop, width, height, ready)
        if self._picture is None or self._picture[0] != key or not ready:
            picture = np.ascontiguousarray(source.image(start, stop, width, height)[::-1])
            image = QImage(picture.data, width, height, width, QImage.Format.Format_Indexed8)
            colours = [int(colour) for colour in table]
            if not ready:
                colours[0] = 0  # see-through: what was there before stays until it is known
            image.setColorTable(colours)
            self._picture = key, image, picture  # as long as there is the image: Qt does not keep the bytes
        return *self._picture[1:], ready

    def paint_selection(self, painter: QPainter) -> None:
        """A tint would change what the colours mean: what is not selected steps back instead."""
        if self.selection is None:
            return
        left, right = (round(self.x_of(edge)) for edge in self.selection)
        for begin, end in ((0, left), (right, self.width())):
            if end > begin:
                painter.fillRect(QRectF(begin, 0, end - begin, self.height()), tinted(self.palette_.surface, 0.4))
        for x in (left, right):
            painter.fillRect(QRectF(x, 0, 1, self.height()), QColor(self.palette_.accent))

    def paint_playhead(self, painter: QPainter) -> None:
        """White between dark: it must show on every colour."""
        if self.playhead is not None and self.timeline.shows(self.playhead):
            x = min(round(self.x_of(self.playhead)), self.width() - 1)
            painter.fillRect(QRectF(x - 1, 0, 3, self.height()), QColor(0, 0, 0, 110))
            painter.fillRect(QRectF(x, 0, 1, self.height()), QColor(255, 255, 255))

        self._paint_readout(painter)

    def _paint_readout(self, painter: QPainter) -> None:
        if not self._readout:
            return
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        wide, high = metrics.horizontalAdvance(self._readout) + 12, metrics.height() + 4
        pointer = self.mapFromGlobal(self.cursor().pos())
        left = 4 if pointer.x() > self.width() / 2 else self.width() - wide - 4
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(QRectF(left, 4, wide, high), 4, 4)
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(QRectF(left, 4, wide, high), Qt.AlignmentFlag.AlignCenter, self._readout)

    # What the user does

    def place(self, y: float) -> float:
        """How far up a point lies, 0..1."""
        return min(max(1 - (y + 0.5) / max(self.height(), 1), 0.0), 1.0 - 1e-9)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.pointed.emit((self.seconds(event.position().x()), self.place(event.position().y())))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)
