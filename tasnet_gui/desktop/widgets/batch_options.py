"""What is to be done to the files of a batch, and where the results go: a panel beside the queue."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLineEdit, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from tasnet_gui.audio.exports import LIKE_INPUT
from tasnet_gui.audio.filming import SOUNDS
from tasnet_gui.audio.formats import EXPORTS
from tasnet_gui.batch.options import FIELDS, TEMPLATE, BatchOptions, Conflict, preview
from tasnet_gui.desktop.native import CHANNELS, HIGH_BANDS
from tasnet_gui.desktop.widgets.controls import Check, Choice
from tasnet_gui.desktop.widgets.device_button import GPU, NAMES
from tasnet_gui.desktop.widgets.fader import STRENGTH, Fader
from tasnet_gui.desktop.widgets.folder_field import FolderField
from tasnet_gui.desktop.widgets.parts import label, named
from tasnet_gui.desktop.widgets.preset_row import PresetRow
from tasnet_gui.desktop.widgets.segments import Segment, Segments
from tasnet_gui.domain import AUDIBLE, REMIX, SOURCES, ModelCard, TasnetError

_ABOUT_FIELDS = ". ".join(f"{{{field}}} is {meaning}" for field, meaning in FIELDS.items())
_BESIDE, _FOLDER = "beside", "folder"
_PLACES = (
    Segment(_BESIDE, "Beside the files", "The results of each file are written into its own folder"),
    Segment(_FOLDER, "In one folder", "All results are written into one folder"),
)
_CONFLICTS = (
    Segment("number", "Number", "Files that exist stay; the new ones get a number"),
    Segment("skip", "Skip", "A file whose results exist is left out"),
    Segment("overwrite", "Replace", "Files of the same name are replaced; never a recording of the queue"),
)


class BatchOptionsPanel(QScrollArea):
    """Shows options and reports every change that makes sense; `trouble` says why one does not."""

    changed = Signal()
    gently_asked = Signal(bool)
    preset_chosen = Signal(str)
    preset_save_asked = Signal(str)
    preset_remove_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        named(self, "Options of the batch", "What is done to the files, and where the results go").setToolTip("")
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._shown = BatchOptions()
        self._showing = False
        self.presets = PresetRow()
        self.model = named(Choice(), "Model", "Which model takes the files apart")
        self.device = named(Choice(), "Device", "Where the network computes")
        for key in ("auto", "cpu", GPU):
            self.device.addItem(NAMES[key], key)
        self.high_band = _choice("Sound above the model's limit", "What becomes of it", HIGH_BANDS)
        self.channels = _choice("Channels", "Whether they share one mask", CHANNELS)
        self.tracks = {track: _check(track) for track in (*SOURCES, REMIX, "mixture")}
        self.strength = Fader("Strength of the remix", "By how much the noise is lowered in the remix", STRENGTH)
        self.format = named(Choice(), "Format", "In which format the results are written")
        self.format.addItem("Like each file", LIKE_INPUT)
        self.format.insertSeparator(1)
        for form in EXPORTS.values():
            self.format.addItem(form.label, form.key)
        self.films = named(
            Choice(), "Films", "Whether films are written as sound, or as films again with another sound"
        )
        self.films.addItem("As sound files", "")
        for track in SOUNDS:
            self.films.addItem(f"As films with the {track}", track)
        self.place = Segments("Place of the results", "Where the results are written", _PLACES)
        self.folder = FolderField("Folder of the results", "Where the results are written", "Choose a folder")
        self.mirror = named(Check("Keep the folders inside"), "Keep the folders inside", "Repeat the tree of folders")
        self.template = named(QLineEdit(), "Names of the results", _ABOUT_FIELDS)
        self.names = label("", "secondary", "Example of the names")
        self.fields = label(" ".join(f"{{{field}}}" for field in FIELDS), "secondary", "Fields of the names")
        self.conflict = Segments("Files that exist", "What happens where a result has the name of a file", _CONFLICTS)
        self.references = FolderField("Folder of true speech", "Clean speech under the same names, to score against")
        self.references.edit.setPlaceholderText("None")
        told = "Compute only when nothing else wants to; holds from the next start on"
        self.gently = named(Check("Let other programs go first"), "Let other programs go first", told)
        self.trouble = label("", "warning", "What is wrong with the options")
        for text in (self.fields, self.names, self.trouble):
            text.setWordWrap(True)
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._arrange()
        self._connect()
        self.show_options(self._shown)

    def _arrange(self) -> None:
        tracks = QHBoxLayout()
        tracks.setSpacing(16)
        for check in self.tracks.values():
            tracks.addWidget(check)
        tracks.addStretch(1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(16)
        column.addLayout(_block("Preset", self.presets))
        column.addLayout(_block("Model", self.model))
        column.addLayout(_block("Device", self.device))
        self._remix = QWidget()
        self._remix.setLayout(_block("Noise in the remix", self.strength))
        self._remix.layout().setContentsMargins(0, 0, 0, 0)
        column.addLayout(_block("Sound above the model's limit", self.high_band))
        column.addLayout(_block("Channels", self.channels))
        column.addLayout(_block("Tracks", tracks))
        column.addWidget(self._remix)
        column.addLayout(_block("Format", self.format))
        column.addLayout(_block("Films", self.films))
        column.addLayout(_block("Results", self.place, self.folder, self.mirror))
        column.addLayout(_block("Names", self.template, self.fields, self.names))
        column.addLayout(_block("Files that exist", self.conflict))
        column.addLayout(_block("Score against true speech in", self.references))
        column.addLayout(_block("Processor", self.gently))
        column.addWidget(self.trouble)
        column.addStretch(1)
        self.setWidget(page)

    def _connect(self) -> None:
        for box in (self.model, self.device, self.high_band, self.channels, self.format, self.films):
            box.activated.connect(self._edited)
        for check in (*self.tracks.values(), self.mirror):
            check.clicked.connect(self._edited)
        for field in (self.folder, self.references):
            field.changed.connect(self._edited)
        self.template.textEdited.connect(self._edited)
        self.strength.moved.connect(self._edited)
        self.place.chosen.connect(self._place_chosen)
        self.conflict.chosen.connect(self._conflict_chosen)
        self.gently.clicked.connect(self.gently_asked)
        self.presets.chosen.connect(self.preset_chosen)
        self.presets.save_asked.connect(self.preset_save_asked)
        self.presets.remove_asked.connect(self.preset_remove_asked)

    # What is shown

    def options(self) -> BatchOptions | None:
        """What is chosen; None while it makes no sense."""
        return None if self.trouble.text() else self._shown

    def show_models(self, models: Sequence[ModelCard]) -> None:
        """The models to choose from."""
        shown = [(model.title, model.name) for model in models]
        if shown != [(self.model.itemText(n), self.model.itemData(n)) for n in range(self.model.count())]:
            self.model.clear()
            for title, name in shown:
                self.model.addItem(title, name)
            self._mark(self.model, self._shown.model)

    def show_options(self, options: BatchOptions) -> None:
        """Fill all fields."""
        self._showing = True
        self._shown = options
        self._mark(self.model, options.model)
        self._mark(self.device, options.device)
        self._mark(self.high_band, options.high_band)
        self._mark(self.channels, options.channels)
        self._mark(self.format, options.format)
        self._mark(self.films, options.remux)
        for track, check in self.tracks.items():
            check.setChecked(track in options.tracks)
        self.strength.show_level(-options.strength)
        self.place.show_chosen(_FOLDER if options.folder else _BESIDE)
        self.folder.show_folder(Path(options.folder) if options.folder else None)
        self.references.show_folder(Path(options.references) if options.references else None)
        self.mirror.setChecked(options.mirror)
        self.template.setText(options.template)
        self.conflict.show_chosen(options.conflict)
        self._showing = False
        self._follow()

    def _mark(self, box: Choice, key: str) -> None:
        index = box.findData(key)
        if index < 0 and key and box is not self.model:
            box.addItem(NAMES.get(key, key), key)
            index = box.count() - 1
        box.setCurrentIndex(index if index >= 0 else 0)

    # What is changed

    @Slot(str)
    def _place_chosen(self, key: str) -> None:
        self.place.show_chosen(key)
        if key == _FOLDER and self.folder.folder is None:
            self.folder.edit.setFocus()
        self._edited()

    @Slot(str)
    def _conflict_chosen(self, key: str) -> None:
        self.conflict.show_chosen(key)
        self._edited()

    def _strength(self) -> float:
        """What the fader says; one between two of its steps stays as it came until the fader moves."""
        stands = self.strength.nearest(-self._shown.strength) == self.strength.level
        return self._shown.strength if stands else 0.0 - self.strength.level

    @Slot()
    def _edited(self) -> None:
        if not self._showing:
            self._follow()
            self.changed.emit()

    def _follow(self) -> None:
        """Read the fields, show what follows from them."""
        in_folder = self.place.button(_FOLDER).isChecked()
        self.folder.setVisible(in_folder)
        self.mirror.setVisible(in_folder)
        folder = self.folder.folder if in_folder else None
        references = self.references.folder
        conflict = next(s.key for s in _CONFLICTS if self.conflict.button(s.key).isChecked())
        options = replace(
            self._shown,
            model=self.model.currentData() or self._shown.model,
            device=self.device.currentData(),
            high_band=self.high_band.currentData(),
            channels=self.channels.currentData(),
            tracks=tuple(track for track in AUDIBLE if self.tracks[track].isChecked()),
            strength=self._strength(),
            format=self.format.currentData(),
            remux=self.films.currentData(),
            folder=os.fspath(folder) if folder else "",
            mirror=self.mirror.isChecked(),
            template=self.template.text() or TEMPLATE,
            conflict=cast(Conflict, conflict),
            references=os.fspath(references) if references else "",
        )
        self._shown = options
        self._remix.setVisible(REMIX in options.tracks)
        trouble = _trouble(in_folder, folder, references)
        try:
            options.checked()
            names = preview(options)
        except TasnetError as error:
            trouble, names = trouble or str(error), ()
        ending = " and the file's own ending" if options.format == LIKE_INPUT and names else ""
        self.names.setText(", ".join(names) + ending)
        self.names.setVisible(bool(names))
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))


def _block(title: str, *fields: QWidget | QLayout) -> QVBoxLayout:
    """Fields under their heading."""
    column = QVBoxLayout()
    column.setSpacing(6)
    column.addWidget(label(title, "muted"))
    for field in fields:
        if isinstance(field, QWidget):
            column.addWidget(field)
        else:
            column.addLayout(field)
    return column


def _choice(name: str, description: str, choices: Mapping[str, str]) -> Choice:
    box = named(Choice(), name, description)
    for key, text in choices.items():
        box.addItem(text, key)
    return box


def _check(track: str) -> Check:
    return named(Check(track.capitalize()), track.capitalize(), f"Write the {track} of each file")


def _trouble(in_folder: bool, folder: Path | None, references: Path | None) -> str:
    """What is still missing, as a sentence; empty when nothing is. Looks at nothing on the disk but one folder."""
    if in_folder and folder is None:
        return "Choose the folder of the results."
    if folder and "://" not in str(folder):
        if not folder.is_absolute():
            return "The folder of the results is no whole path."
        if os.path.exists(folder) and not os.path.isdir(folder):
            return "The place of the results is a file, not a folder. Choose another one."
    if references and "://" not in str(references) and not os.path.isdir(references):
        return "The folder of true speech does not exist."
    return ""
