"""The remix as a file: what it is, at every strength, in every format."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasnet_gui.audio.exports import EXPORTS, ExportPlan, exporting
from tasnet_gui.audio.files import read
from tasnet_gui.audio.player import Player
from tasnet_gui.domain import AUDIBLE, OFF, BadRequest, Mix, Remix, Samples, Separation, finish, strength_of

Separate = Callable[..., Separation]
LOSSLESS = [key for key, form in EXPORTS.items() if not form.lossy]


def exported(separation: Separation, folder: Path, remix: Remix, key: str = "wavfloat", track: str = "remix") -> Path:
    return finish(exporting(separation, ExportPlan(folder, (track,), key, remix=remix))).paths[0]


def played(separation: Separation, mix: Mix) -> Samples:
    """What a stereo device gets of the whole recording once the first fade is over: [frames, 2]."""
    player = Player()
    recording = separation.recording
    player.load({"mixture": recording.samples, "speech": separation.speech, "noise": separation.noise}, recording.rate)
    player.set_mix(mix)
    player.play()
    out = np.zeros((recording.frames, 2), np.float32)
    for start in range(0, recording.frames, 480):
        player.fill(out[start : start + 480])
    return out


@pytest.mark.parametrize("remix", [Remix(), Remix(0, 0), Remix(0, OFF), Remix(OFF, 0), Remix(3.5, -41), Remix(-6, 12)])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_was_heard_is_what_is_exported(separation: Separate, tmp_path: Path, remix: Remix, channels: int) -> None:
    result = separation(16_000, 0.5, channels)
    heard = played(result, Mix(solo=frozenset({"remix"}), remix=remix))
    written = read(exported(result, tmp_path, remix)).samples
    faded = 16_000 // 100  # frames, after which the fade of the start is over
    for side in range(2):
        np.testing.assert_array_equal(heard[faded:, side], written[side % channels, faded:])


@pytest.mark.parametrize("key", LOSSLESS)
def test_with_all_noise_off_it_is_the_speech(separation: Separate, tmp_path: Path, key: str) -> None:
    result = separation(16_000, 0.3, 2)
    remix = exported(result, tmp_path, Remix.of_strength(math.inf), key)
    np.testing.assert_array_equal(read(remix).samples, read(exported(result, tmp_path, Remix(), key, "speech")).samples)


@pytest.mark.parametrize("key", LOSSLESS)
def test_with_no_strength_it_is_the_mixture(separation: Separate, tmp_path: Path, key: str) -> None:
    result = separation(16_000, 0.3, 2)
    remix = read(exported(result, tmp_path, Remix.of_strength(0), key)).samples
    # 16 bits: rounded by half a step and dithered by one; else float32 rounding of the sum.
    step = 2.0 ** (1 - EXPORTS[key].bits) if EXPORTS[key].integer else 2.0**-24
    np.testing.assert_allclose(remix, result.recording.samples, rtol=0, atol=1.5 * step)


@pytest.mark.parametrize("key", [key for key, form in EXPORTS.items() if form.clips])
def test_a_loud_remix_lowers_all_tracks_alike_where_it_would_clip(
    separation: Separate, tmp_path: Path, key: str
) -> None:
    result = separation(16_000, 0.3, level=0.5)
    alone = finish(exporting(result, ExportPlan(tmp_path, ("speech", "noise"), key)))
    assert alone.gain_db == 0.0
    loud = finish(exporting(result, ExportPlan(tmp_path, AUDIBLE, key, remix=Remix(12.0, 0.0))))
    assert loud.gain_db < -3
    assert "dB lower" in loud.notes[0]


def test_the_noise_is_lowered_by_the_strength(separation: Separate, tmp_path: Path) -> None:
    result = separation(16_000, 0.3)
    remix = read(exported(result, tmp_path, Remix.of_strength(20.0))).samples
    np.testing.assert_allclose(remix - result.speech, result.noise / 10, atol=1e-7)


@given(st.floats(0, 60) | st.just(math.inf))
def test_strength_and_faders_tell_the_same(strength: float) -> None:
    remix = Remix.of_strength(strength)
    assert remix.strength == strength
    assert remix.gains == pytest.approx((1.0, 10 ** (-strength / 20)))


@pytest.mark.parametrize("level", [math.nan, 12.5, math.inf])
def test_a_level_without_sense_is_refused(level: float) -> None:
    for levels in ((level, 0.0), (0.0, level)):
        with pytest.raises(ValueError, match="too loud"):
            Remix(*levels)


@pytest.mark.parametrize(("text", "strength"), [("0", 0.0), ("12.5", 12.5), ("60", 60.0), ("off", math.inf)])
def test_a_strength_can_be_typed(text: str, strength: float) -> None:
    assert strength_of(text) == strength


@pytest.mark.parametrize("text", ["", "-1", "60.1", "nan", "loud", "inf dB"])
def test_what_is_no_strength_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="is no strength"):
        strength_of(text)
