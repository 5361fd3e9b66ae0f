"""The queue in the window: drop a folder, cancel one, retry one, read the report; nothing lost, nothing in the way."""

import csv
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from tasnet_gui.batch import memory, task
from tasnet_gui.desktop import window as window_module
from tasnet_gui.desktop.app import Desktop, build
from tasnet_gui.desktop.queueing import Queueing
from tasnet_gui.domain import DeviceError, ModelCard, Progress, Recording, Separation
from tasnet_gui.engine import library


@dataclass
class Bench:
    """Stands in for the network of the batch: it stays at the files that are held, and cannot do those that are bad."""

    held: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    at: str = ""
    gate: threading.Event = field(default_factory=threading.Event)

    def separating(self, recording: Recording, model: ModelCard, device: str, threads: int | None, **_):
        self.at = recording.name
        yield Progress(0.25, "Separating", 8.0)
        while recording.name in self.held and not self.gate.wait(0.001):
            yield Progress(0.5, "Separating", 4.0)
        if recording.name in self.bad:
            raise DeviceError(f"The processor does not like {recording.name}.", "Try it again.")
        self.done.append(recording.name)
        speech = recording.samples * 0.5
        return Separation(recording, model, speech, recording.samples - speech, "cpu", "", 0.5, -150.0)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, engine) -> Iterator[Bench]:
    bench = Bench()
    cards = {card.name: card for card in engine.cards}
    monkeypatch.setattr(task, "separating", bench.separating)
    monkeypatch.setattr(library, "card", lambda name: cards[name])
    yield bench
    bench.gate.set()


@pytest.fixture
def desktop(bench: Bench, desktop: Desktop) -> Desktop:
    """The window, whose batch works on the bench."""
    return desktop


@pytest.fixture
def folder(tmp_path: Path, wav: Callable[[str], Path]) -> Path:
    """Three recordings, one of them in a folder inside, and two files that are none."""
    folder = tmp_path / "recordings"
    (folder / "inside").mkdir(parents=True)
    for name in ("a.wav", "b.wav", "inside/c.wav"):
        wav(Path(name).name).rename(folder / name)
    (folder / "broken.wav").write_bytes(b"RIFF, it says")
    (folder / "list.txt").write_text("hello")
    return folder


