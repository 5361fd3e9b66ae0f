"""The parts of the export dialog that show what will come of it: names, levels, the question about files that exist."""

from collections.abc import Collection, Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from tasnet_gui.audio.formats import ExportFormat, as_float
from tasnet_gui.audio.levels import Peaks, common_gain, decibels
from tasnet_gui.audio.outputs import listed
from tasnet_gui.audio.plans import SIDECAR
from tasnet_gui.desktop import words
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import Elided, button, label
from tasnet_gui.desktop.widgets.segments import Segment, Segments
from tasnet_gui.domain import REMIX, SOURCES

ORDER = (*SOURCES, REMIX, "mixture")  # the mixture is there already: it comes last
ASK = "ask"
CONFLICTS = (
    Segment(ASK, "Ask", "If a name is taken, ask what to do before anything is written"),
    Segment("number", "Number", "Files that exist stay; the new ones get a number"),
    Segment("skip", "Skip", "Files that exist stay, and what would have their names is not written"),
    Segment("overwrite", "Replace", "Files of the same name are replaced; never the recording itself"),
)


class NamesPreview(QFrame):
    """The names that the files will have, each with the colour of its track, and what becomes of those that exist."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName("New files")
        self.rows = {name: Elided("") for name in (*ORDER, SIDECAR)}
        self._fates = {name: label("", "secondary", f"What becomes of the {name} file") for name in self.rows}
        self._chips = {name: label(name=f"Colour of {name}") for name in self.rows}
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setSpacing(8)
        grid.setColumnStretch(1, 1)
        for number, (name, row) in enumerate(self.rows.items()):
            chip = QPixmap(4, self.fontMetrics().height())
            chip.fill(QColor(palette.border) if name == SIDECAR else palette.source(name))
            self._chips[name].setPixmap(chip)
            row.setAccessibleName(f"Name of the {name} file")
            for column, widget in enumerate((self._chips[name], row, self._fates[name])):
                grid.addWidget(widget, number, column)
        grid.setRowStretch(len(self.rows), 1)

    def show_paths(self, paths: Mapping[str, Path], there: Collection[str] = (), fate: str = "") -> None:
        """The names; `there` are those that exist, and `fate` is what becomes of them, in a word or two."""
        for name, row in self.rows.items():
            path = paths.get(name)
            row.setText(words.shown(path) if path else "\N{EN DASH}")
            self._fates[name].setText(fate if path and name in there else "")
            for widget in (row, self._chips[name], self._fates[name]):
                widget.setVisible(path is not None)


class LevelRow(QWidget):
    """Shown where the format would clip: by how much, and what to do about it. Reports the choice."""

    chosen = Signal(str)  # "gain" or "float"

    def __init__(self) -> None:
        super().__init__()
        self._told = label("", "warning", "Level")
        self._told.setWordWrap(True)
        self._told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choice = Segments("What to do about clipping", "How the level is kept within the format")
        self.choice.chosen.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._told)
        row = QHBoxLayout()
        row.addWidget(self.choice)
        row.addStretch(1)
        column.addLayout(row)
        self.clipping = "gain"
        self.needed = False  # whether there is anything to decide

    def show_peaks(self, peaks: Peaks, tracks: Collection[str], form: ExportFormat) -> None:
        """Say whether this format would clip these tracks; empty peaks are not known yet."""
        loud = {name: peak for name, peak in peaks.items() if name in tracks and peak > 1.0}
        self.needed = form.clips and bool(loud)
        if not self.needed:
            return
        name = max(loud, key=loud.__getitem__)
        down = -decibels(common_gain(loud.values()))
        over = words.number(decibels(loud[name]), 1)
        self._told.setText(f"{name.capitalize()} peaks {over} dB above full scale, where {form.label} clips.")
        lower, instead = f"Lower all by {words.number(down, 1)} dB", f"Write {as_float(form).container} float"
        self.choice.show_segments(
            (
                Segment("gain", lower, "One gain for all tracks, so that they still add up"),
                Segment("float", instead, "The level stays as it is, in a format that holds it"),
            )
        )
        self.choice.show_chosen(self.clipping)

    def _choose(self, key: str) -> None:
        self.clipping = key
        self.choice.show_chosen(key)
        self.chosen.emit(key)


class Question(QFrame):
    """Asks what to do about files that exist, in the place of the dialog's own buttons."""

    answered = Signal(str)  # "number", "skip", "overwrite", or "" for none of them

    def __init__(self) -> None:
        super().__init__()
        self._text = label("", "", "Question")
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        answers = QHBoxLayout()
        answers.setSpacing(8)
        answers.addStretch(1)
        self.answers = {}
        for key, text, about in (
            ("", "Back", "Write nothing yet"),
            ("overwrite", "Replace", "Put the new files in the place of those that exist"),
            ("skip", "Skip", "Leave out what exists, and write the rest"),
            ("number", "Number", "Keep both: the new files get a number"),
        ):
            made = button(text, about, "primary" if key == "number" else "")
            made.setAutoDefault(True)
            made.setProperty("key", key)
            made.clicked.connect(lambda _=False, key=key: self.answered.emit(key))
            self.answers[key] = made
            answers.addWidget(made)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._text)
        column.addLayout(answers)
        self.hide()

    def ask(self, there: Collection[Path]) -> None:
        exist = "exists" if len(there) == 1 else "exist"
        self._text.setText(f"{listed(there)} {exist} already.")
        self.setAccessibleDescription(self._text.text())
        self.show()
        self.answers["number"].setFocus()
