"""From the wish to export to files on the disk: the dialog, what it has to be told, and another try when it failed."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.window import Window
from tasnet_gui.domain import Separation

if TYPE_CHECKING:
    from pathlib import Path

    from tasnet_gui.audio.exports import Exported, ExportPlan
    from tasnet_gui.desktop.widgets.export_dialog import ExportDialog


class Exporter(QObject):
    """Opens the dialog and follows the export to its end."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._written: Path | None = None
        self._session.exported.connect(self._show_exported)
        self._session.export_failed.connect(self._offer_elsewhere)
        window.banner.acted.connect(self._show_in_folder)

    @Slot()
    def ask(self) -> None:
        """Ask what to write of the result that is on the screen."""
        state = self._session.state
        if state.separation and not state.task:
            self._open(state.separation)

    def _open(self, separation: Separation, failed: "ExportPlan | None" = None) -> None:
        from tasnet_gui.desktop.widgets.export_dialog import ExportDialog  # not needed for the window to appear

        state = self._session.state
        about = self._window.preferences, self._window.theme.palette, self._window
        remix = failed.remix if failed else state.mix.remix
        dialog = ExportDialog(separation, *about, remix=remix, selection=state.selection)
        measuring: list[Job] = []
        dialog.peaks_asked.connect(lambda span: measuring.append(self._measure(dialog, separation, remix, span)))
        dialog.export_asked.connect(lambda plan: self._session.export(plan, separation))
        dialog.finished.connect(lambda _: self._stop(measuring))
        dialog.finished.connect(dialog.deleteLater)
        if failed:
            dialog.begin(failed)
        dialog.measure()
        dialog.open()

    def _measure(self, dialog: "ExportDialog", separation: Separation, remix: Any, span: Any) -> Job:
        work = self._session.work.measuring_peaks(separation, span, remix)
        return self._session.drawing.submit(Job("", "", work, finished=partial(dialog.show_peaks, span)))

    def _stop(self, jobs: list[Job]) -> None:
        for job in jobs:
            self._session.drawing.cancel(job)

    @Slot(object)
    def _show_exported(self, exported: "Exported") -> None:
        from tasnet_gui.desktop.widgets.export_choices import report

        self._written = exported.paths[0].parent if exported.paths else None
        self._window.banner.show_done(*report(exported), action="Show in folder" if self._written else "")
        self._session.said.emit("Ready.")

    @Slot(object, object)
    def _offer_elsewhere(self, plan: "ExportPlan", separation: Separation) -> None:
        about = "Choose another folder or format; nothing has to be computed again"
        elsewhere = partial(self._try_again, plan, separation)
        self._window.banner.offer_way_out("Export elsewhere\N{HORIZONTAL ELLIPSIS}", about, elsewhere)

    def _try_again(self, plan: "ExportPlan", separation: Separation) -> None:
        if not self._session.state.task:
            self._open(separation, plan)

    @Slot()
    def _show_in_folder(self) -> None:
        if self._written and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written))):
            self._session.said.emit(f"No file manager answered. The files are in {self._written}.")
