"""Workers in processes of their own: the same results, and a process that dies takes one file with it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, cast

import pytest

from tasnet_gui.batch import memory
from tasnet_gui.batch.items import BatchState
from tasnet_gui.batch.naming import Naming
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.pool import Pool
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running, working
from tasnet_gui.batch.task import Task
from tasnet_gui.domain import BadRequest, finish
from tests.batch.conftest import kinds, written

Sounds = Callable[..., list[Path]]
Filled = Callable[..., Queue]


def test_several_processes_come_to_the_results_of_one_thread(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    inputs = sounds(10, bad=2)
    alone = filled(inputs, folder=str(tmp_path / "alone"))
    finish(running(alone))
    queue = filled(inputs)
    assert finish(running(queue, jobs=2)).counts == {"done": 8, "failed": 2}
    assert kinds(queue) == kinds(alone)
    assert written(tmp_path / "out") == written(tmp_path / "alone")


def test_a_process_that_dies_fails_one_file_and_leaves_nothing_behind(
    sounds: Sounds, filled: Filled, tmp_path: Path
) -> None:
    queue = filled(sounds(6), memory.new_queue(tmp_path / "out" / memory.JOURNAL))
    victim, cancelled = queue.items[1].id, queue.items[3].id
    pool = Pool(1, low_priority=True)
    for step in working(queue, pool):
        row = step.item
        if row and row.state.kind == "reading" and row.id == victim and pool.busy:
            process = pool._busy[victim]._process
            assert process.pid
            if hasattr(os, "getpriority"):
                assert os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, os.getpid())
            os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        elif row and row.state.kind == "reading" and row.id == cancelled:
            queue.cancel([cancelled])
    queue.close()
    assert kinds(queue) == ["done", "failed", "done", "cancelled", "done", "done"]
    assert "ended unexpectedly" in queue.items[1].state.reason
    assert len(written(tmp_path / "out")) == 2 * 4
    assert not list((tmp_path / "out").glob("*.part"))


def test_a_pool_without_processes_is_refused() -> None:
    with pytest.raises(BadRequest):
        Pool(0)


def test_a_process_that_stood_still_when_its_file_was_cancelled_does_the_next(sounds: Sounds, filled: Filled) -> None:
    queue = filled(sounds(2))
    work = running(queue, low_priority=True)
    while not queue.items[0].state.active:
        next(work)
    queue.pause()
    for _ in range(3):
        next(work)
    queue.cancel([queue.items[0].id])
    queue.resume()
    until = monotonic() + 60
    for _ in work:
        assert monotonic() < until, "it waits for ever"
    assert kinds(queue) == ["cancelled", "done"]


class Spoken:
    """A process that has said all that it has to say."""

    code = -9

    def __init__(self, *words: Any) -> None:
        self.task = Task(1, "a.wav", Naming("", ""), BatchOptions(), "")
        self.pipe, self._words = self, list(words)

    def recv(self) -> Any:
        if not self._words:
            raise EOFError
        return self._words.pop(0)

    def tell(self, what: str, value: Any) -> None:
        """It does not listen."""

    def end(self) -> None:
        """It has."""


@pytest.mark.parametrize("words", [[(1, BatchState("done"))], []])
def test_the_last_word_of_a_process_that_was_stopped_is_not_that_of_the_next(words: list[Any]) -> None:
    pool = Pool(2)
    old, new = cast(Any, Spoken(*words)), cast(Any, Spoken())
    pool._busy = {1: old}
    pool.stop(1)  # cancelled while its last word, or its end, is in the pipe
    pool._busy = {1: new}  # and tried again at once
    assert pool._hear(old) == ()
    assert pool._busy == {1: new}
    assert new not in pool._free
    assert pool._hear(new)[0][0] == 1
