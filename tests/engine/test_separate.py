import itertools
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tasnet_gui.domain import BadRequest, ModelCard, Part, Progress, Recording, Samples, UnreadableAudio, finish
from tasnet_gui.engine import fast, kernels, library, stream
from tasnet_gui.engine.compute import Compute
from tasnet_gui.engine.kernels import Plain
from tasnet_gui.engine.separate import separate, separating
from tasnet_gui.nets import checkpoint

Models = Callable[..., ModelCard]
Sounds = Callable[..., Samples]
BOTH = pytest.mark.parametrize("causal", [False, True], ids=["non-causal", "causal"])


def adds_up(recording: Recording, speech: Samples, noise: Samples) -> None:
    assert speech.dtype == noise.dtype == np.float32
    assert speech.shape == noise.shape == recording.samples.shape
    loudest = max(np.abs(part).max() for part in (recording.samples, speech, noise))
    np.testing.assert_allclose(speech + noise, recording.samples, rtol=0, atol=2**-23 * loudest)


@BOTH
@pytest.mark.parametrize(
    ("rate", "channels"),
    [
        (1_000, 1),
        (8_000, 2),
        (11_025, 1),
        (16_000, 8),
        (22_050, 1),
        (44_100, 2),
        (44_101, 1),
        (48_000, 6),
        (192_000, 2),
    ],
)
def test_speech_and_noise_add_up_at_every_rate_and_number_of_channels(
    tiny_model: Models, recording: Callable[..., Recording], causal: bool, rate: int, channels: int
) -> None:
    given = recording(rate, 0.83, channels)
    result = separate(given, tiny_model(causal), device="cpu")
    adds_up(given, result.speech, result.noise)
    assert result.null_db < -130
    assert np.abs(result.speech).max() > 0.01
    assert np.abs(result.noise).max() > 0.01


