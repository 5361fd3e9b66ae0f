"""Masks you can play: heard at once, undone exactly, and always speech + noise = mixture."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tasnet_gui.analysis.edits import MaskEdit
from tasnet_gui.desktop.app import Desktop
from tasnet_gui.domain import Progress, Recording, Separation
from tasnet_gui.engine.edits import RESAMPLED
from tasnet_gui.engine.spans import MARGIN


@pytest.fixture
def playing(qtbot, separated: Desktop) -> Desktop:
    """Two rows are lit, and the stretch at full resolution is there."""
    window = separated.window
    window.bench.look(True)
    qtbot.waitUntil(lambda: window.inspector.inspection.learned is not None)
    window.inspector.light((3, 4))
    qtbot.waitUntil(lambda: bool(window.inspector.inspection.spans))
    return separated


def edited(qtbot, desktop: Desktop, action: str, value: float = 1.0) -> Separation:
    before = desktop.session.state.separation
    desktop.window.bench.panels["masks"].edit_asked.emit(action, value)
    qtbot.waitUntil(lambda: desktop.session.state.separation is not before)
    return desktop.session.state.separation


def test_an_edit_is_heard_without_the_network_and_adds_up_to_the_mixture(qtbot, playing: Desktop, engine) -> None:
    asked = len(engine.asked), len(engine.inspected)
    original = playing.session.state.separation
    result = edited(qtbot, playing, "mute")
    assert (len(engine.asked), len(engine.inspected)) == asked
    np.testing.assert_allclose(result.speech + result.noise, result.recording.samples, atol=1e-6)
    assert np.abs(result.speech - original.speech).max() > 1e-3
    assert playing.session.state.heard == "speech"
    assert "changed by hand (1 edit)" in playing.window.status.text


def test_undo_and_redo_go_back_and_forth_through_the_menu(qtbot, playing: Desktop) -> None:
    window, session = playing.window, playing.session
    original = session.state.separation
    undo, redo = window.commands.actions["undo"], window.commands.actions["redo"]
    assert not undo.isEnabled()
    first = edited(qtbot, playing, "mute")
    second = edited(qtbot, playing, "set", 0.5)
    assert len(window.inspector.inspection.edits) == 2
    undo.trigger()
    qtbot.waitUntil(lambda: session.state.separation is not second)
    np.testing.assert_array_equal(session.state.separation.speech, first.speech)
    undo.trigger()
    qtbot.waitUntil(lambda: session.state.separation is original)
    assert not undo.isEnabled()
    redo.trigger()
    redo.trigger()
    qtbot.waitUntil(lambda: not redo.isEnabled() and session.state.separation is not original)
    qtbot.waitUntil(lambda: session.state.separation.notes == second.notes)
    np.testing.assert_array_equal(session.state.separation.speech, second.speech)


def test_going_back_to_what_the_network_said_is_exact_and_can_be_undone(qtbot, playing: Desktop) -> None:
    session = playing.session
    original = session.state.separation
    changed = edited(qtbot, playing, "solo")
    playing.desk.carry_out("restore")
    assert session.state.separation is original
    assert playing.window.inspector.inspection.edits == ()
    playing.desk.carry_out("undo")
    qtbot.waitUntil(lambda: session.state.separation is not original)
    np.testing.assert_array_equal(session.state.separation.speech, changed.speech)


def test_only_the_selected_time_is_changed(qtbot, playing: Desktop) -> None:
    original = playing.session.state.separation
    playing.session.select((0.4, 0.6))
    result = edited(qtbot, playing, "solo")
    rate = result.recording.rate
    span = playing.window.inspector.inspection.spans[0]
    untouched = playing.window.editor.history.separation
    assert untouched is original
    (edit,) = playing.window.inspector.inspection.edits
    assert (edit.start, edit.stop) == (0.4, 0.6)
    assert edit.filters == (3, 4)
    assert span.covers(0.0, 1.0)
    quiet = np.abs(result.speech[:, round(0.45 * rate) : round(0.55 * rate)]).max()
    assert quiet < np.abs(result.recording.samples).max()


def test_hearing_a_filter_alone_is_its_contribution_to_the_mixture(qtbot, playing: Desktop) -> None:
    window = playing.window
    window.inspector.light((5,))
    result = edited(qtbot, playing, "alone")
    (span,) = window.inspector.inspection.spans
    basis = window.inspector.inspection.learned.basis
    alone = span.decode(span.w[:, [5]], basis.decoder[[5]])
    np.testing.assert_allclose(result.speech, alone, atol=1e-5)


def test_the_picture_shows_the_masks_as_they_were_set(qtbot, playing: Desktop) -> None:
    window = playing.window
    playing.session.select((0.25, 0.75))
    edited(qtbot, playing, "set", 0.2)
    order = window.inspector.inspection.order
    masks = window.bench.panels["masks"]
    for strip, value in zip(masks.heatmaps[:2], (0.2, 0.8), strict=True):
        drawn = strip._source.image(0.0, 1.0, 100, len(order))
        for number in (3, 4):
            row = drawn[int(order.inverse[number])]
            assert set(row[26:74]) == {round(value * 255)}
            assert (
                row[10]
                == strip._source.inspection.inside.pictures.image("speech" if value == 0.2 else "noise", 0.0, 1.0, 100)[
                    number, 10
                ]
            )


def test_what_is_out_of_reach_is_computed_by_the_network_as_a_task_that_can_be_cancelled(
    qtbot, playing: Desktop, engine
) -> None:
    window, session = playing.window, playing.session
    original = session.state.separation
    window.inspector._replace(spans=())
    begun = []

    def editing(separation, inside, edits, device, threads):
        begun.append(edits)
        while not engine.gate.wait(0.001):
            yield Progress(0.5, "Editing")
        yield Progress(1.0, "Editing")
        return replace(separation, speech=separation.noise, noise=separation.speech, notes=("Done.",))

    session.work = type(session.work)(
        separating=engine.separating, learning=engine.learning, inspecting=engine.inspecting, editing=editing
    )
    window.inspector._soon.setInterval(10_000)
    engine.gate.clear()
    window.editor.apply("mute", 1.0)
    qtbot.waitUntil(lambda: bool(begun))
    assert session.state.task == "editing"
    session.cancel()
    qtbot.waitUntil(lambda: not session.state.task)
    assert session.state.separation is original
    assert window.inspector.inspection.edits == ()
    engine.gate.set()
    result = edited(qtbot, playing, "mute")
    np.testing.assert_array_equal(result.speech, original.noise)


def test_what_is_at_hand_must_reach_as_far_as_an_edit_is_heard_in_the_high_band(playing: Desktop) -> None:
    """The gains above the model's band look 0.4 s around; a recording that has no such band is decoded from less."""
    editor, inspector = playing.window.editor, playing.window.inspector
    inside, (span, *_) = inspector.inspection.inside, inspector.inspection.spans
    edits = (MaskEdit((3,), "mute", 0.6, 0.7),)
    samples, rate = inside.recording.samples, inside.recording.rate
    long = replace(inside, recording=Recording(np.tile(samples, 6), 3 * rate))
    for here, reach in ((inside, RESAMPLED), (long, MARGIN)):
        for missing in (0.0, 0.01):
            known = replace(span, start=0.6 - reach + missing, stop=0.7 + reach)
            inspector._replace(spans=(known,))
            assert editor._covering(here, edits) == (known, not missing)


