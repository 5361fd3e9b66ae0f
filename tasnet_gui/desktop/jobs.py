"""The one place where computing leaves the GUI thread, and the one place where it comes back."""

import logging
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from tasnet_gui.domain import Cancelled, Progress

log = logging.getLogger(__name__)

Work = Generator[Progress, None, Any]

BETWEEN_REPORTS = 0.03  # seconds: the eye asks for no more
_PROGRESSED, _FINISHED, _FAILED, _STOPPED = range(4)


def _ignore(*_: object) -> None:
    """What becomes of news that nobody awaits."""


@dataclass(eq=False)
class Job:
    """Long work, and who awaits what of it. The listeners travel with the job and are called on the GUI thread.

    Args:
        kind: what it does, for the screen: "opening", "separating", "exporting"; "" for work that is not shown.
        subject: what it does it to: a file's name.
        work: yields Progress, returns the result; closed when cancelled.
        progressed: gets each Progress; some are left out when they come fast, never one that carries a part.
        finished: gets the result.
        failed: gets the exception.
        stopped: called when it was cancelled and has really ended.
        keeps: what the work did cannot be taken back (files are written), so a result counts even after a cancel.
        patient: lets every other job pass between two of its steps, so that it may take hours.
    """

    kind: str
    subject: str
    work: Work
    progressed: Callable[[Progress], None] = _ignore
    finished: Callable[[Any], None] = _ignore
    failed: Callable[[Exception], None] = _ignore
    stopped: Callable[[], None] = _ignore
    keeps: bool = False
    patient: bool = False
    cancelled: Event = field(default_factory=Event)


class Jobs(QObject):
    """Runs jobs one after the other in one thread. The queue is a plain list, so that a view can show it.

    Beside them there may be one patient job, which goes on whenever nothing else is to be done.
    """

    changed = Signal()
    _news = Signal(object, int, object)

    def __init__(self, parent: QObject | None = None, name: str = "compute") -> None:
        super().__init__(parent)
        self.waiting: list[Job] = []
        self.running: Job | None = None
        self.patient: Job | None = None
        self._closed = False  # nobody listens any more
        self._inbox: SimpleQueue[Job | None] = SimpleQueue()
        # Queued, and to a method of an object of the GUI thread: that is what brings the news over.
        self._news.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        # A daemon: if a library does not come back, the process must still be able to end.
        self._thread = Thread(target=_serve, args=(self._inbox, self._news.emit), name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> Job:
        if job.patient:
            assert self.patient is None
            self.patient = job
            self._inbox.put(job)
            self.changed.emit()
            return job
        self.waiting.append(job)
        if self.running is None:
            self._next()
        else:
            self.changed.emit()
        return job

    def cancel(self, job: Job) -> None:
        """Ask it to stop. What it still has to say falls on the floor."""
        job.cancelled.set()
        if job in self.waiting:
            self.waiting.remove(job)
            job.work.close()
            job.stopped()
            self.changed.emit()

    def close(self, patience: float = 2.0) -> bool:
        """Give up and join the thread; False if it did not end within `patience` seconds."""
        self.give_up()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def give_up(self) -> None:
        """Cancel everything and let the thread end. Nobody is told."""
        self._closed = True
        for job in self.waiting:
            job.cancelled.set()
            job.work.close()
        self.waiting.clear()
        for running in (self.running, self.patient):
            if running:
                running.cancelled.set()
        self._inbox.put(None)

    def _next(self) -> None:
        self.running = self.waiting.pop(0) if self.waiting else None
        if self.running:
            self._inbox.put(self.running)
        self.changed.emit()

    @Slot(object, int, object)
    def _hear(self, job: Job, kind: int, news: Any) -> None:
        if self._closed:
            return
        if kind == _PROGRESSED:
            if not job.cancelled.is_set():
                job.progressed(news)
            return
        if job is self.patient:
            self.patient = None
            self.changed.emit()
        else:
            self._next()
        if job.cancelled.is_set() and not (job.keeps and kind == _FINISHED):
            job.stopped()
        elif kind == _FINISHED:
            job.finished(news)
        elif kind == _FAILED:
            job.failed(news)
        else:
            job.stopped()


def _serve(inbox: SimpleQueue[Job | None], tell: Callable[[Job, int, object], None]) -> None:
    """The worker's whole life."""
    patient: _Run | None = None
    while True:
        try:
            job = inbox.get(block=patient is None)
        except Empty:
            assert patient  # otherwise it would have waited
            patient = patient if patient.step() else None
            continue
        if job is None:
            break
        run = _Run(job, tell)
        if job.patient:
            patient = run
            continue
        while run.step():
            pass
        del job, run  # an hour of sound is not kept until the next job comes
    if patient:
        patient.step()  # it was cancelled, and takes this as its end


class _Run:
    """A job in the worker's hands."""

    def __init__(self, job: Job, tell: Callable[[Job, int, object], None]) -> None:
        self._job, self._tell = job, tell
        self._reported = -BETWEEN_REPORTS

    def step(self) -> bool:
        """One step of the work; False when there are no more."""
        job, end = self._job, self._advance()
        if end is None:
            return True
        with suppress(RuntimeError):  # the window is gone
            self._tell(job, *end)
        return False

    def _advance(self) -> tuple[int, object] | None:
        job = self._job
        if job.cancelled.is_set():
            return _close(job)
        try:
            progress = next(job.work)
        except StopIteration as end:
            return _FINISHED, end.value
        except Cancelled:
            return _STOPPED, None
        except Exception as error:
            log.exception("%s %s failed", job.kind, job.subject)
            return _FAILED, error
        now = monotonic()
        if progress.part is not None or now - self._reported >= BETWEEN_REPORTS:
            with suppress(RuntimeError):
                self._tell(job, _PROGRESSED, progress)
            self._reported = now
        return None


def _close(job: Job) -> tuple[int, object]:
    try:
        job.work.close()
    except Exception as error:
        log.exception("%s %s could not be cancelled cleanly", job.kind, job.subject)
        return _FAILED, error
    return _STOPPED, None
