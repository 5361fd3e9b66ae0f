"""Finished tracks out of the window: dragged into a file manager or another program, or copied as files.

The file is written before the drag begins, into a folder of this session that stays when the program ends: what takes
a dragged file may only remember where it lies. Folders of earlier sessions go after a week.
"""

import os
import shutil
from collections.abc import Generator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDrag, QGuiApplication
from PySide6.QtWidgets import QWidget

from tasnet_gui import places
from tasnet_gui.desktop import words
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.window import Window
from tasnet_gui.domain import Progress, Remix, Separation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasnet_gui.audio.exports import Exported

KEPT = timedelta(days=7)


def folder() -> Path:
    """Where all sessions put what is dragged out of them."""
    return places.cache_folder() / "dragged"


class Dragger(QObject):
    """Writes the track that is wanted in the background, once, and hands it over."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._folder = folder() / f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}"
        self._of: tuple[Separation, Remix] | None = None  # what the files are of
        self._files: dict[str, Path] = {}
        self._job: Job | None = None
        for header in window.lanes.headers.values():
            header.drag_asked.connect(self.drag)

    @Slot(str)
    def drag(self, track: str) -> None:
        """Begin to drag a track, as soon as its file is there, if the mouse button is still held down then."""
        self._with_file(track, partial(self._launch, track))

    def copy(self, track: str) -> None:
        """Put a track on the clipboard, as a file."""
        self._with_file(track, self._copy)

    def _with_file(self, track: str, then: "Callable[[Path], None]") -> None:
        state = self._session.state
        if state.separation is None:
            if track == "mixture" and state.recording and state.recording.path:
                then(state.recording.path)  # it is a file already
            return
        if self._of != (state.separation, state.mix.remix):
            self._of, self._files = (state.separation, state.mix.remix), {}
        if (path := self._files.get(track)) and path.is_file():
            then(path)
        elif self._job is not None:
            self._session.said.emit(f"Still writing the {self._job.subject}\N{HORIZONTAL ELLIPSIS}")
        else:
            self._session.said.emit(f"Writing the {track}\N{HORIZONTAL ELLIPSIS}")
            work = self._writing(state.separation, state.mix.remix, track)
            self._job = Job("", track, work, finished=partial(self._written, self._of, track, then))
            self._job.failed, self._job.stopped = self._failed, self._ended
            self._session.drawing.submit(self._job)

    def _writing(self, separation: Separation, remix: Remix, track: str) -> "Generator[Progress, None, Exported]":
        from tasnet_gui.audio.plans import LIKE_INPUT, ExportPlan

        yield Progress(0.0, "Writing")
        _forget_old(self._folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        template = self._window.preferences.value.export_template
        plan = ExportPlan(self._folder, (track,), LIKE_INPUT, template, remix=remix)
        return (yield from self._session.work.exporting(separation, plan))

    def _written(
        self, of: tuple[Separation, Remix], track: str, then: "Callable[[Path], None]", exported: "Exported"
    ) -> None:
        self._ended()
        (path,) = exported.paths
        if of == self._of:
            self._files[track] = path
        then(path)

    def _failed(self, error: Exception) -> None:
        self._ended()
        self._session.fail(error)

    def _ended(self) -> None:
        self._job = None

    def _launch(self, track: str, path: Path) -> None:
        if not held():
            self._session.said.emit(f"{words.shown(path)} is ready. Drag it once more.")
            return
        self._session.said.emit("Ready.")
        launch(self._window.lanes.headers[track], mime(path))

    def _copy(self, path: Path) -> None:
        put(mime(path))
        self._session.said.emit(f"{words.shown(path)} is on the clipboard. Paste it into a folder or another program.")


def mime(path: Path) -> QMimeData:
    """A file as what is dragged or copied: its place, and as text for those who take only that."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    data.setText(str(path))
    return data


def held() -> bool:
    """Whether the mouse button is held down."""
    return bool(QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton)


def launch(source: QWidget, data: QMimeData) -> None:
    """Drag this from a widget until the person lets go; it can only be copied, never moved away."""
    drag = QDrag(source)
    drag.setMimeData(data)
    drag.setPixmap(source.grab().scaledToHeight(32, Qt.TransformationMode.SmoothTransformation))
    drag.exec(Qt.DropAction.CopyAction)


def put(data: QMimeData) -> None:
    """Put this on the clipboard, for as long as the program runs."""
    text, clipboard = data.text(), QGuiApplication.clipboard()

    def let_go() -> None:
        if clipboard.text() == text:  # nothing else was copied meanwhile
            clipboard.clear()

    clipboard.setMimeData(data)
    # Qt 6.11 crashes at its end over data from Python that the clipboard still holds.
    QGuiApplication.instance().aboutToQuit.connect(let_go)


def _forget_old(own: Path) -> None:
    """Remove what earlier sessions left, once nobody can be expected to need it."""
    limit = (datetime.now() - KEPT).timestamp()
    for path in own.parent.iterdir() if own.parent.is_dir() else ():
        if path != own and path.is_dir() and not path.is_symlink() and path.stat().st_mtime < limit:
            shutil.rmtree(path, ignore_errors=True)
