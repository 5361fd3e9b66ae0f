"""What every view of the inside has in common: it draws what it is shown, and says what the person did."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from tasnet_gui.desktop.inspection import Inspection
from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.strip import Span
from tasnet_gui.desktop.widgets.timeline import Timeline


class Panel(QWidget):
    """The content of a dock. It decides nothing; what it does not need, it does not override."""

    seek_asked = Signal(float)  # seconds
    drafted = Signal(object)  # Span | None: what a drag would select
    selection_asked = Signal(object)  # Span | None
    zoom_asked = Signal(float, float)  # how many times closer, about which second
    scroll_asked = Signal(float)  # as a fraction of the visible span
    filters_asked = Signal(object)  # tuple[int, ...]: the filters to light up everywhere
    order_asked = Signal(str)  # a key of ORDERS
    edit_asked = Signal(str, float)  # what to do with the lit rows, and the value for "set"
    undo_asked = Signal()
    restore_asked = Signal()
    channel_asked = Signal(int)  # of the recording
    work_asked = Signal(object)  # Job: drawing that takes long
    span_asked = Signal(float, float)  # seconds: a stretch that is wanted at full resolution
    reach_asked = Signal(bool)  # whether the time axis shows how far the network hears

    def __init__(self) -> None:
        super().__init__()
        self.inspection = Inspection()
        self.palette_ = LIGHT
        self.active = False  # whether anybody sees it: Qt's own word for it is true behind another tab, too
        self.tools = QHBoxLayout()  # what stands in the dock's title bar, beside the title
        self.tools.setSpacing(8)

    def show_inspection(self, inspection: Inspection) -> None:
        """What is known of the network and of what it did."""
        self.inspection = inspection
        if self.active:
            self.draw()

    def show_active(self, active: bool) -> None:
        """Whether the view is seen now; while it is not, it draws nothing."""
        self.active = active
        if active:
            self.draw()

    def draw(self) -> None:
        """Show what is known now."""

    @property
    def title(self) -> str:
        """What the view is called."""
        return self.windowTitle()

    def picture(self) -> QWidget:
        """What is drawn when the view is saved as a picture: all that has axes, without the controls."""
        return self

    def key(self) -> QWidget | None:
        """What its colours stand for, if that is not in the picture itself."""
        return None

    def tables(self) -> dict[str, Callable[[], bytes]]:
        """The view as data: by the file's suffix, a function that makes its content, and may be slow."""
        return {}

    def show_timeline(self, timeline: Timeline) -> None:
        """The stretch of time that the lanes show."""

    def show_playhead(self, seconds: float | None) -> None:
        """Where the playhead is."""

    def show_selection(self, selection: Span | None) -> None:
        """The selected stretch of time."""

    def show_palette(self, palette: Palette) -> None:
        self.palette_ = palette
        self.update()

    def show_gutter(self, width: int) -> None:
        """How much room there is at the left of the lanes, so that time lies below time."""
