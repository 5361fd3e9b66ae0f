"""Reading the next file while this one is computed."""

import threading
from concurrent.futures import Future
from contextlib import ExitStack, closing
from types import TracebackType

from tasnet_gui.audio.files import reading
from tasnet_gui.batch import remote
from tasnet_gui.batch.task import Reading, Source
from tasnet_gui.domain import Progress, Recording

_GLANCE = 0.05  # seconds between two looks at whether it is there, so that Cancel is heard
_GOODBYE = 2.0  # seconds to wait for a reader that was given up; a dead network disk may hold it for longer


class Ahead:
    """One file that is being read, or was, in a thread of its own. There is never more than one."""

    def __init__(self) -> None:
        self._source: str | None = None
        self._reader: _Reader | None = None
        self._taken: _Reader | None = None

    def prepare(self, source: str | None) -> None:
        """Begin to read a file; what was read in vain is given up."""
        if source != self._source:
            self.drop()
            self._source = source
            self._reader = _Reader(source) if source is not None else None

    def take(self, source: str) -> Source | None:
        """What `task.performing` enters to get the recording; None when it was another file that was read."""
        if source != self._source or self._reader is None:
            return None
        self._taken, self._reader, self._source = self._reader, None, None
        return self._taken

    def give_up(self) -> None:
        """What was taken is not needed after all, and may not even have been asked for yet."""
        if self._taken:
            self._taken.give_up()

    def drop(self) -> None:
        """Give up what is being read."""
        if self._reader:
            self._reader.give_up()
        self._reader = self._source = None


class _Reader:
    """A recording that is being read, and its file. A context manager."""

    def __init__(self, source: str) -> None:
        self._file = ExitStack()  # what goes away with a fetched one
        self._given_up = threading.Event()
        self._progress = Progress(0.0, "Reading")
        self._recording: Future[Recording] = Future()
        self._thread = threading.Thread(target=self._read, args=(source,), name="reader", daemon=True)
        self._thread.start()

    def __enter__(self) -> Reading:
        return self._awaiting()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.give_up()

    def give_up(self) -> None:
        """Stop, and let go of what was read."""
        self._given_up.set()
        self._thread.join(_GOODBYE)
        self._recording = Future()
        if not self._thread.is_alive():  # else it will do so itself
            self._file.close()

    def _awaiting(self) -> Reading:
        """Whatever is still to be waited for."""
        while True:
            try:
                recording = self._recording.result(_GLANCE)
            except TimeoutError:
                yield self._progress
            else:
                self._recording = Future()  # whoever works with it lets go of it
                return recording

    def _read(self, source: str) -> None:
        try:
            path = self._file.enter_context(remote.fetched(source))
            with closing(reading(path)) as work:
                while not self._given_up.is_set():
                    try:
                        self._progress = next(work)
                    except StopIteration as end:
                        self._recording.set_result(end.value)
                        return
        except BaseException as error:
            self._recording.set_exception(error)
        finally:
            if self._given_up.is_set():
                self._file.close()
