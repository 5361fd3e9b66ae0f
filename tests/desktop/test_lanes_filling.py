"""The lanes fill with what they are shown, part by part, and drop what belongs to another recording."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tasnet_gui.desktop.theme import LIGHT
from tasnet_gui.desktop.views.lanes import LanesView
from tasnet_gui.desktop.widgets import filling
from tasnet_gui.domain import ModelCard, Part, Recording, Separation

RATE = 8000
SECONDS = 20
CARD = ModelCard("m", "M", "", {"causal": False}, RATE, "", "", Path())


@pytest.fixture
def recording(hiss: Callable[..., np.ndarray]) -> Recording:
    return Recording(hiss(RATE, SECONDS, channels=2), RATE)


@pytest.fixture
def separation(recording: Recording) -> Separation:
    speech = recording.samples * np.float32(0.7)
    return Separation(recording, CARD, speech, recording.samples - speech)


@pytest.fixture
def view(qtbot: QtBot, recording: Recording) -> Iterator[LanesView]:
    view = LanesView()
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show_recording(recording)
    view.show()
    qtbot.waitExposed(view)
    yield view
    view.close()


def coloured(strip: QWidget, colour: str) -> np.ndarray:
    """In which columns of the strip this very colour is seen."""
    image = strip.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()] & 0xFFFFFF
    return (pixels == (QColor(colour).rgb() & 0xFFFFFF)).any(axis=0)


def test_parts_fill_the_lanes_where_they_belong(view, separation):
    half = slice(RATE * 5, RATE * 10)
    view.show_part(Part(RATE * 5, separation.speech[:, half], separation.noise[:, half]))
    for track in ("speech", "noise"):
        lane = view.lanes[track]
        seen = coloured(lane, LIGHT.source(track))
        quarter = lane.width() // 4
        assert seen[quarter + 2 : 2 * quarter - 2].all()
        assert not seen[: quarter - 2].any()
        assert not seen[2 * quarter + 2 :].any()
        assert view.headers[track].solo.isEnabled()


def test_a_result_after_parts_looks_like_a_result_at_once(view, separation, qtbot):
    view.show_separation(separation)
    qtbot.waitUntil(lambda: not view.busy)
    at_once = view.lanes["speech"].grab().toImage()
    view.show_separation(None)
    for start in range(0, separation.speech.shape[1], 30_001):
        part = slice(start, start + 30_001)
        view.show_part(Part(start, separation.speech[:, part], separation.noise[:, part]))
    again = Separation(separation.recording, CARD, separation.speech, separation.noise)
    view.show_separation(again)
    qtbot.waitUntil(lambda: not view.busy)
    assert view.lanes["speech"].grab().toImage() == at_once


def test_taking_the_result_off_empties_the_lanes_and_a_known_one_is_back_at_once(view, separation, qtbot):
    empty = view.lanes["speech"].grab().toImage()
    view.show_separation(separation)
    qtbot.waitUntil(lambda: not view.busy)
    full = view.lanes["speech"].grab().toImage()
    view.show_separation(None)
    assert view.lanes["speech"].grab().toImage() == empty
    view.show_separation(separation)
    assert not view.busy
    assert view.lanes["speech"].grab().toImage() == full


def test_news_of_another_recording_fall_on_the_floor(view, separation, hiss):
    other = Recording(hiss(RATE, 3), RATE)
    view.show_recording(other)
    empty = view.lanes["speech"].grab().toImage()
    view.show_separation(separation)
    view.show_part(Part(RATE * 10, separation.speech[:, :100], separation.noise[:, :100]))
    assert view.lanes["speech"].grab().toImage() == empty


def test_a_long_recording_is_on_the_screen_before_it_has_been_read(view, qtbot, monkeypatch):
    monkeypatch.setattr(filling, "AT_ONCE", 0)
    monkeypatch.setattr(filling, "SKETCH_FROM", 0)
    samples = np.full((1, 2_000_000), 0.5, np.float32)
    samples[:, ::2] *= -1
    view.show_recording(Recording(samples, 48_000))
    assert view.busy
    assert coloured(view.lanes["mixture"], LIGHT.mixture)[1:].all()  # the first column is the playhead
    qtbot.waitUntil(lambda: not view.busy)
    assert coloured(view.lanes["mixture"], LIGHT.mixture)[1:].all()  # the first column is the playhead
