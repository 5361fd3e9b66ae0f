"""Work leaves the GUI thread by one door and comes back by one door, or not at all."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from tasnet_gui.desktop.jobs import Job, Jobs
from tasnet_gui.domain import Part, Progress, UnreadableAudio


@pytest.fixture
def jobs(qapp) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    assert jobs.close()


class Worker:
    """Long work that stops at a gate, and tells what became of it."""

    def __init__(self, result: object = "done", steps: int = 3) -> None:
        self.result, self.steps = result, steps
        self.gate, self.started, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.closed = False

    def work(self):
        try:
            self.started.set()
            for step in range(self.steps):
                yield Progress(step / self.steps)
            while not self.gate.wait(0.001):
                yield Progress(0.9)
            return self.result
        except GeneratorExit:
            self.closed = True
            raise
        finally:
            self.ended.set()


class Listener:
    """Remembers what it hears, and on which thread."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, object]] = []
        self.threads: set[int] = set()

    def job(self, work, **options) -> Job:
        def hears(kind):
            def listen(*news):
                self.heard.append((kind, *news))
                self.threads.add(threading.get_ident())

            return listen

        kinds = {kind: hears(kind) for kind in ("progressed", "finished", "failed", "stopped")}
        return Job("working", "a file", work, **kinds, **options)

    def of(self, kind: str) -> list:
        return [news for news in self.heard if news[0] == kind]

    def has(self, kind: str) -> bool:
        return bool(self.of(kind))


def test_a_result_arrives_on_the_gui_thread_even_at_a_plain_function(qtbot, jobs: Jobs) -> None:
    listener, worker = Listener(), Worker()
    worker.gate.set()
    jobs.submit(listener.job(worker.work()))
    qtbot.waitUntil(lambda: listener.has("finished"))
    assert listener.of("finished") == [("finished", "done")]
    assert listener.threads == {threading.get_ident()}


def test_work_runs_on_another_thread(qtbot, jobs: Jobs) -> None:
    def work():
        yield Progress(0.5)
        return threading.get_ident()

    listener = Listener()
    jobs.submit(listener.job(work()))
    qtbot.waitUntil(lambda: listener.has("finished"))
    assert listener.of("finished")[0][1] != threading.get_ident()


def test_jobs_run_one_at_a_time_in_the_order_of_asking(qtbot, jobs: Jobs) -> None:
    running, most, order = set(), [0], []

    def work(name):
        running.add(name)
        most[0] = max(most[0], len(running))
        yield Progress(0.5)
        running.discard(name)
        order.append(name)

    listener = Listener()
    for name in "abc":
        jobs.submit(listener.job(work(name)))
    qtbot.waitUntil(lambda: len(listener.of("finished")) == 3)
    assert (order, most) == (["a", "b", "c"], [1])


def test_cancelling_closes_the_work_and_says_so_once_it_has_ended(qtbot, jobs: Jobs) -> None:
    listener, worker = Listener(), Worker()
    job = jobs.submit(listener.job(worker.work()))
    qtbot.waitUntil(worker.started.is_set)
    jobs.cancel(job)
    qtbot.waitUntil(lambda: listener.has("stopped"))
    assert worker.closed
    assert not listener.of("finished")
    assert jobs.running is None


def test_a_cancelled_job_that_waits_never_starts(qtbot, jobs: Jobs) -> None:
    first, second, listener = Worker(), Worker(), Listener()
    jobs.submit(Listener().job(first.work()))
    waiting = jobs.submit(listener.job(second.work()))
    jobs.cancel(waiting)
    first.gate.set()
    qtbot.waitUntil(lambda: jobs.running is None)
    assert listener.heard == [("stopped",)]
    assert not second.started.is_set()


@pytest.mark.parametrize(("keeps", "heard"), [(False, "stopped"), (True, "finished")])
def test_a_result_that_is_late_falls_on_the_floor_unless_it_cannot_be_undone(
    qtbot, jobs: Jobs, keeps: bool, heard: str
) -> None:
    listener, worker = Listener(), Worker()
    worker.gate.set()
    job = jobs.submit(listener.job(worker.work(), keeps=keeps))
    assert worker.ended.wait(5)  # finished, but this thread has not heard of it yet
    jobs.cancel(job)
    qtbot.waitUntil(lambda: jobs.running is None)
    assert [news[0] for news in listener.heard if news[0] != "progressed"] == [heard]


def test_nothing_is_heard_of_the_progress_of_cancelled_work(qtbot, jobs: Jobs) -> None:
    listener, worker = Listener(), Worker()
    job = jobs.submit(listener.job(worker.work()))
    assert worker.started.wait(5)
    jobs.cancel(job)
    qtbot.waitUntil(lambda: jobs.running is None)
    assert not listener.of("progressed")


