"""What stands at the left of a lane: the colour of the track, its name, solo and mute, its peak level."""

import math

from PySide6.QtCore import QEvent, QLocale, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.strip import ring

SMALL = 0.85  # of the body's size


class SmallButton(QAbstractButton):
    """A letter or sign in a rounded square that grows with the font. It shows what it is told, not what was clicked."""

    def __init__(self, text: str, name: str, tip: str, parent: QWidget | None = None, calm: bool = False) -> None:
        super().__init__(parent)
        self._palette = LIGHT
        self._calm = calm  # grey instead of the accent when checked
        self.setText(text)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        side = max(28, round(self.fontMetrics().height() * 1.6))
        return QSize(max(side, self.fontMetrics().horizontalAdvance(self.text()) + 16), side)

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def nextCheckState(self) -> None:
        """A click only asks; `setChecked` shows the answer."""

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = self._palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        edge = p.muted if self.underMouse() and self.isEnabled() else p.border
        ground, ink = p.raised, p.text
        if not self.isEnabled():
            edge, ground, ink = p.grid, p.background, p.disabled
        elif self.isChecked():
            edge = ground = p.muted if self._calm else p.accent
            ink = p.background if self._calm else p.on_accent
        elif self.isDown():
            ground = p.pressed
        painter.setPen(QColor(edge))
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(box, 5, 5)
        if self.isChecked():
            font = QFont(self.font())
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
        painter.setPen(QColor(ink))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            ring(painter, QRectF(self.rect()), p, radius=6)
        painter.end()


class NameButton(SmallButton):
    """The name of the track; pressing it means "let me hear this one"."""

    def sizeHint(self) -> QSize:
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        metrics = self.fontMetrics()
        return QSize(round(metrics.horizontalAdvance(self.text()) * 1.08) + 12, round(metrics.height() * 1.4))

    def paintEvent(self, event: QPaintEvent) -> None:
        p = self._palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isEnabled() and (self.underMouse() or self.isDown()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(p.pressed))
            painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        font = QFont(self.font())
        if self.isChecked():
            font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(p.text if self.isChecked() else p.muted))
        painter.drawText(
            self.rect().adjusted(6, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text()
        )
        if self.hasFocus():
            ring(painter, QRectF(self.rect()), p, radius=6)
        painter.end()


class LaneHeader(QWidget):
    """Name, S and M of one track."""

    solo_asked = Signal(str)
    mute_asked = Signal(str)
    hear_asked = Signal(str)
    drag_asked = Signal(str)  # out of the window

    def __init__(self, track: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.track = track
        self._palette = LIGHT
        self._heard = False
        self._pressed: QPoint | None = None
        self._level = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.name = NameButton(track.capitalize(), f"Hear {track} only", f"Hear the {track} only (Enter)", self)
        self.solo = SmallButton("S", f"Solo {track}", f"Solo: hear the {track} and nothing that is not solo (S)", self)
        self.mute = SmallButton("M", f"Mute {track}", f"Mute: do not hear the {track} (M)", self, calm=True)
        for button, asked in (
            (self.name, self.hear_asked),
            (self.solo, self.solo_asked),
            (self.mute, self.mute_asked),
        ):
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, asked=asked: asked.emit(track))
        buttons = QHBoxLayout()
        buttons.setContentsMargins(5, 0, 0, 0)
        buttons.setSpacing(4)
        buttons.addWidget(self.solo)
        buttons.addWidget(self.mute)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 12, 8)
        column.setSpacing(4)
        column.addWidget(self.name, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addLayout(buttons)
        column.addStretch()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None  # once for each time that the button goes down
            self.drag_asked.emit(self.track)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None

    def minimumSizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), super().minimumSizeHint().height())

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        for button in (self.name, self.solo, self.mute):
            button.show_palette(palette)
        self.update()

    def show_mix(self, solo: bool, mute: bool, heard: bool) -> None:
        self.solo.setChecked(solo)
        self.mute.setChecked(mute)
        self.name.setChecked(heard)
        self._heard = heard
        self.update()

    def show_peak(self, peak: float) -> None:
        """The largest magnitude, linear; 0 shows nothing."""
        level = QLocale().toString(20 * math.log10(peak), "f", 1) if peak > 1e-5 else ""
        self._level = f"{level} dBFS".replace("-", "\N{MINUS SIGN}") if level else ""
        self.setToolTip(f"Peak level {self._level}. Drag from here into another program." if level else "")
        self.setCursor(Qt.CursorShape.OpenHandCursor if level else Qt.CursorShape.ArrowCursor)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        p = self._palette
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(p.background))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chip = QColor(p.source(self.track))
        painter.setPen(QColor(chip))
        painter.setBrush(chip if self._heard else Qt.BrushStyle.NoBrush)  # hollow: it is not heard now
        painter.drawRoundedRect(QRectF(8.5, 10.5, 4, self.height() - 21), 2, 2)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        painter.setPen(QColor(p.muted))
        line = painter.fontMetrics().height()
        if self.height() - self.solo.geometry().bottom() > line + 12:
            left, top = self.solo.x() + 1, self.solo.geometry().bottom() + 8
            painter.drawText(QRectF(left, top, self.width() - left, line), Qt.AlignmentFlag.AlignLeft, self._level)
        painter.end()
