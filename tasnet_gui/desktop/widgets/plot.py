"""A small quiet plot: lines or bars over one axis, with their units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.strip import tinted

SMALL = 0.85  # of the body's size
TICKS = 4  # along the axis, about
Values = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Curve:
    """Values over positions. `colour` is the name of a colour of the palette."""

    xs: Values
    ys: Values
    colour: str = "text"
    label: str = ""
    bars: bool = False


@dataclass(frozen=True, eq=False)
class Graph:
    """Everything that one plot shows."""

    title: str
    curves: tuple[Curve, ...]
    x: tuple[float, float]
    y: tuple[float, float]
    x_unit: str = ""
    y_unit: str = ""
    marks: tuple[float, ...] = ()  # positions that are lit
    mirrored: bool = False  # what points down is as positive as what points up


class Plot(QWidget):
    """Draws a graph. Says which position was clicked."""

    picked = Signal(float)

    def __init__(self, name: str, lines: float = 6.5) -> None:
        super().__init__()
        self._palette, self._lines = LIGHT, lines
        self._graph: Graph | None = None
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        return QSize(260, round(self.fontMetrics().height() * self._lines))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, round(self.fontMetrics().height() * self._lines))

    def show_graph(self, graph: Graph | None) -> None:
        self._graph = graph
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    # Where things lie

    def area(self) -> QRectF:
        """Where the curves are drawn."""
        line = self.fontMetrics().height()
        left = self.fontMetrics().horizontalAdvance("\N{MINUS SIGN}0.00") + 6
        return QRectF(left, line * 1.35, self.width() - left - 1, self.height() - line * 2.5)

    def _x(self, area: QRectF, graph: Graph, values: Values) -> Values:
        return area.left() + (np.asarray(values) - graph.x[0]) / (graph.x[1] - graph.x[0]) * area.width()

    def _y(self, area: QRectF, graph: Graph, values: Values) -> Values:
        share = (np.asarray(values) - graph.y[0]) / ((graph.y[1] - graph.y[0]) or 1.0)
        return area.bottom() - np.clip(share, -0.02, 1.02) * area.height()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, graph, p = self.area(), self._graph, self._palette
        if graph is None:
            painter.end()
            return
        self._paint_title(painter, graph)
        painter.fillRect(area, QColor(p.surface))
        small = QFont(self.font())
        small.setPointSizeF(small.pointSizeF() * SMALL)
        small.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(small)
        self._paint_axes(painter, area, graph)
        painter.setClipRect(area)
        for curve in graph.curves:
            self._paint_curve(painter, area, graph, curve)
        for mark in self._x(area, graph, np.array(graph.marks)):
            painter.fillRect(QRectF(round(float(mark)), area.top(), 1, area.height()), QColor(p.accent))
        painter.end()

    def _paint_title(self, painter: QPainter, graph: Graph) -> None:
        line = QRectF(0, 0, self.width(), self.fontMetrics().height())
        painter.setPen(QColor(self._palette.text))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, graph.title)
        right = float(self.width())
        for curve in reversed([curve for curve in graph.curves if curve.label]):
            wide = self.fontMetrics().horizontalAdvance(curve.label)
            right -= wide
            painter.setPen(QColor(getattr(self._palette, curve.colour)))
            painter.drawText(QRectF(right, 0, wide, line.height()), Qt.AlignmentFlag.AlignLeft, curve.label)
            right -= 12

    def _paint_axes(self, painter: QPainter, area: QRectF, graph: Graph) -> None:
        p, line = self._palette, painter.fontMetrics().height()
        if graph.y[0] < 0 < graph.y[1]:
            zero = float(self._y(area, graph, np.zeros(1))[0])
            painter.fillRect(QRectF(area.left(), round(zero), area.width(), 1), QColor(p.grid))
        painter.setPen(QColor(p.muted))
        right = Qt.AlignmentFlag.AlignRight
        texts = [_short(abs(value) if graph.mirrored else value) for value in graph.y]
        painter.drawText(QRectF(0, area.top() - 2, area.left() - 5, line), right, texts[1])
        painter.drawText(QRectF(0, area.bottom() - line + 2, area.left() - 5, line), right, texts[0])
        painter.drawText(QRectF(0, area.center().y() - line / 2, area.left() - 5, line), right, graph.y_unit)
        step = _step((graph.x[1] - graph.x[0]) / TICKS)
        first = np.ceil(graph.x[0] / step - 1e-9) * step
        for value in np.arange(first, graph.x[1] + step * 1e-6, step):
            x = float(self._x(area, graph, np.array([value]))[0])
            painter.fillRect(QRectF(round(x), area.top(), 1, area.height() + 3), tinted(p.border, 0.5))
            last = value + step > graph.x[1] + step * 1e-6
            text = f"{_tick(value, step)} {graph.x_unit}".strip() if last else _tick(value, step)
            wide = painter.fontMetrics().horizontalAdvance(text) + 2
            left = min(max(x - wide / 2, area.left() - 4), self.width() - wide)
            painter.drawText(QRectF(left, area.bottom() + 3, wide, line), Qt.AlignmentFlag.AlignHCenter, text)

    def _paint_curve(self, painter: QPainter, area: QRectF, graph: Graph, curve: Curve) -> None:
        colour = QColor(getattr(self._palette, curve.colour))
        xs, ys = self._x(area, graph, curve.xs), self._y(area, graph, curve.ys)
        if not curve.bars:
            painter.setPen(QPen(colour, 1.25))
            painter.drawPolyline(QPolygonF([QPointF(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]))
            return
        ground = float(self._y(area, graph, np.clip(np.zeros(1), *graph.y))[0])
        wide = max(1.0, area.width() / max(len(xs), 1) * 0.9)
        colour.setAlphaF(0.8)
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
            painter.fillRect(QRectF(x - wide / 2, min(y, ground), wide, abs(y - ground)), colour)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        area, graph = self.area(), self._graph
        if graph is None or event.button() != Qt.MouseButton.LeftButton or not area.contains(event.position()):
            event.ignore()
            return
        share = (event.position().x() - area.left()) / area.width()
        self.picked.emit(graph.x[0] + share * (graph.x[1] - graph.x[0]))


def around(*values: Values) -> tuple[float, float]:
    """A range that holds all values and lies as far above zero as below, never empty."""
    most = max((float(np.abs(value).max(initial=0.0)) for value in values), default=0.0)
    most = _up(most) if most > 1e-9 else 1.0
    return -most, most


def _up(value: float) -> float:
    """The next number of two digits, so that a plot does not breathe with every frame."""
    scale = 10 ** (np.floor(np.log10(value)) - 1)
    for digits in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100):
        if digits * scale >= value * (1 - 1e-6):
            return float(digits * scale)
    return value


def _step(least: float) -> float:
    """1, 2 or 5 times a power of ten."""
    scale = 10 ** np.floor(np.log10(max(least, 1e-12)))
    return float(next(digit * scale for digit in (1, 2, 5, 10) if digit * scale >= least * (1 - 1e-9)))


def _tick(value: float, step: float) -> str:
    decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    return words.number(value + 0.0, decimals).replace("-", "\N{MINUS SIGN}")


def _short(value: float) -> str:
    decimals = 0 if abs(value) >= 10 or value == 0 else 1 if abs(value) >= 1 else 2 if abs(value) >= 0.095 else 3
    return words.number(value, decimals).replace("-", "\N{MINUS SIGN}")
