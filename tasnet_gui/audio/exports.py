"""Results out: making the files of an export so that nothing is lost whatever happens."""

import errno
import shutil
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from math import log10
from pathlib import Path

import numpy as np
import soundfile

from tasnet_gui.audio import sidecar
from tasnet_gui.audio.film import Damage, NoSound
from tasnet_gui.audio.filming import refusal, writing_film
from tasnet_gui.audio.formats import EXPORTS, Block, ExportFormat, as_float, format_named, like
from tasnet_gui.audio.levels import blocks_at, common_gain, frames_at, measuring_peaks
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.outputs import output_paths, taken
from tasnet_gui.audio.plans import FILM, LIKE_INPUT, SIDECAR, Exported, ExportPlan, cut, format_for
from tasnet_gui.audio.quantise import quantised
from tasnet_gui.audio.remix import parts_of
from tasnet_gui.audio.sources import Source
from tasnet_gui.audio.staging import Sink, Staging, unwritable
from tasnet_gui.audio.storage import BLOCK, settle
from tasnet_gui.audio.tags.carrying import carried
from tasnet_gui.audio.tags.reading import read_tags
from tasnet_gui.audio.tags.values import NONE, Tags
from tasnet_gui.domain import BadRequest, Progress, Recording, Separation, UnwritableOutput

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

_TRIES = 100  # times that another program may take our name while we write
_SIDECAR_SIZE = 1 << 16  # bytes, about


