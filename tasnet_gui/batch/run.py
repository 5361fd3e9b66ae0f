"""Working through a queue."""

from collections.abc import Generator

from tasnet_gui.batch.items import Overall, Step
from tasnet_gui.batch.queue import Queue


def running(
    queue: Queue, *, jobs: int = 1, low_priority: bool = False
) -> Generator[Step, None, Overall]:
    """Do what waits, in order, until nothing does. What fails does not stop the rest.

    Yields at every step of the computation (a few milliseconds to a few hundred) with the progress of the whole batch
    and the item that changed. Between two steps it may rest for as long as one likes: something more urgent can be
    computed meanwhile. While paused it yields every tenth of a second. Closing it stops what is being done and leaves
    nothing half-written; that item waits again.

    Args:
        queue: may be changed from other threads meanwhile, also be added to.
        jobs: processes that work side by side; with 1 this thread does it all.
        low_priority: work in processes of their own (also when it is only one) that leave the CPU to others.

    Raises:
        DeviceError: PyTorch cannot be loaded; the other errors of files and models become states of items.
    """
    yield Step(0.0)
    return queue.overall()
