"""Results out: which files an export makes, and making them so that nothing is lost whatever happens."""

import errno
import os.path
import shutil
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from math import log10
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile

from tasnet_gui.audio.formats import EXPORTS, Block, ExportFormat, format_named, like
from tasnet_gui.audio.forward import Forward
from tasnet_gui.audio.names import fill, fold, shown
from tasnet_gui.audio.quantise import quantised
from tasnet_gui.audio.remix import blocks, parts_of
from tasnet_gui.audio.sources import Source
from tasnet_gui.audio.staging import Sink, Staging, unwritable
from tasnet_gui.audio.storage import BLOCK, settle
from tasnet_gui.domain import AUDIBLE, SOURCES, BadRequest, Progress, Recording, Remix, Separation, UnwritableOutput

__all__ = [
    "EXPORTS",
    "LIKE_INPUT",
    "ExportFormat",
    "ExportPlan",
    "Exported",
    "check_folder",
    "exporting",
    "format_for",
    "format_named",
    "like",
    "output_paths",
]

Conflict = Literal["number", "overwrite", "refuse"]
LIKE_INPUT = "input"  # the format's name for "as the recording came"

_TRIES = 100  # times that another program may take our name while we write
_HEADROOM = 1.0 - 2.0**-14  # 2 LSB of 16 bits under full scale, which dither cannot reach


@dataclass(frozen=True)
class ExportPlan:
    """What to write where.

    The template knows {stem}, {track}, {model} and {date}. With "overwrite", files that are in the way are replaced,
    but never the recording itself and never a file in `reserved`: those are numbered around. A batch puts all its
    inputs and what it has written so far there. `mark` goes into the names of unfinished files.
    """

    folder: Path
    tracks: tuple[str, ...] = SOURCES
    format: str = "wavfloat"  # a key of EXPORTS, a common name of one, or "input"
    template: str = "{stem}_{track}"
    conflict: Conflict = "number"
    reserved: frozenset[Path] = frozenset()
    mark: str = ""
    remix: Remix = field(default_factory=Remix)  # what the track of this name is


@dataclass(frozen=True)
class Exported:
    """What was written."""

    paths: tuple[Path, ...]  # in the order of the plan's tracks
    gain_db: float = 0.0  # the gain of all tracks alike; not 0 only when the format would have clipped
    notes: tuple[str, ...] = ()  # what a person should know, each a sentence


def format_for(plan: ExportPlan, recording: Recording) -> ExportFormat:
    """The format that a plan means for a recording.

    Raises:
        BadRequest: there is no such format.
    """
    return like(recording) if plan.format == LIKE_INPUT else format_named(plan.format)


def output_paths(recording: Recording, plan: ExportPlan, model: str = "") -> dict[str, Path]:
    """The file that each track goes to, as things are now; nothing is touched.

    All names are legal on every system and different from each other, whatever the case. When a conflict is met by
    numbers, all tracks of a recording get the same one. With "refuse" the names may be taken.

    Raises:
        BadRequest: an unknown track, format or template field.
    """
    if unknown := [track for track in plan.tracks if track not in AUDIBLE]:
        raise BadRequest(f"There is no track {unknown[0]!r}.", f"Choose from {', '.join(AUDIBLE)}.")
    if not plan.tracks:
        raise BadRequest("No track was chosen.", f"Choose from {', '.join(AUDIBLE)}.")
    choices = (_numbered(recording, plan, model, number) for number in count(1))
    return next(paths for paths in choices if plan.conflict == "refuse" or not _taken(paths, recording, plan))


def check_folder(folder: Path, mark: str = "") -> None:
    """Ask before long work whether its result can be written; leaves no trace.

    Args:
        folder: to be written to.
        mark: for the name of the file it is tried with, as in a plan.

    Raises:
        UnwritableOutput: it cannot.
    """
    try:
        with Staging(folder, mark) as staging:
            staging.sink()
    except OSError as error:
        raise unwritable(error, folder) from error


def exporting(separation: Separation, plan: ExportPlan) -> Generator[Progress, None, Exported]:
    """Write the tracks, read them back and compare, then give them their names, all together.

    Levels stay as they are, unless the format would clip: then all tracks get one gain, so that they still add up. On
    any failure, and when the generator is closed, nothing has changed on the disk.

    Raises:
        BadRequest: the plan makes no sense.
        UnwritableOutput: it cannot be written there, or not in this format.
    """
    recording = separation.recording
    form = format_for(plan, recording)
    if refusal := form.refuses(recording.channels, recording.rate, recording.frames):
        raise UnwritableOutput(refusal, "Choose WAV, which holds anything.")
    paths = _free_paths(separation, plan)
    needed = len(paths) * form.size(recording.channels, recording.frames)
    meter = _Meter(recording.frames * len(paths) * (3 if form.clips else 2))
    try:
        with Staging(plan.folder, plan.mark) as staging:
            _check_room(plan.folder, needed)
            gain = (yield from _common_gain(separation, plan, meter)) if form.clips else 1.0
            for track in paths:
                sink = staging.sink()
                checksum = yield from _write(sink, separation, track, plan.remix, form, gain, meter)
                yield from _verify(sink, separation, form, checksum, meter)
            paths = _place(staging, separation, plan, paths)
    except OSError as error:
        raise unwritable(error, plan.folder, needed, _free(plan.folder)) from error
    return Exported(tuple(paths.values()), 20 * log10(gain), tuple(_notes(recording, form, gain)))


