"""A real Dask scheduler and two workers on this machine, one of which is killed on the way."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tasnet_gui import cli
from tasnet_gui.batch import cluster, memory, report
from tasnet_gui.batch.cluster import Cluster
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running, working
from tasnet_gui.domain import DeviceError, finish
from tests.batch.conftest import kinds, written

Sounds = Callable[..., list[Path]]
Filled = Callable[..., Queue]


class Machines:
    """The processes of a cluster."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        where = ("--host", "127.0.0.1", "--no-dashboard")
        self.scheduler, self.address = self._start("Scheduler at:", "scheduler", "--port", "0", *where)
        self.workers = [
            self._start("Registered to:", "worker", self.address, "--nthreads", "1", "--no-nanny", *where)[0]
            for _ in range(2)
        ]

    def _start(self, ready: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
        """A process that has said it is ready, and the address in what it said."""
        process = self._stack.enter_context(
            subprocess.Popen([sys.executable, "-m", "dask", *arguments], stderr=subprocess.PIPE, text=True)
        )
        self._stack.callback(process.kill)
        assert process.stderr
        for line in process.stderr:
            if ready in line:
                return process, line.split()[-1]
        raise AssertionError("it ended")


@pytest.fixture
def machines() -> Iterator[Machines]:
    with ExitStack() as stack:
        yield Machines(stack)


def untimed(queue: Queue) -> list[dict[str, object]]:
    times = (*report.TIMES, "output_speech", "output_noise")
    return [{key: value for key, value in report.row(row).items() if key not in times} for row in queue.items]


def test_a_worker_that_is_killed_costs_nothing_and_the_results_are_those_of_this_machine(
    machines: Machines, sounds: Sounds, filled: Filled, tmp_path: Path
) -> None:
    inputs = sounds(16, bad=2)
    alone = filled(inputs, folder=str(tmp_path / "alone"))
    finish(running(alone))
    queue = filled(inputs, memory.new_queue(tmp_path / "out" / memory.JOURNAL))
    ended: list[int] = []
    for step in working(queue, Cluster(machines.address)):
        if step.item and step.item.state.ended:
            ended.append(step.item.id)
            if len(ended) == 3:
                machines.workers[0].kill()
    queue.close()
    assert kinds(queue) == kinds(alone)
    assert sorted(ended) == [row.id for row in queue.items]  # each once
    assert written(tmp_path / "out") == written(tmp_path / "alone")
    assert untimed(queue) == untimed(alone)
    assert not list((tmp_path / "out").glob("*.part"))


def test_a_scheduler_that_is_gone_ends_the_batch_which_can_be_gone_on_with(
    machines: Machines, sounds: Sounds, filled: Filled
) -> None:
    queue = filled(sounds(4))
    work = working(queue, Cluster(machines.address))
    next(work)
    machines.scheduler.kill()
    with pytest.raises(DeviceError, match="gone"):
        finish(work)
    assert not any(row.state.active for row in queue.items)
    finish(running(queue))
    assert kinds(queue) == ["done"] * 4


def test_an_address_where_nobody_answers_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    with pytest.raises(DeviceError, match=r"127\.0\.0\.1:9"):
        Cluster("tcp://127.0.0.1:9")


def test_a_cluster_has_its_own_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["batch", str(tmp_path), "--cluster", "tcp://127.0.0.1:9", "--jobs", "2"]) == 2
    assert "own processes" in capsys.readouterr().err
