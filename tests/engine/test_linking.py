from collections.abc import Callable

import numpy as np
import pytest

from tasnet_gui.domain import ModelCard, Recording, Samples, finish
from tasnet_gui.engine import linking as engine
from tasnet_gui.engine.inside import looking
from tasnet_gui.engine.linking import Linked
from tasnet_gui.engine.native import Channels, Links
from tasnet_gui.engine.separate import separate
from tasnet_gui.engine.spans import inspecting
from tasnet_gui.engine.steps import ended

Models = Callable[..., ModelCard]
Sounds = Callable[..., Samples]
BOTH = pytest.mark.parametrize("causal", [False, True], ids=["non-causal", "causal"])


def linked(sound: Samples, choice: Channels = "auto", rate: int = 16_000) -> Linked:
    return ended(engine.linking(Recording(sound, rate), choice))


@pytest.fixture
def stage(hiss: Sounds) -> Callable[..., Samples]:
    """`stage(rate, seconds, places)`: one sound, a little louder in one channel, with little noise of each channel."""

    def make(rate: int = 16_000, seconds: float = 1.5, places: tuple[float, ...] = (1.0, 0.8)) -> Samples:
        voice = hiss(rate, seconds)
        own = hiss(rate, seconds, channels=len(places), level=0.01, seed=1)
        return (np.array(places, np.float32)[:, None] * voice + own).astype(np.float32)

    return make


def test_channels_that_hold_one_scene_are_linked(stage: Sounds) -> None:
    found = linked(stage())
    assert found.links == Links((2,))
    assert "share one mask" in found.note


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 192_000])
def test_channels_with_nothing_in_common_are_not(hiss: Sounds, rate: int) -> None:
    found = linked(hiss(rate, 2.5, channels=2), rate=rate)
    assert found.links == Links.each(2)
    assert "little in common" in found.note


def test_an_offset_that_both_channels_have_is_nothing_in_common(hiss: Sounds) -> None:
    assert linked(hiss(channels=2) + np.float32(0.5)).links.alone


@pytest.mark.parametrize("choice", ["auto", "linked"])
def test_what_would_cancel_in_the_sum_is_never_linked(stage: Sounds, choice: Channels) -> None:
    sound = stage(seconds=9.0)
    sound[1, 5 * 16_000 : 6 * 16_000] *= -1  # one second of nine
    found = linked(sound, choice)
    assert found.links == Links.each(2)
    assert "cancel" in found.note


def test_a_much_quieter_second_forbids_nothing(stage: Sounds) -> None:
    sound = stage(seconds=4.0)
    sound[:, 32_000:48_000] *= 0.001
    sound[1, 32_000:48_000] *= -1
    assert linked(sound).links == Links((2,))


