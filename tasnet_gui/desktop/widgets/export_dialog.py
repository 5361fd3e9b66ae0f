"""Which tracks, as what, where to: with the names that the files will have, before any of them is written."""

import os
from pathlib import Path

from PySide6.QtCore import QSize, QStandardPaths, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from tasnet_gui import places
from tasnet_gui.audio.exports import LIKE_INPUT, Exported, ExportPlan, check_folder, output_paths
from tasnet_gui.audio.formats import EXPORTS, like
from tasnet_gui.desktop import words
from tasnet_gui.desktop.settings import Preferences
from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.controls import Check, Choice
from tasnet_gui.desktop.widgets.file_dialogs import ask_for_folder
from tasnet_gui.desktop.widgets.parts import Elided, button, label, named, role
from tasnet_gui.desktop.widgets.segments import Segment, Segments
from tasnet_gui.domain import AUDIBLE, REMIX, SOURCES, Recording, Remix, Separation, TasnetError

_ORDER = (*SOURCES, REMIX, "mixture")  # the mixture is there already: it comes last
_CONFLICTS = (
    Segment("number", "Number the new ones", "Files that exist stay; the new ones get a number"),
    Segment("overwrite", "Replace them", "Files of the same name are replaced; never the recording itself"),
)


class ExportDialog(QDialog):
    """Asks for one export and reports it as a plan; the window goes on beneath it."""

    export_asked = Signal(object)  # ExportPlan

    def __init__(
        self,
        separation: Separation,
        preferences: Preferences,
        palette: Palette = LIGHT,
        parent: QWidget | None = None,
        remix: Remix | None = None,
    ) -> None:
        super().__init__(parent)
        self._separation, self._preferences, self._remix = separation, preferences, remix or Remix()
        self.setWindowTitle("Export")
        self.setAccessibleName("Export")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        kept = preferences.value
        self.tracks = {track: _check(track, track in kept.export_tracks) for track in _ORDER}
        self.tracks[REMIX].setToolTip(f"Write the remix: {words.remix(self._remix)}")
        self.format = _formats(separation.recording, kept.export_format)
        self._folder = first_folder(separation.recording, kept.export_folder)
        self.folder = named(QLineEdit(words.folder(self._folder)), "Folder", "Where the files are written")
        self._choose = button("Choose\N{HORIZONTAL ELLIPSIS}", "Choose the folder")
        self.conflict = Segments("Files that exist", "What happens to files of the same name", _CONFLICTS)
        self.conflict.show_chosen("number")
        self._names = _Names(palette)
        self._trouble = label("", "warning", "What is wrong")
        self._trouble.setWordWrap(True)
        self.export = button("Export", "Write these files", "primary")
        self.cancel = button("Cancel", "Write nothing", key="Esc")
        self.export.setDefault(True)
        for control in (self.export, self.cancel, self._choose):
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._arrange()
        self._connect()
        self._show_plan()
        self.resize(self.sizeHint().expandedTo(QSize(560, 0)))

    def _arrange(self) -> None:
        tracks, folder, conflict = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for check in self.tracks.values():
            tracks.addWidget(check)
        folder.addWidget(self.folder, 1)
        folder.addWidget(self._choose)
        conflict.addWidget(self.conflict)
        for row in (tracks, conflict):
            row.addStretch(1)
        tracks.setSpacing(20)
        folder.setSpacing(8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QLayout | QWidget], ...] = (
            ("Tracks", tracks),
            ("Format", self.format),
            ("Folder", folder),
            ("Files that exist", conflict),
            ("New files", self._names),
        )
        for number, (text, field) in enumerate(rows):
            top = Qt.AlignmentFlag.AlignTop if field is self._names else Qt.AlignmentFlag.AlignVCenter
            heading = label(text, "muted")
            heading.setContentsMargins(0, 9 if field is self._names else 0, 0, 0)
            grid.addWidget(heading, number, 0, top)
            if isinstance(field, QWidget):
                grid.addWidget(field, number, 1)
            else:
                grid.addLayout(field, number, 1)
        grid.setRowStretch(len(rows) - 1, 1)
        answers = QHBoxLayout()
        answers.setSpacing(8)
        answers.addWidget(self._trouble, 1)
        answers.addWidget(self.cancel)
        answers.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(20)
        column.addLayout(grid, 1)
        column.addLayout(answers)

    def _connect(self) -> None:
        for check in self.tracks.values():
            check.toggled.connect(self._show_plan)
        self.format.currentIndexChanged.connect(self._show_plan)
        self.folder.textChanged.connect(self._show_plan)
        self.conflict.chosen.connect(self._choose_conflict)
        self._choose.clicked.connect(self._ask_for_folder)
        self.export.clicked.connect(self._ask)
        self.cancel.clicked.connect(self.reject)

    def plan(self) -> ExportPlan:
        """What is asked for now."""
        return ExportPlan(
            folder=self._chosen_folder(),
            tracks=tuple(track for track in AUDIBLE if self.tracks[track].isChecked()),
            format=self.format.currentData(),
            conflict="overwrite" if self.conflict.button("overwrite").isChecked() else "number",
            remix=self._remix,
        )

    def _chosen_folder(self) -> Path:
        """What was typed; where nothing was, the folder itself: its name need not be text."""
        typed = self.folder.text().strip()
        return self._folder if typed == words.folder(self._folder) else Path(os.path.expanduser(typed))

    @Slot()
    def _show_plan(self) -> None:
        plan = self.plan()
        trouble = _trouble(plan)
        role(self._trouble, "warning" if trouble else "muted")
        self._trouble.setText(trouble or ("" if plan.folder.exists() else "The folder is new and will be made."))
        self.export.setEnabled(not trouble)
        try:
            names = {} if trouble else output_paths(self._separation.recording, plan, self._separation.model.name)
        except (TasnetError, OSError) as error:
            self._refuse(str(error))
            names = {}
        self._names.show_paths(names)

    def _refuse(self, why: str) -> None:
        role(self._trouble, "warning")
        self._trouble.setText(why)
        self.export.setEnabled(False)

    @Slot(str)
    def _choose_conflict(self, key: str) -> None:
        self._show_plan()

    @Slot()
    def _ask_for_folder(self) -> None:
        ask_for_folder(self, "Export to", self._chosen_folder(), self._take_folder)

    def _take_folder(self, path: Path) -> None:
        self._folder = path
        self.folder.setText(words.folder(path))

    @Slot()
    def _ask(self) -> None:
        plan = self.plan()
        try:
            check_folder(plan.folder)  # before the work, so that nothing has to be done twice
        except TasnetError as error:
            self._refuse(str(error))
            return
        home = first_folder(self._separation.recording, None)
        self._preferences.change(
            export_folder=None if plan.folder == home else plan.folder.absolute(),
            export_format="" if plan.format == LIKE_INPUT else plan.format,
            export_tracks=tuple(track for track in _ORDER if track in plan.tracks),
        )
        self.accept()
        self.export_asked.emit(plan)


