"""The network as a drawing: encoder, separator with its dilations, masks, decoder."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.strip import tinted
from tasnet_gui.desktop.words import span
from tasnet_gui.domain import SOURCES
from tasnet_gui.nets.config import ConvTasNetConfig

SMALL = 0.85  # of the body's size
BYPASS = 36  # px at the left for the path of w around the separator
MOST_ROWS = 6  # repeats that are drawn one by one


class Network(QWidget):
    """Sound flows from top to bottom. Grows with the font; as wide as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._palette = LIGHT
        self._config = ConvTasNetConfig()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The network")

    def sizeHint(self) -> QSize:
        return QSize(260, round(self._line * (18.9 + 1.5 * self._rows)))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def show_config(self, config: ConvTasNetConfig) -> None:
        self._config = config
        dilations = ", ".join(map(str, config.dilations[: config.blocks]))
        self.setAccessibleDescription(
            f"Encoder with {config.filters} basis functions, {config.repeats} repeats of {config.blocks} blocks with "
            f"dilations {dilations}, masks for {' and '.join(SOURCES[: config.sources])}, decoder."
        )
        self.updateGeometry()
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    @property
    def _line(self) -> int:
        return self.fontMetrics().height()

    @property
    def _rows(self) -> int:
        return min(self._config.repeats, MOST_ROWS)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, line, gap = self._config, self._line, self._line * 1.1
        left, width = float(BYPASS), self.width() - BYPASS - 1.0
        wide, apart = span(c.kernel / c.rate), span(c.stride / c.rate)
        y = self._plain(painter, 0, "Mixture x", self._palette.mixture)
        self._arrow(painter, left + width / 2, y, y + gap)
        frame = f"{c.filters} basis functions of {wide}, every {apart}"
        y = encoded = self._box(painter, QRectF(left, y + gap, width, line * 2.6), "Encoder  U", frame)
        self._arrow(painter, left + width / 2, y, y + gap, "w")
        y = self._separator(painter, QRectF(left, y + gap, width, line * (2.9 + 1.5 * self._rows)))
        y = self._masks(painter, QRectF(left, y + gap, width, line * 2.6), y)
        self._bypass(painter, encoded + gap / 2, y + gap * 0.75, left + width / 2)
        y += gap * 1.5
        y = self._box(painter, QRectF(left, y, width, line * 2.6), "Decoder  V", "one frame over the other, added up")
        names = SOURCES[: c.sources]
        for number, name in enumerate(names):
            x = left + width * (number + 0.5) / len(names)
            self._arrow(painter, x, y, y + gap * 0.8)
            self._words(painter, QRectF(x - width / 4, y + gap * 0.8, width / 2, line), name.capitalize(), name)
        painter.end()

    def _plain(self, painter: QPainter, y: float, text: str, colour: str) -> float:
        painter.setPen(QColor(colour))
        painter.setFont(self._bold())
        painter.drawText(QRectF(BYPASS, y, self.width() - BYPASS, self._line), Qt.AlignmentFlag.AlignHCenter, text)
        return y + self._line

    def _box(self, painter: QPainter, box: QRectF, title: str, detail: str) -> float:
        self._frame(painter, box)
        painter.setPen(QColor(self._palette.text))
        painter.setFont(self._bold())
        upper = QRectF(box.left(), box.top() + self._line * 0.25, box.width(), self._line)
        painter.drawText(upper, Qt.AlignmentFlag.AlignHCenter, title)
        self._detail(painter, upper.translated(0, self._line), detail)
        return box.bottom()

    def _separator(self, painter: QPainter, box: QRectF) -> float:
        c, line = self._config, self._line
        blocks = f"{c.repeats} \N{MULTIPLICATION SIGN} {c.blocks} blocks; their dilations, in frames"
        self._box(painter, box, "Separator", blocks)
        inner = QRectF(box.left() + 8, box.top() + line * 2.5, box.width() - 16, line * 1.5 * self._rows)
        wide, high = inner.width() / c.blocks, line * 1.5
        for row in range(self._rows):
            for block in range(c.blocks):
                cell = QRectF(inner.left() + block * wide + 2, inner.top() + row * high + 2, wide - 4, high - 4)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tinted(self._palette.accent, 0.10 + 0.35 * block / max(1, c.blocks - 1)))
                painter.drawRoundedRect(cell, 3, 3)
                self._detail(painter, cell, str(c.dilations[block]), self._palette.text)
        return box.bottom()

    def _masks(self, painter: QPainter, box: QRectF, above: float) -> float:
        names = SOURCES[: self._config.sources]
        wide = box.width() / len(names)
        for number, name in enumerate(names):
            one = QRectF(box.left() + number * wide + 3 * number, box.top(), wide - 3 * (len(names) - 1), box.height())
            self._arrow(painter, one.center().x(), above, box.top())
            colour = self._palette.source(name)
            painter.setPen(QPen(QColor(colour), 1.5))
            painter.setBrush(tinted(colour, 0.10))
            painter.drawRoundedRect(one, 6, 6)
            upper = QRectF(one.left(), one.top() + self._line * 0.25, one.width(), self._line)
            self._words(painter, upper, f"Mask  D {name}", name)
            self._detail(painter, upper.translated(0, self._line), "0 to 1 for each")
        return box.bottom()

    def _bypass(self, painter: QPainter, top: float, bottom: float, middle: float) -> None:
        """The encoder's output goes around the separator and meets the masks."""
        painter.setPen(QPen(QColor(self._palette.muted), 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        side, radius = 12.0, self._line * 0.45
        around = (middle, top), (side, top), (side, bottom), (middle - radius, bottom)
        painter.drawPolyline([QPointF(*point) for point in around])
        painter.setBrush(QColor(self._palette.background))
        painter.drawEllipse(QPointF(middle, bottom), radius, radius)
        cross = radius * 0.5
        for direction in (1, -1):
            painter.drawLine(
                QPointF(middle - cross, bottom - cross * direction), QPointF(middle + cross, bottom + cross * direction)
            )

    def _arrow(self, painter: QPainter, x: float, top: float, bottom: float, text: str = "") -> None:
        painter.setPen(QPen(QColor(self._palette.muted), 1.25))
        painter.drawLine(QPointF(x, top + 2), QPointF(x, bottom - 3))
        painter.setBrush(QColor(self._palette.muted))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([QPointF(x, bottom - 1), QPointF(x - 4, bottom - 7), QPointF(x + 4, bottom - 7)]))
        if text:
            self._detail(painter, QRectF(x + 8, top, 40, bottom - top), text, left=True)

    def _frame(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(QColor(self._palette.border), 1))
        painter.setBrush(QColor(self._palette.raised))
        painter.drawRoundedRect(box, 6, 6)

    def _words(self, painter: QPainter, box: QRectF, text: str, source: str) -> None:
        painter.setPen(QColor(self._palette.source(source)))
        painter.setFont(self._bold())
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)

    def _detail(self, painter: QPainter, box: QRectF, text: str, colour: str = "", left: bool = False) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        painter.setFont(font)
        painter.setPen(QColor(colour or self._palette.muted))
        across = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignHCenter
        painter.drawText(box, across | Qt.AlignmentFlag.AlignVCenter, text)

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font
