"""The queue: a page of the window with a row per file, how far all of it is, and what is to be done to it."""

from PySide6.QtCore import QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from tasnet_gui.batch.items import News
from tasnet_gui.desktop import words
from tasnet_gui.desktop.batch import Standing
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.batch_options import BatchOptionsPanel
from tasnet_gui.desktop.widgets.parts import Folding, button, chain, label, line
from tasnet_gui.desktop.widgets.queue_bar import QueueBar
from tasnet_gui.desktop.widgets.queue_model import QueueModel, details
from tasnet_gui.desktop.widgets.queue_table import QueueTable

_LETTERS = 46  # the width of the options
_LEAST = 48  # letters of the table beside them; with less room they take its place


class QueueView(QWidget):
    """Reports what the person wants and decides nothing."""

    open_asked = Signal(int)  # id
    folder_asked = Signal(int)  # id
    remove_asked = Signal(object)  # ids
    cancel_asked = Signal(object)  # ids, or None for all
    retry_asked = Signal(object)  # ids, or None for all that failed
    move_asked = Signal(object, object)  # ids, before which id or None
    clear_asked = Signal()
    report_asked = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setAccessibleName("Queue")
        self.standing = Standing()
        self.model = QueueModel(self)
        self.bar = QueueBar(palette)
        self.table = QueueTable(self.model, palette)
        self.options = BatchOptionsPanel()
        self.empty = _Empty(palette)
        self._details = label("", "secondary", "About this file")
        self._details.setWordWrap(True)
        self._details.setContentsMargins(20, 8, 20, 0)
        self._details.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.remove = button("Remove", "Take the selected rows out of the queue", key="Del")
        self.cancel = button("Cancel all", "Stop everything that waits or is being done")
        self.retry = button("Retry failed", "Do what failed once more")
        self.clear = button("Clear finished", "Take out what is done or skipped; the results stay")
        self.report = button("Save report\N{HORIZONTAL ELLIPSIS}", "Save what became of each file, as CSV or JSON")
        self._arrange()
        self._connect()
        self.show_palette(palette)
        self.show_standing(self.standing)

    def _arrange(self) -> None:
        rows = _block(self.remove, self.cancel, self.retry, stretch=True)
        footer = QVBoxLayout()
        footer.setContentsMargins(20, 8, 20, 12)
        footer.addWidget(Folding(rows, _block(self.clear, self.report), spacing=8))
        self._rows = QWidget()
        column = QVBoxLayout(self._rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(line())
        column.addWidget(self._details)
        column.addLayout(footer)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._rows)
        self._edge = QFrame()
        self._edge.setProperty("role", "edge")
        self._edge.setFixedWidth(1)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._pages, 1)
        row.addWidget(self._edge)
        row.addWidget(self.options)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.bar)
        whole.addWidget(line())
        whole.addLayout(row, 1)
        self.show_options(False)
        footer_controls = (self.remove, self.cancel, self.retry, self.clear, self.report)
        chain((self.bar, self.empty, self.table, *footer_controls, self.options))

    def _connect(self) -> None:
        self.table.open_asked.connect(self.open_asked)
        self.table.folder_asked.connect(self.folder_asked)
        self.table.remove_asked.connect(self._remove)
        self.table.step_asked.connect(self._step)
        self.table.menu_asked.connect(self._show_menu)
        self.table.chosen.connect(self._follow_selection)
        self.model.move_asked.connect(self.move_asked)
        self.remove.clicked.connect(self._remove)
        self.cancel.clicked.connect(self._cancel)
        self.retry.clicked.connect(self._retry)
        self.clear.clicked.connect(self.clear_asked)
        self.report.clicked.connect(self.report_asked)
        self.bar.options_asked.connect(self.show_options)
        self.empty.files.clicked.connect(self.bar.files_asked)
        self.empty.folder.clicked.connect(self.bar.folder_asked)

    # What is shown

    def show_news(self, news: News) -> None:
        """Rows that are new or changed."""
        self.model.show_news(news)
        self._follow_selection()

    def show_standing(self, standing: Standing) -> None:
        self.standing = standing
        self.bar.show_standing(standing)
        self.empty.show_searching(standing.searching)
        self._turn(self._rows if standing.total else self.empty)
        self._follow_selection()

    def _turn(self, page: QWidget) -> None:
        """To the rows, or to what is there without any. The keyboard goes along, unless it is in the options."""
        if page is self._pages.currentWidget():
            return
        self._pages.setCurrentWidget(page)
        focused = self.window().focusWidget()
        if self.isVisible() and not (focused and self.options.isAncestorOf(focused)):
            (self.empty.files if page is self.empty else self.table).setFocus()

    def show_palette(self, palette: Palette) -> None:
        self.bar.show_palette(palette)
        self.table.show_palette(palette)
        self.empty.show_palette(palette)

    @Slot(bool)
    def show_options(self, shown: bool) -> None:
        """Or put them away."""
        self.bar.options.setChecked(shown)
        self.options.setVisible(shown)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Options beside the rows, or in their place where there is no room for both."""
        letter, shown = self.fontMetrics().averageCharWidth(), not self.options.isHidden()
        wanted = max(_LETTERS * letter + 40, self.options.widget().minimumSizeHint().width() + 12)
        both = self.width() - wanted >= _LEAST * letter
        self.options.setMinimumWidth(wanted if both else 0)
        self.options.setMaximumWidth(wanted if both else 16_777_215)
        self._pages.setVisible(both or not shown)
        self._edge.setVisible(both and shown)

    # What is selected

    @Slot()
    def _follow_selection(self) -> None:
        """Buttons say what they would do now: to the selected rows, or to all."""
        rows = self.table.rows()
        states = [self.model.item(row).state for row in rows]
        going = sum(not state.ended for state in states)
        again = sum(state.kind in ("failed", "cancelled", "skipped") for state in states)
        standing = self.standing
        self.remove.setEnabled(bool(rows))
        self.cancel.setText(f"Cancel {words.number(going)}" if going else "Cancel all")
        self.cancel.setEnabled(bool(going or standing.left or standing.searching))
        self.retry.setText(f"Retry {words.number(again)}" if again else "Retry failed")
        self.retry.setEnabled(bool(again or standing.count("failed")))
        self.clear.setEnabled(standing.count("done", "skipped") > 0)
        self.report.setEnabled(standing.total > 0)
        item = self.table.current() if rows else None
        self._details.setText(details(item) if item else "")
        self._details.setVisible(bool(self._details.text()))

    @Slot()
    def _remove(self) -> None:
        if ids := self.table.ids():
            self.remove_asked.emit(ids)

    @Slot()
    def _cancel(self) -> None:
        ids = [id_ for id_ in self.table.ids() if not self._item(id_).state.ended]
        self.cancel_asked.emit(ids or None)

    @Slot()
    def _retry(self) -> None:
        ids = [id_ for id_ in self.table.ids() if self._item(id_).state.kind in ("failed", "cancelled", "skipped")]
        self.retry_asked.emit(ids or None)

    def _item(self, id_: int):  # type: ignore[no-untyped-def]
        row = self.model.row_of(id_)
        assert row is not None
        return self.model.item(row)

    @Slot(int)
    def _step(self, step: int) -> None:
        rows = self.table.rows()
        can, before = self.model.neighbour(rows, step)
        if can:
            self.move_asked.emit(self.table.ids(), before)

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        ids, item = self.table.ids(), self.table.current()
        if not ids or item is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", lambda: self.open_asked.emit(item.id))
        menu.addAction("Show in Folder", lambda: self.folder_asked.emit(item.id))
        menu.addSeparator()
        menu.addAction("Move Up", lambda: self._step(-1))
        menu.addAction("Move Down", lambda: self._step(1))
        menu.addSeparator()
        for control in (self.retry, self.cancel, self.remove):
            menu.addAction(control.text().title(), control.click).setEnabled(control.isEnabled())
        menu.popup(place)


def _block(*controls: QWidget, stretch: bool = False) -> QWidget:
    block = QWidget()
    row = QHBoxLayout(block)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for control in controls:
        row.addWidget(control)
    if stretch:
        row.addStretch(1)
    return block


class _Empty(QWidget):
    """What to do when nothing is in the queue."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._title = label("Drop files or folders here", "hero", "What to do")
        self._detail = label(
            "Each is taken apart into speech and noise, one after the other.", "muted", "What happens then"
        )
        self.files = button("Add files\N{HORIZONTAL ELLIPSIS}", "Choose audio files", "primary")
        self.folder = button(
            "Add folder\N{HORIZONTAL ELLIPSIS}", "Choose a folder, with all below it", key="Ctrl+Shift+O"
        )
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.files)
        row.addWidget(self.folder)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 40, 48, 40)
        column.addStretch(2)
        for text in (self._title, self._detail):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            text.setWordWrap(True)
            column.addWidget(text)
        column.addSpacing(16)
        column.addLayout(row)
        column.addStretch(3)

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QPen(QColor(self._palette.border), 1.5)
        edge.setDashPattern([4, 4])
        painter.setPen(edge)
        painter.setBrush(QColor(self._palette.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(20.5, 16.5, -20.5, -4.5), 12, 12)

    def show_searching(self, searching: bool) -> None:
        self._title.setText("Looking for sound\N{HORIZONTAL ELLIPSIS}" if searching else "Drop files or folders here")
        for control in (self.files, self.folder):
            control.setVisible(not searching)
