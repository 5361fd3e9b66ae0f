"""What spectrograms and masks have in common: heatmaps one below the other over the lanes' time axis."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.axis_corner import AxisCorner
from tasnet_gui.desktop.widgets.gutter import Gutter
from tasnet_gui.desktop.widgets.heatmap import Heatmap
from tasnet_gui.desktop.widgets.legend import Legend
from tasnet_gui.desktop.widgets.panel import Panel
from tasnet_gui.desktop.widgets.strip import Span, TimeStrip
from tasnet_gui.desktop.widgets.time_axis import TimeAxis
from tasnet_gui.desktop.widgets.timeline import Timeline


class OverTime(Panel):
    """Pictures with a gutter at the left of each, and the time axis below; controls and legend in the title bar."""

    def __init__(self) -> None:
        super().__init__()
        self.heatmaps: list[Heatmap] = []
        self.gutters: list[Gutter] = []
        self.legend, self.axis, self._corner = Legend(), TimeAxis(), AxisCorner()
        self.canvas = QWidget()
        self.grid = QGridLayout(self.canvas)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(0)
        self.grid.setColumnStretch(1, 1)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        self.axis.zoom_asked.connect(self.zoom_asked)
        self.axis.scroll_asked.connect(self.scroll_asked)
        self.axis.seek_asked.connect(self.seek_asked)

    def lay_out(self, controls: Sequence[QWidget]) -> None:
        """Put the controls and the legend into the title bar, the axis to the bottom."""
        for control in controls:
            self.tools.addWidget(control)
        self.tools.addStretch(1)
        self.tools.addWidget(self.legend)
        self.grid.addWidget(self._corner, 90, 0)
        self.grid.addWidget(self.axis, 90, 1)

    def add(self, heatmap: Heatmap, gutter: Gutter) -> None:
        """One more picture below the others."""
        row = len(self.heatmaps)
        self.heatmaps.append(heatmap)
        self.gutters.append(gutter)
        self.grid.addWidget(gutter, row, 0)
        self.grid.addWidget(heatmap, row, 1)
        self.grid.setRowStretch(row, 1)
        for told, told_on in (
            (heatmap.seek_asked, self.seek_asked),
            (heatmap.drafted, self.drafted),
            (heatmap.selection_asked, self.selection_asked),
            (heatmap.zoom_asked, self.zoom_asked),
            (heatmap.scroll_asked, self.scroll_asked),
        ):
            told.connect(told_on)
        heatmap.pointed.connect(self._point)

    def words_at(self, row: int, seconds: float, place: float) -> str:
        """What there is to read at a point of a picture."""
        raise AttributeError(f"{type(self).__name__} has nothing to read at {row}")

    def picture(self) -> QWidget:
        return self.canvas

    def key(self) -> QWidget | None:
        return self.legend

    def _strips(self) -> tuple[TimeStrip, ...]:
        return (*self.heatmaps, self.axis)

    def show_timeline(self, timeline: Timeline) -> None:
        for strip in self._strips():
            strip.show_timeline(timeline)
        self._corner.show_unit(self.axis.unit)

    def show_playhead(self, seconds: float | None) -> None:
        for strip in self._strips():
            strip.show_playhead(seconds)

    def show_selection(self, selection: Span | None) -> None:
        for strip in self._strips():
            strip.show_selection(selection)

    def show_palette(self, palette: Palette) -> None:
        super().show_palette(palette)
        for part in (*self._strips(), *self.gutters, self.legend, self._corner):
            part.show_palette(palette)  # type: ignore[attr-defined]

    def show_gutter(self, width: int) -> None:
        for gutter in self.gutters:
            gutter.setFixedWidth(max(width, 1))

    @Slot(object)
    def _point(self, where: tuple[float, float] | None) -> None:
        heatmap = self.sender()
        if isinstance(heatmap, Heatmap):
            heatmap.show_readout("" if where is None else self.words_at(self.heatmaps.index(heatmap), *where))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self.palette_.background))
        painter.end()