class _Names(QFrame):
    """The names that the files will have, each with the colour of its track."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self.setProperty("role", "card")
        self.setAccessibleName("New files")
        self._rows = {track: Elided("") for track in AUDIBLE}
        self._column = QGridLayout(self)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(8)
        self._column.setColumnStretch(1, 1)
        self._chips = {track: label(name=f"Colour of {track}") for track in AUDIBLE}
        for number, track in enumerate(_ORDER):
            chip = QPixmap(4, self.fontMetrics().height())
            chip.fill(palette.source(track))
            self._chips[track].setPixmap(chip)
            self._rows[track].setAccessibleName(f"Name of the {track} file")
            self._column.addWidget(self._chips[track], number, 0)
            self._column.addWidget(self._rows[track], number, 1)
        self._column.setRowStretch(len(AUDIBLE), 1)

    def show_paths(self, paths: dict[str, Path]) -> None:
        for track, row in self._rows.items():
            path = paths.get(track)
            row.setText(words.shown(path) if path else "\N{EN DASH}")
            row.setEnabled(path is not None)
            self._chips[track].setEnabled(path is not None)
            role(row, "" if path else "secondary")


def _check(track: str, on: bool) -> Check:
    box = named(Check(track.capitalize()), track.capitalize(), f"Write the {track}")
    box.setChecked(on)
    return box


def _formats(recording: Recording, wanted: str) -> Choice:
    """All formats that can hold this recording; first the one that it came in."""
    box = named(Choice(), "Format", "In which format the files are written")
    box.addItem(f"Like the recording: {like(recording).label}", LIKE_INPUT)
    box.insertSeparator(1)
    for form in EXPORTS.values():
        if not form.refuses(recording.channels, recording.rate, recording.frames):
            box.addItem(form.label, form.key)
    box.setCurrentIndex(max(0, box.findData(wanted)))
    return box


def _trouble(plan: ExportPlan) -> str:
    """What is still missing, as a sentence; empty when nothing is."""
    if not plan.tracks:
        return "Choose at least one track."
    if not plan.folder.is_absolute():
        return "Choose a folder."
    if plan.folder.exists() and not plan.folder.is_dir():
        return "This is a file, not a folder. Choose another one."
    if not plan.folder.parent.is_dir():
        return "This folder does not exist. Choose another one."
    return ""


def first_folder(recording: Recording, wanted: Path | None) -> Path:
    """Where the dialog begins: the folder used last, the recording's own, or the person's music."""
    music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
    beside = recording.path.parent if recording.path else None
    if beside and beside.is_relative_to(places.shipped("resources")):
        beside = None  # the demo lies inside the application
    candidates = (wanted, beside, Path(music) if music else None)
    return next((folder for folder in candidates if folder and folder.is_dir()), Path.home())


def report(exported: Exported) -> tuple[str, str]:
    """What was written, in two sentences for the banner."""
    count = len(exported.paths)
    where = words.shown(exported.paths[0].parent)
    names = ", ".join(words.shown(path) for path in exported.paths)
    what = f"Saved {count} file{'s' if count > 1 else ''} in {where}."
    return what, " ".join((f"{names}.", *exported.notes))
