"""The batch as the window sees it: asks the queue, hands it to the worker, and tells every view what changed."""

import logging
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from tasnet_gui.desktop import words
from tasnet_gui.desktop.jobs import Job, Jobs
from tasnet_gui.desktop.work import Work
from tasnet_gui.domain import Progress, TasnetError

if TYPE_CHECKING:
    from tasnet_gui.batch.items import BatchItem, Kind, Overall
    from tasnet_gui.batch.memory import Resumable
    from tasnet_gui.batch.options import BatchOptions
    from tasnet_gui.batch.queue import Queue

log = logging.getLogger(__name__)

SEARCHING, BATCH = "searching", "batch"  # kinds of jobs


@dataclass(frozen=True)
class Standing:
    """How the whole batch stands: all that its small views need."""

    counts: "Mapping[Kind, int]" = field(default_factory=dict)  # by kind of state
    done: float = 0.0  # 0..1
    remaining: float | None = None  # seconds
    working: bool = False
    paused: bool = False
    stopping: bool = False
    searching: bool = False

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def count(self, *kinds: "Kind") -> int:
        """How many rows are in one of these states."""
        return sum(self.counts.get(kind, 0) for kind in kinds)

    @property
    def ended(self) -> int:
        return self.count("done", "skipped", "failed", "cancelled")

    @property
    def left(self) -> int:
        """How many rows wait or are being done."""
        return self.total - self.ended


