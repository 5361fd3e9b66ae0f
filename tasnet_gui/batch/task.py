"""One file of a batch, from its sound to its results. The same generator runs in this process, in others, elsewhere."""

import errno
import logging
import math
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Literal, TypeVar

from tasnet_gui.audio.exports import Exported, ExportPlan, check_folder, exporting
from tasnet_gui.audio.files import reading
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.staging import unwritable
from tasnet_gui.batch import measure, remote
from tasnet_gui.batch.items import BatchState, Levels, Outcome
from tasnet_gui.batch.naming import Naming
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.domain import REMIX, EmptyAudio, ModelCard, ModelError, Progress, Recording, Separation, TasnetError
from tasnet_gui.engine import library
from tasnet_gui.engine.separate import separating

log = logging.getLogger(__name__)

Performing = Generator[Progress, None, Outcome]
Reading = Generator[Progress, None, Recording]
Source = AbstractContextManager[Reading]  # a recording on its way, and while it is entered, its file
Result = TypeVar("Result")


@dataclass(frozen=True)
class Task:
    """All that is needed to do an item, here or on another machine."""

    id: int
    source: str  # a path or a URL
    naming: Naming
    options: BatchOptions
    sha256: str  # of the model's weights, so that no other one is used under its name
    conflict: Literal["number", "overwrite", "refuse"] = "number"
    reference: str = ""  # the true speech, a path or a URL
    mark: str = ""  # of unfinished files


@dataclass
class _Watch:
    """A clock that stands still while the work rests between two steps."""

    began: float = field(default_factory=monotonic)
    rested: float = 0.0

    @property
    def elapsed(self) -> float:
        return monotonic() - self.began - self.rested

    def over(self, work: Generator[Progress, None, Result]) -> Generator[Progress, None, Result]:
        with closing(work):
            while True:
                try:
                    progress = next(work)
                except StopIteration as end:
                    result: Result = end.value
                    return result
                paused = monotonic()
                yield progress
                self.rested += monotonic() - paused


def performing(task: Task, source: Source | None = None) -> Performing:
    """Read, separate, measure, write.

    Args:
        task: what to do.
        source: where the recording comes from, when somebody reads it already; its file is there until it is left.

    Raises:
        TasnetError: it cannot be done; nothing was written.
    """
    watch = _Watch()
    model = library.card(task.options.model)
    if model.sha256 != task.sha256:
        raise ModelError(f"The model {model.name} is another one here.", "Give all machines the same model.")
    _check(task)
    with source or _fetching(task.source) as arriving:  # until the end: the export reads the tags of its file
        return (yield from _performing(task, model, arriving, watch))


def _performing(task: Task, model: ModelCard, source: Reading, watch: _Watch) -> Performing:
    recording = yield from watch.over(source)
    rested = watch.rested
    options = task.options
    work = separating(
        recording,
        model,
        device=options.device,
        threads=options.threads,
        high_band=options.high_band,
        channels=options.channels,
    )
    separation = yield from watch.over(work)
    separation = replace(separation, seconds=max(separation.seconds - (watch.rested - rested), 1e-6))
    remix = task.options.remix if REMIX in task.options.tracks else None
    levels, clipped = yield from watch.over(measure.measuring(separation, remix))
    found: tuple[dict[str, float | None], tuple[str, ...]] = ({}, ())
    if task.reference:
        found = yield from watch.over(measure.comparing(separation, task.reference))
    exported, outputs = yield from watch.over(_writing(separation, task))
    exported = replace(exported, notes=(*exported.notes, *_about_film(recording, task)))
    return _outcome(separation, exported, outputs, (levels, clipped), found, watch.elapsed)


def failure(source: str, error: BaseException) -> BatchState:
    """The state of an item that this came of."""
    if isinstance(error, EmptyAudio):
        return BatchState("skipped", reason=f"{shown(source)} is empty: it contains no samples.")
    if isinstance(error, TasnetError):
        return BatchState("failed", reason=error.what, todo=error.todo)
    if isinstance(error, MemoryError):
        todo = "Close other programs and try again."
        return BatchState("failed", reason=f"There is not enough memory for {shown(source)}.", todo=todo)
    log.error("%s failed", source, exc_info=error)
    reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return BatchState("failed", reason=f"{shown(source)} could not be done: {reason}.", todo="The log says more.")


def _about_film(recording: Recording, task: Task) -> tuple[str, ...]:
    """That a film was not written as one, though that was asked for."""
    if not (task.options.remux and recording.picture and remote.is_url(task.source)):
        return ()
    return ("The film was written as sound, because it lies behind a URL: fetch it first to get a film.",)


@contextmanager
def _fetching(source: str) -> Iterator[Reading]:
    """A recording that comes from a path or URL, and its file for as long as it is needed."""
    with remote.fetched(source) as path:
        yield reading(path)


def _check(task: Task) -> None:
    """Complain of a folder that takes nothing before the work, not after it."""
    folder = Path(task.naming.folder)
    if remote.is_url(task.naming.folder):
        return
    if folder.is_dir():
        check_folder(folder, task.mark)
        return
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise unwritable(NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)), nearest)
    if not os.access(nearest, os.W_OK):
        raise unwritable(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), nearest)


def _writing(separation: Separation, task: Task) -> Generator[Progress, None, tuple[Exported, dict[str, str]]]:
    naming, tracks = task.naming, task.options.tracks
    plan = ExportPlan(Path(naming.folder), tracks, task.options.format, naming.template, task.conflict)
    plan = replace(plan, mark=task.mark, remix=task.options.remix)
    if not remote.is_url(naming.folder):
        try:
            plan.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(error, plan.folder) from error
        exported = yield from exporting(separation, plan)
        return exported, {track: str(path) for track, path in exported.outputs.items()}
    with tempfile.TemporaryDirectory(prefix="tasnet-studio-") as folder:
        exported = yield from exporting(separation, replace(plan, folder=Path(folder)))
        outputs = {}
        for track, path in exported.outputs.items():
            outputs[track] = remote.delivered(path, naming.folder, task.mark)
            yield Progress(1.0, "Writing")
        return exported, outputs


def _outcome(
    separation: Separation,
    exported: Exported,
    outputs: dict[str, str],
    measured: tuple[dict[str, Levels], int],
    found: tuple[dict[str, float | None], tuple[str, ...]],
    elapsed: float,
) -> Outcome:
    recording = separation.recording
    return Outcome(
        outputs=outputs,
        rate=recording.rate,
        channels=recording.channels,
        frames=recording.frames,
        container=recording.container,
        subtype=recording.subtype,
        model=separation.model.name,
        sha256=separation.model.sha256,
        device=separation.device,
        device_note=separation.device_note,
        seconds=separation.seconds,
        elapsed=elapsed,
        null_db=separation.null_db if math.isfinite(separation.null_db) else None,
        gain_db=exported.gain_db,
        clipped=measured[1],
        levels=measured[0],
        scores=found[0],
        notes=(*recording.notes, *separation.notes, *exported.notes, *found[1]),
    )