def test_no_more_is_looked_at_than_can_be(qtbot, playing: Desktop, engine, monkeypatch) -> None:
    """Many channels of a large model: a second is all that fits."""
    monkeypatch.setattr("tasnet_gui.desktop.inspector._longest", lambda inside: 0.5)
    inspector = playing.window.inspector
    inspector._replace(spans=())
    asked = len(engine.inspected)
    inspector.want(0.0, 1.0)
    qtbot.waitUntil(lambda: len(engine.inspected) > asked and bool(inspector.inspection.spans))
    assert engine.inspected[asked:] == [(0.25, 0.75)]


def test_each_models_edits_are_its_own(qtbot, playing: Desktop) -> None:
    session = playing.session
    result = edited(qtbot, playing, "mute")
    session.choose_model("quick")
    assert not session.state.undoable
    assert playing.window.inspector.inspection.edits == ()
    session.choose_model("careful")
    assert session.state.separation is result
    assert session.state.undoable


def test_a_new_separation_keeps_the_edits_and_their_history(qtbot, playing: Desktop) -> None:
    session, editor = playing.session, playing.window.editor
    first = edited(qtbot, playing, "mute")
    edited(qtbot, playing, "set", 0.5)
    editor.undo()
    qtbot.waitUntil(lambda: session.state.separation.notes[-1:] == first.notes)
    session.separate()
    qtbot.waitUntil(
        lambda: bool(session.state.separation and session.state.separation.notes) and not session.state.task
    )
    again = session.state.separation
    assert again is not first
    np.testing.assert_array_equal(again.speech, first.speech)
    assert session.state.undoable
    assert session.state.redoable
    editor.restore()
    assert session.state.separation is session.results["careful"][0]


