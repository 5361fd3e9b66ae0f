"""How far the network hears around a moment, drawn to scale."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.strip import tinted
from tasnet_gui.domain import ModelCard
from tasnet_gui.nets.config import ConvTasNetConfig

SMALL = 0.85  # of the body's size


def reach(config: ConvTasNetConfig) -> tuple[float, float]:
    """Seconds before and behind the middle of a frame that its masks depend on through the convolutions."""
    frames = config.receptive_field_frames - 1
    future = 0 if config.causal else frames // 2
    half = config.kernel / 2
    return ((frames - future) * config.stride + half) / config.rate, (future * config.stride + half) / config.rate


def reach_of(model: ModelCard) -> tuple[float, float]:
    """The same of a model that is known by its card."""
    return reach(ConvTasNetConfig.from_dict(dict(model.config)))


class Reach(QWidget):
    """A bar from the past to the future, with "now" in between."""

    def __init__(self) -> None:
        super().__init__()
        self._palette = LIGHT
        self._past, self._future = 1.0, 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Receptive field")

    def sizeHint(self) -> QSize:
        return QSize(240, self.fontMetrics().height() * 3 + 16)

    def show_config(self, config: ConvTasNetConfig) -> None:
        self._past, self._future = reach(config)
        self.setAccessibleDescription(f"{words.span(self._past)} of the past, {words.span(self._future)} of the future")
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        p, painter = self._palette, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        widest = 1.1 * max(self._past, self._future)
        middle, half = self.width() / 2, self.width() / 2
        line = self.fontMetrics().height()
        top, height = line + 4.0, line + 0.0
        left, right = middle - self._past / widest * half, middle + self._future / widest * half
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tinted(p.accent, 0.22))
        painter.drawRoundedRect(QRectF(left, top, max(right - left, 2), height), 3, 3)
        painter.fillRect(QRectF(0, round(top + height + 3), self.width(), 1), QColor(p.border))
        painter.fillRect(QRectF(round(middle), top - 3, 1, height + 9), QColor(p.accent))
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        painter.setFont(font)
        painter.setPen(QColor(p.muted))
        upper, lower = QRectF(0, 0, self.width(), line), QRectF(0, top + height + 6, self.width(), line)
        painter.drawText(upper, Qt.AlignmentFlag.AlignHCenter, "now")
        painter.drawText(lower, Qt.AlignmentFlag.AlignLeft, f"\N{MINUS SIGN}{words.span(self._past)}")
        painter.drawText(lower, Qt.AlignmentFlag.AlignRight, f"+{words.span(self._future)}")
        painter.drawText(lower, Qt.AlignmentFlag.AlignHCenter, "heard")
        painter.end()
