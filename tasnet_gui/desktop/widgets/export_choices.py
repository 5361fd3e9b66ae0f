"""What the export dialog offers, what it finds wrong, and what is told of the files in the end."""

import os
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from tasnet_gui import places
from tasnet_gui.audio.exports import LIKE_INPUT, Exported, ExportPlan
from tasnet_gui.audio.filming import refusal
from tasnet_gui.audio.formats import EXPORTS, like
from tasnet_gui.audio.outputs import FIELDS
from tasnet_gui.audio.plans import FILM
from tasnet_gui.desktop import words
from tasnet_gui.desktop.widgets.controls import Check, Choice
from tasnet_gui.desktop.widgets.parts import named
from tasnet_gui.desktop.widgets.segments import Segment
from tasnet_gui.domain import Recording, Separation

ALL, SELECTION = "all", "selection"


def row(*widgets: QWidget, spacing: int = 8, stretch: bool = True) -> QHBoxLayout:
    """Controls side by side; a line of text takes the room there is."""
    made = QHBoxLayout()
    made.setSpacing(spacing)
    for widget in widgets:
        made.addWidget(widget, 1 if isinstance(widget, QLineEdit) else 0)
    if stretch:
        made.addStretch(1)
    return made


def check(track: str, on: bool) -> Check:
    """Whether a track is written."""
    return option(track.capitalize(), f"Write the {track}", on)


def option(text: str, description: str, on: bool) -> Check:
    """Something to be had or not."""
    box = named(Check(text), text, description)
    box.setChecked(on)
    return box


def spans(separation: Separation, selection: tuple[float, float] | None) -> tuple[Segment, ...]:
    """How much of the recording can be written."""
    whole = Segment(ALL, f"All, {words.clock(separation.recording.duration)}", "Write the whole recording")
    if selection is None:
        return (whole,)
    start, stop = (words.clock(seconds) for seconds in selection)
    return whole, Segment(SELECTION, f"Selection, {start} to {stop}", "Write only what is selected")


def whole(separation: Separation) -> str:
    """What is written while nothing is selected."""
    return f"All of it, {words.clock(separation.recording.duration)}"


def about_fields() -> str:
    """What the template's fields mean, for who asks."""
    return "Names of the files. " + ". ".join(f"{{{field}}} is {meaning}" for field, meaning in FIELDS.items())


def formats(recording: Recording, wanted: str) -> Choice:
    """All formats that can hold this recording; first the one that it came in."""
    box = named(Choice(), "Format", "In which format the files are written")
    box.addItem(f"Like the recording: {like(recording).label}", LIKE_INPUT)
    if not refusal(recording):
        box.addItem(f"Film ({recording.container}) with the cleaned sound, one for each track", FILM)
    box.insertSeparator(box.count())
    for form in EXPORTS.values():
        if not form.refuses(recording.channels, recording.rate, recording.frames):
            rate = form.rate_for(recording.rate)
            box.addItem(form.label if rate == recording.rate else f"{form.label}, at {words.rate(rate)}", form.key)
    box.setCurrentIndex(max(0, box.findData(wanted)))
    return box


def trouble(plan: ExportPlan) -> str:
    """What is still missing, as a sentence; empty when nothing is."""
    if not plan.tracks:
        return "Choose at least one track."
    if plan.format == FILM and plan.span is not None:
        return "A film is written whole, not a stretch of it. Choose all of the recording, or another format."
    if not plan.folder.is_absolute():
        return "Choose a folder."
    if os.path.exists(plan.folder) and not os.path.isdir(plan.folder):
        return "This is a file, not a folder. Choose another one."
    if not os.path.isdir(plan.folder.parent):
        return "This folder does not exist. Choose another one."
    return ""


def first_folder(recording: Recording, wanted: Path | None) -> Path:
    """Where the dialog begins: the folder used last, the recording's own, or the person's music."""
    music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
    beside = recording.path.parent if recording.path else None
    if beside and beside.is_relative_to(places.shipped("resources")):
        beside = None  # the demo lies inside the application
    candidates = (wanted, beside, Path(music) if music else None)
    return next((folder for folder in candidates if folder and os.path.isdir(folder)), Path.home())


def report(exported: Exported) -> tuple[str, str]:
    """What was written, in two sentences for the banner."""
    paths = (*exported.paths, *filter(None, [exported.sidecar]))
    if not paths:
        return "Nothing was written.", " ".join(exported.notes)
    what = f"Saved {len(paths)} file{'s' if len(paths) > 1 else ''} in {words.shown(paths[0].parent)}."
    return what, " ".join((f"{', '.join(words.shown(path) for path in paths)}.", *exported.notes))
