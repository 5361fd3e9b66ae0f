from collections.abc import Callable

import numpy as np
import pytest

from tasnet_gui.domain import ModelCard, ModelError, Recording, Samples
from tasnet_gui.engine.pipe import Pipe
from tasnet_gui.engine.separate import separate

Models = Callable[..., ModelCard]
Sounds = Callable[..., Samples]


def through(pipe: Pipe, sound: Samples, size: int) -> Samples:
    blocks = [pipe.feed(sound[:, at : at + size]) for at in range(0, sound.shape[1], size)]
    return np.concatenate([*blocks, pipe.flush()], 1)


@pytest.mark.parametrize("track", ["speech", "noise"])
def test_what_comes_out_is_what_the_engine_makes_of_the_whole(tiny_model: Models, hiss: Sounds, track: str) -> None:
    model, sound = tiny_model(causal=True, mixture_consistency=False), hiss(channels=2)
    expected = separate(Recording(sound, 16_000), model, device="cpu").track(track)
    np.testing.assert_allclose(through(Pipe(model, 16_000, 2, track), sound, 777), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("frames", [1, 100, 12_345])
def test_as_many_frames_come_out_as_went_in_and_they_add_up(
    tiny_model: Models, hiss: Sounds, rate: int, frames: int
) -> None:
    model, sound = tiny_model(causal=True), hiss(48_000, channels=2)[:, :frames]
    speech, noise = (through(Pipe(model, rate, 2, track), sound, 1000) for track in ("speech", "noise"))
    assert speech.shape == noise.shape == sound.shape
    np.testing.assert_allclose(speech + noise, sound, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_at_other_rates_speech_is_in_its_place(tiny_model: Models, tone: Sounds, rate: int) -> None:
    model, sound = tiny_model(causal=True), tone(rate, 2.0)
    expected = separate(Recording(sound, rate), model, device="cpu").speech
    speech = through(Pipe(model, rate, 1), sound, 501)
    middle = slice(rate // 2, -rate // 2)
    difference = np.std((speech - expected)[:, middle]) / np.std(expected[:, middle])
    assert difference < 0.01


def test_no_more_than_a_window_waits_at_the_models_rate(tiny_model: Models, hiss: Sounds) -> None:
    pipe = Pipe(tiny_model(causal=True), 16_000, 1)
    for _ in range(50):
        pipe.feed(hiss(seconds=0.01))
        assert pipe.latency < 16


def test_at_another_rate_the_wait_does_not_grow(tiny_model: Models, hiss: Sounds) -> None:
    pipe = Pipe(tiny_model(causal=True), 44_100, 1)
    for _ in range(200):
        pipe.feed(hiss(44_100, 0.05))
        assert pipe.latency < 0.2 * 44_100  # the two resamplers' blocks and filters: 140 ms


@pytest.mark.parametrize("wrong", [np.nan, -np.inf, 1e38, -1e10])
def test_what_is_no_level_counts_as_silence(tiny_model: Models, hiss: Sounds, wrong: float) -> None:
    model, sound = tiny_model(causal=True), hiss()
    clean = sound.copy()
    clean[0, 5000] = 0.0
    sound[0, 5000] = wrong
    np.testing.assert_array_equal(
        through(Pipe(model, 16_000, 1), sound, 640), through(Pipe(model, 16_000, 1), clean, 640)
    )


def test_a_model_that_hears_the_future_cannot_sit_in_a_pipe(tiny_model: Models) -> None:
    with pytest.raises(ModelError, match="causal"):
        Pipe(tiny_model(), 16_000, 1)
