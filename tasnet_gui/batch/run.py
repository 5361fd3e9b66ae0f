"""Working through a queue: one loop for every kind of worker, so that all of them do the same."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from time import monotonic
from typing import Literal

import numpy as np

from tasnet_gui.audio.exports import LIKE_INPUT, ExportPlan, format_for
from tasnet_gui.audio.files import probe
from tasnet_gui.audio.filming import refusal
from tasnet_gui.audio.formats import format_named
from tasnet_gui.audio.plans import FILM
from tasnet_gui.batch import remote
from tasnet_gui.batch.inline import Inline
from tasnet_gui.batch.items import BatchItem, BatchState, Kind, Outcome, Overall, Step
from tasnet_gui.batch.measure import reference_for
from tasnet_gui.batch.naming import Taken
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.task import Task, failure
from tasnet_gui.batch.workers import PATIENCE, Event, Workers
from tasnet_gui.domain import BadRequest, ModelCard, Recording, UnwritableOutput
from tasnet_gui.engine import library

Running = Generator[Step, None, Overall]

_KINDS: dict[str, Kind] = {"Reading": "reading", "Loading the model": "separating", "Separating": "separating"}


def running(queue: Queue, *, jobs: int = 1, low_priority: bool = False) -> Running:
    """Do what waits, in order, until nothing does. What fails does not stop the rest.

    Yields at every step of the computation (a few milliseconds to a few hundred) with the progress of the whole batch
    and the item that changed. Between two steps it may rest for as long as one likes: something more urgent can be
    computed meanwhile. While the queue is paused it yields every tenth of a second. Closing it stops what is being
    done and leaves nothing half-written; those items wait again.

    Args:
        queue: may be changed from other threads meanwhile, also be added to.
        jobs: processes that work side by side; with 1 this thread does it all.
        low_priority: work in processes of their own, also when it is only one, that leave the CPU to others.

    Raises:
        UnwritableOutput: the journal cannot be written.
    """
    if jobs == 1 and not low_priority:
        return working(queue, Inline())
    from tasnet_gui.batch.pool import Pool

    return working(queue, Pool(jobs, low_priority))


def working(queue: Queue, workers: Workers) -> Running:
    """`running`, by these workers, which are closed at the end."""
    queue.begin()
    tasks = _Tasks(queue, workers)
    try:
        with closing(workers):
            while queue.first_waiting or workers.busy:
                yield from _timed(queue, _round(queue, workers, tasks))
                if queue.paused:
                    queue.rest(PATIENCE)
    finally:
        _give_up(queue)
        queue.tidy()
    return queue.overall


def _timed(queue: Queue, steps: Iterator[Step]) -> Iterator[Step]:
    """Steps, with the time that they take counted: not the time between them, which is somebody else's."""
    while True:
        began = monotonic()
        step = next(steps, None)
        queue.worked(0.0 if queue.paused else monotonic() - began)
        if step is None:
            return
        yield step


def _round(queue: Queue, workers: Workers, tasks: "_Tasks") -> Iterator[Step]:
    """Give up what is to be given up, begin what there is room for, and see what happened."""
    for id_ in queue.to_stop:
        workers.stop(id_)
        yield _step(queue, queue.stopped(id_))
    workers.hold(queue.paused)
    while not queue.paused and workers.room() and (row := queue.first_waiting):
        task = tasks.begin(row)
        if task:
            workers.start(task)
        yield _step(queue, queue.item(row.id))
    following = queue.first_waiting
    workers.prepare(following.source if following else None)
    events = workers.advance()
    for event in events:
        yield _step(queue, _noted(queue, event))
    if not events:
        yield _step(queue)


def _give_up(queue: Queue) -> None:
    """Nobody works on the queue any more."""
    for id_ in queue.to_stop:
        queue.stopped(id_)
    for row in queue.items:
        queue.put_back(row.id)


def _noted(queue: Queue, event: Event) -> BatchItem | None:
    """Write down what happened to an item."""
    id_, news = event
    if isinstance(news, Outcome):
        return queue.ended(id_, BatchState("done", 1.0), news)
    if isinstance(news, BatchState):
        return queue.ended(id_, news)
    kind = _KINDS.get(news.phase, "writing")
    done = 0.0 if news.phase == "Measuring" else news.done
    return queue.progressed(id_, BatchState(kind, done, news.remaining))


def _step(queue: Queue, item: BatchItem | None = None) -> Step:
    overall = queue.overall
    return Step(overall.done, "Paused" if queue.paused else "Working", overall.remaining, item=item)


class _Tasks:
    """Makes tasks of rows."""

    def __init__(self, queue: Queue, workers: Workers) -> None:
        self._queue = queue
        self._workers = workers
        self._models: dict[str, ModelCard] = {}

    def begin(self, row: BatchItem) -> Task | None:
        """The task of a row that waits; None when there is nothing to be done, and the row says why."""
        try:
            model = self._model(row.options.model)
            duration, suffix, rate, options = _look(row)
            row = replace(row, options=options)
            again = self._queue.naming(row.id)
            naming = again or self._queue.names.give(row, model.name, suffix, rate)
            reference = reference_for(row.source, row.relative, row.options.references)
        except Exception as error:  # whatever it is, the next file may be better
            self._queue.ended(row.id, failure(row.source, error))
            return None
        if isinstance(naming, Taken):
            self._queue.ended(row.id, BatchState("skipped", reason=naming.reason))
            return None
        if not self._queue.began(row.id, naming, duration):
            return None
        options = options if options.threads else replace(options, threads=self._workers.threads)
        mark = self._queue.journal.mark if self._queue.journal else ""
        return Task(
            row.id, row.source, naming, options, model.sha256, self._conflict(row, again is not None), reference, mark
        )

    def _conflict(self, row: BatchItem, again: bool) -> Literal["number", "overwrite", "refuse"]:
        """What the export does when a name is taken, though it was free or to be overwritten when it was given."""
        if again or self._workers.retries or row.options.conflict == "overwrite":
            return "overwrite"  # what lies there is what an interrupted attempt has made of this very item
        return "refuse" if row.options.conflict == "skip" else "number"

    def _model(self, name: str) -> ModelCard:
        if name not in self._models:
            self._models[name] = library.card(name)
        return self._models[name]


def _look(row: BatchItem) -> tuple[float | None, str, int, BatchOptions]:
    """What is to be known before a file is named: its seconds, suffix and rate of its results, and what is done to it.

    Raises:
        BadRequest: the template asks for what only reading will tell.
        UnreadableAudio: it is no sound.
        UnwritableOutput: it is a film that cannot be written as one, though that is asked for.
    """
    options = row.options
    chosen = row.options.format
    if remote.is_url(row.source):
        if "{rate}" in options.template:  # names are given before, so that no two files get the same
            what = f"The rate of {row.name} is not known before it was fetched, so its name cannot have {{rate}}."
            raise BadRequest(what, "Leave {rate} out of the names, or fetch the file first.")
        return None, "" if chosen == LIKE_INPUT else format_named(chosen).suffix, 0, options
    info = probe(row.path)
    silence = np.broadcast_to(np.float32(0), (info.channels, info.frames))
    recording = Recording(silence, info.rate, row.path, info.container, info.subtype, picture=info.picture)
    if options.remux and info.picture:
        if why := refusal(recording):
            raise UnwritableOutput(why, "Leave films as sound to take it apart.")
        options = replace(options, format=FILM, tracks=(options.remux,))
    form = format_for(ExportPlan(row.path.parent, format=options.format), recording)
    return recording.duration or None, form.suffix, form.rate_for(info.rate), options
