"""Which tracks, how much of them, as what, where to: with the names that the files will have, before any is written."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from tasnet_gui.audio.exports import LIKE_INPUT, ExportPlan, check_folder, format_for, output_paths
from tasnet_gui.audio.formats import as_float
from tasnet_gui.audio.levels import Peaks
from tasnet_gui.audio.outputs import FIELDS, taken
from tasnet_gui.audio.plans import TEMPLATE, Clipping, Conflict
from tasnet_gui.desktop import words
from tasnet_gui.desktop.settings import Preferences
from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.export_choices import (
    ALL,
    SELECTION,
    about_fields,
    check,
    first_folder,
    formats,
    option,
    row,
    spans,
    whole,
)
from tasnet_gui.desktop.widgets.export_choices import trouble as find_trouble
from tasnet_gui.desktop.widgets.export_parts import ASK, CONFLICTS, ORDER, LevelRow, NamesPreview, Question
from tasnet_gui.desktop.widgets.file_dialogs import ask_for_folder
from tasnet_gui.desktop.widgets.parts import button, label, named, role
from tasnet_gui.desktop.widgets.scrolling import Scrolling
from tasnet_gui.desktop.widgets.segments import Segments
from tasnet_gui.domain import AUDIBLE, REMIX, Remix, Separation, TasnetError

_FATES = {ASK: "exists", "skip": "exists, left alone", "overwrite": "is replaced"}


class ExportDialog(QDialog):
    """Asks for one export and reports it as a plan; the window goes on beneath it."""

    export_asked = Signal(object)  # ExportPlan
    peaks_asked = Signal(object)  # (start, stop) in seconds, or None for all: how loud are the tracks there?

    def __init__(
        self,
        separation: Separation,
        preferences: Preferences,
        palette: Palette = LIGHT,
        parent: QWidget | None = None,
        remix: Remix | None = None,
        selection: tuple[float, float] | None = None,
    ) -> None:
        super().__init__(parent)
        self._separation, self._preferences, self._remix = separation, preferences, remix or Remix()
        self._selection = selection
        self._peaks: dict[tuple[float, float] | None, Peaks] = {}
        self._listened = False
        self.setWindowTitle("Export")
        self.setAccessibleName("Export")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        kept = preferences.value
        self.tracks = {track: check(track, track in kept.export_tracks) for track in ORDER}
        self.tracks[REMIX].setToolTip(f"Write the remix: {words.remix(self._remix)}")
        self.all = button("All", "Write all tracks")
        self.span = Segments("How much", "The whole recording or the selection", spans(separation, selection))
        self.span.show_chosen(SELECTION if selection else ALL)
        self._whole = label(whole(separation), "", "How much")
        self._whole.setToolTip("To export only a stretch, select it in the window first")
        self._show_span()
        self.format = formats(separation.recording, kept.export_format)
        self.level = LevelRow()
        self._folder = first_folder(separation.recording, kept.export_folder)
        self.folder = named(QLineEdit(words.folder(self._folder)), "Folder", "Where the files are written")
        self._choose = button("Choose\N{HORIZONTAL ELLIPSIS}", "Choose the folder")
        self.template = named(QLineEdit(kept.export_template), "Names", about_fields())
        self.template.setMaxLength(255)
        self.conflict = Segments("Files that exist", "What happens to files of the same name", CONFLICTS)
        self.conflict.show_chosen(kept.export_conflict)
        self.tags = option("Tags and broadcast chunks", "Copy what the recording says of itself", kept.export_tags)
        self.sidecar = option("A JSON with the details", "Write how the files were made", kept.export_sidecar)
        self._names = NamesPreview(palette)
        self._trouble = label("", "warning", "What is wrong")
        self._trouble.setWordWrap(True)
        self.export = button("Export", "Write these files", "primary")
        self.cancel = button("Cancel", "Write nothing", key="Esc")
        self.export.setDefault(True)
        self.question = Question()
        for control in (self.export, self.cancel, self._choose):
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._arrange()
        self._connect()
        self._show_plan()
        self.resize(self._fitting(QSize(600, 0)))

    def _show_span(self) -> None:
        """A choice where there is one."""
        self.span.setVisible(self._selection is not None)
        self._whole.setVisible(self._selection is None)

    def _arrange(self) -> None:
        self._page = Scrolling("What is exported", "Everything that can be chosen; the arrows scroll")
        self._page.column.setContentsMargins(20, 20, 20, 4)
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        names = QVBoxLayout()
        names.setSpacing(4)
        fields = label(" ".join(f"{{{field}}}" for field in FIELDS), "secondary", "Fields of the names")
        fields.setWordWrap(True)
        names.addWidget(self.template)
        names.addWidget(fields)
        also = QVBoxLayout()
        also.setSpacing(4)
        also.addWidget(self.tags)
        also.addWidget(self.sidecar)
        rows: tuple[tuple[str, QLayout | QWidget], ...] = (
            ("Tracks", row(*self.tracks.values(), self.all, spacing=20)),
            ("How much", row(self.span, self._whole, spacing=0)),
            ("Format", self.format),
            ("Level", self.level),
            ("Folder", row(self.folder, self._choose, stretch=False)),
            ("Names", names),
            ("Files that exist", row(self.conflict)),
            ("Also", also),
            ("New files", self._names),
        )
        self._headings = {}
        for number, (text, field) in enumerate(rows):
            heading = self._headings[text] = label(text, "muted")
            down = {self._names: 9, names: 5, also: 3, self.level: 0}.get(field)  # px to the first line of a tall field
            heading.setContentsMargins(0, down or 0, 0, 0)
            tall = down is not None
            grid.addWidget(heading, number, 0, Qt.AlignmentFlag.AlignTop if tall else Qt.AlignmentFlag.AlignVCenter)
            if isinstance(field, QWidget):
                grid.addWidget(field, number, 1)
            else:
                grid.addLayout(field, number, 1)
        self._page.column.addLayout(grid)
        self._page.column.addStretch(1)
        self._answers = QWidget()
        answers = QHBoxLayout(self._answers)
        answers.setContentsMargins(0, 0, 0, 0)
        answers.setSpacing(8)
        self._trouble.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        answers.addWidget(self._trouble, 1)
        answers.addWidget(self.cancel)
        answers.addWidget(self.export)
        below = QVBoxLayout()
        below.setContentsMargins(20, 0, 20, 16)
        below.addWidget(self._answers)
        below.addWidget(self.question)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._page, 1)
        column.addLayout(below)

    def _fitting(self, least: QSize) -> QSize:
        """As large as everything in it, as far as the screen has room."""
        page = self._page.page.sizeHint()
        whole = QSize(page.width() + 24, page.height() + self._answers.sizeHint().height() + 28)
        return whole.expandedTo(least).boundedTo(self.screen().availableSize() * 0.9)

    def _connect(self) -> None:
        for box in (*self.tracks.values(), self.tags, self.sidecar):
            box.toggled.connect(self._show_plan)
        self.all.clicked.connect(self._check_all)
        self.format.currentIndexChanged.connect(self._show_plan)
        for edit in (self.folder, self.template):
            edit.textChanged.connect(self._show_plan)
        for segments in (self.span, self.conflict, self.level):
            segments.chosen.connect(self._show_plan)
        self._choose.clicked.connect(self._ask_for_folder)
        self.export.clicked.connect(self._ask)
        self.cancel.clicked.connect(self.reject)
        self.question.answered.connect(self._answer)

    # What is asked for

    def plan(self) -> ExportPlan:
        """What is asked for now; a conflict that is to be asked about is refused."""
        conflict = self._conflict
        plan = ExportPlan(
            folder=self._chosen_folder(),
            tracks=tuple(track for track in AUDIBLE if self.tracks[track].isChecked()),
            format=self.format.currentData(),
            template=self.template.text().strip() or TEMPLATE,
            conflict="refuse" if conflict == ASK else cast(Conflict, conflict),
            remix=self._remix,
            span=self._span,
            clipping=cast(Clipping, self.level.clipping),
            tags=self.tags.isChecked(),
            sidecar=self.sidecar.isChecked(),
        )
        if self.level.needed and plan.clipping == "float":  # known already: then the names can show it
            return replace(plan, format=as_float(format_for(plan, self._separation.recording)).key)
        return plan

    @property
    def _conflict(self) -> str:
        return next(s.key for s in CONFLICTS if self.conflict.button(s.key).isChecked())

    @property
    def _span(self) -> tuple[float, float] | None:
        return self._selection if self._selection and self.span.button(SELECTION).isChecked() else None

    def begin(self, plan: ExportPlan) -> None:
        """Start from a plan that failed, to be carried out elsewhere."""
        for track, box in self.tracks.items():
            box.setChecked(track in plan.tracks)
        self._selection = plan.span
        self.span.show_segments(spans(self._separation, plan.span))
        self.span.show_chosen(SELECTION if plan.span else ALL)
        self._show_span()
        self.format.setCurrentIndex(max(0, self.format.findData(plan.format)))
        self.template.setText(plan.template)
        self.tags.setChecked(plan.tags)
        self.sidecar.setChecked(plan.sidecar)
        self.folder.setText(words.folder(plan.folder))
        self._folder = plan.folder
        self._show_plan()
        self.folder.setFocus()
        self.folder.selectAll()

    def _chosen_folder(self) -> Path:
        """What was typed; where nothing was, the folder itself: its name need not be text."""
        typed = self.folder.text().strip()
        return self._folder if typed == words.folder(self._folder) else Path(os.path.expanduser(typed))

    # What will come of it

    def measure(self) -> None:
        """Ask how loud the tracks are, once somebody listens."""
        self._listened = True
        self._show_level()

    def show_peaks(self, span: tuple[float, float] | None, peaks: Peaks) -> None:
        """How loud the tracks are there."""
        self._peaks[span] = peaks
        self._show_level()
        self._show_plan()

    def _show_level(self) -> None:
        span = self._span
        if span not in self._peaks and self._listened:
            self._peaks[span] = {}
            self.peaks_asked.emit(span)
        plan = replace(self.plan(), format=self.format.currentData())
        form = format_for(plan, self._separation.recording)
        self.level.show_peaks(self._peaks.get(span, {}), plan.tracks, form)
        for widget in (self.level, self._headings["Level"]):
            widget.setVisible(self.level.needed)
        if self.level.needed:
            self.resize(self._fitting(self.size()))

    @Slot()
    def _show_plan(self) -> None:
        self._show_level()
        self._ask_nothing()
        plan = self.plan()
        trouble = find_trouble(plan)
        role(self._trouble, "warning" if trouble else "muted")
        self._trouble.setText(trouble or ("" if os.path.exists(plan.folder) else "The folder is new and will be made."))
        self.export.setEnabled(not trouble)
        paths: dict[str, Path] = {}
        there: dict[str, Path] = {}
        try:
            if not trouble:
                paths = output_paths(self._separation.recording, plan, self._separation.model.name)
                there = self._there(paths, plan)
        except (TasnetError, OSError) as error:
            self._refuse(str(error))
        self._names.show_paths(paths, there, _FATES.get(self._conflict, ""))
        if paths and self._conflict == "skip" and all(track in there for track in plan.tracks):
            self._refuse("All of these files exist already, so there is nothing to write.")

    def _there(self, paths: dict[str, Path], plan: ExportPlan) -> dict[str, Path]:
        if plan.conflict == "overwrite":
            return {track: path for track, path in paths.items() if os.path.lexists(path)}
        return taken(paths, self._separation.recording, plan)

    def _refuse(self, why: str) -> None:
        role(self._trouble, "warning")
        self._trouble.setText(why)
        self.export.setEnabled(False)

    @Slot()
    def _check_all(self) -> None:
        for box in self.tracks.values():
            box.setChecked(True)

    @Slot()
    def _ask_for_folder(self) -> None:
        ask_for_folder(self, "Export to", self._chosen_folder(), self._take_folder)

    def _take_folder(self, path: Path) -> None:
        self._folder = path
        self.folder.setText(words.folder(path))

    # The end

    @Slot()
    def _ask(self) -> None:
        plan = self.plan()
        try:
            check_folder(plan.folder)  # before the work, so that nothing has to be done twice
            paths = output_paths(self._separation.recording, plan, self._separation.model.name)
        except TasnetError as error:
            self._refuse(str(error))
            return
        if self._conflict == ASK and (there := self._there(paths, plan)):
            self._answers.hide()
            self.question.ask(there.values())
            return
        self._go(plan)

    @Slot(str)
    def _answer(self, key: str) -> None:
        if not key:
            self._ask_nothing()
            self.export.setFocus()
            return
        plan = replace(self.plan(), conflict=cast(Literal["number", "skip", "overwrite"], key))
        paths = output_paths(self._separation.recording, plan, self._separation.model.name)
        if key == "skip" and all(track in self._there(paths, plan) for track in plan.tracks):
            self.reject()  # what was asked for is there, and stays
            return
        self._go(plan)

    def _ask_nothing(self) -> None:
        self.question.hide()
        self._answers.show()

    def _go(self, plan: ExportPlan) -> None:
        home = first_folder(self._separation.recording, None)
        wanted = self.format.currentData()
        self._preferences.change(
            export_folder=None if plan.folder == home else plan.folder.absolute(),
            export_format="" if wanted == LIKE_INPUT else wanted,
            export_tracks=tuple(track for track in ORDER if track in plan.tracks),
            export_template=plan.template,
            export_conflict=self._conflict,
            export_tags=plan.tags,
            export_sidecar=plan.sidecar,
        )
        self.accept()
        self.export_asked.emit(plan)
