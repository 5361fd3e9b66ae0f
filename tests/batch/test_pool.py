"""Workers in processes of their own: the same results, and a process that dies takes one file with it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tasnet_gui.batch import memory
from tasnet_gui.batch.pool import Pool
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running, working
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
