"""What the GUI hears of the player: the playhead, the end, and devices that are not there or go away."""

import numpy as np
import pytest

from tasnet_gui.audio.player import Player
from tasnet_gui.desktop.playback import STALLED, Playback
from tasnet_gui.domain import DeviceError, Mix, ModelCard, Part, Recording, Separation

RATE = 16_000


class Loudspeaker:
    """A device that asks for sound when the test says so. Stands in for `audio.devices.Speaker`."""

    latency = 0.0
    name = "loudspeaker"

    def __init__(self, rate: int = 0, refusal: DeviceError | None = None) -> None:
        self.own_rate, self.refusal = rate, refusal
        self.opened = self.ended = False
        self.times_opened = 0
        self.time = 0.0

    def clock(self) -> float:
        return self.time

    def open(self, rate, channels, fill) -> None:
        self.close()
        if self.refusal:
            raise self.refusal
        self.rate, self.channels, self.fill = self.own_rate or rate, channels, fill
        self.opened = True
        self.times_opened += 1

    def start(self) -> None: ...

    def close(self) -> None:
        self.opened = self.ended = False

    abandon = close

    def pull(self, frames: int):
        out = np.full((frames, self.channels), np.nan, np.float32)
        self.fill(out)
        self.time += frames / self.rate
        return out


class Ear:
    """Notes what a Playback tells."""

    def __init__(self, playback: Playback) -> None:
        self.playing, self.positions, self.failures = [], [], []
        playback.playing_changed.connect(self.playing.append)
        playback.position_changed.connect(self.positions.append)
        playback.failed.connect(self.failures.append)


@pytest.fixture
def speaker() -> Loudspeaker:
    return Loudspeaker()


@pytest.fixture
def playback(qapp, speaker, recording):
    playback = Playback(speaker, Player(speaker.clock))
    playback.show_recording(recording(RATE, 2.0))
    yield playback
    playback.close()


@pytest.fixture
def ear(playback) -> Ear:
    return Ear(playback)


def tick(playback: Playback) -> None:
    """What the timer does 60 times a second while playing."""
    playback._timer.timeout.emit()


def separated(recording: Recording) -> Separation:
    card = ModelCard("test", "Test", "", {"causal": False}, RATE, "", "MIT", None)
    return Separation(recording, card, speech=recording.samples * 0.25, noise=recording.samples * 0.75)


def test_no_device_is_opened_before_something_is_played(playback, speaker):
    playback.set_mix(Mix(volume=0.5))
    playback.seek(1.0)
    assert speaker.times_opened == 0


def test_playing_tells_where_it_is_until_it_stops_at_the_end(playback, speaker, ear):
    playback.play()
    assert (ear.playing, playback._timer.isActive()) == ([True], True)
    for _ in range(3):
        speaker.pull(8000)
        tick(playback)
    assert ear.positions[-3:] == sorted(ear.positions[-3:])
    speaker.pull(10_000)
    tick(playback)
    assert ear.playing == [True, False]
    assert (ear.positions[-1], playback._timer.isActive()) == (0.0, False)


def test_space_stops_where_it_began_and_pause_stays(playback, speaker):
    playback.seek(0.5)
    playback.toggle()
    speaker.pull(4000)
    playback.toggle()
    assert (playback.playing, playback.position) == (False, 0.5)
    playback.toggle()
    speaker.pull(4000)
    playback.pause()
    assert (playback.playing, playback.position) == (False, 0.75)


def test_a_paused_device_is_kept_ready_and_given_back_after_a_while(playback, speaker):
    playback.play()
    playback.pause()
    playback.play()
    playback.pause()
    assert (speaker.opened, speaker.times_opened, playback._idle.isActive()) == (True, 1, True)
    playback._idle.timeout.emit()
    assert not speaker.opened
    playback.play()
    assert (speaker.opened, speaker.times_opened, playback._idle.isActive()) == (True, 2, False)


def test_a_recording_at_another_rate_opens_the_device_anew(playback, speaker, recording):
    playback.play()
    playback.show_recording(recording(44_100, 0.5))
    assert not playback.playing
    playback.play()
    assert (speaker.rate, speaker.times_opened) == (44_100, 2)


def test_without_a_device_a_sentence_is_told_and_everything_else_works(qapp, recording):
    speaker = Loudspeaker(refusal=DeviceError("No sound device was found.", "Connect one."))
    playback = Playback(speaker, Player(speaker.clock))
    ear = Ear(playback)
    playback.show_recording(recording(RATE, 2.0))
    for act in (playback.play, playback.toggle, playback.play_selection_once):
        act()
    assert ear.failures == ["No sound device was found. Connect one."] * 3
    playback.play_selection_once((0.5, 1.0))
    playback.set_mix(Mix(solo=frozenset({"speech"})))
    playback.set_loop((0.0, 1.0))
    playback.seek(1.5)
    assert (playback.playing, playback.position, ear.playing) == (False, 1.5, [])
    speaker.refusal = None  # a loudspeaker was connected
    playback.set_loop(None)
    playback.play()
    assert playback.playing
    playback.close()


