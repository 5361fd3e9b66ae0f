"""A batch that leaves the processor to other programs."""

from pathlib import Path

import pytest

from tasnet_gui.batch import pool
from tasnet_gui.batch.items import Found
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.desktop import work
from tasnet_gui.domain import finish


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A file that fails before anything is computed."""
    path = tmp_path / "broken.wav"
    path.write_bytes(b"RIFF, it says")
    return path


def test_who_lets_others_go_first_is_heeded_at_the_next_start_and_remembered(
    qtbot, desktop, engine, preferences, broken: Path
) -> None:
    queueing = desktop.desk.queueing
    queueing.add([broken])
    qtbot.waitUntil(lambda: queueing.batch.standing.total == 1)
    with qtbot.waitSignal(queueing.batch.finished):
        queueing.view.bar.start.click()
    queueing.view.options.gently.click()
    with qtbot.waitSignal(queueing.batch.finished):
        queueing.batch.retry()
    assert engine.gently == [False, True]
    assert preferences.value.batch_gently


def test_a_gentle_batch_works_in_a_process_that_was_told_so(monkeypatch: pytest.MonkeyPatch, broken: Path) -> None:
    told: list[tuple[int, bool]] = []

    class Watched(pool.Pool):
        def __init__(self, size: int, low_priority: bool = False) -> None:
            told.append((size, low_priority))
            super().__init__(size, low_priority)

    monkeypatch.setattr(pool, "Pool", Watched)
    queue = Queue()
    queue.add([Found(str(broken))], BatchOptions())
    overall = finish(work.batching(queue, True))
    assert told == [(1, True)]
    assert overall.counts == {"failed": 1}
