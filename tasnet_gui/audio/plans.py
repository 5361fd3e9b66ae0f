"""What an export is asked for, and what came of it."""

import os
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Literal

from tasnet_gui.audio.formats import ExportFormat, format_named, like
from tasnet_gui.audio.names import shown
from tasnet_gui.domain import SOURCES, BadRequest, Recording, Remix, Samples, Separation

Conflict = Literal["number", "skip", "overwrite", "refuse"]
Clipping = Literal["gain", "float"]
LIKE_INPUT = "input"  # the format's name for "as the recording came"
FILM = "film"  # and for "the film that the recording came from, with this sound"
TEMPLATE = "{stem}_{track}"
SIDECAR = "sidecar"  # the key of the JSON's path among those of the tracks


@dataclass(frozen=True)
class ExportPlan:
    """What to write where.

    The template knows the fields of `outputs.FIELDS`. When a name is taken, all tracks get a number, that track is left
    out ("skip"), what is in the way is replaced ("overwrite"), or nothing is written ("refuse"). The recording itself
    and the files in `reserved` are never replaced: "overwrite" numbers around them. A batch puts all its inputs and
    what it has written so far there. `mark` goes into the names of unfinished files.
    """

    folder: Path
    tracks: tuple[str, ...] = SOURCES
    format: str = "wavfloat"  # a key of EXPORTS, a common name of one, "input", or "film"
    template: str = TEMPLATE
    conflict: Conflict = "number"
    reserved: frozenset[Path] = frozenset()
    mark: str = ""
    remix: Remix = field(default_factory=Remix)  # what the track of this name is
    span: tuple[float, float] | None = None  # seconds; None is all of it
    clipping: Clipping = "gain"  # what is done where the format would clip: one gain for all tracks, or a float format
    tags: bool = True  # carry the recording's tags and broadcast chunks over
    sidecar: bool = False  # write what there is to know of the result beside it, as JSON
    index: int = 1  # for the template: which of several recordings this is


@dataclass(frozen=True)
class Exported:
    """What was written."""

    paths: tuple[Path, ...]  # in the order of the plan's tracks
    gain_db: float = 0.0  # the gain of all tracks alike; not 0 only when the format would have clipped
    notes: tuple[str, ...] = ()  # what a person should know, each a sentence
    tracks: tuple[str, ...] = ()  # which of them each path holds; fewer than the plan's when some were skipped
    sidecar: Path | None = None

    @property
    def outputs(self) -> dict[str, Path]:
        """The file of each track."""
        return dict(zip(self.tracks, self.paths, strict=True))


def format_for(plan: ExportPlan, recording: Recording) -> ExportFormat:
    """The format that a plan means for a recording.

    Raises:
        BadRequest: there is no such format.
    """
    if plan.format == FILM:
        return _film(recording)
    return like(recording) if plan.format == LIKE_INPUT else format_named(plan.format)


def _film(recording: Recording) -> ExportFormat:
    """A film as a format: its sound may lose something, and it takes about as much room as it did."""
    suffix = recording.path.suffix if recording.path else ""
    per_sample = _size(recording.path) / max(recording.samples.size, 1) + 0.5
    container, subtype = recording.container, recording.subtype
    return ExportFormat(FILM, "The film", suffix, container, subtype, lossy=True, bytes_per_sample=per_sample)


def _size(path: Path | None) -> int:
    """Bytes of a file, 0 when nobody can say."""
    try:
        return os.path.getsize(path) if path else 0
    except (OSError, ValueError):
        return 0


def cut(separation: Separation, span: tuple[float, float] | None) -> tuple[Separation, int]:
    """A stretch of a separation, without copying a sample, and the frame of the recording at which it begins.

    Raises:
        BadRequest: nothing of the recording lies in it.
    """
    recording = separation.recording
    if span is None:
        return separation, 0
    start, stop = frames_in(recording, span)

    def part(samples: Samples) -> Samples:
        return samples[:, start:stop]

    shorter = replace(recording, samples=part(recording.samples))
    return replace(separation, recording=shorter, speech=part(separation.speech), noise=part(separation.noise)), start


def frames_in(recording: Recording, span: tuple[float, float] | None) -> tuple[int, int]:
    """The first frame of a stretch in seconds and the one behind its last, as far as there are any.

    Raises:
        BadRequest: there are none.
    """
    if span is None:
        return 0, recording.frames
    start, stop = (round(min(max(seconds, 0.0), recording.duration) * recording.rate) for seconds in span)
    if start >= min(stop, recording.frames):
        where = f"between {span[0]:g} s and {span[1]:g} s" if isfinite(span[1]) else f"after {span[0]:g} s"
        what = f"{shown(recording.name)} has nothing {where}."
        raise BadRequest(what, f"It is {recording.duration:.2f} s long: choose a part of that.")
    return start, min(stop, recording.frames)
