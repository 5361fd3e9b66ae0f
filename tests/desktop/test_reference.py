"""A reference of the open recording: dropped or chosen, measured for every model, said where one looks, and let go."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QLabel

from tasnet_gui.analysis import perceptual
from tasnet_gui.desktop import drops
from tasnet_gui.desktop.app import Desktop

KEYS = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def _without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptual, "missing", lambda: ["stoi", "pesq"])


@pytest.fixture
def clean(sound_file, hiss) -> Path:
    return sound_file("clean.wav", hiss(seed=1), subtype="FLOAT")


@pytest.fixture
def noisy(qtbot, desktop: Desktop, sound_file, hiss, clean) -> Desktop:
    """The window with a result, whose true speech is in a file."""
    desktop.session.open([sound_file("talk.wav", hiss(seed=1) + 0.3 * hiss(seed=2), subtype="FLOAT")])
    qtbot.waitUntil(lambda: desktop.session.state.recording is not None)
    desktop.session.separate()
    qtbot.waitUntil(lambda: desktop.session.state.separation is not None)
    return desktop


def measured(qtbot, desktop: Desktop, path: Path) -> dict:
    desktop.desk.referee.load_speech(path)
    state = desktop.session.state
    qtbot.waitUntil(lambda: desktop.session.state.scores(state.separation) is not None)
    return desktop.session.state.scores(state.separation)


def drag(window, path: Path, place: QPoint) -> str:
    """Drag a file over a place and let it go; what stood there."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    window.dragEnterEvent(QDragEnterEvent(place, *KEYS[:1], data, *KEYS[1:]))
    window.dragMoveEvent(QDragMoveEvent(place, *KEYS[:1], data, *KEYS[1:]))
    said = [field.choice.promise for field in window.overlay._fields if field._lit]
    window.dropEvent(QDropEvent(QPointF(place), *KEYS[:1], data, *KEYS[1:]))
    return said[0]


def test_a_result_is_measured_and_the_window_says_so(qtbot, noisy: Desktop, clean: Path) -> None:
    values = measured(qtbot, noisy, clean)
    assert values["si_sdr_improvement"] == pytest.approx(0, abs=0.01)  # the fake engine leaves the mixture as it is
    assert values["si_sdr"] == pytest.approx(10.5, abs=0.3)
    assert "Measured against clean.wav." in noisy.window.status.text
    said = [each.text() for each in noisy.window.status.findChildren(QLabel)]
    assert any("SI-SDR 10." in text and "(+0.0)" in text for text in said)


def test_dropping_it_on_its_field_loads_it_and_keeps_the_recording(qtbot, noisy: Desktop, clean: Path) -> None:
    window, recording = noisy.window, noisy.session.state.recording
    low = QPoint(400, window.height() - 80)
    assert drag(window, clean, low) == "Drop here as a reference"
    qtbot.waitUntil(lambda: noisy.session.state.reference is not None)
    assert noisy.session.state.recording is recording
    assert not window.overlay.isVisible()
    assert drag(window, clean, QPoint(400, 120)) == "Drop here to open clean.wav"
    qtbot.waitUntil(lambda: noisy.session.state.recording.name == "clean.wav")
    assert noisy.session.state.reference is None


def test_with_a_reference_true_noise_can_be_dropped_too(qtbot, noisy: Desktop, clean: Path, sound_file, hiss) -> None:
    measured(qtbot, noisy, clean)
    before = noisy.session.state.reference
    noise = sound_file("noise.wav", 0.3 * hiss(seed=2), subtype="FLOAT")
    assert drag(noisy.window, noise, QPoint(400, noisy.window.height() - 60)) == "Drop here as the true noise"
    qtbot.waitUntil(lambda: noisy.session.state.reference is not before)
    assert noisy.session.state.reference.noise_name == "noise.wav"
    qtbot.waitUntil(lambda: noisy.session.state.scores(noisy.session.state.separation) is not None)


def test_what_does_not_belong_is_said_in_a_banner_and_changes_nothing(qtbot, noisy: Desktop, sound_file, hiss) -> None:
    other = sound_file("other.wav", hiss(seed=3))
    with qtbot.waitSignal(noisy.session.failed) as failed:
        noisy.desk.referee.load_speech(other)
    assert "other.wav is not found in talk.wav." in str(failed.args[0])
    assert noisy.session.state.reference is None
    assert noisy.window.banner.isVisible()


def test_the_comparison_shows_the_scores_of_both_models(qtbot, noisy: Desktop, clean: Path) -> None:
    window, session = noisy.window, noisy.session
    window.bench.look(True)
    window.bench.docks["compare"].raise_()
    panel = window.bench.panels["compare"]
    qtbot.waitUntil(lambda: panel.active)
    measured(qtbot, noisy, clean)
    session.choose_model("quick")
    session.separate()
    qtbot.waitUntil(lambda: len(session.state.measured) == 2)
    qtbot.waitUntil(lambda: panel._shown is not None)
    titles = [title for title, _ in panel._facts._columns]
    assert titles[:3] == ["Look-ahead", "RTF", "SI-SDR"]
    assert "Noise attenuation" not in titles  # this speech never pauses: a score that nobody can have is left out
    assert "STOI" not in titles
    assert "dB (+0.0)" in panel._facts.text
    assert panel._against.text().startswith("Measured against clean.wav. STOI and PESQ are left out")
    assert panel._facts in panel.picture().findChildren(type(panel._facts))  # so that a saved picture holds it


def test_the_model_card_tells_the_scores_on_this_recording(qtbot, noisy: Desktop, clean: Path) -> None:
    bench = noisy.window.bench
    bench.look(True)
    bench.docks["model"].raise_()
    qtbot.waitUntil(lambda: bench.panels["model"].active)
    assert "On this recording" not in texts(bench.panels["model"])
    measured(qtbot, noisy, clean)
    qtbot.waitUntil(lambda: "On this recording" in texts(bench.panels["model"]))
    noisy.desk.carry_out("no_reference")
    assert noisy.session.state.measured == ()
    assert not noisy.window.commands.actions["no_reference"].isEnabled()
    qtbot.waitUntil(lambda: "On this recording" not in texts(bench.panels["model"]))


def test_masks_changed_by_hand_are_measured_anew(qtbot, noisy: Desktop, clean: Path) -> None:
    window, session = noisy.window, noisy.session
    window.bench.look(True)
    qtbot.waitUntil(lambda: window.inspector.inspection.learned is not None)
    before = measured(qtbot, noisy, clean)
    window.inspector.light((3, 4))
    qtbot.waitUntil(lambda: bool(window.inspector.inspection.spans))
    window.editor.apply("mute", 1.0)
    qtbot.waitUntil(lambda: len(session.state.measured) == 2)
    after = session.state.scores(session.state.separation)
    assert after["si_sdr"] != before["si_sdr"]
    window.editor.undo()
    assert session.state.scores(session.state.separation) == before


def texts(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_every_choice_says_what_it_does_to_what() -> None:
    for referred in (False, True):
        found = drops.choices(Path("a.wav"), "talk.wav", referred)
        assert [choice.key for choice in found] == ["open", "speech", "noise"][: 2 + referred]
        assert all(choice.detail for choice in found)
    assert np.all(["a.wav" in choice.detail or "a.wav" in choice.promise for choice in found])
