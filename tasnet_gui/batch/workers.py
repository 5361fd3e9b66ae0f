"""What all kinds of workers have in common: this thread, processes beside it, a cluster."""

from collections.abc import Collection, Sequence
from typing import Protocol

from tasnet_gui.batch.items import BatchState, Outcome
from tasnet_gui.batch.task import Task
from tasnet_gui.domain import Progress

# What came of a task, by its id: how far it is, its result, or the state that its item ends in.
Event = tuple[int, Progress | Outcome | BatchState]

PATIENCE = 0.1  # seconds that `advance` may wait for something to happen


class Workers(Protocol):
    """Does tasks. Called from one thread."""

    threads: int | None  # of the CPU for each task, where its options leave it open; None is the engine's own choice
    retries: bool  # whether a task may be begun a second time unseen, so that what it wrote before is its own

    @property
    def busy(self) -> Collection[int]:
        """The ids of the tasks that were started and have not ended."""

    def room(self) -> bool:
        """Whether one more task can be started."""

    def start(self, task: Task) -> None:
        """Begin a task; there is room."""

    def prepare(self, source: str | None) -> None:
        """Say what will probably be started next, to read it ahead; None is nothing."""

    def stop(self, id_: int) -> None:
        """Give up a task; no more is heard of it."""

    def hold(self, still: bool) -> None:
        """Stand still, or go on."""

    def advance(self) -> Sequence[Event]:
        """What happened. Waits a moment at most."""

    def close(self) -> None:
        """Give up everything. Nothing half-written stays behind."""
