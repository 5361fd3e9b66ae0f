"""Asks where a view should be saved, and saves it: its picture here, its data in the drawing thread."""

from collections.abc import Callable, Generator
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from tasnet_gui.desktop import drops, saving, words
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.session import Session, State
from tasnet_gui.desktop.widgets.panel import Panel
from tasnet_gui.domain import Progress, TasnetError

KINDS = {
    ".png": "Picture (*.png)",
    ".svg": "Drawing (*.svg)",
    ".npz": "Numbers for NumPy (*.npz)",
    ".csv": "Table (*.csv)",
}


class Taking(QObject):
    """One file dialog for all views; what it offers depends on the view."""

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._folder: Path | None = None  # the last one

    @Slot(object)
    def ask(self, panel: Panel) -> None:
        """Let the person choose a place for this view."""
        offered = [KINDS[suffix] for suffix in (*saving.PICTURES, *panel.tables())]
        recording = self._session.state.recording
        beside = recording.path.parent if recording and recording.path else Path.home()
        name = f"{recording.stem if recording else 'model'} - {panel.title.lower()}.png"
        dialog = QFileDialog(self._window, f"Save {panel.title}", str((self._folder or beside) / name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(offered)
        dialog.setDefaultSuffix("png")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_suffix(chosen)[1:]))

        def save() -> None:
            for path in filter(None, map(drops.path_of, dialog.selectedUrls())):
                self.save(panel, path, _suffix(dialog.selectedNameFilter()))

        dialog.accepted.connect(save)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, panel: Panel, path: Path, kind: str = ".png") -> None:
        """Write a view; the name's ending says as what, and `kind` where it has none that is known."""
        suffix = path.suffix.lower() if path.suffix.lower() in KINDS else kind
        path = path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)
        self._folder = path.parent
        tables = panel.tables()
        if suffix in saving.PICTURES:
            self._write(path, saving.PICTURES[suffix](self._sheet(panel)))
        elif suffix in tables:
            work = making(tables[suffix])
            job = Job("", path.name, work, failed=self._session.fail)
            job.finished = lambda content: self._write(path, content)
            self._session.drawing.submit(job)
            self._session.said.emit(f"Writing {words.shown(path.name)}\N{HORIZONTAL ELLIPSIS}")
        else:
            self._session.fail(TasnetError(f"{panel.title} has no data of its own.", "Save it as a picture."))

    def _sheet(self, panel: Panel) -> saving.Sheet:
        state = self._session.state
        parts = panel.title, words.shown(state.recording.name) if state.recording else "", _model(state)
        return saving.Sheet("   \N{MIDDLE DOT}   ".join(filter(None, parts)), panel.picture(), panel.key())

    def _write(self, path: Path, content: bytes) -> None:
        try:
            saving.write(path, content)
        except TasnetError as error:
            self._session.fail(error)
        else:
            self._session.said.emit(f"Saved {words.shown(path.name)} in {words.folder(path.parent)}.")


def _model(state: State) -> str:
    return state.model.title if state.model else ""


def _suffix(chosen: str) -> str:
    return next((suffix for suffix, name in KINDS.items() if name == chosen), ".png")


def making(content: Callable[[], bytes]) -> Generator[Progress, None, bytes]:
    """Numbers as a file's content."""
    yield Progress(0.0, "Writing")
    return content()