def test_what_is_undone_while_the_network_works_is_not_heard_when_that_is_cancelled(
    qtbot, playing: Desktop, engine
) -> None:
    session = playing.session
    original = session.state.separation
    first = edited(qtbot, playing, "mute")
    engine.gate.clear()
    session.separate()
    qtbot.waitUntil(lambda: session.state.arriving)
    playing.desk.carry_out("undo")
    assert playing.window.inspector.inspection.edits == ()
    session.cancel()
    qtbot.waitUntil(lambda: session.state.separation is original)
    playing.desk.carry_out("redo")
    qtbot.waitUntil(lambda: session.state.separation is not original)
    np.testing.assert_array_equal(session.state.separation.speech, first.speech)


@pytest.mark.parametrize("given_up", [False, True])
def test_an_edit_is_heard_although_another_model_was_looked_at_meanwhile(
    qtbot, playing: Desktop, given_up: bool
) -> None:
    session, original = playing.session, playing.session.state.separation

    def editing(separation, inside, edits, device, threads):
        yield Progress(1.0, "Editing")
        return replace(separation, speech=separation.noise, noise=separation.speech, notes=("Done once more.",))

    session.work = replace(session.work, editing=editing)
    playing.window.editor.apply("mute", 1.0)
    if given_up:
        playing.window.editor._give_up()  # as an edit of the other model does
    session.choose_model("quick")
    qtbot.waitUntil(lambda: session.drawing.running is None)
    assert session.state.separation is None
    assert not session.state.undoable
    session.choose_model("careful")
    qtbot.waitUntil(lambda: session.state.separation not in (None, original))
    assert len(playing.window.inspector.inspection.edits) == 1
    assert ("Done once more." in session.state.separation.notes) == given_up
    playing.desk.carry_out("undo")
    assert session.state.separation is original
    assert session.state.redoable
    session.choose_model("quick")
    assert not session.state.redoable


def test_another_recording_begins_without_edits(qtbot, playing: Desktop, wav) -> None:
    session = playing.session
    edited(qtbot, playing, "mute")
    session.open([wav("other.wav")])
    qtbot.waitUntil(lambda: session.state.recording.name == "other.wav" and not session.state.task)
    session.separate()
    qtbot.waitUntil(lambda: session.state.separation is not None and not session.state.task)
    assert session.state.separation.notes == ()
    assert not session.state.undoable
    assert playing.window.inspector.inspection.edits == ()


def test_edits_are_exported(qtbot, playing: Desktop, tmp_path) -> None:
    import soundfile

    from tasnet_gui.audio.exports import ExportPlan

    result = edited(qtbot, playing, "mute")
    with qtbot.waitSignal(playing.session.exported) as exported:
        playing.session.export(ExportPlan(tmp_path, ("speech",), "wav"))
    (path,) = exported.args[0].paths
    written, _ = soundfile.read(path, always_2d=True, dtype="float32")
    np.testing.assert_allclose(written.T, result.speech, atol=1e-4)


def test_the_bar_below_the_masks_says_what_is_selected(qtbot, playing: Desktop) -> None:
    hand = playing.window.bench.panels["masks"].hand
    assert hand._what.text() == "2 rows, everywhere"
    assert not hand.undo.isVisible()
    playing.session.select((0.2, 0.5))
    assert hand._what.text() == "2 rows, 0:00.2 to 0:00.5"
    before = playing.session.state.separation
    qtbot.mouseClick(hand.mute, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: playing.session.state.separation is not before)
    assert hand.undo.isVisible()
    playing.window.inspector.light(())
    assert hand._what.text() == "Click or drag in the masks to select rows"
