"""The main window: arranges the views and connects them to the session. It decides nothing about sound."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from tasnet_gui.desktop import drops, geometry, words
from tasnet_gui.desktop.batch import Batch
from tasnet_gui.desktop.bench import Bench
from tasnet_gui.desktop.commands import Commands
from tasnet_gui.desktop.editing import Editor
from tasnet_gui.desktop.icons import application_icon
from tasnet_gui.desktop.inspector import Inspector
from tasnet_gui.desktop.keys import Keys
from tasnet_gui.desktop.native import NativeMenus
from tasnet_gui.desktop.playback import Playback
from tasnet_gui.desktop.session import EDITING, EXPORTING, OPENING, SEPARATING, Session, State
from tasnet_gui.desktop.settings import TEXT_SIZES, Preferences, Settings
from tasnet_gui.desktop.taking import Taking
from tasnet_gui.desktop.theme import CHOICES, Palette, Theme
from tasnet_gui.desktop.views.drop_zone import DropZone
from tasnet_gui.desktop.views.header import Header
from tasnet_gui.desktop.views.lanes import LanesView
from tasnet_gui.desktop.views.status import StatusLine
from tasnet_gui.desktop.views.transport import Transport
from tasnet_gui.desktop.widgets.banner import Banner
from tasnet_gui.desktop.widgets.choice_menu import ChoiceMenu
from tasnet_gui.desktop.widgets.dialogs import ask_whether_to_close
from tasnet_gui.desktop.widgets.drop_overlay import DropOverlay
from tasnet_gui.desktop.widgets.output_menu import OutputMenu
from tasnet_gui.desktop.widgets.parts import chain, line
from tasnet_gui.desktop.widgets.remix_bar import RemixBar
from tasnet_gui.desktop.widgets.room import Room
from tasnet_gui.domain import Progress, Recording

_TITLE = "TasNet Studio"
_TASKS = {OPENING: "Opening", SEPARATING: "The separation", EXPORTING: "The export", EDITING: "The edit"}


class Window(QMainWindow):
    """One calm window. What is asked of it by menu or key is carried out by `desk.Desk`."""

    files_dropped = Signal(object)  # list[Path]
    reference_dropped = Signal(object, str)  # Path, and whether it is speech or noise
    page_changed = Signal(object)  # QWidget | None

    def __init__(self, session: Session, playback: Playback, preferences: Preferences, theme: Theme) -> None:
        super().__init__()
        self.session, self.playback, self.preferences, self.theme = session, playback, preferences, theme
        self.batch = Batch(session.jobs, session.work)
        self.page: QWidget | None = None  # what is shown in the place of the recording
        self._loop: tuple[float, float] | None = None
        self._task = ""
        theme.setParent(self)
        palette = theme.palette
        self.setWindowIcon(application_icon())
        self.setAccessibleName(_TITLE)
        self.setAcceptDrops(True)
        self.header, self.banner = Header(palette), Banner(palette)
        self.drop_zone, self.lanes = DropZone(palette), LanesView()
        self.bench, self.inspector = Bench(self.lanes), Inspector(session)
        self.taking = Taking(self, session)
        self.editor = Editor(session, self.inspector, lambda: playback.position)
        self.remix_bar, self.transport, self.status = RemixBar(), Transport(palette), StatusLine()
        self.recent_menu, self.model_menu = ChoiceMenu(self, radio=False), ChoiceMenu(self)
        self.theme_menu, self.text_size_menu = ChoiceMenu(self), ChoiceMenu(self)
        self.output_menu = OutputMenu(self)
        self.native = NativeMenus(self, preferences)
        self.overlay = DropOverlay(self._arrange(), palette)
        submenus = {
            "recent": self.recent_menu,
            "theme": self.theme_menu,
            "text_size": self.text_size_menu,
            "views": self.bench.menu,
            "model": self.model_menu,
            "device": self.header.device.device_menu,
            "output": self.output_menu,
            "high_band": self.native.high_band,
            "channels": self.native.channels,
        }
        self.commands = Commands(self.menuBar(), submenus)
        self.keys = Keys(_application(), self)
        self._connect()
        self._show_settings(preferences.value)
        self._show_palette(palette)
        self._show_state(session.state)
        chain((self.drop_zone, *self.header.in_order, self.banner, self.bench, self.remix_bar, self.transport))
        self._restore()
        self.drop_zone.setFocus()

    def _arrange(self) -> QWidget:
        page = _Page()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._middle = _Middle()
        self._middle.addWidget(self.drop_zone)
        self._middle.addWidget(self.bench)
        self._lines = (line(), line())
        for widget in (self.header, self._lines[0], self.banner):
            column.addWidget(widget)
        column.addWidget(self._middle, 1)
        for widget in (self._lines[1], self.remix_bar, self.transport, self.status):
            column.addWidget(widget)
        room = Room(page)
        self.setCentralWidget(room)
        return room

    def _connect(self) -> None:
        session, playback, lanes, transport = self.session, self.playback, self.lanes, self.transport
        session.listening = lambda: playback.position
        session.changed.connect(self._show_state)
        session.recording_changed.connect(self._show_recording)
        session.separation_changed.connect(lanes.show_separation)
        session.separation_changed.connect(playback.show_separation)
        session.part_finished.connect(lanes.show_part)
        session.part_finished.connect(playback.show_part)
        session.progressed.connect(self._show_progress)
        session.said.connect(self.status.say)
        self.native.said.connect(self.status.say)
        session.failed.connect(self.banner.show_error)
        playback.position_changed.connect(lanes.show_playhead)
        playback.position_changed.connect(transport.show_position)
        playback.playing_changed.connect(transport.show_playing)
        playback.playing_changed.connect(self.banner.show_playing)
        playback.failed.connect(self.banner.show_trouble)
        lanes.seek_asked.connect(playback.seek)
        lanes.selection_asked.connect(session.select)
        lanes.solo_asked.connect(session.toggle_solo)
        lanes.mute_asked.connect(session.toggle_mute)
        lanes.hear_asked.connect(session.hear)
        self._connect_inside()
        transport.play_asked.connect(self.play_or_pause)
        transport.loop_asked.connect(session.set_looping)
        transport.hear_asked.connect(session.hear)
        transport.volume_asked.connect(session.set_volume)
        self.header.separate_asked.connect(session.separate)
        self.header.cancel_asked.connect(session.cancel)
        self.header.model_chosen.connect(session.choose_model)
        self.header.device_chosen.connect(session.choose_device)
        self.header.threads_chosen.connect(session.choose_threads)
        self.model_menu.chosen.connect(session.choose_model)
        self.drop_zone.cancel_asked.connect(session.cancel)
        self.theme.changed.connect(self._show_palette)
        self.preferences.changed.connect(self._show_settings)

    def _connect_inside(self) -> None:
        bench, inspector = self.bench, self.inspector
        self.playback.position_changed.connect(bench.show_playhead)
        inspector.changed.connect(bench.show_inspection)
        bench.looked.connect(inspector.look)
        bench.looked.connect(self._show_looking)
        bench.filters_asked.connect(inspector.light)
        bench.save_asked.connect(self.taking.ask)
        bench.edit_asked.connect(self.editor.apply)
        bench.undo_asked.connect(self.editor.undo)
        bench.restore_asked.connect(self.editor.restore)
        self.editor.edited.connect(inspector.show_edits)
        self.editor.play_asked.connect(self._play_edited)
        bench.channel_asked.connect(inspector.choose_channel)
        bench.span_asked.connect(inspector.want)
        bench.work_asked.connect(inspector.draw)
        bench.order_asked.connect(inspector.choose_order)
        self.transport.inside_asked.connect(bench.look)

    # What is shown

    def show_page(self, page: QWidget | None) -> None:
        """Show something else in the place of the recording; None brings it back."""
        if page is self.page:
            return
        self.page = page
        if page and self._middle.indexOf(page) < 0:
            self._middle.addWidget(page)
        self._show_bars(self.session.state.recording is not None)
        if page is None:
            (self.lanes.lanes["mixture"] if self.session.state.recording else self.drop_zone).setFocus()
        self.page_changed.emit(page)

    @Slot()
    def _play_edited(self) -> None:
        """Let an edit be heard; who listens already hears it anyway."""
        if not self.playback.playing:
            self.playback.play_selection_once(self.session.state.selection)

    @Slot(bool)
    def _show_looking(self, looking: bool) -> None:
        self.transport.inside.setChecked(looking)
        self.commands.actions["look"].setChecked(looking)

    @Slot(object)
    def _show_state(self, state: State) -> None:
        there = state.recording is not None
        if state.task and state.task != self._task:
            self.banner.settle()
        self._task = state.task
        self._show_bars(there)
        for view in (self.header, self.remix_bar, self.transport, self.status):
            view.show_state(state)
        self.commands.show_state(state, covered=self.page is not None)
        self.drop_zone.show_opening(state.subject if state.task == OPENING and not there else "")
        self.lanes.show_working(state.task == SEPARATING)
        self.lanes.show_mix(state.mix)
        self.lanes.show_selection(state.selection)
        self.playback.set_mix(state.mix)
        if (loop := _loop(state)) != self._loop:
            self._loop = loop
            self.playback.set_loop(loop)
        self.model_menu.show_choices([(m.name, m.title) for m in state.models], state.model and state.model.name)
        self.model_menu.setEnabled(bool(state.models) and not state.task)
        self.recent_menu.setEnabled(not state.task)
        name = words.shown(state.recording.name) if state.recording else ""
        self.setWindowTitle(f"{name} \N{EN DASH} {_TITLE}" if name else _TITLE)

    def _show_bars(self, there: bool) -> None:
        """The lanes between their bars, or one page alone. Never both at once: the window would grow for that."""
        middle = self.page or (self.bench if there else self.drop_zone)
        there = middle is self.bench
        bars = (self.header, self.remix_bar, self.transport, *self._lines)
        for bar in bars:
            bar.setVisible(there and not bar.isHidden())
        self._middle.setCurrentWidget(middle)
        self._middle.updateGeometry()
        for bar in bars:
            bar.setVisible(there)

    @Slot(object)
    def _show_recording(self, recording: Recording | None) -> None:
        self.banner.move_on()
        self.lanes.show_recording(recording)
        self.playback.show_recording(recording)
        self.transport.show_position(0.0)
        if self.page:
            return
        if recording is None:
            self.drop_zone.setFocus()
        else:
            self.lanes.lanes["mixture"].setFocus()

    @Slot(object)
    def _show_progress(self, progress: Progress) -> None:
        self.header.show_progress(progress)
        self.drop_zone.show_progress(progress)

    @Slot(object)
    def _show_settings(self, settings: Settings) -> None:
        self.drop_zone.show_recent(settings.recent)
        self.recent_menu.show_choices([(path, words.shown(path)) for path in settings.recent])
        self.theme_menu.show_choices([(choice, choice.capitalize()) for choice in CHOICES], settings.theme)
        self.text_size_menu.show_choices([(size, f"{size} %") for size in TEXT_SIZES], settings.text_size)

    @Slot(object)
    def _show_palette(self, palette: Palette) -> None:
        for view in (self.header, self.banner, self.drop_zone, self.bench, self.transport, self.overlay):
            view.show_palette(palette)
        self.remix_bar.show_palette()

    @Slot()
    def play_or_pause(self) -> None:
        """Play, or stay where the playhead is. (Space stops and goes back to where playing began.)"""
        if self.playback.playing:
            self.playback.pause()
        else:
            self.playback.play()

    # Files over the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = drops.paths_in(event.mimeData())
        if not paths or event.source() is not None:  # a track on its way out, let go too early, is not to be opened
            return
        event.acceptProposedAction()
        promise = drops.promise(paths, queue=self.page is not None)
        if self.session.state.recording is None and self.page is None:
            self.drop_zone.show_promise(promise)
        else:
            state, alone = self.session.state, self.page is None and not drops.are_many(paths)
            if alone and state.recording:
                self.overlay.show_choices(drops.choices(paths[0], state.recording.name, state.reference is not None))
            else:
                self.overlay.show_promise(promise)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()
        self.overlay.point(event.position().toPoint())

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._uncover()

    def dropEvent(self, event: QDropEvent) -> None:
        what = self.overlay.point(event.position().toPoint())
        self._uncover()
        if paths := drops.paths_in(event.mimeData()):
            event.acceptProposedAction()
            self.activateWindow()
            if what == drops.OPEN:
                self.files_dropped.emit(paths)
            else:
                self.reference_dropped.emit(paths[0], what)

    def _uncover(self) -> None:
        self.overlay.show_promise("")
        self.drop_zone.show_promise("")

    # The window itself

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.overlay.setGeometry(self.centralWidget().rect())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and hasattr(self, "commands"):
            self.commands.actions["full_screen"].setChecked(self.isFullScreen())

    def _restore(self) -> None:
        settings = self.preferences.value
        screens = [QGuiApplication.primaryScreen(), *QGuiApplication.screens()]
        self.setGeometry(geometry.placed(settings.window, [screen.availableGeometry() for screen in screens]))
        if settings.maximized:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _keep(self) -> None:
        whole = self.isMaximized() or self.isFullScreen()
        place: QRect = self.normalGeometry() if whole else self.geometry()
        mix = self.session.state.mix
        self.preferences.change(
            window=(place.x(), place.y(), place.width(), place.height()),
            maximized=self.isMaximized(),
            volume=mix.volume,
            remix_speech=mix.remix.speech_db,
            remix_noise=mix.remix.noise_db,
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        state = self.session.state
        doing = _TASKS[state.task] if self.session.busy else "The batch" if self.batch.busy else ""
        if doing and not ask_whether_to_close(self, doing):
            event.ignore()
            return
        self._keep()
        self.playback.close()
        self.session.close()
        self.batch.close()
        event.accept()


class _Page(QWidget):
    """All that is below the menu bar: as large as its parts need in the present font, and never smaller than that."""

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(geometry.SMALLEST - QSize(0, self.fontMetrics().height() * 2))


class _Middle(QStackedWidget):
    """The drop zone or the lanes: only what is seen asks for room."""

    def minimumSizeHint(self) -> QSize:
        return self.currentWidget().minimumSizeHint()


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def _loop(state: State) -> tuple[float, float] | None:
    """The stretch to repeat, in seconds: the selection, or everything."""
    if not state.looping or state.recording is None:
        return None
    return state.selection or (0.0, state.recording.duration)
