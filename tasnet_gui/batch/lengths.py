"""How long the files of a queue are, looked up ahead of the work: for the rows of a view, and for the time left."""

from collections.abc import Generator
from contextlib import suppress

from tasnet_gui.audio.files import probe
from tasnet_gui.batch import remote
from tasnet_gui.batch.queue import Queue
from tasnet_gui.domain import Progress, TasnetError


def measuring(queue: Queue) -> Generator[Progress, None, None]:
    """Look at the header of every file that waits, in order, about 1 ms each. Yields after each.

    What cannot be opened says nothing here: its reason comes when it is to be done.
    """
    rows = [row for row in queue.items if row.state.kind == "waiting" and row.duration is None]
    for place, row in enumerate(rows, 1):
        if not remote.is_url(row.source):
            with suppress(TasnetError):
                info = probe(row.path)
                if info.frames:
                    queue.measured(row.id, info.frames / info.rate)
        yield Progress(place / len(rows), "Looking at files")
