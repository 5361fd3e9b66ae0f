"""Workers in processes of their own: several side by side, or one that leaves the CPU to others.

Each does what the thread of the batch would do by itself, `Inline`, and tells of it through a pipe. A process that
dies takes one file with it; the next file gets a new one.
"""

import signal
from collections.abc import Collection, Sequence
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any

from tasnet_gui.audio.names import shown
from tasnet_gui.batch.inline import Inline
from tasnet_gui.batch.items import BatchState
from tasnet_gui.batch.priority import lower
from tasnet_gui.batch.task import Task
from tasnet_gui.batch.workers import PATIENCE, Event
from tasnet_gui.domain import BadRequest, Progress
from tasnet_gui.engine.device import thread_count

_BETWEEN = 0.1  # seconds between two reports of how far a file is
_GOODBYE = 2.0  # seconds that a process has to give up what it does
_CONTEXT = get_context("spawn")  # a fork would copy the locks of the threads that hold them


class Pool:
    """Processes that do one task each.

    Args:
        size: how many.
        low_priority: let everything else go first.
    """

    retries = False

    def __init__(self, size: int, low_priority: bool = False) -> None:
        if size < 1:
            raise BadRequest(f"{size} jobs cannot do anything.", "Choose at least 1.")
        self.threads: int | None = max(1, thread_count() // size)
        self._low_priority = low_priority
        self._free: list[_Process] = []
        self._size = size
        self._busy: dict[int, _Process] = {}  # by the id of the task
        self._giving_up: set[_Process] = set()
        self._still = False

    @property
    def busy(self) -> Collection[int]:
        return tuple(self._busy)

    def room(self) -> bool:
        return len(self._busy) + len(self._giving_up) < self._size

    def start(self, task: Task) -> None:
        process = next((one for one in self._free if one.alive), None)
        if process:
            self._free.remove(process)
        else:
            process = _Process(self._low_priority)
        process.begin(task)
        self._busy[task.id] = process

    def prepare(self, source: str | None) -> None:
        """With one process, it reads ahead; several have each other's computing to read beside."""
        if self._size == 1:
            for process in self._busy.values():
                process.prepare(source)

    def stop(self, id_: int) -> None:
        if process := self._busy.pop(id_, None):
            process.tell("stop", id_)
            self._giving_up.add(process)

    def hold(self, still: bool) -> None:
        if still != self._still:
            self._still = still
            for process in (*self._free, *self._busy.values(), *self._giving_up):  # these will be free again
                process.tell("hold", still)

    def advance(self) -> Sequence[Event]:
        listening = {process.pipe: process for process in (*self._busy.values(), *self._giving_up)}
        events: list[Event] = []
        for pipe in wait(list(listening), PATIENCE):
            events += self._hear(listening[pipe])  # type: ignore[index]  # what goes in comes out
        return events

    def close(self) -> None:
        everyone = [*self._free, *self._busy.values(), *self._giving_up]
        for process in everyone:
            process.pipe.close()  # which is how it learns of it
        for process in everyone:
            process.end()
        self._free, self._busy, self._giving_up = [], {}, set()

    def _hear(self, process: "_Process") -> Sequence[Event]:
        """What a process has to say; its last word is that it is no more."""
        task = process.task
        try:
            id_, news = process.pipe.recv()
        except (EOFError, OSError):
            process.end()
            self._giving_up.discard(process)
            if task and self._works_on(process, task.id):
                del self._busy[task.id]
                return ((task.id, _lost(task, process.code)),)
            return ()
        if id_ is None:  # it has given up what it was doing
            self._giving_up.discard(process)
            self._free.append(process)
            return ()
        if not self._works_on(process, id_):
            return ()
        if not isinstance(news, Progress):
            self._free.append(self._busy.pop(id_))
        return ((id_, news),)

    def _works_on(self, process: "_Process", id_: int) -> bool:
        """Whether a task is this process's own: one that gave it up may still speak of it when another has it."""
        return self._busy.get(id_) is process


class _Process:
    """One process, seen from here."""

    def __init__(self, low_priority: bool) -> None:
        self.task: Task | None = None
        self.pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=serve, args=(theirs, low_priority), name="batch", daemon=True)
        self._process.start()
        theirs.close()
        self._prepared: str | None = None

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def code(self) -> int | None:
        """How it ended; negative is the number of a signal."""
        return self._process.exitcode

    def begin(self, task: Task) -> None:
        self.task = task
        self.tell("start", task)

    def prepare(self, source: str | None) -> None:
        if source != self._prepared:
            self._prepared = source
            self.tell("prepare", source)

    def tell(self, what: str, value: Any) -> None:
        try:
            self.pipe.send((what, value))
        except OSError:  # it is no more, which `advance` will hear
            return

    def end(self) -> None:
        self.pipe.close()
        self._process.join(_GOODBYE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def serve(pipe: Connection, low_priority: bool) -> None:
    """The whole life of a process: it ends with the pipe, or with whoever holds the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who reads the terminal
    if low_priority:
        lower()
    server = _Server(pipe)
    try:
        while True:
            server.listen()
            server.work()
    except (EOFError, OSError):
        return
    finally:
        server.inline.close()


class _Server:
    """What a process does with what it is told."""

    def __init__(self, pipe: Connection) -> None:
        self.inline = Inline()
        self._pipe = pipe
        self._reported = 0.0

    def listen(self) -> None:
        """Hear everything there is to hear, and wait for it when there is nothing to do."""
        while not self.inline.busy or self.inline.still or self._pipe.poll():
            what, value = self._pipe.recv()
            if what == "start":
                self.inline.start(value)
                self._reported = 0.0
            elif what == "prepare":
                self.inline.prepare(value)
            elif what == "hold":
                self.inline.hold(value)
            elif what == "stop":
                self.inline.stop(value)
                self._pipe.send((None, None))

    def work(self) -> None:
        """Do one step, and tell of it."""
        for id_, news in self.inline.advance():
            if not isinstance(news, Progress):
                self._pipe.send((id_, news))
            elif monotonic() - self._reported >= _BETWEEN:
                self._reported = monotonic()
                self._pipe.send((id_, replace(news, part=None)))  # the sound itself stays here


def _lost(task: Task, code: int | None) -> BatchState:
    how = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
    return BatchState(
        "failed",
        reason=f"The process that worked on {shown(task.source)} ended unexpectedly ({how}).",
        todo="Try it again by itself; it may need more memory than there is.",
    )