class _Meter:
    """How much of all frames has gone through."""

    def __init__(self, total: int) -> None:
        self._total = max(total, 1)
        self._done = 0

    def step(self, frames: int) -> Progress:
        self._done += frames
        return Progress(min(self._done / self._total, 1.0), "Writing")


def _numbered(recording: Recording, plan: ExportPlan, model: str, number: int) -> dict[str, Path]:
    template = plan.template
    if "{track}" not in template and len(plan.tracks) > 1:
        template += "_{track}"  # or they would all have one name
    tail = (f" ({number})" if number > 1 else "") + format_for(plan, recording).suffix
    fields = {"stem": recording.stem, "model": model, "date": date.today().isoformat()}
    return {track: plan.folder / fill(template, {**fields, "track": track}, tail) for track in plan.tracks}


def _taken(paths: dict[str, Path], recording: Recording, plan: ExportPlan) -> Path | None:
    """The first of these names that is taken, or that is nothing to overwrite."""

    def taken(path: Path) -> bool:
        if any(_same(path, other) for other in (*plan.reserved, recording.path) if other):
            return True
        return os.path.isdir(path) or (plan.conflict != "overwrite" and os.path.lexists(path))

    return next(filter(taken, paths.values()), None)


def _same(path: Path, other: Path) -> bool:
    """Whether two names mean one file: by case, through symbolic or hard links."""
    if fold(path.name) == fold(other.name) and _real(path.parent) == _real(other.parent):
        return True
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False


def _real(folder: Path) -> str:
    return fold(os.path.realpath(folder))


def _free_paths(separation: Separation, plan: ExportPlan) -> dict[str, Path]:
    """Raises UnwritableOutput when a name is taken and the plan says "refuse"."""
    recording = separation.recording
    paths = output_paths(recording, plan, separation.model.name)
    if taken := _taken(paths, recording, plan):
        raise _refused(taken)
    return paths


def _refused(path: Path) -> UnwritableOutput:
    return UnwritableOutput(f"{shown(path)} exists already and was left alone.", "Choose another name or folder.")


def _place(staging: Staging, separation: Separation, plan: ExportPlan, paths: dict[str, Path]) -> dict[str, Path]:
    for _ in range(_TRIES):
        try:
            staging.place(list(paths.values()), overwrite=plan.conflict == "overwrite")
            return paths
        except FileExistsError:
            paths = _free_paths(separation, plan)
    raise _refused(next(iter(paths.values())))


def _check_room(folder: Path, needed: int) -> None:
    free = _free(folder)
    if free is not None and free < needed:
        raise unwritable(OSError(errno.ENOSPC, ""), folder, needed, free)


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # the folder is gone
        return None


def _common_gain(separation: Separation, plan: ExportPlan, meter: _Meter) -> Generator[Progress, None, float]:
    peak = 0.0
    for track in plan.tracks:
        for block in blocks(separation, track, plan.remix):
            peak = max(peak, float(np.abs(block).max()))
            yield meter.step(block.shape[1])
    return _HEADROOM / peak if peak > 1.0 else 1.0


def _blocks(separation: Separation, track: str, remix: Remix, form: ExportFormat, gain: float) -> Iterator[Block]:
    if form.integer:
        yield from quantised(separation, track, gain, form.bits, remix)
        return
    for block in blocks(separation, track, remix):
        yield np.ascontiguousarray(block.T if gain == 1.0 else block.T * np.float32(gain))


def _write(
    sink: Sink, separation: Separation, track: str, remix: Remix, form: ExportFormat, gain: float, meter: _Meter
) -> Generator[Progress, None, int]:
    recording = separation.recording
    checksum = 0
    with form.encode(sink, form, recording.rate, recording.channels, recording.frames) as write:
        for block in _blocks(separation, track, remix, form, gain):
            write(block)
            checksum = zlib.crc32(block.data, checksum)
            yield meter.step(len(block))
    sink.finish()
    settle(*parts_of(separation, track))
    return checksum


def _verify(
    sink: Sink, separation: Separation, form: ExportFormat, checksum: int, meter: _Meter
) -> Generator[Progress, None, None]:
    """Read a finished file back. A lossless one must hold each sample that was written, a lossy one as many."""
    recording = separation.recording
    block = np.empty((BLOCK, recording.channels), np.int32 if form.integer else np.float32)
    found, frames = 0, 0
    try:
        with open(sink.path, "rb") as file, Forward(Source(file)) as decoder:
            same = (decoder.samplerate, decoder.channels) == (recording.rate, recording.channels)
            while same and len(read := decoder.read(BLOCK, out=block)):
                found = zlib.crc32(read, found)
                frames += len(read)
                yield meter.step(len(read))
    except soundfile.LibsndfileError:
        same = False
    if not same or frames != recording.frames or (found != checksum and not form.lossy):
        raise UnwritableOutput(
            "What was written could not be read back as it was meant, so it was thrown away.",
            "The disk may be failing: choose another folder.",
        )


def _notes(recording: Recording, form: ExportFormat, gain: float) -> Iterator[str]:
    if gain < 1.0:
        yield f"All tracks are {-20 * log10(gain):.1f} dB lower, because {form.label} clips above full scale."
    if (container := form.container_for(recording.channels, recording.frames)) != form.container:
        yield f"The files are {container}, because plain {form.container} ends at 4 GiB."