def test_no_part_is_lost_however_fast_they_come(qtbot, jobs: Jobs) -> None:
    silence = np.zeros((1, 1), np.float32)

    def work():
        for start in range(200):
            yield Progress(start / 200, part=Part(start, silence, silence))

    listener = Listener()
    jobs.submit(listener.job(work()))
    qtbot.waitUntil(lambda: listener.has("finished"))
    assert [news[1].part.start for news in listener.of("progressed")] == list(range(200))


def test_plain_progress_is_thinned_out(qtbot, jobs: Jobs) -> None:
    def work():
        for step in range(10_000):
            yield Progress(step / 10_000)

    listener = Listener()
    jobs.submit(listener.job(work()))
    qtbot.waitUntil(lambda: listener.has("finished"))
    assert 1 <= len(listener.of("progressed")) < 1000


def test_a_failure_is_told_and_the_next_job_runs(qtbot, jobs: Jobs) -> None:
    def work():
        yield Progress(0.1)
        raise UnreadableAudio("It is broken.")

    listener, worker = Listener(), Worker()
    worker.gate.set()
    jobs.submit(listener.job(work()))
    jobs.submit(listener.job(worker.work()))
    qtbot.waitUntil(lambda: listener.has("finished"))
    assert [str(news[1]) for news in listener.of("failed")] == ["It is broken."]


def test_a_listener_that_fails_does_not_stop_the_queue(qtbot, jobs: Jobs) -> None:
    def burst(_: object) -> None:
        raise ValueError("in the listener")

    first, second, listener = Worker(), Worker(), Listener()
    first.gate.set()
    second.gate.set()
    with qtbot.captureExceptions() as caught:
        jobs.submit(Job("working", "a file", first.work(), finished=burst))
        jobs.submit(listener.job(second.work()))
        qtbot.waitUntil(lambda: listener.has("finished"))
    assert [str(error) for _, error, _ in caught] == ["in the listener"]


def test_closing_gives_up_what_runs_and_what_waits(qapp) -> None:
    jobs, running, waiting = Jobs(), Worker(), Worker()
    jobs.submit(Listener().job(running.work()))
    jobs.submit(Listener().job(waiting.work()))
    assert running.started.wait(5)
    assert jobs.close()
    assert running.closed
    assert not waiting.started.is_set()


def test_nothing_is_heard_after_closing(qapp) -> None:
    jobs, worker, listener = Jobs(), Worker(), Listener()
    worker.gate.set()
    jobs.submit(listener.job(worker.work()))
    assert worker.ended.wait(5)
    assert jobs.close()
    qapp.processEvents()
    assert listener.heard == []


def test_closing_does_not_wait_for_work_that_hangs(qapp) -> None:
    jobs, gate, inside = Jobs(), threading.Event(), threading.Event()

    def work():
        inside.set()
        gate.wait(10)
        yield Progress(1.0)

    jobs.submit(Listener().job(work()))
    assert inside.wait(5)
    assert not jobs.close(patience=0.01)
    gate.set()
    assert jobs.close()


def test_a_patient_job_lets_every_other_one_pass(qtbot, jobs: Jobs) -> None:
    patient, hurried, listener = Worker(), Worker("hurried"), Listener()
    slow = jobs.submit(listener.job(patient.work(), patient=True))
    assert patient.started.wait(5)
    hurried.gate.set()
    jobs.submit(listener.job(hurried.work()))
    qtbot.waitUntil(lambda: listener.has("finished"))
    assert listener.of("finished") == [("finished", "hurried")]
    assert jobs.patient is slow
    patient.gate.set()
    qtbot.waitUntil(lambda: listener.of("finished")[1:] == [("finished", "done")])
    assert jobs.patient is None


def test_a_patient_job_stands_still_while_another_one_runs(qtbot, jobs: Jobs) -> None:
    steps, hurried, listener = [], Worker(), Listener()

    def work():
        while True:
            steps.append(len(steps))
            yield Progress(0.0)

    slow = jobs.submit(listener.job(work(), patient=True))
    jobs.submit(listener.job(hurried.work()))
    assert hurried.started.wait(5)
    before = len(steps)
    qtbot.waitUntil(lambda: len([news for news in listener.of("progressed") if news[1].done == 0.9]) > 2)
    assert len(steps) == before
    hurried.gate.set()
    qtbot.waitUntil(lambda: len(steps) > before)
    jobs.cancel(slow)
    qtbot.waitUntil(lambda: listener.has("stopped"))


def test_closing_gives_up_a_patient_job(qapp) -> None:
    jobs, patient = Jobs(), Worker()
    jobs.submit(Job("", "", patient.work(), patient=True))
    assert patient.started.wait(5)
    assert jobs.close()
    assert patient.closed
