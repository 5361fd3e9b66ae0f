"""The batch at work in one thread: every file comes to its end, in order, whatever the others do."""

import threading
import weakref
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tasnet_gui import cli
from tasnet_gui.audio import files
from tasnet_gui.batch import ahead, task
from tasnet_gui.batch.items import BatchItem, Outcome, Step
from tasnet_gui.batch.naming import Naming
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running
from tasnet_gui.domain import ModelCard, Recording, finish
from tasnet_gui.engine import library
from tests.batch.conftest import by_name, kinds, written

Sounds = Callable[..., list[Path]]
Filled = Callable[..., Queue]


def test_a_bad_file_stops_no_other(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    queue = filled(sounds(20, bad=4))
    overall = finish(running(queue))
    assert overall.counts == {"done": 16, "failed": 4}
    assert len(written(tmp_path / "out")) == 2 * 16
    failed = [row for row in queue.items if row.state.kind == "failed"]
    assert all(row.state.reason.startswith(row.name) for row in failed)
    assert overall.done == 1.0


def test_results_are_those_of_separate_byte_by_byte(
    sounds: Sounds, filled: Filled, tmp_path: Path, tiny_model: Callable[..., ModelCard]
) -> None:
    inputs = sounds(10)
    finish(running(filled(inputs)))
    arguments = ["-o", tmp_path / "one", "--model", tiny_model().folder, "--device", "cpu"]
    assert cli.main([str(part) for part in ["separate", *inputs, *arguments]]) == 0
    assert written(tmp_path / "out") == written(tmp_path / "one")


def test_every_row_goes_through_its_states_in_order(sounds: Sounds, filled: Filled) -> None:
    queue = filled(sounds(2))
    seen: dict[str, list[str]] = {}
    for step in running(queue):
        assert 0.0 <= step.done <= 1.0
        if step.item:
            states = seen.setdefault(step.item.name, [])
            assert 0.0 <= step.item.state.done <= 1.0
            if step.item.state.kind not in states[-1:]:
                states.append(step.item.state.kind)
    assert list(seen.values()) == [["reading", "separating", "writing", "done"]] * 2


def test_silence_in_a_file_is_no_fault_but_an_empty_one_is_skipped(
    sound_file: Any, tone: Any, filled: Filled, tmp_path: Path
) -> None:
    queue = filled([sound_file("silent.wav", 0 * tone()), sound_file("empty.wav", tone(seconds=0.0))])
    finish(running(queue))
    silent, empty = queue.items
    assert silent.state.kind == "done"
    assert silent.outcome
    assert silent.outcome.levels["speech"].peak is None
    assert empty.state.kind == "skipped"
    assert "empty" in empty.state.reason
    assert list(written(tmp_path / "out")) == ["silent_noise.wav", "silent_speech.wav"]


def test_a_result_that_is_there_is_skipped_numbered_or_overwritten(
    sounds: Sounds, filled: Filled, tmp_path: Path
) -> None:
    inputs = sounds(2)
    finish(running(filled(inputs)))
    first = written(tmp_path / "out")
    queue = filled(inputs, conflict="skip")
    finish(running(queue))
    assert kinds(queue) == ["skipped"] * 2
    finish(running(filled(inputs, conflict="overwrite")))
    assert written(tmp_path / "out") == first
    finish(running(filled(inputs)))
    numbered = written(tmp_path / "out")
    assert numbered.items() >= first.items()
    assert numbered["f000_speech (2).wav"] == first["f000_speech.wav"]


def test_results_may_lie_beside_the_inputs_which_are_left_alone(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    inputs = sounds(3)
    before = written(tmp_path / "in")
    finish(running(filled(inputs, folder="", conflict="overwrite", template="{stem}", tracks=["speech"])))
    after = written(tmp_path / "in")
    assert after.items() >= before.items()
    assert set(after) - set(before) == {"f000 (2).wav", "f001 (2).wav", "f002 (2).flac"}


def test_a_file_that_is_added_on_the_way_is_done_too(sounds: Sounds, filled: Filled) -> None:
    first, *rest = sounds(3)
    queue = filled([first])
    for step in running(queue):
        if step.item and step.item.state.kind == "done" and rest:
            filled([rest.pop()], queue)
    assert kinds(queue) == ["done"] * 3


def test_the_order_is_that_of_the_rows_at_the_time(sounds: Sounds, filled: Filled) -> None:
    queue = filled(sounds(4))
    first, *_, last = (row.id for row in queue.items)
    done = []
    for step in running(queue):
        if step.item and step.item.state.kind == "done":
            done.append(step.item.id)
            if len(done) == 1:
                queue.move([last], before=queue.items[1].id)
    assert done == [first, last, *(id_ for id_ in range(first + 1, last))]


@pytest.mark.parametrize("kind", ["reading", "separating", "writing"])
@pytest.mark.parametrize("action", ["cancel", "remove"])
def test_one_row_can_be_stopped_wherever_it_is(
    kind: str, action: str, sounds: Sounds, filled: Filled, tmp_path: Path
) -> None:
    queue = filled(sounds(3))
    second = queue.items[1].id
    for step in running(queue):
        if step.item and (step.item.id, step.item.state.kind) == (second, kind):
            getattr(queue, action)([second])
            kind = ""
    assert kinds(queue) == (["done", "cancelled", "done"] if action == "cancel" else ["done", "done"])
    assert {name[:4] for name in written(tmp_path / "out")} == {"f000", "f002"}
    assert not list((tmp_path / "out").glob(".*"))


def test_what_failed_can_be_tried_again(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    good, broken = sounds(2)
    content = broken.read_bytes()
    broken.write_bytes(b"")
    queue = filled([good, broken])
    finish(running(queue))
    assert kinds(queue) == ["done", "failed"]
    broken.write_bytes(content)
    queue.retry()
    finish(running(queue))
    assert kinds(queue) == ["done", "done"]
    assert len(written(tmp_path / "out")) == 4


def test_a_queue_that_is_paused_stands_still_until_it_goes_on(sounds: Sounds, filled: Filled) -> None:
    queue = filled(sounds(2))
    work = running(queue)
    while next(work).item is None:
        pass
    queue.pause()
    while next(work).item is not None:  # what had happened by then is still told
        pass
    held = queue.items
    assert [next(work).phase for _ in range(2)] == ["Paused"] * 2
    assert queue.items == held
    queue.cancel([queue.items[0].id])
    next(work)
    assert kinds(queue) == ["cancelled", "waiting"]
    queue.resume()
    assert finish(work).counts == {"cancelled": 1, "done": 1}


def test_closing_leaves_nothing_half_done_and_the_rest_waits(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    undisturbed = filled(sounds(3), folder=str(tmp_path / "undisturbed"))
    finish(running(undisturbed))
    queue, closed = filled(sounds(3)), set()
    while queue.unfinished:
        with closing(running(queue)) as work:
            for step in work:
                if step.item and step.item.state.kind == "writing" and step.item.id not in closed:
                    closed.add(step.item.id)
                    break
        assert not any(row.state.active for row in queue.items)
        assert not list((tmp_path / "out").glob(".*"))
    assert kinds(queue) == ["done"] * 3
    assert written(tmp_path / "out") == written(tmp_path / "undisturbed")


def test_what_was_cancelled_stays_cancelled_when_the_work_is_closed_at_once(sounds: Sounds, filled: Filled) -> None:
    queue = filled(sounds(2))
    work = running(queue)
    while not queue.items[0].state.active:
        next(work)
    queue.cancel([queue.items[0].id])
    work.close()
    assert kinds(queue) == ["cancelled", "waiting"]


def test_the_weights_are_read_once(sounds: Sounds, filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasnet_gui.nets import checkpoint

    loads: list[ModelCard] = []
    load = checkpoint.load
    monkeypatch.setattr(checkpoint, "load", lambda card: loads.append(card) or load(card))
    library.unload()
    finish(running(filled(sounds(4))))
    assert len(loads) == 1


def test_never_more_than_two_recordings_are_held(
    sounds: Sounds, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: weakref.WeakSet[Recording] = weakref.WeakSet()
    most = 0

    def counted(path: Path) -> Any:
        nonlocal most
        recording = yield from files.reading(path)
        alive.add(recording)
        most = max(most, len(alive))
        return recording

    for module in (task, ahead):
        monkeypatch.setattr(module, "reading", counted)
    queue = filled(sounds(30))
    finish(running(queue))
    assert kinds(queue) == ["done"] * 30
    assert most == 2  # the one that is computed, and the next
    assert not alive


def test_the_next_file_is_read_while_this_one_is_computed(
    sounds: Sounds, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = filled(sounds(2))
    second = queue.items[1].path
    was_read = threading.Event()

    def watched(path: Path) -> Any:
        recording = yield from files.reading(path)
        if path == second:
            was_read.set()
        return recording

    monkeypatch.setattr(ahead, "reading", watched)
    work = running(queue)
    for step in work:
        if step.item and step.item.state.kind == "separating":
            assert was_read.wait(10)
            break
    assert kinds(queue) == ["separating", "waiting"]
    work.close()


def test_a_fault_that_nobody_foresaw_is_told_of_like_any_other(
    sounds: Sounds, filled: Filled, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(separation: Any, *about: Any) -> Any:
        if separation.recording.name.startswith("f001"):
            raise ZeroDivisionError("division by zero")
        return measuring(separation, *about)

    measuring = task.measure.measuring
    monkeypatch.setattr(task.measure, "measuring", broken)
    queue = filled(sounds(3))
    finish(running(queue))
    assert kinds(queue) == ["done", "failed", "done"]
    assert "division by zero" in queue.items[1].state.reason
    assert "ZeroDivisionError" in caplog.text


def test_a_model_that_is_not_there_fails_each_row_with_its_name(sounds: Sounds, filled: Filled) -> None:
    queue = filled(sounds(2), model="no-such-model")
    finish(running(queue))
    assert kinds(queue) == ["failed"] * 2
    assert "no-such-model" in queue.items[0].state.reason


def test_a_model_that_became_another_one_is_not_used_under_its_name(sounds: Sounds, filled: Filled) -> None:
    queue = filled(sounds(1))
    row = queue.items[0]
    asked = task.Task(1, row.source, Naming(row.options.folder, "{stem}"), row.options, sha256="0" * 64)
    with pytest.raises(Exception, match="another one"):
        finish(task.performing(asked))


def test_a_folder_that_takes_nothing_fails_before_the_work(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    queue = filled(sounds(2))
    steps: list[Step] = list(running(queue))
    assert kinds(queue) == ["failed"] * 2
    assert "not a folder" in queue.items[0].state.reason
    assert not any(step.item and step.item.state.kind == "writing" for step in steps)


def test_an_outcome_tells_all_of_its_file(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    queue = filled(sounds(10))
    finish(running(queue))
    row: BatchItem = by_name(queue)["f001.wav"]
    outcome = row.outcome
    assert isinstance(outcome, Outcome)
    assert (outcome.rate, outcome.channels, outcome.frames) == (44_100, 2, 8820)
    assert (outcome.container, outcome.subtype, outcome.device, outcome.model) == ("WAV", "FLOAT", "cpu", "tiny")
    assert outcome.outputs["speech"] == str(tmp_path / "out" / "f001_speech.wav")
    assert row.folder == tmp_path / "out"
    assert row.duration == outcome.duration == pytest.approx(0.2)
    assert 0 < outcome.seconds <= outcome.elapsed
    assert outcome.rtf == outcome.seconds / 0.2
