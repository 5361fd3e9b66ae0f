"""The worker that is nobody else: each step of the batch is a step of the computation, in the thread that asks."""

from collections.abc import Collection, Sequence

from tasnet_gui.batch.ahead import Ahead
from tasnet_gui.batch.items import BatchState, Outcome
from tasnet_gui.batch.task import Performing, Task, failure, performing
from tasnet_gui.batch.workers import Event


class Inline:
    """One task at a time, the next one read meanwhile."""

    threads: int | None = None
    retries = False

    def __init__(self) -> None:
        self._ahead = Ahead()
        self._task: Task | None = None
        self._work: Performing | None = None
        self.still = False

    @property
    def busy(self) -> Collection[int]:
        return (self._task.id,) if self._task else ()

    def room(self) -> bool:
        return self._task is None

    def start(self, task: Task) -> None:
        self._task, self._work = task, performing(task, self._ahead.take(task.source))

    def prepare(self, source: str | None) -> None:
        self._ahead.prepare(source)

    def stop(self, id_: int) -> None:
        if self._task and self._task.id == id_:
            work, self._task, self._work = self._work, None, None
            if work:
                work.close()
            self._ahead.give_up()

    def hold(self, still: bool) -> None:
        self.still = still

    def advance(self) -> Sequence[Event]:
        if self.still or not self._task or not self._work:
            return ()
        task = self._task
        try:
            return ((task.id, next(self._work)),)
        except StopIteration as end:
            outcome: Outcome | BatchState = end.value
        except Exception as error:  # whatever it is, the next file may be better
            outcome = failure(task.source, error)
        self._task = self._work = None
        return ((task.id, outcome),)

    def close(self) -> None:
        self._ahead.drop()
        if self._task:
            self.stop(self._task.id)
