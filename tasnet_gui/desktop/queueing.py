"""Brings the batch and the window together: the queue's page, its dialogs and options, and who is told of its end."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog

from tasnet_gui.desktop import words
from tasnet_gui.desktop.awake import Awake
from tasnet_gui.desktop.batch import Standing
from tasnet_gui.desktop.notice import notify
from tasnet_gui.desktop.settings import Settings
from tasnet_gui.desktop.widgets.file_dialogs import ask_for_folder, ask_for_recordings
from tasnet_gui.desktop.window import Window
from tasnet_gui.domain import TasnetError

if TYPE_CHECKING:
    from tasnet_gui.batch.items import Kind
    from tasnet_gui.batch.options import BatchOptions
    from tasnet_gui.desktop.views.queue import QueueView
    from tasnet_gui.engine.native import Channels, HighBand

log = logging.getLogger(__name__)
_SETTLE = 500  # ms after the last keystroke until options reach what waits in a batch that works


class Queueing(QObject):
    """What a person does with the queue, in terms of batch, view and window."""

    def __init__(self, window: Window, awake: Awake | None = None) -> None:
        super().__init__(window)
        self._window, self.batch = window, window.batch
        self._view: QueueView | None = None
        self._awake = awake or Awake()
        self.batch.gently = window.preferences.value.batch_gently
        self._settling = QTimer(self, interval=_SETTLE, singleShot=True)
        self._settling.timeout.connect(self._revise)
        self.batch.changed.connect(self._show_standing)
        self.batch.finished.connect(self._tell_end)
        self.batch.failed.connect(window.banner.show_error)
        self.batch.said.connect(window.status.say)
        window.status.queue_asked.connect(self.show)
        window.page_changed.connect(self._show_page)
        stack = self.batch.undo_stack
        for told in (stack.canUndoChanged, stack.canRedoChanged, window.session.changed):
            told.connect(self._show_undo)

    # The page

    @property
    def view(self) -> "QueueView":
        """The page, made when somebody first wants to see it."""
        if self._view is None:
            self._view = self._make()
        return self._view

    def _make(self) -> "QueueView":
        from tasnet_gui.desktop.views.queue import QueueView

        window, batch = self._window, self.batch
        view = QueueView(window.theme.palette)
        batch.news.connect(view.show_news)
        batch.changed.connect(view.show_standing)
        view.bar.back_asked.connect(self.hide)
        view.bar.start_asked.connect(self._start)
        view.bar.pause_asked.connect(batch.pause)
        view.bar.results_asked.connect(self._show_results)
        view.bar.files_asked.connect(self.ask_for_files)
        view.bar.folder_asked.connect(self.ask_for_folder)
        view.open_asked.connect(self._open)
        view.folder_asked.connect(self._show_folder)
        view.remove_asked.connect(self._remove)
        view.clear_asked.connect(batch.clear_finished)
        view.cancel_asked.connect(batch.cancel)
        view.retry_asked.connect(batch.retry)
        view.move_asked.connect(batch.move)
        view.report_asked.connect(self._ask_for_report)
        self._connect_options(view)
        window.theme.changed.connect(view.show_palette)
        window.session.changed.connect(lambda state: view.options.show_models(state.models))
        return view

    def _connect_options(self, view: "QueueView") -> None:
        panel, settings = view.options, self._window.preferences.value
        panel.show_models(self._window.session.state.models)
        panel.show_options(_kept(settings))
        panel.gently.setChecked(settings.batch_gently)
        panel.changed.connect(self._options_changed)
        panel.gently_asked.connect(self._choose_gently)
        panel.preset_chosen.connect(self._load_preset)
        panel.preset_save_asked.connect(self._save_preset)
        panel.preset_remove_asked.connect(self._remove_preset)
        self._list_presets()

    @Slot(bool)
    def _choose_gently(self, gently: bool) -> None:
        self.batch.gently = gently
        self._window.preferences.change(batch_gently=gently)

    @Slot()
    def show(self) -> None:
        """Bring the queue to the front."""
        self._window.show_page(self.view)
        (self.view.table if self.batch.standing.total else self.view.empty.files).setFocus()

    @Slot()
    def hide(self) -> None:
        """Back to the recording."""
        self._window.show_page(None)

    def toggle(self) -> None:
        if self._window.page is None:
            self.show()
        else:
            self.hide()

    @Slot(object)
    def _show_page(self, page: object) -> None:
        self._window.commands.actions["queue"].setChecked(page is not None)
        self._window.status.show_batch(self.batch.standing, there=page is None)
        self._window.commands.show_state(self._window.session.state, covered=page is not None)
        self._show_undo()

    @Slot()
    def _show_undo(self) -> None:
        """On this page, undo and redo are about rows."""
        if self._window.page:
            actions, stack = self._window.commands.actions, self.batch.undo_stack
            actions["undo"].setEnabled(stack.canUndo())
            actions["redo"].setEnabled(stack.canRedo())

    # Files

    def add(self, paths: Sequence[Path]) -> None:
        """Put files and folders into the queue, and show it."""
        if paths:
            self.show()
            self.batch.add(paths, self.view.options.options() or _kept(self._window.preferences.value))

    @Slot()
    def ask_for_files(self) -> None:
        ask_for_recordings(self._window, "Add Files", self._recent_folder(), self.add)

    @Slot()
    def ask_for_folder(self) -> None:
        ask_for_folder(self._window, "Add a Folder", self._recent_folder(), lambda folder: self.add([folder]))

    def _recent_folder(self) -> Path | None:
        recent = self._window.preferences.value.recent
        return recent[0].parent if recent else None

    # Work

    @Slot()
    def _start(self) -> None:
        options = self.view.options.options()
        if options is None:
            self.view.show_options(True)  # which says what is wrong
            return
        self.batch.options = options
        self.batch.start()

    @Slot(object)
    def _remove(self, ids: Sequence[int]) -> None:
        self.batch.remove(ids)
        rows = "1 row" if len(ids) == 1 else f"{words.number(len(ids))} rows"
        self.batch.said.emit(f"Removed {rows}. Ctrl+Z brings {'it' if len(ids) == 1 else 'them'} back.")

    @Slot(object)
    def _show_standing(self, standing: Standing) -> None:
        self._awake.keep(standing.working and not standing.paused and not standing.stopping)
        self._window.status.show_batch(standing, there=self._window.page is None)

    @Slot(object)
    def _tell_end(self, standing: Standing) -> None:
        text = ended(standing)
        self._window.status.say(text)
        if not self._window.isActiveWindow():
            QApplication.alert(self._window)
            notify(self._window, "The batch has finished", text)

    # Rows

    @Slot(int)
    def _open(self, id_: int) -> None:
        if item := self.batch.item(id_):
            self.hide()
            self._window.session.revisit(item)

    @Slot(int)
    def _show_folder(self, id_: int) -> None:
        if item := self.batch.item(id_):
            self._show(item.folder or item.path.parent)

    @Slot()
    def _show_results(self) -> None:
        """The folder of the latest results."""
        folders = [item.folder for item in self.batch.items if item.folder]
        if folders:
            self._show(folders[-1])

    def _show(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._window.status.say(f"No file manager answered. The files are in {words.folder(folder)}.")

    # The report

    @Slot()
    def _ask_for_report(self) -> None:
        folder = next((item.folder for item in self.batch.items if item.folder), Path.home())
        dialog = QFileDialog(self._window, "Save Report", str(folder / "report.csv"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["Table (*.csv)", "JSON (*.json)"])
        dialog.setDefaultSuffix("csv")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("json" if "json" in chosen else "csv"))
        dialog.fileSelected.connect(lambda name: self.save_report(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_report(self, path: Path) -> None:
        """Write down what became of each file."""
        from tasnet_gui.batch import report

        try:
            report.write(path, self.batch.items)
        except TasnetError as error:
            self._window.banner.show_error(error)
        else:
            self._window.status.say(f"Saved the report {words.shown(path)}.")

    # Options

    @Slot()
    def _options_changed(self) -> None:
        if options := self.view.options.options():
            self._window.preferences.change(batch_options=json.dumps(options.as_dict()))
            self._settling.start()

    @Slot()
    def _revise(self) -> None:
        """A batch that works goes on with the new options."""
        options = self.view.options.options()
        if options and self.batch.standing.working:
            self.batch.revise(options)

    def _list_presets(self, current: str = "") -> None:
        from tasnet_gui.batch import presets

        self.view_presets(presets.names(), current)

    def view_presets(self, names: Sequence[str], current: str) -> None:
        if self._view:
            self._view.options.presets.show_presets(names, current)

    @Slot(str)
    def _load_preset(self, name: str) -> None:
        from tasnet_gui.batch import presets

        try:
            options = presets.load(name)
        except TasnetError as error:
            self._window.banner.show_error(error)
            return
        self.view.options.show_options(options)
        self._options_changed()

    @Slot(str)
    def _save_preset(self, name: str) -> None:
        from tasnet_gui.batch import presets

        options = self.view.options.options()
        if options is None:
            return
        try:
            presets.save(name.strip(), options)
        except TasnetError as error:
            self._window.banner.show_error(error)
        else:
            self._list_presets(name.strip())

    @Slot(str)
    def _remove_preset(self, name: str) -> None:
        from tasnet_gui.batch import presets

        try:
            presets.remove(name)
        except TasnetError as error:
            self._window.banner.show_error(error)
        self._list_presets()

    # After a crash

    def offer_to_resume(self) -> None:
        """Where a batch was interrupted, a banner says so; it can be left alone."""
        found = self.batch.resumable()
        if found is None:
            return
        files = "1 file is" if found.left == 1 else f"{words.number(found.left)} files are"
        what = f"A batch was interrupted: {files} still to be done, beginning with {found.first}."

        def resume() -> None:
            self.show()
            if not self.batch.take_up(found.path):
                return
            self._window.banner.dismiss()
            if item := next((item for item in self.batch.items if not item.state.ended), None):
                self.view.options.show_options(item.options)

        def forget() -> None:
            self._window.banner.dismiss()
            self.batch.forget(found.path)

        again = "it is" if found.done == 1 else "they are"
        detail = f"{words.number(found.done)} finished before; {again} not done again." if found.done else ""
        self._window.banner.offer(what, detail, ("Resume", resume), ("Forget it", forget))


def ended(standing: Standing) -> str:
    """12 files: 10 done, 1 failed, 1 skipped."""
    kinds: tuple[Kind, ...] = ("done", "failed", "skipped", "cancelled")
    parts = [f"{words.number(n)} {kind}" for kind in kinds if (n := standing.count(kind))]
    return f"The batch has finished: {', '.join(parts)}."


def _kept(settings: Settings) -> "BatchOptions":
    """The options used last; the window's own model, device and threads at first."""
    from tasnet_gui.batch.options import BatchOptions

    if settings.batch_options:
        try:
            return BatchOptions.from_dict(json.loads(settings.batch_options))
        except (ValueError, TypeError, AttributeError, TasnetError):
            log.warning("The options of the batch make no sense: %s", settings.batch_options)
    first = BatchOptions(
        device=settings.device,
        threads=settings.threads or None,
        high_band=cast("HighBand", settings.high_band),
        channels=cast("Channels", settings.channels),
    )
    return replace(first, model=settings.model) if settings.model else first
