"""Every way in which a sound device can refuse, and that it is told in a sentence."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from tasnet_gui.audio.devices import LATENCY, LEAD, Speaker, outputs
from tasnet_gui.domain import DeviceError


def refused(speaker: Speaker) -> DeviceError:
    with pytest.raises(DeviceError) as raised:
        speaker.open(48_000, 2, silence)
    assert raised.value.what.endswith(".")
    assert raised.value.todo.endswith(".")
    assert not speaker.opened
    return raised.value


def silence(out) -> None:
    out.fill(0.0)


def lead(rate: int) -> int:
    return round(LEAD * rate)


def test_nothing_of_portaudio_is_loaded_before_something_is_played():
    code = "import sys, tasnet_gui.audio.devices, tasnet_gui.desktop.playback; sys.exit('sounddevice' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch, tmp_path):
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    error = refused(Speaker())
    assert "PortAudio" in error.what
    assert "libportaudio2" in error.todo
    with pytest.raises(DeviceError):
        outputs()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert "sounddevice" in refused(Speaker()).what


def test_no_device_at_all_is_told(portaudio):
    portaudio()
    assert outputs() == []
    assert "No sound device" in refused(Speaker()).what


def test_a_device_that_is_not_connected_is_named_and_no_other_is_taken(portaudio):
    portaudio("loudspeaker")
    assert "“headphones” is not connected" in refused(Speaker("headphones")).what


def test_a_busy_device_is_told(portaudio):
    portaudio("loudspeaker").refusal = ("Device unavailable", -9985)
    assert "busy" in refused(Speaker()).what


def test_any_other_refusal_keeps_the_systems_words(portaudio):
    portaudio("loudspeaker").refusal = ("Unanticipated host error", -9999)
    assert "“loudspeaker” cannot be opened: Unanticipated host error." in refused(Speaker()).what


def test_a_rate_that_the_device_cannot_do_is_replaced_by_its_own(portaudio):
    portaudio("loudspeaker", rates=(44_100, 48_000))
    speaker = Speaker()
    speaker.open(44_100, 2, silence)
    assert speaker.rate == 44_100
    speaker.open(192_000, 2, silence)
    assert speaker.rate == 48_000


@pytest.mark.parametrize(("own", "asked"), [(0.035, LATENCY), (0.3, 0.3)])
def test_there_is_time_for_the_network_to_compute_beside_the_sound(portaudio, own, asked):
    fake = portaudio("loudspeaker")
    fake.latency = own
    speaker, usual = Speaker(), sys.getswitchinterval()
    speaker.open(48_000, 2, silence)
    assert fake.streams[0].settings["latency"] == asked
    assert sys.getswitchinterval() < usual
    speaker.close()
    assert sys.getswitchinterval() == usual


def test_a_device_with_one_channel_is_opened_with_one(portaudio):
    fake = portaudio("telephone", channels=1)
    speaker = Speaker()
    speaker.open(48_000, 2, silence)
    assert speaker.channels == fake.streams[0].settings["channels"] == 1


def test_only_devices_that_play_are_listed_and_the_wanted_one_is_opened(portaudio):
    fake = portaudio("loudspeaker", "headphones")
    assert outputs() == ["loudspeaker", "headphones"]
    Speaker("headphones").open(48_000, 2, silence)
    assert fake.streams[0].settings["device"] == 1


def test_devices_plugged_in_later_are_found_but_never_looked_for_while_one_plays(portaudio):
    fake = portaudio("loudspeaker")
    speaker = Speaker()
    speaker.open(48_000, 2, silence)
    scans = fake.scans
    outputs()  # the fake fails a scan that would stop the stream
    assert fake.scans == scans
    speaker.close()
    fake.names.append("headphones")
    assert outputs() == ["loudspeaker", "headphones"]
    assert fake.scans == scans + 1


def test_blocks_come_from_the_player_and_late_ones_are_counted(portaudio):
    fake = portaudio("loudspeaker")
    speaker = Speaker()
    speaker.open(48_000, 2, lambda out: out.fill(0.5))
    fake.streams[0].pull(lead(48_000))
    assert (fake.streams[0].pull(late=True) == 0.5).all()
    assert speaker.underflows == 1
    assert speaker.latency == 0.05


@pytest.mark.parametrize("block", [1, 37, 480, 4096])
def test_a_device_that_wakes_up_hears_silence_first_and_then_everything(portaudio, block):
    fake = portaudio("loudspeaker")
    speaker, sound = Speaker(), iter(range(1, 10_000))

    def count(out) -> None:
        out[:] = [[next(sound)] * 2 for _ in out]

    speaker.open(48_000, 2, count)
    out = np.concatenate([fake.streams[0].pull(block) for _ in range(-(-5000 // block))])
    assert not out[: lead(48_000)].any()
    np.testing.assert_array_equal(out[lead(48_000) : 5000, 0], np.arange(1, 5001 - lead(48_000)))


def test_a_fault_while_rendering_plays_silence_and_not_what_memory_held(portaudio):
    fake = portaudio("loudspeaker")
    speaker = Speaker()

    def broken(out) -> None:
        out.fill(7.0)
        raise MemoryError

    speaker.open(48_000, 2, broken)
    out = np.full((lead(48_000) + 64, 2), np.nan, np.float32)
    with pytest.raises(MemoryError):
        fake.streams[0].callback(out, len(out), None, SimpleNamespace(output_underflow=False))
    assert not out.any()


def test_a_stream_that_ends_by_itself_is_noticed_and_can_be_closed(portaudio):
    fake = portaudio("loudspeaker")
    speaker = Speaker()
    speaker.open(48_000, 2, silence)
    fake.streams[0].finished()
    assert speaker.ended
    speaker.close()
    assert (speaker.opened, speaker.ended, fake.streams[0].is_open) == (False, False, False)
    speaker.close()


def test_a_device_that_hangs_is_given_up_and_not_opened_again_before_it_answers(portaudio):
    fake = portaudio("loudspeaker")
    speaker = Speaker()
    speaker.open(48_000, 2, silence)
    fake.streams[0].answers.clear()
    speaker.abandon()
    assert not speaker.opened
    assert "still does not answer" in refused(speaker).what
    fake.streams[0].answers.set()
    speaker._abandoning.join()
    speaker.open(48_000, 2, silence)
    assert speaker.opened


def test_two_devices_of_one_name_can_both_be_chosen(portaudio):
    fake = portaudio("headset", "loudspeaker", "headset")
    assert outputs() == ["headset", "loudspeaker", "headset (2)"]
    Speaker("headset (2)").open(48_000, 2, silence)
    assert fake.streams[0].settings["device"] == 2


def test_the_opened_device_is_known_by_name_also_when_it_is_the_systems_default(portaudio):
    portaudio("loudspeaker", "headphones")
    speaker = Speaker()
    speaker.open(48_000, 2, silence)
    assert speaker.name == "loudspeaker"