def test_a_device_that_goes_away_pauses_keeps_the_place_and_is_told(playback, speaker, ear):
    playback.play()
    speaker.pull(8000)
    tick(playback)
    speaker.ended = True
    tick(playback)
    assert (playback.playing, ear.playing, len(ear.failures)) == (False, [True, False], 1)
    assert playback.position == pytest.approx(0.5)
    assert (speaker.opened, speaker.times_opened) == (False, 1)  # no other device was opened unasked
    playback.play()
    speaker.pull(1600)
    tick(playback)
    assert playback.position == pytest.approx(0.6, abs=0.01)


def test_a_device_that_stops_asking_is_told_too(playback, speaker, ear):
    playback.play()
    speaker.pull(8000)
    speaker.time += STALLED + 0.1
    tick(playback)
    assert (playback.playing, playback.position, len(ear.failures)) == (False, 0.5, 1)


def test_a_device_that_was_just_opened_has_not_stopped_asking(playback, speaker, ear):
    speaker.time += 1000.0
    playback.play()
    tick(playback)
    assert (playback.playing, ear.failures) == (True, [])


def test_a_loop_repeats_and_telling_it_again_does_not_move_the_playhead(playback, speaker):
    playback.set_loop((0.5, 1.0))
    playback.play()
    speaker.pull(12_000)
    assert 0.5 <= playback.position < 1.0
    playback.seek(1.5)
    playback.set_loop((0.5, 1.0))
    assert playback.position == 1.5


def test_the_selection_is_played_once(playback, speaker, ear):
    playback.set_loop((0.0, 0.25))
    playback.play_selection_once((0.5, 1.0))
    speaker.pull(9000)
    tick(playback)
    assert (ear.playing, playback.position) == ([True, False], 0.5)


def test_speech_is_heard_once_the_separation_is_there(playback, speaker):
    sound = playback._recording.samples[0]
    playback.set_mix(Mix(solo=frozenset({"speech"})))
    playback.play()
    np.testing.assert_array_equal(speaker.pull(1000)[500:, 0], sound[500:1000])
    playback.show_separation(separated(playback._recording))
    np.testing.assert_array_equal(speaker.pull(1000)[500:, 0], 0.25 * sound[1500:2000])
    playback.show_separation(None)
    np.testing.assert_array_equal(speaker.pull(1000)[500:, 0], sound[2500:3000])


def test_a_late_separation_of_another_recording_is_dropped(playback, speaker, recording):
    late = separated(playback._recording)
    playback.show_recording(recording(RATE, 1.0, channels=2))
    playback.show_separation(late)
    playback.play()
    assert playback.peaks().keys() == {"mixture", "output"}


def test_finished_parts_are_heard_while_the_rest_is_computed(playback, speaker):
    whole = separated(playback._recording)
    for start in (4000, 0):
        stretch = slice(start, start + 4000)
        playback.show_part(Part(start, whole.speech[:, stretch], whole.noise[:, stretch]))
    playback.set_mix(Mix(solo=frozenset({"speech"})))
    playback.play()
    out = speaker.pull(9000)[:, 0]
    np.testing.assert_array_equal(out[500:7800], whole.speech[0, 500:7800])
    assert not out[8000:].any()
    playback.show_separation(whole)
    np.testing.assert_array_equal(speaker.pull(1000)[500:, 0], whole.speech[0, 9500:10_000])


def test_a_part_that_arrives_where_the_playhead_is_does_not_click(playback, speaker):
    ones = np.ones_like(playback._recording.samples)
    playback.set_mix(Mix(solo=frozenset({"speech"})))
    playback.show_part(Part(0, ones[:, :4000], ones[:, :4000]))
    playback.play()
    out = [speaker.pull(8000)[1000:, 0]]
    playback.show_part(Part(4000, ones[:, 4000:20_000], ones[:, 4000:20_000]))
    out.append(speaker.pull(8000)[:, 0])
    heard = np.concatenate(out)
    assert np.abs(np.diff(heard)).max() < 0.01
    assert heard[-1000:].min() == 1.0


def test_showing_the_same_recording_again_keeps_the_place(playback, speaker):
    playback.play()
    speaker.pull(4000)
    playback.show_recording(playback._recording)
    assert (playback.playing, playback.position) == (True, 0.25)


def test_the_volume_of_the_mix_is_what_is_heard(playback, speaker):
    playback.set_mix(Mix(volume=0.5))
    playback.play()
    np.testing.assert_allclose(speaker.pull(1000)[500:, 0], playback._recording.samples[0, 500:1000] / 2, atol=1e-7)


def test_without_a_recording_nothing_happens(qapp, speaker):
    playback = Playback(speaker, Player(speaker.clock))
    ear = Ear(playback)
    for act in (playback.play, playback.toggle, playback.pause, playback.stop, playback.close):
        act()
    playback.seek(1.0)
    playback.set_loop((0.0, 1.0))
    playback.show_recording(None)
    assert (ear.playing, ear.failures, playback.position, speaker.times_opened) == ([], [], 0.0, 0)
