"""The queue: what waits, what is being done, what came of it. Every method may be called from any thread."""

import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import count

from tasnet_gui.batch import orphans, records, remote
from tasnet_gui.batch.items import ACTIVE, WAITING, BatchItem, BatchState, Found, News, Outcome, Overall
from tasnet_gui.batch.journal import Journal
from tasnet_gui.batch.naming import Names, Naming, identity
from tasnet_gui.batch.options import BatchOptions

CANCELLED = BatchState("cancelled", reason="It was cancelled.")


@dataclass(frozen=True)
class Removed:
    """Rows that were taken out, each with its place in the whole queue as it was, so that they can come back."""

    rows: tuple[tuple[int, BatchItem], ...]


class Queue:
    """A list of items that `run.running` works through, while anyone adds, moves, cancels and looks.

    Each change makes a new version: a view keeps the version that it has drawn and asks `news(since)` for the rest.
    Whatever is asked of it is written into the journal, so all of these raise UnwritableOutput when that fails.

    Args:
        journal: where it is all written down; None keeps it in memory only.
        past: to begin with.
    """

    def __init__(self, journal: Journal | None = None, past: records.Past | None = None) -> None:
        self.journal = journal
        self.names = Names()  # used by whoever runs the queue
        self._past = past or records.Past()
        self._rows = self._past.rows
        self._stop: dict[int, BatchState | None] = {}  # what is to become of rows that are being done; None: nothing
        self._paused = False
        self._changes = threading.Condition(threading.RLock())
        self._ids = count(max(self._past.ids, default=0) + 1)
        for row in self._rows:
            self.names.inputs.add(identity(row.source))
            if row.id in self._past.namings:
                self.names.keep(row, self._past.namings[row.id])

    # ------------------------------------------------------------------------------------------------------- looking

    @property
    def items(self) -> tuple[BatchItem, ...]:
        """All rows in order."""
        with self._changes:
            return tuple(self._rows)

    def item(self, id_: int) -> BatchItem | None:
        """A row, or None when it was removed."""
        with self._changes:
            return self._rows.get(id_)

    def news(self, since: int = 0) -> News:
        """What changed since a version; everything since version 0. Costs as much as has changed."""
        with self._changes:
            return self._rows.news(since)

    @property
    def overall(self) -> Overall:
        """How far the whole queue is. Costs the same however long it is."""
        with self._changes:
            return self._rows.tally.overall

    @property
    def results(self) -> frozenset[str]:
        """The files that came of these rows, or may have."""
        with self._changes:
            return frozenset(self._past.results)

    @property
    def earlier(self) -> frozenset[str]:
        """The results of batches that were here before, which are no new inputs."""
        with self._changes:
            return frozenset(self._past.earlier)

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def unfinished(self) -> int:
        """How many rows wait or are being done."""
        with self._changes:
            return sum(self._rows.tally.counts[kind] for kind in ("waiting", *ACTIVE))

    # -------------------------------------------------------------------------------------------------------- asking

    def add(self, found: Iterable[Found], options: BatchOptions) -> tuple[BatchItem, ...]:
        """Put files at the end. What waits already, or is being done, with the same options is left out.

        Raises:
            BadRequest: the options make no sense.
        """
        options = _absolute(options.checked())
        with self._changes:
            there = {row.source for row in self._rows if not row.state.ended and row.options == options}
            new = []
            for file in found:
                source = absolute(file.source)
                if source not in there:
                    there.add(source)
                    new.append(BatchItem(next(self._ids), source, options, file.relative, file.size, state=file.state))
            self._insert(list(enumerate(new, len(self._rows.order))))
            return tuple(new)

    def move(self, ids: Iterable[int], before: int | None) -> None:
        """Put rows, in their present order, before another one; None is the end."""
        with self._changes:
            self._write({"move": self._rows.move(ids, before), "before": before})

    def remove(self, ids: Iterable[int]) -> Removed:
        """Take rows out. One that is being done is stopped. What is returned goes to `restore`."""
        with self._changes:
            rows = self._rows.take_out(ids)
            self._stop.update((row.id, None) for _, row in rows if row.state.active)
            self._write({"remove": [row.id for _, row in rows]})
            self._changes.notify_all()
            return Removed(rows)

    def restore(self, removed: Removed) -> None:
        """Undo `remove`: the rows are back in their places; what was being done waits again."""
        with self._changes:
            rows = [(place, row) for place, row in removed.rows if row.id not in self._rows]
            rows = [(place, replace(row, state=WAITING) if row.state.active else row) for place, row in rows]
            self._insert(rows, known=True)

    def clear_finished(self) -> Removed:
        """Take out the rows that are done or skipped. What is returned goes to `restore`."""
        with self._changes:
            return self.remove([row.id for row in self._rows if row.state.kind in ("done", "skipped")])

    def cancel(self, ids: Iterable[int] | None = None) -> None:
        """Stop rows that wait or are being done; None means all."""
        with self._changes:
            rows = [row for row in self._chosen(ids) if not row.state.ended]
            self._stop.update((row.id, CANCELLED) for row in rows if row.state.active)
            if waiting := [row.id for row in rows if not row.state.active]:
                records.end_all(self._past, waiting, CANCELLED)
                self._write(records.from_ends(waiting, CANCELLED))
            self._changes.notify_all()

    def retry(self, ids: Iterable[int] | None = None) -> None:
        """Let rows that failed, were skipped or cancelled wait again; None means all that failed."""
        kinds = ("failed",) if ids is None else ("failed", "skipped", "cancelled")
        with self._changes:
            again = [row for row in self._chosen(ids) if row.state.kind in kinds]
            for row in again:
                self._rows.put(replace(row, state=WAITING))
            self._write({"retry": [row.id for row in again]})

    def revise(self, options: BatchOptions) -> None:
        """Do the rows that wait with other options; those whose work was interrupted keep their own.

        Raises:
            BadRequest: the options make no sense.
        """
        options = _absolute(options.checked())
        with self._changes:
            past, rows = self._past, self._rows
            ids = [row.id for row in rows if row.state.kind == "waiting" and row.options != options]
            if ids := [id_ for id_ in ids if id_ not in past.begun]:
                records.revise(past, ids, options)
                self._write({"revise": ids, "options": options.as_dict()})

    def recall(self, earlier: Iterable[str]) -> None:
        """Note what batches wrote that were here before."""
        with self._changes:
            if new := sorted(set(earlier) - self._past.earlier):
                self._past.earlier.update(new)
                self._write({"earlier": new})

    def pause(self) -> None:
        """Stand still, at once."""
        with self._changes:
            self._paused = True

    def resume(self) -> None:
        """Go on."""
        with self._changes:
            self._paused = False
            self._changes.notify_all()

    def measured(self, id_: int, duration: float) -> None:
        """Note how many seconds of sound a row holds, when somebody has looked."""
        with self._changes:
            if (row := self._rows.get(id_)) and row.duration is None:
                self._rows.put(replace(row, duration=duration))

    def close(self) -> None:
        """Let go of the journal. One that lies among the person's own is deleted when nothing is left to do."""
        if self.journal:
            self.journal.close(delete=self.journal.passing and not self.unfinished)

    # ----------------------------------------------------------------- for `run`, which does what the queue asks for

    def begin(self) -> None:
        """Somebody begins to work through the queue."""
        with self._changes:
            self._rows.tally.begin()

    def worked(self, seconds: float) -> None:
        """Count time in which work was done."""
        with self._changes:
            self._rows.tally.active += seconds

    @property
    def first_waiting(self) -> BatchItem | None:
        """What is to be done next."""
        with self._changes:
            return self._rows.first_waiting

    def naming(self, id_: int) -> Naming | None:
        """The names that a row was given when it was begun, if it did not come to its end then."""
        with self._changes:
            return self._past.namings[id_] if id_ in self._past.begun else None

    def began(self, id_: int, naming: Naming, duration: float | None) -> BatchItem | None:
        """A row that waits is about to be done, and known on the disk to be. None when it does not wait any more."""
        with self._changes:
            row = self._rows.get(id_)
            if not row or row.state.kind != "waiting":
                return None
            self._past.namings[id_] = naming
            self._past.begun.add(id_)
            row = replace(row, state=BatchState("reading"), duration=duration or row.duration)
            self._rows.put(row)
            self._write({"begin": id_, "naming": asdict(naming), "duration": row.duration})
        self._sync()
        return row

    def progressed(self, id_: int, state: BatchState) -> BatchItem | None:
        """How far a row is."""
        with self._changes:
            if (row := self._rows.get(id_)) and row.state.active:
                self._rows.put(replace(row, state=state))
            return self._rows.get(id_)

    def ended(self, id_: int, state: BatchState, outcome: Outcome | None = None) -> BatchItem | None:
        """A row is done or will not be, and known on the disk to be."""
        with self._changes:
            self._stop.pop(id_, None)
            row = self._rows.get(id_)
            ended = self._end(row, state, outcome) if row and not row.state.ended else row
        self._sync()
        return ended

    def put_back(self, id_: int) -> None:
        """Work on a row was given up; if it is still there, it waits."""
        with self._changes:
            self._stop.pop(id_, None)
            if (row := self._rows.get(id_)) and row.state.active:
                self._rows.put(replace(row, state=WAITING))

    @property
    def to_stop(self) -> tuple[int, ...]:
        """The rows on which work is to be given up, because they were cancelled or removed."""
        with self._changes:
            return tuple(self._stop)

    def stopped(self, id_: int) -> BatchItem | None:
        """Work on such a row was given up."""
        with self._changes:
            state = self._stop.pop(id_, None)
        if state:
            return self.ended(id_, state)
        self.put_back(id_)
        return self.item(id_)

    def tidy(self) -> None:
        """Delete what was left half-written: nobody works on this queue now."""
        if self.journal:
            with self._changes:
                folders = self._past.folders
            orphans.clean(self.journal.mark, folders)

    def rest(self, seconds: float) -> None:
        """Wait while the queue is paused, at most so long."""
        with self._changes:
            self._changes.wait_for(lambda: not self._paused or bool(self._stop), seconds)

    # ----------------------------------------------------------------------------------------------------------------

    def _chosen(self, ids: Iterable[int] | None) -> list[BatchItem]:
        wanted = None if ids is None else set(ids)
        return [row for row in self._rows if wanted is None or row.id in wanted]

    def _insert(self, rows: list[tuple[int, BatchItem]], known: bool = False) -> None:
        """New rows, or such that were there before: the disk is not asked about these once more."""
        self._rows.insert(rows)
        if not known:
            self.names.inputs.update(identity(row.source) for _, row in rows)
        self._write(*records.from_rows(rows))

    def _end(self, row: BatchItem, state: BatchState, outcome: Outcome | None = None) -> BatchItem:
        duration = outcome.duration if outcome else row.duration
        row = replace(row, state=state, outcome=outcome, duration=duration)
        self._past.begun.discard(row.id)
        self._rows.put(row)
        self._write(records.from_end(row))
        return row

    def _write(self, *lines: records.Record) -> None:
        if self.journal:
            for line in lines:
                self.journal.append(line)

    def _sync(self) -> None:
        if self.journal:
            self.journal.sync()


def _absolute(options: BatchOptions) -> BatchOptions:
    folders = (options.folder, options.references)
    folder, references = (absolute(path) if path else "" for path in folders)
    return replace(options, folder=folder, references=references)


def absolute(path: str) -> str:
    """A path from the root on; a URL is one."""
    return path if remote.is_url(path) else os.path.abspath(path)
