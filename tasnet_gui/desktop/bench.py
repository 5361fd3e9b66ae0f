"""The lanes, and around them the views of the inside, each in a dock that is hidden until somebody wants to look."""

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QTabBar, QTabWidget

from tasnet_gui.desktop.inspection import Inspection
from tasnet_gui.desktop.panels import BELOW, RIGHT, VIEWS
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.views.lanes import LanesView
from tasnet_gui.desktop.widgets.dock import Dock
from tasnet_gui.desktop.widgets.panel import Panel
from tasnet_gui.desktop.widgets.parts import named
from tasnet_gui.desktop.widgets.reach import reach_of
from tasnet_gui.desktop.widgets.strip import Span

_FEATURES = (
    QMainWindow.DockOption.AllowTabbedDocks
    | QMainWindow.DockOption.AllowNestedDocks
    | QMainWindow.DockOption.GroupedDragging
)
SHARE = 0.45  # of the height that the views below the lanes get at first
LINES_BELOW = 30  # lines of text that must fit, for views to open below the lanes by themselves
LETTERS_RIGHT = 46  # the width at first of the views on the right
WIDEST = 0.36  # of the width


class Bench(QMainWindow):
    """Arranges lanes and docks, and tells all of them the same."""

    looked = Signal(bool)  # whether any view of the inside is open
    filters_asked = Signal(object)
    order_asked = Signal(str)
    save_asked = Signal(object)  # Panel
    edit_asked = Signal(str, float)
    undo_asked = Signal()
    restore_asked = Signal()
    channel_asked = Signal(int)
    work_asked = Signal(object)
    span_asked = Signal(float, float)

    def __init__(self, lanes: LanesView) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setAccessibleName("Recording")
        self.setDockOptions(_FEATURES)
        self.setCorner(Qt.Corner.BottomRightCorner, RIGHT)  # so that time below lies under time above
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.lanes = lanes
        self.setCentralWidget(lanes)
        self.menu = QMenu("Look &Inside", self)
        self.panels: dict[str, Panel] = {}
        self.docks: dict[str, Dock] = {}
        self._arranged = False
        for view in VIEWS:
            panel = view.make()
            dock = Dock(view.key, view.title, panel, view.explanation)
            self.panels[view.key], self.docks[view.key] = panel, dock
            before = [self.docks[v.key] for v in VIEWS if v.place == view.place and v.key in self.docks][:-1]
            self.addDockWidget(view.place, dock)
            if before:
                self.tabifyDockWidget(before[-1], dock)
            dock.hide()
            self.menu.addAction(dock.toggleViewAction())
            self._connect(panel)
            dock.visibilityChanged.connect(panel.show_active)
            dock.visibilityChanged.connect(self._tell_looked)
            dock.save_asked.connect(self.save_asked)
            dock.topLevelChanged.connect(self._tell_looked)
        lanes.timeline_changed.connect(self._show_timeline)
        lanes.drafted.connect(self._show_selection)
        lanes.lanes["mixture"].installEventFilter(self)

    def _connect(self, panel: Panel) -> None:
        panel.seek_asked.connect(self.lanes.seek_asked)
        panel.drafted.connect(self.lanes.show_draft)
        panel.selection_asked.connect(self.lanes.ask_for_selection)
        panel.zoom_asked.connect(self.lanes.zoom)
        panel.scroll_asked.connect(self.lanes.scroll)
        panel.filters_asked.connect(self.filters_asked)
        panel.order_asked.connect(self.order_asked)
        panel.edit_asked.connect(self.edit_asked)
        panel.undo_asked.connect(self.undo_asked)
        panel.restore_asked.connect(self.restore_asked)
        panel.channel_asked.connect(self.channel_asked)
        panel.work_asked.connect(self.work_asked)
        panel.span_asked.connect(self.span_asked)
        panel.reach_asked.connect(self.lanes.axis.show_reaching)

    # What is shown

    @property
    def looking(self) -> bool:
        """Whether any view of the inside is open."""
        return any(not dock.isHidden() for dock in self.docks.values())

    def look(self, inside: bool) -> None:
        """Open the views of the inside, or put all of them away."""
        roomy = self.height() > self.fontMetrics().height() * LINES_BELOW
        for view in VIEWS:
            self.docks[view.key].setVisible(inside and (roomy or view.place == RIGHT))
        for place in (RIGHT, BELOW):
            if first := next((self.docks[view.key] for view in VIEWS if view.place == place), None):
                first.raise_()
        if inside and not self._arranged:
            self._arrange()

    def _arrange(self) -> None:
        """Give the docks a good size once; from then on they are the person's."""
        self._arranged = True
        right = next((self.docks[view.key] for view in VIEWS if view.place == RIGHT), None)
        below = next((self.docks[view.key] for view in VIEWS if view.place == BELOW), None)
        if right:
            width = min(self.fontMetrics().averageCharWidth() * LETTERS_RIGHT + 48, round(self.width() * WIDEST))
            self.resizeDocks([right], [width], Qt.Orientation.Horizontal)
        if below:
            self.resizeDocks([below], [round(self.height() * SHARE)], Qt.Orientation.Vertical)

    @Slot(object)
    def show_inspection(self, inspection: Inspection) -> None:
        self.lanes.axis.show_reach(reach_of(inspection.model) if inspection.model else None)
        for panel in self.panels.values():
            panel.show_inspection(inspection)

    def show_playhead(self, seconds: float | None) -> None:
        for panel in self.panels.values():
            panel.show_playhead(seconds)

    def show_selection(self, selection: Span | None) -> None:
        self.lanes.show_selection(selection)
        self._show_selection(selection)

    def show_palette(self, palette: Palette) -> None:
        self.lanes.show_palette(palette)
        for view in VIEWS:
            self.panels[view.key].show_palette(palette)
            self.docks[view.key].show_palette(palette)

    @Slot(object)
    def _show_selection(self, selection: Span | None) -> None:
        for panel in self.panels.values():
            panel.show_selection(selection)

    @Slot(object)
    def _show_timeline(self, timeline: object) -> None:
        for panel in self.panels.values():
            panel.show_timeline(self.lanes.timeline)

    @Slot()
    def _tell_looked(self) -> None:
        for dock in self.docks.values():
            dock.show_tabbed(not dock.isFloating() and bool(self.tabifiedDockWidgets(dock)))
        self.looked.emit(self.looking)

    def childEvent(self, event: QChildEvent) -> None:
        """Qt makes the tabs of docks by itself, and without a name."""
        super().childEvent(event)
        bar = event.child()
        if event.polished() and isinstance(bar, QTabBar):
            named(bar, "Views", "Which of the views that share this place is shown")
            bar.setToolTip("")
            bar.setUsesScrollButtons(False)
            bar.setElideMode(Qt.TextElideMode.ElideRight)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show):
            self._show_gutter()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_gutter()

    def _show_gutter(self) -> None:
        for panel in self.panels.values():
            panel.show_gutter(self.lanes.lanes["mixture"].x())
