"""Sound devices that are missing, busy, changed or go away, as the person at the window meets them."""

import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.playback import STALLED
from tasnet_gui.domain import Samples
from tests.portaudio import FakePortAudio, FakeStream

RATE = 16_000  # Hz, of the recording, which has one second


class Time:
    """The player's clock: it goes on only while a device is fed."""

    now = 100.0

    def pull(self, stream: FakeStream, seconds: float) -> Samples:
        """What the device is given in this time, in blocks of 10 ms: [frames, 2]."""
        rate = stream.settings["samplerate"]
        blocks = []
        for _ in range(round(seconds * 100)):
            blocks.append(stream.pull(rate // 100))
            self.now += 0.01
        return np.concatenate(blocks)


@pytest.fixture
def time(opened: Desktop) -> Time:
    time = Time()
    opened.window.playback._player._clock = lambda: time.now
    return time


def tick(desktop: Desktop) -> None:
    """What the timer does 60 times a second while playing."""
    desktop.window.playback._timer.timeout.emit()


def texts(desktop: Desktop) -> list[str]:
    """What stands in the menu of devices, once it was opened."""
    menu = desktop.window.output_menu
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions() if action.isVisible() and not action.isSeparator()]


def choose(desktop: Desktop, text: str) -> None:
    texts(desktop)
    (action,) = [action for action in desktop.window.output_menu.actions() if action.text() == text]
    action.trigger()


def marked(desktop: Desktop) -> list[str]:
    return [action.text() for action in desktop.window.output_menu.actions() if action.isChecked()]


def playing_on(fake: FakePortAudio) -> list[str]:
    return [fake.names[stream.settings["device"]] for stream in fake.streams if stream.is_open]


def works_in_silence(qtbot, desktop: Desktop) -> bool:
    """Everything but the sound: move, select, separate, choose what is heard."""
    desktop.desk.carry_out("end")
    desktop.session.select((0.2, 0.4))
    desktop.session.set_looping(True)
    desktop.session.separate()
    qtbot.waitUntil(lambda: desktop.session.state.separation is not None)
    desktop.session.hear("speech")
    return desktop.window.playback.position == 1.0 and desktop.session.state.heard == "speech"


@pytest.mark.parametrize(
    ("devices", "refusal", "told"),
    [
        ((), None, "No sound device was found. Connect a loudspeaker"),
        (("loudspeaker",), ("Device unavailable", -9985), "“loudspeaker” is busy or was disconnected. Close other"),
        (("loudspeaker",), ("Unanticipated host error", -9999), "“loudspeaker” cannot be opened: Unanticipated"),
        (("loudspeaker",), ("Invalid sample rate", -9997), "“loudspeaker” cannot be opened: Invalid sample rate"),
    ],
)
def test_a_device_that_cannot_play_is_a_banner_and_everything_else_works(
    qtbot, opened: Desktop, portaudio, devices, refusal, told
) -> None:
    portaudio(*devices).refusal = refusal
    opened.desk.carry_out("play")
    assert told in opened.window.banner.text
    assert not opened.window.playback.playing
    assert works_in_silence(qtbot, opened)


def test_without_portaudio_the_banner_names_it_and_so_does_the_menu(qtbot, opened, monkeypatch, tmp_path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    opened.desk.carry_out("play")
    assert "The sound library PortAudio is missing. Install it" in opened.window.banner.text
    assert texts(opened) == [
        "The System's Default",
        "The sound library PortAudio is missing.",
        "&Look for Devices Again",
    ]
    assert works_in_silence(qtbot, opened)


def test_a_device_that_cannot_do_the_rate_is_played_at_its_own(opened: Desktop, portaudio, time: Time) -> None:
    fake = portaudio("loudspeaker", rates=(44_100,))
    opened.desk.carry_out("play")
    assert fake.streams[0].settings["samplerate"] == 44_100
    time.pull(fake.streams[0], 0.55)
    assert opened.window.playback._player.position / RATE == pytest.approx(0.5, abs=0.03)  # 50 ms are silence
    assert opened.window.banner.isHidden()


def test_unplugging_pauses_keeps_the_place_tells_and_takes_no_other_speaker(opened, portaudio, time: Time) -> None:
    fake = portaudio("loudspeaker", "headphones", rates=(RATE,))
    choose(opened, "headphones")
    opened.desk.carry_out("play")
    assert playing_on(fake) == ["headphones"]
    time.pull(fake.streams[0], 0.55)
    fake.unplug("headphones")
    tick(opened)
    playback = opened.window.playback
    place = playback.position
    assert (playback.playing, playing_on(fake)) == (False, [])
    assert place == pytest.approx(0.45, abs=0.02)  # what was heard last, not what was rendered 50 ms ahead
    assert "“headphones” stopped answering, so playing was paused. Connect it again" in opened.window.banner.text
    opened.desk.carry_out("play")  # asked again while it is away
    assert (playback.playing, playback.position, playing_on(fake)) == (False, place, [])
    assert "“headphones” is not connected" in opened.window.banner.text
    assert texts(opened)[1:-1] == ["loudspeaker", "headphones (not connected)"]
    fake.names.append("headphones")
    opened.desk.carry_out("play")
    assert (playback.playing, playback.position, playing_on(fake)) == (True, place, ["headphones"])
    assert opened.window.banner.isHidden()


@pytest.mark.parametrize("asleep", [STALLED + 0.1, 8 * 3600.0])
def test_a_device_that_is_silent_after_sleep_pauses_and_plays_on_from_there(
    opened: Desktop, portaudio, time: Time, asleep: float
) -> None:
    fake = portaudio("loudspeaker", rates=(RATE,))
    opened.desk.carry_out("play")
    time.pull(fake.streams[0], 0.55)
    time.now += asleep
    tick(opened)
    playback = opened.window.playback
    place = playback.position
    assert not playback.playing
    assert place == pytest.approx(0.5, abs=0.02)
    assert "“loudspeaker” stopped answering" in opened.window.banner.text
    opened.desk.carry_out("play")
    assert (playback.playing, playback.position, len(fake.streams)) == (True, place, 2)


def test_another_device_chosen_while_playing_goes_on_at_the_same_place(opened, portaudio, time: Time) -> None:
    fake = portaudio("loudspeaker", "headphones", rates=(RATE,))
    opened.desk.carry_out("play")
    time.pull(fake.streams[0], 0.5)
    playback = opened.window.playback
    before = playback.position
    choose(opened, "headphones")
    assert (playback.playing, playing_on(fake)) == (True, ["headphones"])
    assert playback.position == pytest.approx(before, abs=1 / RATE)
    sound = opened.session.state.recording.samples[0]
    time.pull(fake.streams[1], 0.05)  # silence, for devices that wake up
    at = round(before * RATE)
    np.testing.assert_allclose(time.pull(fake.streams[1], 0.1)[200:, 0], sound[at + 200 : at + RATE // 10], atol=1e-6)


def test_a_device_that_refuses_to_take_over_pauses_at_the_same_place(opened, portaudio, time: Time) -> None:
    fake = portaudio("loudspeaker", "headphones", rates=(RATE,))
    opened.desk.carry_out("play")
    time.pull(fake.streams[0], 0.55)
    before = opened.window.playback.position
    fake.refusal = ("Device unavailable", -9985)
    choose(opened, "headphones")
    playback = opened.window.playback
    assert (playback.playing, playing_on(fake)) == (False, [])
    assert playback.position == pytest.approx(before, abs=1 / RATE)
    assert "“headphones” is busy" in opened.window.banner.text


def test_the_chosen_device_is_remembered_by_name_and_marked(opened: Desktop, portaudio) -> None:
    name = "Lautsprecher (R&D: größer), ALSA 100 %"
    portaudio("loudspeaker", name)
    assert texts(opened)[:1] == ["The System's Default"]
    assert marked(opened) == ["The System's Default"]
    choose(opened, name.replace("&", "&&"))
    again = type(opened.window.preferences)(opened.window.preferences._path)
    assert again.value.output == opened.window.playback.output == name
    texts(opened)
    assert marked(opened) == [name.replace("&", "&&")]
    choose(opened, "The System's Default")
    assert opened.window.playback.output == ""


def test_what_was_plugged_in_while_playing_is_found_when_asked_for(opened, portaudio, time: Time) -> None:
    fake = portaudio("loudspeaker", rates=(RATE,))
    opened.desk.carry_out("play")
    time.pull(fake.streams[0], 0.5)
    scans, before = fake.scans, opened.window.playback.position
    texts(opened)
    assert fake.scans == scans  # nothing is looked for while something plays
    fake.names.append("headphones")
    opened.window.output_menu.refresh.trigger()
    assert "2 sound devices found." in opened.window.status.text
    assert [a.text() for a in opened.window.output_menu.actions()][1:3] == ["loudspeaker", "headphones"]
    assert (opened.window.playback.playing, playing_on(fake)) == (True, ["loudspeaker"])
    assert opened.window.playback.position == pytest.approx(before, abs=0.01)


def test_a_thousand_moves_switches_and_loops_at_the_window_leave_it_whole(qtbot, separated: Desktop, portaudio) -> None:
    fake = portaudio("loudspeaker")
    window, session = separated.window, separated.session
    dice = np.random.default_rng(3)
    separated.desk.carry_out("play")
    commands = (
        "play",
        "pause",
        "loop",
        "play_selection",
        "start",
        "end",
        "back",
        "forward",
        "hear_speech",
        "hear_noise",
    )
    for _ in range(1000):
        separated.desk.carry_out(str(dice.choice(commands)))
        start, length = dice.random(2)
        session.select((float(start), float(min(1.0, start + length))) if length > 0.2 else None)
        block = fake.streams[-1].pull(int(dice.choice((1, 37, 480, 4096))))
        assert np.isfinite(block).all()
        tick(separated)
        assert 0.0 <= window.playback.position <= 1.0
    assert window.banner.isHidden()
    qtbot.keyClick(window, Qt.Key.Key_Home)
    assert window.playback.position == 0.0