def drop(desktop: Desktop, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    desktop.window.dropEvent(QDropEvent(QPointF(400, 300), copy, data, left, none))


def states(desktop: Desktop) -> dict[str, str]:
    return {item.name: item.state.kind for item in desktop.window.batch.items}


def select(queueing: Queueing, *names: str) -> None:
    table = queueing.view.table
    table.clearSelection()
    for item in queueing.batch.items:
        if item.name in names:
            row = queueing.view.model.row_of(item.id)
            table.setCurrentIndex(queueing.view.model.index(row, 0))


def primary(page: QWidget) -> list[str]:
    buttons = [b for b in page.findChildren(QAbstractButton) if b.isVisibleTo(page)]
    return [b.text() for b in buttons if b.property("role") == "primary"]


@pytest.fixture
def queued(qtbot, desktop: Desktop, folder: Path) -> Desktop:
    """The folder in the queue, nothing started."""
    drop(desktop, folder)
    qtbot.waitUntil(lambda: len(desktop.window.batch.items) == 5)
    return desktop


def finished(qtbot, desktop: Desktop) -> None:
    qtbot.waitUntil(lambda: not desktop.window.batch.standing.left and not desktop.window.batch.standing.working)


# A folder, from its drop to the report


def test_a_dropped_folder_becomes_rows_and_what_is_no_sound_says_why(qtbot, queued: Desktop) -> None:
    page = queued.desk.queueing.view
    assert queued.window.page is page
    assert states(queued) == dict.fromkeys(("a.wav", "b.wav", "broken.wav", "c.wav"), "waiting") | {
        "list.txt": "skipped"
    }
    assert "not a sound file" in next(i for i in queued.window.batch.items if i.name == "list.txt").state.reason
    assert primary(page) == ["Start"]
    assert queued.window.focusWidget() is page.table
    qtbot.waitUntil(lambda: queued.window.batch.items[0].duration == 1.0)


def test_a_batch_with_one_cancelled_one_retried_and_one_broken_is_told_in_the_report(
    qtbot, queued: Desktop, bench: Bench, tmp_path: Path
) -> None:
    queueing = queued.desk.queueing
    bench.held, bench.bad = {"a.wav"}, {"b.wav"}
    queueing.view.bar.start.click()
    qtbot.waitUntil(lambda: bench.at == "a.wav")
    assert primary(queueing.view) == []
    select(queueing, "a.wav")
    assert queueing.view.cancel.text() == "Cancel 1"
    queueing.view.cancel.click()
    finished(qtbot, queued)
    assert states(queued) == {
        "a.wav": "cancelled", "b.wav": "failed", "broken.wav": "failed", "c.wav": "done", "list.txt": "skipped"
    }  # fmt: skip
    bench.bad = set()
    select(queueing, "b.wav")
    assert queueing.view._details.text() == "The processor does not like b.wav. Try it again."
    queueing.view.retry.click()
    qtbot.waitUntil(lambda: states(queued)["b.wav"] == "done")
    finished(qtbot, queued)
    assert primary(queueing.view) == ["Show results"]
    for name in ("report.csv", "report.json"):
        queueing.save_report(tmp_path / name)
    with (tmp_path / "report.csv").open(newline="") as file:
        rows = {Path(row["input"]).name: row for row in csv.DictReader(file)}
    assert {name: row["state"] for name, row in rows.items()} == states(queued)
    assert float(rows["b.wav"]["duration"]) == 1.0
    assert Path(rows["c.wav"]["output_speech"]).is_file()
    assert "not a sound file" in rows["list.txt"]["reason"]
    assert len(json.loads((tmp_path / "report.json").read_text())["items"]) == 5


def test_a_report_that_cannot_be_written_is_told_in_the_banner(queued: Desktop, tmp_path: Path) -> None:
    queued.desk.queueing.save_report(tmp_path / "report.txt")
    assert "report.txt" in queued.window.banner.text


# While it works


def test_the_open_recording_passes_the_queue(qtbot, queued: Desktop, bench: Bench, wav, engine) -> None:
    bench.held = {"a.wav"}
    queued.desk.queueing.view.bar.start.click()
    qtbot.waitUntil(lambda: bench.at == "a.wav")
    queued.desk.queueing.hide()
    queued.desk.take([wav("talk.wav")])
    qtbot.waitUntil(lambda: queued.session.state.recording is not None)
    queued.session.separate()
    qtbot.waitUntil(lambda: queued.session.state.separation is not None)
    assert bench.done == []
    assert queued.window.status._batch.text().startswith("Batch: 1 of 5")
    queued.window.status._batch.click()
    assert queued.window.page is queued.desk.queueing.view
    bench.gate.set()
    finished(qtbot, queued)
    assert bench.done == ["a.wav", "b.wav", "c.wav"]


def test_files_can_be_added_and_reordered_while_it_works(qtbot, queued: Desktop, bench: Bench, wav) -> None:
    bench.held = {"a.wav"}
    queueing = queued.desk.queueing
    queueing.view.bar.start.click()
    qtbot.waitUntil(lambda: bench.at == "a.wav")
    drop(queued, wav("late.wav"))
    qtbot.waitUntil(lambda: "late.wav" in states(queued))
    qtbot.waitUntil(lambda: all(queueing.view.model.row_of(i.id) is not None for i in queueing.batch.items))
    for _ in range(4):
        select(queueing, "late.wav")
        qtbot.keyClick(queueing.view.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    bench.gate.set()
    finished(qtbot, queued)
    assert bench.done == ["a.wav", "late.wav", "b.wav", "c.wav"]


def test_a_paused_batch_stands_still_until_it_is_continued(qtbot, queued: Desktop, bench: Bench) -> None:
    bench.held = {"a.wav"}
    bar = queued.desk.queueing.view.bar
    bar.start.click()
    qtbot.waitUntil(lambda: bench.at == "a.wav")
    bar.pause.click()
    assert primary(bar) == ["Continue"]
    assert not queued.desk.queueing._awake.held
    bench.gate.set()
    bar.go_on.click()
    assert queued.desk.queueing._awake.held
    finished(qtbot, queued)
    assert not queued.desk.queueing._awake.held
    assert bench.done == ["a.wav", "b.wav", "c.wav"]


def test_removed_rows_come_back_by_undo(qtbot, queued: Desktop) -> None:
    queueing = queued.desk.queueing
    select(queueing, "b.wav")
    qtbot.keyClick(queueing.view.table, Qt.Key.Key_Delete)
    assert "b.wav" not in states(queued)
    assert "Ctrl+Z" in queued.window.status.text
    queued.window.commands.actions["undo"].trigger()
    assert list(states(queued)) == ["a.wav", "b.wav", "broken.wav", "list.txt", "c.wav"]
    queued.window.commands.actions["redo"].trigger()
    assert "b.wav" not in states(queued)


def test_what_is_finished_can_be_cleared_away(qtbot, queued: Desktop) -> None:
    queueing = queued.desk.queueing
    queueing.view.bar.start.click()
    finished(qtbot, queued)
    queueing.view.clear.click()
    assert states(queued) == {"broken.wav": "failed"}


def test_a_finished_row_opens_in_the_main_view_with_its_result(qtbot, queued: Desktop, bench: Bench) -> None:
    queueing = queued.desk.queueing
    queueing.view.bar.start.click()
    finished(qtbot, queued)
    select(queueing, "c.wav")
    qtbot.keyClick(queueing.view.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: queued.session.state.recording is not None)
    assert queued.session.state.recording.name == "c.wav"
    qtbot.waitUntil(lambda: queued.session.state.separation is not None)
    assert primary(queued.window) == ["Export…"]
    shown = queued.session.state.separation
    assert np.abs(shown.speech + shown.noise - shown.recording.samples).max() < 1e-6
    assert np.abs(shown.speech - 0.5 * shown.recording.samples).max() < 1e-4  # what was written has 16 bits
    assert len(bench.done) == 3  # nothing was computed for it
    assert queued.window.page is None
    assert queued.window.lanes.isVisible()


def test_all_rows_are_selected_by_the_key_for_it_although_a_recording_is_open(qtbot, queued: Desktop, wav) -> None:
    queued.session.open([wav("talk.wav")])
    qtbot.waitUntil(lambda: queued.session.state.recording is not None)
    table = queued.desk.queueing.view.table
    queued.window.activateWindow()
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(table.ids()) == 5
    assert queued.session.state.selection is None


# Options


def test_options_hold_for_what_waits_and_are_there_at_the_next_start(
    qtbot, queued: Desktop, tmp_path: Path, preferences
) -> None:
    queueing = queued.desk.queueing
    options = queueing.view.options
    options.tracks["noise"].click()
    options.place.button("folder").click()
    assert options.trouble.text() == "Choose the folder of the results."
    queueing.view.bar.start.click()
    assert not queued.window.batch.standing.working
    assert options.isVisible()
    options.folder.show_folder(tmp_path / "results")
    options.mirror.click()
    options.template.setText("")
    qtbot.keyClicks(options.template, "clean {stem}")
    assert options.names.text().startswith("clean interview")
    queueing.view.bar.start.click()
    finished(qtbot, queued)
    found = sorted(path.relative_to(tmp_path / "results").as_posix() for path in (tmp_path / "results").rglob("*.wav"))
    assert found == ["clean a.wav", "clean b.wav", "inside/clean c.wav"]
    assert json.loads(preferences.value.batch_options)["template"] == "clean {stem}"


def test_presets_are_kept_chosen_and_forgotten(queued: Desktop) -> None:
    options = queued.desk.queueing.view.options
    options.conflict.button("skip").click()
    options.presets.save_asked.emit("careful")
    options.conflict.button("number").click()
    options.presets.list.setCurrentIndex(options.presets.list.findData("careful"))
    options.presets.list.activated.emit(options.presets.list.currentIndex())
    assert options.options().conflict == "skip"
    options.presets.remove.click()
    assert options.presets.list.findData("careful") < 0


def test_letters_typed_into_a_field_of_the_window_stay_letters(qtbot, queued: Desktop) -> None:
    queued.desk.queueing.view.show_options(True)
    queued.window.activateWindow()
    template = queued.desk.queueing.view.options.template
    template.setText("")
    template.setFocus()
    qtbot.keyClicks(template, "a{stem}s1m l")
    assert template.text() == "a{stem}s1m l"


# The end of the window, and what comes after


def test_closing_while_a_batch_works_asks_once(qtbot, queued: Desktop, bench: Bench, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(window_module, "ask_whether_to_close", lambda *about: asked.append(about[1]))
    bench.held = {"a.wav"}
    queued.desk.queueing.view.bar.start.click()
    qtbot.waitUntil(lambda: bench.at == "a.wav")
    assert not queued.window.close()
    assert asked == ["The batch"]
    monkeypatch.setattr(window_module, "ask_whether_to_close", lambda *_: True)
    assert queued.window.close()
    assert queued.session.joined
    assert [found.left for found in memory.resumable()] == [4]


def test_an_interrupted_batch_is_offered_and_can_be_left_alone(
    qtbot, qapp, queued: Desktop, bench: Bench, engine, preferences, monkeypatch
) -> None:
    monkeypatch.setattr(window_module, "ask_whether_to_close", lambda *_: True)
    queued.window.close()
    again = build(qapp, preferences, engine.as_work())
    again.window.show()
    again.desk.queueing.offer_to_resume()
    assert again.window.banner.text.strip().endswith("4 files are still to be done, beginning with a.wav.")
    again.window.banner._action.click()
    finished(qtbot, again)
    assert bench.done == ["a.wav", "b.wav", "c.wav"]
    again.window.close()
    again.window.deleteLater()
    assert memory.resumable() == ()


def test_an_interrupted_batch_can_be_forgotten(queued: Desktop, qapp, engine, preferences) -> None:
    queued.window.close()
    again = build(qapp, preferences, engine.as_work())
    again.desk.queueing.offer_to_resume()
    again.window.banner._other.click()
    assert memory.resumable() == ()
    again.window.close()
    again.window.deleteLater()


def test_somebody_who_looks_elsewhere_is_told_of_the_end(qtbot, queued: Desktop, monkeypatch) -> None:
    told = []
    monkeypatch.setattr("tasnet_gui.desktop.queueing.notify", lambda *about: told.append(about[2]))
    monkeypatch.setattr(type(queued.window), "isActiveWindow", lambda self: False)
    queued.desk.queueing.view.bar.start.click()
    finished(qtbot, queued)
    assert told == ["The batch has finished: 3 done, 1 failed, 1 skipped."]


# The page


def test_the_page_can_be_reached_and_left_by_keyboard(qtbot, opened: Desktop) -> None:
    window = opened.window
    opened.desk.carry_out("queue")
    assert primary(window) == ["Add files…"]
    assert not window.header.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.lanes.isVisible()
    assert primary(window) == ["Separate"]


def test_every_control_of_the_queue_has_a_name_and_a_description(queued: Desktop) -> None:
    queued.desk.queueing.view.show_options(True)
    page = queued.desk.queueing.view
    inner = [w for w in page.findChildren(QWidget) if w.window() is queued.window]
    controls = [w for w in inner if w.focusPolicy() & Qt.FocusPolicy.TabFocus or isinstance(w, QAbstractButton)]
    controls = [w for w in controls if not w.objectName().startswith("qt_") and "Corner" not in type(w).__name__]
    assert len(controls) > 25
    for control in controls:
        told = (control.metaObject().className(), control.accessibleName(), control.accessibleDescription())
        assert all(told), told


@pytest.mark.parametrize("percent", [100, 200])
def test_no_text_of_the_queue_is_cut_off(qapp, queued: Desktop, percent: int) -> None:
    queued.window.text_size_menu.chosen.emit(percent)
    queued.window.resize(960, 600)
    qapp.processEvents()
    page = queued.desk.queueing.view
    for button in [b for b in page.findChildren(QAbstractButton) if b.isVisibleTo(page) and b.text()]:
        assert button.width() >= button.sizeHint().width(), button.text()
        assert button.height() >= button.sizeHint().height() - 4, button.text()