@pytest.mark.parametrize("seconds", [7, 600, 601, 36_000])
def test_ten_hours_are_looked_at_no_longer_than_ten_minutes(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    starts, plain = [], engine._powers

    def looked(recording: Recording, start: int, pairs: tuple[int, ...]) -> engine.Powers:
        starts.append(start // recording.rate)
        return plain(recording, start, pairs)

    monkeypatch.setattr(engine, "_powers", looked)
    linked(np.broadcast_to(np.zeros((2, 1), np.float32), (2, seconds * 1_000)), rate=1_000)
    assert len(starts) == min(seconds, 600)
    assert starts[0] == 0
    assert max(np.diff([*starts, seconds])) <= -(-seconds // 600)  # evenly, up to the end


def test_what_is_asked_for_is_done(stage: Sounds, hiss: Sounds) -> None:
    assert linked(stage(), "each") == Linked(Links.each(2))
    assert linked(hiss(channels=2), "linked").links == Links((2,))


@pytest.mark.parametrize(
    ("places", "sizes"),
    [
        ((1.0,), (1,)),
        ((1.0, 0.9, 0.5), (2, 1)),
        ((1.0, 0.9, 0.5, 0.1, 0.3, 0.3), (2, 1, 1, 2)),  # 5.1: the centre and LFE are by themselves
        ((1.0, 0.9, 0.5, 0.1, 0.3, 0.3, 0.2, 0.2), (2, 1, 1, 2, 2)),  # 7.1
        ((1.0,) * 12, (1,) * 12),  # nobody knows what these are
    ],
)
def test_only_channels_that_mirror_each_other_are_linked(
    stage: Sounds, places: tuple[float, ...], sizes: tuple[int, ...]
) -> None:
    assert linked(stage(places=places), "linked").links.sizes == sizes


@pytest.mark.parametrize("sound", [np.zeros((2, 16_000), np.float32), np.ones((2, 1), np.float32)])
def test_silence_and_a_single_sample_are_left_alone(sound: Samples) -> None:
    assert linked(sound).links == Links.each(2)


@BOTH
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_equal_channels_are_taken_apart_as_one(tiny_model: Models, hiss: Sounds, causal: bool, rate: int) -> None:
    mono, card = hiss(rate, 1.3), tiny_model(causal)
    stereo = separate(Recording(np.repeat(mono, 2, 0), rate), card, device="cpu")
    alone = separate(Recording(mono, rate), card, device="cpu")
    for channel in stereo.speech:
        np.testing.assert_allclose(channel, alone.speech[0], rtol=0, atol=1e-6)


@BOTH
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_the_image_of_one_voice_stays(tiny_model: Models, hiss: Sounds, causal: bool, rate: int) -> None:
    voice = hiss(rate, 1.3)
    sound = np.concatenate([voice, np.float32(0.5) * voice])
    result = separate(Recording(sound, rate), tiny_model(causal), device="cpu")
    for track in (result.speech, result.noise):
        np.testing.assert_allclose(track[1], track[0] / 2, rtol=0, atol=1e-6)


@BOTH
@pytest.mark.parametrize(("rate", "places"), [(44_100, (1.0, 0.8)), (48_000, (1.0, 0.9, 0.5, 0.1, 0.3, 0.3))])
def test_linked_channels_add_up_and_keep_their_places(
    tiny_model: Models, stage: Sounds, causal: bool, rate: int, places: tuple[float, ...]
) -> None:
    given = Recording(stage(rate, 1.3, places), rate)
    result = separate(given, tiny_model(causal), device="cpu", channels="linked")
    assert result.null_db < -130
    parts = np.corrcoef(np.concatenate([given.samples, result.speech + result.noise]))
    assert all(parts[channel, len(places) + channel] > 0.999999 for channel in range(len(places)))
    centre = [channel for channel in (2, 3) if channel < len(places)]
    for channel in centre:  # by itself
        alone = separate(Recording(given.samples[channel : channel + 1], rate), tiny_model(causal), device="cpu")
        np.testing.assert_allclose(result.speech[channel], alone.speech[0], rtol=0, atol=1e-5)


@BOTH
def test_a_linked_channel_that_is_silent_stays_silent(tiny_model: Models, hiss: Sounds, causal: bool) -> None:
    sound = hiss(channels=2)
    sound[1] = 0.0
    result = separate(Recording(sound, 16_000), tiny_model(causal), device="cpu", channels="linked")
    assert not result.speech[1].any()
    assert not result.noise[1].any()
    assert result.speech[0].any()


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_pieces_change_nothing_in_a_causal_linked_result(
    tiny_model: Models, stage: Sounds, rate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, card, results = Recording(stage(rate, 6.2), rate), tiny_model(causal=True), []
    for seconds in (1, 3, 10):
        monkeypatch.setattr("tasnet_gui.engine.separate.length", lambda *_, seconds=seconds: seconds)
        results.append(separate(given, card, device="cpu", channels="linked").speech)
    for result in results[:-1]:
        np.testing.assert_allclose(result, results[-1], rtol=0, atol=1e-5)


@BOTH
def test_looking_inside_shows_one_mask_for_linked_channels(tiny_model: Models, stage: Sounds, causal: bool) -> None:
    given, card = Recording(stage(seconds=3.2), 16_000), tiny_model(causal)
    separation, inside = finish(looking(given, card, device="cpu"))
    np.testing.assert_array_equal(separation.speech, separate(given, card, device="cpu").speech)
    assert inside.native is not None
    assert inside.native.links == Links((2,))
    span = finish(inspecting(given, card, 1.0, 2.0, inside=inside, device="cpu"))
    np.testing.assert_array_equal(span.masks[0], span.masks[1])
    assert np.abs(span.w[0] - span.w[1]).max() > 0
    for channel in range(2):
        one = finish(inspecting(given, card, 1.0, 2.0, inside=inside, channel=channel, device="cpu"))
        assert one.channels == (channel,)
        np.testing.assert_allclose(one.masks[0], span.masks[channel], rtol=0, atol=1e-5)
        np.testing.assert_allclose(one.w[0], span.w[channel], rtol=0, atol=1e-5)
        np.testing.assert_array_equal(one.mixture[0], span.mixture[channel])