@dataclass(frozen=True)
class _Job:
    """An export as far as it is decided before the first byte is written."""

    whole: Recording
    separation: Separation  # only the stretch of it that goes out
    plan: ExportPlan
    form: ExportFormat
    rate: int  # Hz, of the files
    start: int  # the frame of the recording at which the stretch begins

    @property
    def recording(self) -> Recording:
        return self.separation.recording

    @property
    def frames(self) -> int:
        return frames_at(self.recording.frames, self.recording.rate, self.rate)


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

    Levels stay as they are, unless the format would clip: then all tracks get one gain, so that they still add up, or
    go into a float format, as the plan says. On any failure, and when the generator is closed, nothing has changed on
    the disk.

    Raises:
        BadRequest: the plan makes no sense.
        UnwritableOutput: it cannot be written there, or not in this format.
    """
    stretch, start = cut(separation, plan.span)
    if plan.format == FILM:
        _check_film(separation.recording, plan)
    form = format_for(plan, separation.recording)
    job = _Job(separation.recording, stretch, plan, form, form.rate_for(separation.recording.rate), start)
    notes: list[str] = []
    if plan.clipping == "float" and form.clips and plan.format != FILM:
        peaks = yield from measuring_peaks(stretch, plan.tracks, plan.remix, job.rate)
        if common_gain(peaks.values()) < 1.0:
            form = as_float(form)
            notes.append(f"The files are {form.label}, because {job.form.label} clips above full scale.")
            kept = replace(plan, format=form.key)
            job = replace(job, plan=kept, form=form, rate=form.rate_for(separation.recording.rate))
    if refusal := form.refuses(job.recording.channels, job.recording.rate, job.frames):
        raise UnwritableOutput(refusal, "Choose WAV, which holds anything.")
    return (yield from _writing(job, notes))


def _writing(job: _Job, notes: list[str]) -> Generator[Progress, None, Exported]:
    plan, form = job.plan, job.form
    paths, skipped = _free_paths(job)
    notes += [f"{shown(path)} exists already and was left alone." for path in skipped.values()]
    tracks = tuple(track for track in paths if track != SIDECAR)
    if not tracks:
        return Exported((), notes=tuple(notes))
    tags, about_tags = _tags(job)
    notes += about_tags
    needed = len(tracks) * (form.size(job.recording.channels, job.frames) + tags.size)
    needed += _SIDECAR_SIZE * (SIDECAR in paths)
    meter = _Meter(job.frames * len(tracks) * (3 if form.clips else 2))
    try:
        with Staging(plan.folder, plan.mark) as staging:
            _check_room(plan.folder, needed)
            gain = (yield from _gain(job, tracks, meter)) if form.clips else 1.0
            for track in tracks:
                sink = staging.sink()
                if plan.format == FILM:
                    notes += yield from writing_film(sink, job.separation, track, plan.remix, gain)
                    continue
                checksum = yield from _write(sink, job, track, gain, tags, meter)
                yield from _verify(sink, job, checksum, meter)
            notes += _notes(job, gain)
            describe = _description(staging, job, gain, notes) if SIDECAR in paths else None
            paths = _place(staging, job, paths, describe)
    except OSError as error:
        raise unwritable(error, plan.folder, needed, _free(plan.folder)) from error
    written = tuple(paths[track] for track in tracks)
    return Exported(written, 20 * log10(gain), tuple(notes), tracks, paths.get(SIDECAR))


def _check_film(recording: Recording, plan: ExportPlan) -> None:
    if why := refusal(recording):
        raise UnwritableOutput(why, "Export the tracks as sound files.")
    if plan.span is not None:
        raise BadRequest("A film is written whole, not a stretch of it.", "Choose all of it, or another format.")


class _Meter:
    """How much of all frames has gone through."""

    def __init__(self, total: int) -> None:
        self._total = max(total, 1)
        self._done = 0

    def step(self, frames: int) -> Progress:
        self._done += frames
        return Progress(min(self._done / self._total, 1.0), "Writing")


def _free_paths(job: _Job) -> tuple[dict[str, Path], dict[str, Path]]:
    """The files to write, and those that are left out because their names are taken.

    Raises:
        UnwritableOutput: a name is taken and the plan says "refuse".
    """
    plan = job.plan
    paths = output_paths(job.whole, plan, job.separation.model.name)
    blocked = taken(paths, job.whole, plan)
    if blocked and plan.conflict != "skip":
        raise _refused(next(iter(blocked.values())))
    return {track: path for track, path in paths.items() if track not in blocked}, blocked


def _refused(path: Path) -> UnwritableOutput:
    return UnwritableOutput(f"{shown(path)} exists already and was left alone.", "Choose another name or folder.")


def _description(staging: Staging, job: _Job, gain: float, notes: list[str]) -> Callable[[dict[str, Path]], None]:
    """What writes the sidecar, once more whenever the files are to have other names."""
    sink = staging.sink()

    def write(paths: dict[str, Path]) -> None:
        told = sidecar.content(job.separation, job.plan, job.form, job.rate, job.frames, gain, paths, notes)
        sink.restart()
        sink.write(told)
        sink.finish()

    return write


def _place(
    staging: Staging, job: _Job, paths: dict[str, Path], describe: Callable[[dict[str, Path]], None] | None
) -> dict[str, Path]:
    for _ in range(_TRIES):
        if describe:
            describe(paths)
        try:
            staging.place(list(paths.values()), overwrite=job.plan.conflict == "overwrite")
            return paths
        except FileExistsError:
            found, _ = _free_paths(job)
            if found.keys() != paths.keys():  # one that was to be skipped if it was there has come meanwhile
                break
            paths = found
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


def _gain(job: _Job, tracks: tuple[str, ...], meter: _Meter) -> Generator[Progress, None, float]:
    measuring = measuring_peaks(job.separation, tracks, job.plan.remix, job.rate)
    total, done = job.frames * len(tracks), 0
    while True:
        try:
            progress = next(measuring)
        except StopIteration as end:
            return common_gain(end.value.values())
        now = round(progress.done * total)
        yield meter.step(now - done)
        done = now


def _blocks(job: _Job, track: str, gain: float) -> Iterator[Block]:
    if job.form.integer:
        yield from quantised(job.separation, track, gain, job.form.bits, job.plan.remix)
        return
    for samples in blocks_at(job.separation, track, job.plan.remix, job.rate):
        block = samples.T
        yield np.ascontiguousarray(block if gain == 1.0 else block * np.float32(gain))


def _tags(job: _Job) -> tuple[Tags, list[str]]:
    if not job.plan.tags or job.plan.format == FILM:  # a film keeps its own
        return NONE, []
    tags, unreadable = read_tags(job.whole.path)
    kept, lost = carried(tags, job.form.container, job.form.subtype, job.start)
    return kept, [*unreadable, *lost]


def _write(sink: Sink, job: _Job, track: str, gain: float, tags: Tags, meter: _Meter) -> Generator[Progress, None, int]:
    checksum = 0
    with job.form.encode(sink, job.form, job.rate, job.recording.channels, job.frames, tags) as write:
        for block in _blocks(job, track, gain):
            write(block)
            checksum = zlib.crc32(block.data, checksum)
            yield meter.step(len(block))
    sink.finish()
    settle(*parts_of(job.separation, track))
    return checksum


def _verify(sink: Sink, job: _Job, checksum: int, meter: _Meter) -> Generator[Progress, None, None]:
    """Read a finished file back. A lossless one must hold each sample that was written, a lossy one as many."""
    channels, form = job.recording.channels, job.form
    block = np.empty((BLOCK, channels), np.int32 if form.integer else np.float32)
    found, frames = 0, 0
    try:
        with open(sink.path, "rb") as file, form.decode(Source(file)) as decoder:
            same = (decoder.samplerate, decoder.channels) == (job.rate, channels)
            while same and len(read := decoder.read(BLOCK, out=block)):
                found = zlib.crc32(read, found)
                frames += len(read)
                yield meter.step(len(read))
    except (soundfile.LibsndfileError, Damage, NoSound):
        same = False
    if not same or frames != job.frames or (found != checksum and not form.lossy):
        raise UnwritableOutput(
            "What was written could not be read back as it was meant, so it was thrown away.",
            "The disk may be failing: choose another folder.",
        )


def _notes(job: _Job, gain: float) -> Iterator[str]:
    recording, form = job.recording, job.form
    if gain < 1.0:
        yield f"All tracks are {-20 * log10(gain):.1f} dB lower, because {form.label} clips above full scale."
    if job.rate != recording.rate:
        yield (
            f"The files have {job.rate:,} Hz and {job.frames:,} frames each, because {form.label} does not know "
            f"{recording.rate:,} Hz."
        )
    if (container := form.container_for(recording.channels, job.frames)) != form.container:
        yield f"The files are {container}, because plain {form.container} ends at 4 GiB."
    if job.plan.format == LIKE_INPUT and not form.same_as(recording):
        theirs = f"{recording.container}, {recording.subtype}"
        yield f"The files are {form.label}, as near as can be written to the recording's own format ({theirs})."
