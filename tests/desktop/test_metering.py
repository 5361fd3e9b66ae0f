"""The meters in the transport: what was heard, when it was heard, and the loudness of the chosen track."""

import numpy as np
import pytest

from tasnet_gui.analysis.loudness import Loudness
from tasnet_gui.analysis.metering import Levels
from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.theme import LIGHT
from tasnet_gui.desktop.widgets.meter import LevelMeter

RATE = 16_000


def integrated(samples: np.ndarray) -> float:
    meter = Loudness(RATE, samples.shape[0])
    meter.add(samples)
    return meter.integrated


@pytest.fixture
def played(separated: Desktop, portaudio) -> Desktop:
    """Half a second of the recording was heard."""
    fake = portaudio("loudspeaker", rates=(RATE,))
    fake_latency = 0.05
    separated.desk.carry_out("play")
    for _ in range(60):
        fake.streams[0].pull(RATE // 100)
    assert separated.window.playback._speaker.latency == fake_latency
    separated.desk.listening.metering._read()
    return separated


def test_what_was_heard_is_shown_as_peak_and_loudness(played: Desktop) -> None:
    levels = played.window.transport.meter._levels
    sound = played.session.state.recording.samples[0, : RATE // 2]
    assert len(levels.peaks) == 1  # the recording has one channel
    assert levels.highest == pytest.approx(20 * np.log10(np.abs(sound).max()), abs=0.1)
    assert levels.momentary is not None
    assert "highest peak" in played.window.transport.meter.toolTip()


def test_the_chosen_tracks_loudness_is_measured_when_it_is_played(qtbot, played: Desktop) -> None:
    meter, separation = played.window.transport.meter, played.session.state.separation
    qtbot.waitUntil(lambda: "I –" not in meter.texts[0])
    shown = float(meter.texts[0].split("I ")[1].split(" ")[0].replace("\N{MINUS SIGN}", "-"))
    assert shown == pytest.approx(integrated(separation.recording.samples), abs=0.06)
    played.session.hear("speech")
    qtbot.waitUntil(lambda: "speech:" in meter.accessibleDescription())
    shown = float(meter.texts[0].split("I ")[1].split(" ")[0].replace("\N{MINUS SIGN}", "-"))
    assert shown == pytest.approx(integrated(separation.speech), abs=0.06)
    played.session.toggle_solo("noise")  # both: no single track
    assert "I –" in meter.texts[0]


def test_full_scale_is_marked_in_words_too_until_the_meter_is_clicked(played: Desktop) -> None:
    metering, meter = played.desk.listening.metering, played.window.transport.meter
    metering._view.show_levels(metering._meter.take(np.ones((10, 2), np.float32), 0.01))
    assert "Full scale was reached" in meter.accessibleDescription()
    metering._view.show_levels(metering._meter.take(np.zeros((10, 2), np.float32), 9.0))
    assert meter._levels.over
    meter.click()
    assert not meter._levels.over
    assert "Full scale" not in meter.accessibleDescription()


def test_the_meter_rests_when_all_is_silent_and_starts_again(played: Desktop) -> None:
    metering = played.desk.listening.metering
    played.desk.carry_out("pause")
    assert metering._timer.isActive()
    now = [metering._last]
    metering._clock = lambda: now[0]
    for _ in range(12):
        now[0] += 1.0
        metering._read()
    assert not metering._timer.isActive()
    played.desk.carry_out("play")
    assert metering._timer.isActive()


def test_another_recording_begins_with_an_empty_meter(qtbot, played: Desktop, wav) -> None:
    played.session.open([wav("other.wav")])
    qtbot.waitUntil(lambda: played.session.state.recording.name == "other.wav")
    assert played.window.transport.meter._levels == Levels()


@pytest.mark.parametrize("width", [40, 90, 300])
def test_the_numbers_fit_into_any_width_and_the_mark_is_red(qtbot, qapp, width) -> None:
    meter = LevelMeter(LIGHT)
    qtbot.addWidget(meter)
    meter.resize(width, meter.sizeHint().height())
    meter.show_levels(Levels((0.0, -6.0), (0.0, -3.0), 0.5, -20.1, -21.2))
    image = meter.grab().toImage()
    assert image.pixelColor(width - 2, 3).name().upper() == LIGHT.danger
    meter.show_levels(Levels((-9.0,), (-6.0,), -3.0))
    assert meter.grab().toImage().pixelColor(width - 2, 3).name().upper() == LIGHT.pressed