class Batch(QObject):
    """One queue for as long as the window lives, made when it is first needed. What is asked of it is done at once."""

    news = Signal(object)  # News
    changed = Signal(object)  # Standing
    finished = Signal(object)  # Standing: nothing waits any more
    failed = Signal(object)  # TasnetError
    said = Signal(str)

    def __init__(self, jobs: Jobs, work: Work) -> None:
        super().__init__()
        self._jobs, self._work = jobs, work
        self._looks: Jobs | None = None
        self._queue: Queue | None = None
        self._version = 0
        self._searches: set[Job] = set()
        self._job: Job | None = None
        self.standing = Standing()
        self.options: BatchOptions | None = None  # for what is added, and for what waits; None: nobody chose yet
        self.gently = False  # whether the next start leaves the processor to other programs
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(50)

    # Files

    def add(self, paths: Sequence[Path], options: "BatchOptions") -> None:
        """Look for sound in files and folders, and put it at the end. A batch that works goes on with it."""
        self.options = options
        if (queue := self._made()) is None:
            return
        job = Job(SEARCHING, words.shown(paths[0]), self._adding(queue, list(paths), options))
        job.progressed, job.finished = self._progressed, partial(self._added, job)
        job.failed, job.stopped = partial(self._search_failed, job), partial(self._search_stopped, job)
        self._searches.add(job)
        self._looking.submit(job)
        self._tell()

    def _adding(
        self, queue: "Queue", paths: Sequence[Path], options: "BatchOptions"
    ) -> "Generator[Progress, None, tuple[int, int]]":
        """How many files were found, and how many of them are new. Adding asks the disk about each: not on the GUI's
        thread."""
        found = yield from self._work.searching(paths)
        return len(found), len(queue.add(found, options))

    def _added(self, search: Job, counts: tuple[int, int]) -> None:
        self._searches.discard(search)
        found, new = counts
        self._tell()
        if new and self._queue:
            job = Job("", "", self._work.measuring(self._queue), progressed=self._progressed)
            job.finished = self._measured
            self._looking.submit(job)
        else:
            all_there = "All of this is in the queue already."
            self.said.emit(all_there if found else "There was nothing in what was added.")

    def _measured(self, _: None) -> None:
        self._tell()

    def _search_failed(self, search: Job, error: Exception) -> None:
        self._searches.discard(search)
        self._fail(error)

    def _search_stopped(self, search: Job) -> None:
        self._searches.discard(search)
        self._tell()

    @property
    def _looking(self) -> Jobs:
        """A thread of its own: a slow disk must not hold up what computes."""
        if self._looks is None:
            self._looks = Jobs(self, name="looking")
        return self._looks

    # Work

    def start(self) -> None:
        """Work through what waits, with the options that are chosen now; or go on after a pause."""
        if self.options is not None and not self.standing.working:
            self.revise(self.options)
        self._ask(lambda queue: queue.resume())
        if self._job is None and self._queue and self.standing.left:
            job = Job(BATCH, "", self._work.batching(self._queue, self.gently), patient=True)
            job.progressed, job.finished, job.failed = self._progressed, self._ended, self._broke
            job.stopped = self._stopped
            self._job = job
            self._jobs.submit(job)
        self._tell()

    def pause(self) -> None:
        """Stand still at once; `start` goes on."""
        self._ask(lambda queue: queue.pause())

    def revise(self, options: "BatchOptions") -> None:
        """Choose other options for what waits and was not begun, and for what is added from now on."""
        self.options = options
        self._ask(lambda queue: queue.revise(options))

    def cancel(self, ids: Iterable[int] | None = None) -> None:
        """Stop these rows, or all; the search for more, too, when it is all."""
        for search in [] if ids is not None else [*self._searches]:
            self._looking.cancel(search)
        chosen = None if ids is None else list(ids)
        self._ask(lambda queue: queue.cancel(chosen))

    def retry(self, ids: Iterable[int] | None = None) -> None:
        """Let these rows wait again, or all that failed; at once, unless others wait to be started."""
        chosen = None if ids is None else list(ids)
        alone = not self.standing.left
        self._ask(lambda queue: queue.retry(chosen))
        if alone:
            self.start()

    def _progressed(self, progress: Progress) -> None:
        self._tell()

    def _ended(self, overall: "Overall") -> None:
        self._job = None
        self._tell()
        if self.standing.left:
            self.start()  # rows came between the worker's last look and now
        else:
            self.finished.emit(self.standing)

    def _stopped(self) -> None:
        self._job = None
        self._tell()

    def _broke(self, error: Exception) -> None:
        self._job = None
        self._fail(error)

    # Order

    def move(self, ids: Iterable[int], before: int | None) -> None:
        """Put rows before another one, or at the end."""
        chosen = list(ids)
        self._ask(lambda queue: queue.move(chosen, before))

    def remove(self, ids: Sequence[int]) -> None:
        """Take rows out; can be undone."""
        if ids and self._queue:
            self.undo_stack.push(_Removal(self, ids))

    def clear_finished(self) -> None:
        """Take out what is done or skipped; can be undone."""
        self.remove([row.id for row in self.items if row.state.kind in ("done", "skipped")])

    # What there is

    @property
    def items(self) -> "tuple[BatchItem, ...]":
        return self._queue.items if self._queue else ()

    def item(self, id_: int) -> "BatchItem | None":
        return self._queue.item(id_) if self._queue else None

    # A batch that was interrupted

    def resumable(self) -> "Resumable | None":
        """The latest batch that a crash has left unfinished."""
        return next(iter(self._work.resumable()), None)

    def take_up(self, path: Path) -> bool:
        """Go on with a batch that was interrupted; False where that cannot be, which is told."""
        if self._searches or (self._queue and self._queue.items):
            todo = "Wait until the search is over" if self._searches else "Take out what is in the queue"
            self.said.emit(f"{todo} first: the interrupted batch needs the queue for itself.")
            return False
        try:
            queue = self._work.resume_queue(path)
        except TasnetError as error:
            self.failed.emit(error)
            return False
        if self._queue:
            self._queue.close()
        self._queue, self._version = queue, 0
        waiting = next((row for row in queue.items if not row.state.ended), None)
        self._tell()
        if waiting:
            self.options = None  # each row keeps what it was begun with
            self.start()
        return True

    def forget(self, path: Path) -> None:
        """Offer a batch that was interrupted no more; its results so far stay."""
        try:
            self._work.discard(path)
        except TasnetError as error:
            self.failed.emit(error)

    @property
    def busy(self) -> bool:
        """Whether closing now would interrupt work."""
        return self.standing.working and not self.standing.stopping

    def stop(self) -> None:
        """Let the worker go; what it was doing waits again."""
        if self._job:
            self._jobs.cancel(self._job)
            self._tell()

    def close(self) -> None:
        """Let go of the queue, after the worker has ended; what is unfinished is offered at the next start."""
        self.undo_stack.clear()
        if self._looks:
            self._looks.close()
        if self._queue:
            self._queue.close()
            self._queue = None

    # What is told

    def _ask(self, what: "Callable[[Queue], object]") -> object:
        """Ask something of the queue, and tell what became of it."""
        result = None
        if queue := self._made():
            try:
                result = what(queue)
            except TasnetError as error:
                self.failed.emit(error)
        self._tell()
        return result

    def _made(self) -> "Queue | None":
        """The queue; None where it cannot be written down."""
        if self._queue is None:
            try:
                self._queue = self._work.new_queue()
            except TasnetError as error:
                self.failed.emit(error)
        return self._queue

    def _tell(self) -> None:
        """What changed since the last time."""
        if self._queue:
            news = self._queue.news(self._version)
            if news.version != self._version:
                self._version = news.version
                self.news.emit(news)
        overall = self._queue.overall if self._queue else None
        standing = Standing(
            overall.counts if overall else {},
            overall.done if overall else 0.0,
            overall.remaining if overall else None,
            self._job is not None,
            bool(self._queue and self._queue.paused),
            self._job is not None and self._job.cancelled.is_set(),
            bool(self._searches),
        )
        if standing != self.standing:
            self.standing = standing
            self.changed.emit(standing)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, TasnetError):
            error = TasnetError(
                f"This failed: {words.sentence(str(error))}", "Help > Open Log Folder holds the details."
            )
        self._tell()
        self.failed.emit(error)


class _Removal(QUndoCommand):
    """Rows that were taken out."""

    def __init__(self, batch: Batch, ids: Sequence[int]) -> None:
        super().__init__("Remove from Queue")
        self._batch, self._ids = batch, list(ids)
        self._removed: object = None

    def redo(self) -> None:
        self._removed = self._batch._ask(lambda queue: queue.remove(self._ids))

    def undo(self) -> None:
        self._batch._ask(lambda queue: queue.restore(self._removed))  # type: ignore[arg-type]
