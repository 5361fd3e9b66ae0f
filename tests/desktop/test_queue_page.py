"""The queue's page before the recording, and what is added while it is still searching."""

import threading
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt

from tasnet_gui.desktop.app import Desktop
from tasnet_gui.domain import Progress


def test_keys_do_nothing_to_a_recording_that_the_queue_covers(qtbot, separated: Desktop, engine) -> None:
    window, session = separated.window, separated.session
    engine.gate.clear()
    session.separate()
    qtbot.waitUntil(lambda: session.state.arriving)
    separated.desk.carry_out("queue")
    separated.session.show_history(undoable=True, redoable=False, edited=True)
    assert not window.commands.actions["restore"].isEnabled()
    enabled = {name for name, action in window.commands.actions.items() if action.isEnabled()}
    assert enabled.isdisjoint(
        {"separate", "restore", "export", "play", "loop", "select_all", "zoom_in", "look", "reference"}
    )
    assert {"queue", "open_folder", "escape", "close", "quit", "keys"} <= enabled
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_W):
        control = Qt.KeyboardModifier.ControlModifier if key == Qt.Key.Key_W else Qt.KeyboardModifier.NoModifier
        qtbot.keyClick(window, key, control)
        assert window.page is None
        assert session.state.task
        assert session.state.recording is not None
        separated.desk.carry_out("queue")
    separated.desk.carry_out("queue")
    engine.gate.set()
    qtbot.waitUntil(lambda: session.state.separation is not None)
    assert window.commands.actions["export"].isEnabled()


def test_a_search_that_ends_does_not_hide_another(qtbot, desktop: Desktop, wav) -> None:
    batch, gate = desktop.window.batch, threading.Event()

    def searching(paths):
        while paths[0].name == "slow" and not gate.wait(0.001):
            yield Progress(0.5)
        yield Progress(1.0)
        return ()

    batch._work = replace(batch._work, searching=searching)
    desktop.desk.queueing.add([Path("quick")])
    desktop.desk.queueing.add([Path("slow")])
    qtbot.waitUntil(lambda: len(batch._searches) == 1)
    assert batch.standing.searching
    batch.cancel()
    qtbot.waitUntil(lambda: not batch.standing.searching)


def test_an_interrupted_batch_waits_until_the_queue_is_empty(qtbot, desktop: Desktop, wav, tmp_path) -> None:
    desktop.desk.queueing.add([wav("a.wav"), wav("b.wav")])
    qtbot.waitUntil(lambda: desktop.window.batch.standing.total == 2 and not desktop.window.batch.standing.searching)
    assert not desktop.window.batch.take_up(tmp_path / "interrupted.jsonl")
    assert "Take out what is in the queue first" in desktop.window.status.text
    assert len(desktop.window.batch.items) == 2