def test_768_khz_is_not_too_much(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    given = recording(768_000, 0.1, 2)
    result = separate(given, tiny_model(), device="cpu")
    adds_up(given, result.speech, result.noise)


@BOTH
@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_every_length_from_one_sample_on_comes_back(tiny_model: Models, hiss: Sounds, causal: bool, rate: int) -> None:
    card, sound = tiny_model(causal), hiss(rate)  # the kernel has 16 samples, the stride 8
    for frames in (1, 2, 7, 8, 9, 15, 16, 17, 31, 333):
        given = Recording(sound[:, :frames], rate)
        result = separate(given, card, device="cpu")
        adds_up(given, result.speech, result.noise)


@BOTH
def test_at_the_models_rate_speech_is_what_the_network_says(tiny_model: Models, hiss: Sounds, causal: bool) -> None:
    card, sound = tiny_model(causal), hiss(16_000, 2.0, channels=2)
    with torch.inference_mode():
        said = library.load(card)(torch.from_numpy(sound))[:, 0].numpy()
    result = separate(Recording(sound, 16_000), card, device="cpu")
    np.testing.assert_allclose(result.speech, said, rtol=0, atol=1e-5)


def test_a_network_whose_outputs_do_not_add_up_is_made_consistent(tiny_model: Models, hiss: Sounds) -> None:
    card, sound = tiny_model(mixture_consistency=False), hiss()
    with torch.inference_mode():
        speech, noise = library.load(card)(torch.from_numpy(sound))[0].numpy()
    result = separate(Recording(sound, 16_000), card, device="cpu")
    np.testing.assert_allclose(result.speech[0], (sound[0] + speech - noise) / 2, rtol=0, atol=1e-5)


@BOTH
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_silence_stays_silence(tiny_model: Models, hiss: Sounds, causal: bool, rate: int) -> None:
    sound = hiss(rate, channels=2)
    sound[1] = 0.0
    result = separate(Recording(sound, rate), tiny_model(causal), device="cpu")
    assert not result.speech[1].any()
    assert not result.noise[1].any()
    assert result.speech[0].any()


@pytest.mark.parametrize("gain", [1e-30, 1e-6, 0.3, 2.0**-40, 1e6])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_scaling_the_input_scales_the_output(tiny_model: Models, hiss: Sounds, gain: float, rate: int) -> None:
    card, sound = tiny_model(), hiss(rate)
    plain = separate(Recording(sound, rate), card, device="cpu").speech
    scaled = separate(Recording(np.float32(gain) * sound, rate), card, device="cpu").speech
    np.testing.assert_allclose(scaled / np.float32(gain), plain, rtol=0, atol=1e-5)


@pytest.mark.parametrize("gain", [0.1, 10.0])
def test_scaling_the_input_scales_the_output_of_a_causal_model(tiny_model: Models, hiss: Sounds, gain: float) -> None:
    card, sound = tiny_model(causal=True), hiss()
    plain = separate(Recording(sound, 16_000), card, device="cpu").speech
    scaled = separate(Recording(np.float32(gain) * sound, 16_000), card, device="cpu").speech
    np.testing.assert_allclose(scaled / np.float32(gain), plain, rtol=0, atol=1e-4)  # eps is felt at the quiet start


@BOTH
def test_each_channel_is_separated_by_itself_and_keeps_its_place(
    tiny_model: Models, hiss: Sounds, causal: bool
) -> None:
    card, sound = tiny_model(causal), hiss(44_100, 0.7, channels=3)
    sound[1] = -sound[0]  # a downmix would cancel these two
    together = separate(Recording(sound, 44_100), card, device="cpu")
    for index in range(3):
        alone = separate(Recording(sound[index : index + 1], 44_100), card, device="cpu")
        np.testing.assert_allclose(together.speech[index], alone.speech[0], rtol=0, atol=1e-5)


@BOTH
def test_what_is_no_level_counts_as_silence(tiny_model: Models, hiss: Sounds, causal: bool) -> None:
    sound = hiss()
    holes = np.array([100, 5000, 5001, 9000])
    broken, clean = sound.copy(), sound.copy()
    broken[0, holes], clean[0, holes] = (np.nan, np.inf, -np.inf, 1e38), 0.0
    result = separate(Recording(broken, 16_000), tiny_model(causal), device="cpu")
    adds_up(Recording(clean, 16_000), result.speech, result.noise)


def test_a_causal_model_does_not_hear_the_future(tiny_model: Models, hiss: Sounds, pieces: Any) -> None:
    pieces(4)
    card, sound = tiny_model(causal=True), hiss(16_000, 9.0)
    other = sound.copy()
    other[:, 100_000:] = 0.5
    first, second = (separate(Recording(given, 16_000), card, device="cpu").speech for given in (sound, other))
    before = 100_000 - 16  # one window
    np.testing.assert_allclose(first[:, :before], second[:, :before], rtol=0, atol=1e-6)
    assert np.abs(first[:, 100_000:] - second[:, 100_000:]).max() > 0.01


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`pieces(seconds)` sets how long the pieces are."""
    return lambda seconds: monkeypatch.setattr("tasnet_gui.engine.separate.length", lambda *_: seconds)


@pytest.mark.parametrize("rate", [16_000, 44_100, 8_000])
def test_a_causal_result_does_not_depend_on_the_pieces(
    tiny_model: Models, recording: Callable[..., Recording], pieces: Any, rate: int
) -> None:
    given, card = recording(rate, 9.7, 2), tiny_model(causal=True)
    results = []
    for seconds in (1, 3, 4, 10):
        pieces(seconds)
        results.append(separate(given, card, device="cpu").speech)
    for result in results[:-1]:
        np.testing.assert_allclose(result, results[-1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_seam_neither_clicks_nor_steps(
    tiny_model: Models, hiss: Sounds, tone: Sounds, pieces: Any, rate: int
) -> None:
    given = Recording(tone(rate, 15.0) + hiss(rate, 15.0), rate)
    card = tiny_model()
    whole = separate(given, card, device="cpu").speech[0]
    pieces(4)
    result = separate(given, card, device="cpu")
    adds_up(given, result.speech, result.noise)
    assert "4 pieces" in " ".join(result.notes)
    speech = result.speech[0]
    difference = speech - whole
    # Each piece has its own gLN statistics, so the whole is only neared: -52 dB here.
    assert np.std(difference) < 0.01 * np.std(whole)
    assert np.abs(np.diff(difference)).max() < 0.02 * np.abs(np.diff(whole)).max()
    levels = [20 * np.log10(np.std(part)) for part in np.array_split(speech, 30)[1:-1]]
    assert max(abs(after - before) for before, after in itertools.pairwise(levels)) < 0.5


def test_pieces_that_disagree_fade_into_each_other_over_a_second(
    tiny_model: Models, hiss: Sounds, pieces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = itertools.count()

    def whole(_: Compute, mixture: Samples, frame: int) -> Generator[float, None, Samples]:
        yield 1.0
        return np.full_like(mixture, next(answers))

    monkeypatch.setattr(Compute, "whole", whole)
    pieces(4)
    speech = separate(Recording(hiss(16_000, 15.0), 16_000), tiny_model(), device="cpu").speech[0]
    assert np.diff(speech).min() >= 0
    assert np.diff(speech).max() < 1.1 / 16_000
    assert [speech[16_000 * second] for second in (0, 3, 5, 7, 9, 14)] == [0, 0, 1, 1, 2, 3]


@BOTH
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_parts_come_in_order_and_are_the_result(
    tiny_model: Models, recording: Callable[..., Recording], pieces: Any, causal: bool, rate: int
) -> None:
    pieces(4)
    parts: list[Part] = []
    given = recording(rate, 13.3, 2)
    result = separate(
        given, tiny_model(causal), device="cpu", progressed=lambda told: parts.append(told.part) if told.part else None
    )
    assert len(parts) >= 3
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    for name in ("speech", "noise"):
        np.testing.assert_array_equal(np.concatenate([getattr(part, name) for part in parts], 1), result.track(name))


@BOTH
def test_progress_only_grows_and_ends_at_one(
    tiny_model: Models, recording: Callable[..., Recording], pieces: Any, causal: bool
) -> None:
    pieces(4)
    told: list[Progress] = []
    separate(recording(44_100, 9.0, 2), tiny_model(causal), device="cpu", progressed=told.append)
    assert [phase for phase, _ in itertools.groupby(progress.phase for progress in told)] == [
        *("Loading the model", "Separating")
    ]
    assert all(before.done <= after.done for before, after in itertools.pairwise(told))
    assert told[-1].done == pytest.approx(1.0)


def test_cancel_has_a_chance_between_reading_the_network_and_trying_kernels(
    tiny_model: Models, recording: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: done.append(name) or call(*arguments)

    monkeypatch.setattr(checkpoint, "load", noted("read", checkpoint.load))
    monkeypatch.setattr(kernels, "best", noted("tried", kernels.best))
    monkeypatch.setattr(Compute, "__init__", noted("made", Compute.__init__))
    work = separating(recording(16_000, 1.0), tiny_model(), device="cpu")
    steps = []
    while "made" not in done:
        before = len(done)
        next(work)
        steps.append(done[before:])
    work.close()
    assert [step for step in steps if step][:2] == [["read"], ["tried"]]


@BOTH
def test_cancel_has_a_chance_after_every_few_million_multiplications(
    tiny_model: Models, recording: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch, causal: bool
) -> None:
    multiplied = 0

    class Counting(Plain):
        def product(self, x: Tensor, weight: Tensor, out: Tensor) -> Tensor:
            nonlocal multiplied
            multiplied += x.numel() * weight.shape[1]
            return super().product(x, weight, out)

        def affine(self, x: Tensor, weight: Tensor, bias: Tensor, out: Tensor, slope: float | None = None) -> Tensor:
            nonlocal multiplied
            multiplied += x.numel() * weight.shape[1]
            return super().affine(x, weight, bias, out, slope)

    monkeypatch.setattr(kernels, "best", Counting)
    monkeypatch.setattr(fast, "PAUSE", 1 << 20)
    for module in (fast, stream):
        monkeypatch.setattr(module, "TILE", 1 << 12)
    seen, most = 0, 0
    for _ in separating(recording(16_000, 5.0, 4), tiny_model(causal), device="cpu", threads=1):
        most, seen = max(most, multiplied - seen), multiplied
    assert seen > 1e8
    assert most < 3e6


@BOTH
def test_cancelling_at_any_step_leaves_nothing_behind(
    tiny_model: Models, recording: Callable[..., Recording], pieces: Any, causal: bool
) -> None:
    pieces(4)
    given, card, threads = recording(16_000, 9.0), tiny_model(causal), torch.get_num_threads()
    expected = separate(given, card, device="cpu")
    steps = sum(1 for _ in separating(given, card, device="cpu"))
    for stop in range(1, steps):
        work = separating(given, card, device="cpu", threads=1)
        for _ in range(stop):
            next(work)
        work.close()
        assert torch.get_num_threads() == threads
        assert not torch.is_inference_mode_enabled()
    np.testing.assert_array_equal(finish(separating(given, card, device="cpu")).speech, expected.speech)


def test_the_caller_is_not_drawn_into_inference_mode(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    for _ in separating(recording(), tiny_model(), device="cpu"):
        assert not torch.is_inference_mode_enabled()


def test_the_recording_is_never_written_to(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    given = recording(48_000, 0.5, 2)
    given.samples.setflags(write=False)
    kept = given.samples.copy()
    separate(given, tiny_model(), device="cpu")
    np.testing.assert_array_equal(given.samples, kept)


def test_the_result_says_how_it_was_made(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    given, card = recording(), tiny_model()
    result = separate(given, card, device="cpu", threads=1)
    assert (result.recording, result.model) == (given, card)
    assert (result.device, result.device_note) == ("cpu", "")
    assert result.seconds > 0
    assert "8 kHz" in separate(replace(given, rate=48_000), card, device="cpu").notes[0]


def test_a_recording_without_samples_is_refused(tiny_model: Models) -> None:
    with pytest.raises(UnreadableAudio, match="no samples"):
        separate(Recording(np.zeros((1, 0), np.float32), 16_000), tiny_model())


def test_an_impossible_request_is_refused(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    with pytest.raises(BadRequest):
        separate(recording(), tiny_model(), device="tpu")
    with pytest.raises(BadRequest):
        separate(recording(), tiny_model(), device="cpu", threads=0)
