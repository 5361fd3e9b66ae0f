"""Carries out what is asked for by menu, key or button: one method for each name in the table of commands."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot

from tasnet_gui.desktop import drops, work
from tasnet_gui.desktop.commands import COMMANDS
from tasnet_gui.desktop.dragging import Dragger
from tasnet_gui.desktop.exporting import Exporter
from tasnet_gui.desktop.hearing import Holding, Matcher, Remixing
from tasnet_gui.desktop.listening import Listening
from tasnet_gui.desktop.queueing import Queueing
from tasnet_gui.desktop.referee import Referee
from tasnet_gui.desktop.undo import Undo
from tasnet_gui.desktop.widgets.dialogs import AboutDialog, KeysDialog, open_log_folder
from tasnet_gui.desktop.widgets.file_dialogs import ask_for_recording
from tasnet_gui.desktop.window import Window


class Desk(QObject):
    """What a person does at the window, in terms of session, playback and views."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._session, self._playback = window, window.session, window.playback
        self.queueing, self.listening = Queueing(window), Listening(window)
        self.referee = Referee(window.session)
        self.exporter, self.dragger = Exporter(window), Dragger(window)
        self._remixing, self._matcher = Remixing(self._session), Matcher(self._session)
        self._holding = Holding(self._session, self._playback)
        self._undoing = Undo(self._session, window.editor, self._remixing)
        self._do = {c.name: getattr(self, f"_{c.name}") for c in COMMANDS if c.name in window.commands.actions}
        self._connect()

    def _connect(self) -> None:
        window = self._window
        window.commands.asked.connect(self.carry_out)
        window.files_dropped.connect(self.take)
        window.reference_dropped.connect(self._refer)
        window.drop_zone.open_asked.connect(self._open)
        window.drop_zone.demo_asked.connect(self._demo)
        window.drop_zone.recent_asked.connect(self._open_path)
        window.recent_menu.chosen.connect(self._open_path)
        window.theme_menu.chosen.connect(self._choose_theme)
        window.text_size_menu.chosen.connect(self._choose_text_size)
        window.header.open_asked.connect(self._open)
        window.header.export_asked.connect(self._export)
        window.transport.start_asked.connect(self._start)
        window.keys.held.connect(self._hold)
        window.keys.let_go.connect(self._holding.end)
        window.keys.tab_compares = lambda: window.page is None and self._holding.can_compare
        window.remix_bar.speech_moved.connect(self._remixing.set_speech)
        window.remix_bar.noise_moved.connect(self._remixing.set_noise)
        window.remix_bar.match_asked.connect(self._matcher.match)

    @Slot(str)
    def carry_out(self, name: str) -> None:
        """Do what a command says."""
        self._do[name]()

    # Files

    @Slot(object)
    def take(self, paths: list[Path]) -> None:
        """Open a file; put several, or a folder, into the queue, and all of them where one looks at the queue."""
        if self._window.page or drops.are_many(paths):
            self.queueing.add(paths)
        else:
            self._session.open(paths)

    @Slot(object)
    def welcome(self, paths: list[Path]) -> None:
        """Come to the front, with what somebody has asked to open."""
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        if len(paths) == 1 and not drops.are_many(paths):
            self._open_path(paths[0])
        elif paths:
            self.take(paths)

    @property
    def at_leisure(self) -> bool:
        """Whether another recording may take the place of this one unasked: no work, and nothing done by hand."""
        state = self._session.state
        return not state.task and not state.edited

    def _open_folder(self) -> None:
        self.queueing.ask_for_folder()

    def _queue(self) -> None:
        self.queueing.toggle()

    @Slot()
    def _open(self) -> None:
        recent = self._window.preferences.value.recent
        folder = recent[0].parent if recent else None
        ask_for_recording(self._window, "Open a Recording", folder, self._open_path)

    @Slot(object)
    def _open_path(self, path: Path) -> None:
        self.queueing.hide()
        self._session.open([path])

    @Slot()
    def _demo(self) -> None:
        self.queueing.hide()
        self._session.open([work.demo()])

    @Slot(object, str)
    def _refer(self, path: Path, what: str) -> None:
        (self.referee.load_noise if what == drops.NOISE else self.referee.load_speech)(path)

    def _reference(self) -> None:
        self._ask_for_reference("The True Speech in This Recording", self.referee.load_speech)

    def _true_noise(self) -> None:
        self._ask_for_reference("The True Noise in This Recording", self.referee.load_noise)

    def _ask_for_reference(self, title: str, load: Callable[[Path], None]) -> None:
        recording = self._session.state.recording
        beside = recording.path.parent if recording and recording.path else None
        ask_for_recording(self._window, title, beside, load)

    def _no_reference(self) -> None:
        self.referee.remove()

    def _export(self) -> None:
        self.exporter.ask()

    def _copy_track(self) -> None:
        self.dragger.copy(self._session.state.heard or "speech")

    def _close(self) -> None:
        """What is in front."""
        if self._window.page:
            self.queueing.hide()
        else:
            self._session.close_recording()

    def _quit(self) -> None:
        self._window.close()

    # Work

    def _separate(self) -> None:
        self._session.separate()

    def _escape(self) -> None:
        """The nearest thing that can be undone: the work, if no page covers it; the message, the page, the selection,
        the full screen."""
        state, page = self._session.state, self._window.page
        if state.task and not page:
            self._session.cancel()
        elif not self._window.banner.isHidden():
            self._window.banner.dismiss()
        elif page:
            self.queueing.hide()
        elif state.selection:
            self._session.select(None)
        elif self._window.isFullScreen():
            self._window.showNormal()

    def _undo(self) -> None:
        if self._window.page:
            self.queueing.batch.undo_stack.undo()
        else:
            self._undoing.undo()

    def _redo(self) -> None:
        if self._window.page:
            self.queueing.batch.undo_stack.redo()
        else:
            self._undoing.redo()

    def _restore(self) -> None:
        self._window.editor.restore()

    def _select_all(self) -> None:
        if recording := self._session.state.recording:
            self._session.select((0.0, recording.duration))

    # The view

    def _zoom_in(self) -> None:
        self._window.lanes.zoom_in()

    def _zoom_normal(self) -> None:
        self._window.lanes.zoom_normal()

    def _zoom_out(self) -> None:
        self._window.lanes.zoom_out()

    def _fit(self) -> None:
        self._window.lanes.fit()

    def _look(self) -> None:
        self._window.bench.look(not self._window.bench.looking)

    @Slot(object)
    def _choose_theme(self, choice: str) -> None:
        self._window.preferences.change(theme=choice)
        self._window.theme.choose(choice)

    @Slot(object)
    def _choose_text_size(self, percent: int) -> None:
        self._window.preferences.change(text_size=percent)
        self._window.theme.resize_text(percent)

    def _full_screen(self) -> None:
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    # Playing

    def _play(self) -> None:
        self._playback.toggle()

    def _pause(self) -> None:
        self._window.play_or_pause()

    def _play_selection(self) -> None:
        self._playback.play_selection_once(self._session.state.selection)

    def _loop(self) -> None:
        self._session.set_looping(not self._session.state.looping)

    def _start(self) -> None:
        self._seek(0.0)

    def _end(self) -> None:
        if recording := self._session.state.recording:
            self._seek(recording.duration)

    def _back(self) -> None:
        self._jump(-1)

    def _forward(self) -> None:
        self._jump(1)

    def _jump(self, direction: int) -> None:
        """To the side by as much as lies between two labels of the time axis: a jump that can be seen."""
        recording = self._session.state.recording
        if recording:
            step = self._window.lanes.axis.major()[0]
            self._seek(min(max(self._playback.position + direction * step, 0.0), recording.duration))

    def _seek(self, seconds: float) -> None:
        self._playback.seek(seconds)
        self._window.lanes.reveal(seconds)

    def _hear_mixture(self) -> None:
        self._session.hear("mixture")

    def _hear_speech(self) -> None:
        self._session.hear("speech")

    def _hear_noise(self) -> None:
        self._session.hear("noise")

    def _hear_remix(self) -> None:
        self._session.hear("remix")

    @Slot(str)
    def _hold(self, what: str) -> None:
        if self._window.page is None:
            self._holding.begin(what)

    def _match(self) -> None:
        self._matcher.match(not self._session.state.matching)

    def _blind(self) -> None:
        self.listening.blind.open()

    # Help

    def _keys(self) -> None:
        dialog = KeysDialog(self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _log(self) -> None:
        open_log_folder()

    def _about(self) -> None:
        dialog = AboutDialog(self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
