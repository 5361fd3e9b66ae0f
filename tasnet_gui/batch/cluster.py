"""Workers on other machines: an existing Dask cluster, one item to a task. Needs the extra `cluster`.

The scheduler gives the tasks of a worker that is lost to another one. Names were given before, so that whoever does
an item writes the same files, and a second attempt replaces what a first one may have written.
"""

import threading
from collections.abc import Collection, Sequence
from contextlib import closing
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from tasnet_gui.batch.items import BatchState, Outcome
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import Running, working
from tasnet_gui.batch.task import Task, failure, performing
from tasnet_gui.batch.workers import PATIENCE as MOMENT
from tasnet_gui.batch.workers import Event
from tasnet_gui.domain import BadRequest, DeviceError

PATIENCE = 10.0  # seconds for a scheduler to answer
_AHEAD = 2  # tasks per thread of the cluster: one being done, one ready to be
_RETRIES = 3  # of a task that fails for a reason of the cluster's, such as a connection
_COUNTED = 5.0  # seconds for which the number of workers is believed

_COMPUTING = ("Loading the model", "Separating")  # phases of `performing`
_one_at_a_time = threading.Lock()


def running_on(queue: Queue, address: str) -> Running:
    """`run.running`, by the workers of the Dask cluster at an address. Pausing holds back what was not begun.

    Closing it lets files that are being done elsewhere come to their end, unheard; they will be done once more.

    Raises:
        BadRequest: the package `distributed` is missing.
        DeviceError: the cluster does not answer, or is gone; what was being done waits again.
        UnwritableOutput: the journal cannot be written.
    """
    return working(queue, Cluster(address))


class Cluster:
    """The workers of a Dask cluster.

    Args:
        address: of its scheduler, such as tcp://10.0.0.1:8786.
    """

    threads: int | None = None
    retries = True

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise BadRequest(
                "The package distributed, which speaks to Dask clusters, is missing.",
                "Install it with: python -m pip install 'tasnet-studio[cluster]'",
            ) from error
        self._address = address
        try:
            self._client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            todo = "Start it with `dask scheduler`, and give the address that it prints."
            raise DeviceError(f"No Dask scheduler answers at {address}.", todo) from error
        self._futures: dict[int, Any] = {}
        self._ended: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._threads = (0, 0.0)  # how many the cluster has, and when they were counted
        self._attempts = 0

    @property
    def busy(self) -> Collection[int]:
        return tuple(self._futures)

    def room(self) -> bool:
        return len(self._futures) < _AHEAD * max(1, self._count())

    def start(self, task: Task) -> None:
        self._attempts += 1
        key = f"tasnet-{task.mark}{task.id}-{self._attempts}"
        future = self._client.submit(perform, task, key=key, pure=False, retries=_RETRIES)
        self._futures[task.id] = future
        future.add_done_callback(lambda done: self._ended.put((task.id, done)))

    def prepare(self, source: str | None) -> None:
        """Workers with two threads read one file while they compute another."""

    def stop(self, id_: int) -> None:
        if future := self._futures.pop(id_, None):
            future.cancel()

    def hold(self, still: bool) -> None:
        """What is with the workers goes on."""

    def advance(self) -> Sequence[Event]:
        try:
            id_, future = self._ended.get(timeout=MOMENT)
        except Empty:
            self._check()
            return ()
        if id_ not in self._futures or self._futures[id_] is not future:
            return ()
        if future.status in ("cancelled", "lost"):  # not by us
            raise self._gone()
        del self._futures[id_]
        error = future.exception()
        return ((id_, _lost(error) if error else future.result()),)

    def close(self) -> None:
        self._futures.clear()
        self._client.close(timeout=5)

    def _count(self) -> int:
        threads, counted = self._threads
        if monotonic() - counted > _COUNTED:
            self._check()
            threads = sum(self._client.nthreads().values())
            self._threads = (threads, monotonic())
        return threads

    def _check(self) -> None:
        if self._client.status != "running":
            raise self._gone()

    def _gone(self) -> DeviceError:
        return DeviceError(f"The Dask scheduler at {self._address} is gone.", "Start it again, then use --resume.")


def perform(task: Task) -> Outcome | BatchState:
    """An item, on a worker. What is wrong with it is a result, too: only what is wrong with the cluster is retried.

    A worker with several threads reads and writes in all of them, and computes in one at a time.
    """
    computing = False
    with closing(performing(task)) as work:
        try:
            while True:
                progress = next(work)
                if (progress.phase in _COMPUTING) != computing:
                    (_one_at_a_time.release if computing else _one_at_a_time.acquire)()
                    computing = not computing
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        except Exception as error:
            return failure(task.source, error)
        finally:
            if computing:
                _one_at_a_time.release()


def _lost(error: BaseException) -> BatchState:
    reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return BatchState("failed", reason=f"The cluster could not do it: {reason}.", todo="Look at its workers' logs.")
