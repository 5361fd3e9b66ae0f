"""Queues that outlive their process: new ones, unfinished ones, and what a crash left lying about."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from tasnet_gui import places
from tasnet_gui.audio.staging import PREFIX
from tasnet_gui.batch import journal, orphans, records, remote
from tasnet_gui.batch.queue import Queue
from tasnet_gui.domain import BadRequest, TasnetError, UnwritableOutput

JOURNAL = f"{PREFIX}batch.jsonl"  # in an output folder


@dataclass(frozen=True)
class Resumable:
    """A batch that was not finished, by a process that is gone."""

    path: Path  # of its journal
    began: str  # ISO 8601, UTC
    left: int  # files to do
    done: int
    first: str  # the name of the first file that is left, for the screen


def place_for(folder: str = "", inputs: Iterable[str] = ()) -> Path:
    """Where the journal of a batch on the command line lies, the same one every time that the command is repeated.

    Args:
        folder: where its results go: the journal lies there, too. "" and URLs: among the person's own files.
        inputs: what it works on, which tells batches without a folder apart.
    """
    if folder and not remote.is_url(folder):
        return Path(folder) / JOURNAL
    told = "\0".join([folder, *(path if remote.is_url(path) else os.path.abspath(path) for path in sorted(inputs))])
    digest = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return places.batch_folder() / f"{digest}.jsonl"


def begun(path: Path) -> bool:
    """Whether there is a journal, and more of it than a process leaves that ends while it makes one."""
    try:
        with open(path, "rb") as file:
            return b"\n" in file.readline()
    except OSError:
        return False


def new_queue(path: Path | None = None) -> Queue:
    """An empty queue. An older journal at its place is replaced, and what that batch left unfinished is deleted; only
    which files came of it is remembered.

    Args:
        path: of the journal; None is one of its own among the person's files, which goes when nothing is left to do.

    Raises:
        UnwritableOutput: another process works with this journal, or it cannot be written.
    """
    if path is None:
        _sweep()
        return Queue(journal.create(places.batch_folder() / f"{os.urandom(8).hex()}.jsonl", passing=True))
    earlier = _results(path)
    if path.exists():
        with suppress(TasnetError):  # what is damaged does not say what it left, and somebody's is not replaced either
            discard(path)
    queue = Queue(journal.create(path))
    queue.recall(earlier)
    return queue


def resume_queue(path: Path) -> Queue:
    """The queue of a journal: what is done stays done, what was being done waits again. Our unfinished files are gone.

    Raises:
        UnwritableOutput: another process works with it, or it cannot be read.
    """
    opened, lines = journal.resume(path)
    try:
        past = records.replay(lines)
    except _NONSENSE as error:
        opened.close()
        raise UnwritableOutput(f"The journal {path} is damaged ({error}).", "Delete it, and begin anew.") from error
    queue = Queue(opened, past)
    queue.tidy()
    return queue


def resumable() -> tuple[Resumable, ...]:
    """The batches among the person's own that can be gone on with, the latest first. Nothing is changed."""
    found = [look(path) for path in places.batch_folder().glob("*.jsonl")]
    return tuple(
        sorted((batch for batch in found if batch and batch.left), key=lambda batch: batch.began, reverse=True)
    )


def discard(path: Path) -> None:
    """Forget a batch; its results so far stay.

    Raises:
        UnwritableOutput: another process works on it, or it is no journal.
    """
    opened, lines = journal.resume(path)
    with suppress(*_NONSENSE):
        orphans.clean(opened.mark, records.replay(lines).folders)
    opened.close(delete=True)


def look(path: Path) -> Resumable | None:
    """What a journal tells; None when somebody works with it, or it makes no sense."""
    with suppress(TasnetError, *_NONSENSE):
        head, lines = journal.peek(path)
        rows = records.replay(lines).rows
        left = [row for row in rows if not row.state.ended]
        done = sum(row.state.kind == "done" for row in rows)
        return Resumable(path, str(head.get("began", "")), len(left), done, left[0].name if left else "")
    return None


def _results(path: Path) -> set[str]:
    """What a batch has written, and those before it at this place, as far as it is still there."""
    with suppress(TasnetError, *_NONSENSE):
        past = records.replay(journal.peek(path)[1])
        return {file for file in past.results | past.earlier if remote.is_url(file) or os.path.lexists(file)}
    return set()


def _sweep() -> None:
    """Delete the journals that have been of no use for long: a command may be repeated after it has finished."""
    for path in places.batch_folder().glob("*.jsonl"):
        with suppress(OSError, TasnetError):
            if path.stat().st_mtime < time() - _KEPT and (found := look(path)) and not found.left:
                path.unlink()


_KEPT = 30 * 86_400  # seconds
_NONSENSE = (AttributeError, BadRequest, IndexError, KeyError, TypeError, ValueError)
