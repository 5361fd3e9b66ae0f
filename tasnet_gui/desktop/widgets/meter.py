"""The level meter: a bar for each channel heard, the held peak, a mark of full scale, and loudness in numbers."""

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from tasnet_gui.analysis.metering import FLOOR, Levels
from tasnet_gui.desktop import words
from tasnet_gui.desktop.style import SECONDARY
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import named, press

_MARKS = (-48.0, -36.0, -24.0, -12.0, -6.0)  # dBFS, faint lines across the bars
_BAR, _GAP, _CLIP = 5, 2, 8  # px at 100 %
_DASH = "\N{EN DASH}"


class LevelMeter(QAbstractButton):
    """Shows `Levels`; a click or Space asks for the mark of full scale to go."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._colours = palette
        self._levels, self._integrated, self._shown = Levels(), "", True
        press(named(self, "Level meter", ""))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self._tell()

    def show_levels(self, levels: Levels) -> None:
        if levels != self._levels:
            self._levels = levels
            self._tell()
            self.update()

    def show_integrated(self, lufs: float | None, track: str) -> None:
        """The loudness of the whole chosen track, whose name is told; "" while no track is chosen."""
        text = f"{track}: {_lufs(lufs)}" if track else ""
        if text != self._integrated:
            self._integrated, self._whole = text, lufs
            self._tell()
            self.update()

    def hide_levels(self, hidden: bool) -> None:
        """Show nothing, so that a blind test stays blind."""
        self._shown = not hidden
        self._tell()
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._colours = palette
        self.update()

    _whole: float | None = None

    @property
    def texts(self) -> tuple[str, str, str]:
        """The numbers below the bars, from the longest to the shortest."""
        if not self._shown:
            return ("Hidden in a blind test", "Hidden", _DASH)
        levels = self._levels
        momentary, short = _number(levels.momentary), _number(levels.short_term)
        whole = f"M {momentary}  S {short}  I {_number(self._whole if self._integrated else None)} LUFS"
        return whole, f"M {momentary} LUFS", momentary

    def _tell(self) -> None:
        """Say everything in words, for a tooltip and for those who do not see the bars."""
        levels = self._levels
        if not self._shown:
            self.setToolTip("Levels are hidden in a blind test.")
            self.setAccessibleDescription(self.toolTip())
            return
        over = " Full scale was reached: click to forget it." if levels.over else ""
        parts = (
            "What is heard:",
            f"highest peak {_level(levels.highest)},",
            f"loudness {_lufs(levels.momentary)} over 0.4 s (M) and {_lufs(levels.short_term)} over 3 s (S).",
            f"Whole track (I), {self._integrated}." if self._integrated else "",
        )
        text = " ".join(filter(None, parts)) + over
        self.setToolTip(text)
        self.setAccessibleDescription(text)

    # How large, and what it looks like

    def _unit(self) -> float:
        return max(1.0, self.fontMetrics().height() / 16)

    def _small(self) -> QFontMetrics:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * SECONDARY)
        return QFontMetrics(font)

    def sizeHint(self) -> QSize:
        unit = self._unit()
        width = self._small().horizontalAdvance("\N{MINUS SIGN}00.0") + round(4 * unit)
        return QSize(width, round((2 * _BAR + _GAP + 2) * unit) + self._small().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, unit = QPainter(self), self._unit()
        colours = self._colours
        clip = QRectF(self.width() - _CLIP * unit, 0, _CLIP * unit, (2 * _BAR + _GAP) * unit)
        bars = QRectF(0, 0, self.width() - (_CLIP + 2) * unit, clip.height())
        levels = self._levels if self._shown else Levels()
        count = len(levels.peaks)
        height = (bars.height() - _GAP * unit * (count - 1)) / count
        for channel, (peak, held) in enumerate(zip(levels.peaks, levels.held, strict=True)):
            bar = QRectF(0, channel * (height + _GAP * unit), bars.width(), height)
            painter.fillRect(bar, QColor(colours.pressed))
            painter.fillRect(QRectF(bar.x(), bar.y(), bar.width() * _place(peak), height), QColor(colours.muted))
            if held > FLOOR:
                x = min(bar.width() * _place(held), bar.width() - 2)
                painter.fillRect(QRectF(x, bar.y(), 2, height), QColor(colours.text))
        for mark in _MARKS:
            painter.fillRect(QRectF(bars.width() * _place(mark), 0, 1, bars.height()), QColor(colours.background))
        painter.fillRect(clip, QColor(colours.danger if levels.over else colours.pressed))
        self._paint_numbers(painter, bars.height() + 2 * unit)
        if self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_numbers(self, painter: QPainter, top: float) -> None:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * SECONDARY)
        painter.setFont(font)
        painter.setPen(QColor(self._colours.danger if self._levels.over and self._shown else self._colours.muted))
        metrics = self._small()
        text = next((text for text in self.texts if metrics.horizontalAdvance(text) <= self.width()), self.texts[-1])
        area = QRectF(0, top, self.width(), metrics.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        peak = _level(self._levels.highest) if math.isfinite(self._levels.highest) else ""
        room = self.width() - metrics.horizontalAdvance(text) - 2 * metrics.horizontalAdvance(" ")
        if self._shown and metrics.horizontalAdvance(peak) <= room:
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, peak)


def _place(level: float) -> float:
    """Where a level lies on the scale, 0 to 1."""
    return min(1.0, max(0.0, 1 - level / FLOOR)) if math.isfinite(level) else 0.0


def _number(value: float | None) -> str:
    return _DASH if value is None else words.number(value, 1).replace("-", "\N{MINUS SIGN}")


def _lufs(value: float | None) -> str:
    return "too quiet or too short" if value is None else f"{_number(value)} LUFS"


def _level(decibels: float) -> str:
    return f"{_number(decibels)} dBFS" if math.isfinite(decibels) else "silence"
