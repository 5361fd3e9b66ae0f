"""A few things side by side in numbers: one line for each, one column for each number, in as many bands as needed."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop.theme import LIGHT, Palette

SMALL = 0.85  # of the body's size
GAP = 16  # px between columns
LINE = 4  # px between lines

Column = tuple[str, Sequence[str]]  # what it counts, and a value for every line


class Facts(QWidget):
    """Columns go on below where the window is too narrow for all of them; nothing is ever left out."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._palette = LIGHT
        self._names: tuple[str, ...] = ()
        self._columns: tuple[Column, ...] = ()
        self._gutter = 0
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(name)

    @property
    def text(self) -> str:
        """All of it as one text: for those who do not see it, and for tests."""
        lines = []
        for number, name in enumerate(self._names):
            lines.append(f"{name}: " + ", ".join(f"{title} {values[number]}" for title, values in self._columns))
        return "; ".join(lines)

    def show_facts(self, names: Sequence[str], columns: Sequence[Column]) -> None:
        """One value of every column for every name."""
        self._names, self._columns = tuple(names), tuple((title, tuple(values)) for title, values in columns)
        self.setAccessibleDescription(self.text)
        self.updateGeometry()
        self.update()

    def show_gutter(self, width: int) -> None:
        """How much room there is for the names, so that numbers begin where pictures do."""
        if width != self._gutter:
            self._gutter = width
            self.updateGeometry()
            self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if not self._columns:
            return 0
        bands = len(self._bands(width))
        return round(bands * self._band) + LINE * (bands - 1) + 2 * LINE

    def sizeHint(self) -> QSize:
        return QSize(480, self.heightForWidth(self.width() if self.width() > 1 else 480))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = float(LINE)
        for band in self._bands(self.width()):
            self._paint(painter, top, band)
            top += self._band + LINE
        painter.end()

    @property
    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    @property
    def _line(self) -> float:
        return QFontMetricsF(self._small).height() + LINE / 2

    @property
    def _band(self) -> float:
        return self._line * (1 + len(self._names))

    @property
    def _first(self) -> float:
        """The width of the names."""
        return max(self._width(self._names), float(self._gutter))

    def _width(self, texts: Sequence[str]) -> float:
        metrics = QFontMetricsF(self._small)
        return max((metrics.horizontalAdvance(text) for text in texts), default=0.0) + GAP

    def _bands(self, width: int) -> list[list[Column]]:
        """The columns that stand beside each other."""
        bands: list[list[Column]] = []
        left, room = 0.0, 0.0
        for title, values in self._columns:
            needed = self._width((title, *values))
            if not bands or left + needed > room:
                bands.append([])
                left, room = 0.0, width - self._first
            bands[-1].append((title, values))
            left += needed
        return bands

    def _paint(self, painter: QPainter, top: float, band: Sequence[Column]) -> None:
        p, line = self._palette, self._line
        painter.setFont(self._small)
        left = 0.0
        for title, values in (("", self._names), *band):
            width = self._width((title, *values)) if title else self._first
            for number, text in enumerate((title, *values)):
                painter.setPen(QColor(p.text if number and title else p.muted))
                box = QRectF(left, top + number * line, width, line)
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            left += width
