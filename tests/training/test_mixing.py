from collections import Counter
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.training import augment
from tasnet_gui.training.corpus import Clip, Corpus
from tasnet_gui.training.crops import Crops
from tasnet_gui.training.mixing import SLOWEST, Batch, Mixer, Mixing, room_responses
from tasnet_gui.training.options import changed
from tasnet_gui.training.presets import Recipe

ALONE = Mixing(
    no_speech=0, no_noise=0, second_noise=0, babble=0, coloured=0, hum=0, clicks=0, room=0, equalise=0, band_limit=0,
    pause=0, clip=0, quantise=0,
)  # fmt: skip
EVERYTHING = Mixing(
    second_noise=1, babble=1, coloured=1, hum=1, clicks=1, room=1, equalise=1, band_limit=1, pause=1, clip=1,
    quantise=1, no_speech=0.2, no_noise=0.2,
)  # fmt: skip


def mixer(corpus: Corpus, mixing: Mixing = ALONE, seed: int = 1, frames: int = 4000) -> Mixer:
    return Mixer(corpus, frames, mixing, torch.Generator().manual_seed(seed))


def decibels(x: Tensor) -> Tensor:
    return 20 * augment.rms(x)[:, 0].log10()


@pytest.mark.parametrize("mixing", [ALONE, Mixing(), EVERYTHING])
def test_a_mixture_is_the_sum_of_its_sources(train: Corpus, mixing: Mixing) -> None:
    batch = mixer(train, mixing).draw(16)
    assert batch.mixture.shape == (16, 4000)
    assert torch.isfinite(batch.sources).all()
    assert torch.equal(batch.mixture, batch.speech + batch.noise)
    assert batch.sources.shape == (16, 2, 4000)


def test_snr_and_level_are_as_asked(train: Corpus) -> None:
    batch = mixer(train, replace(ALONE, snr=(3.0, 3.0), level=(-20.0, -20.0))).draw(8)
    assert torch.allclose(decibels(batch.speech) - decibels(batch.noise), torch.tensor(3.0), atol=1e-2)
    assert torch.allclose(decibels(batch.mixture), torch.tensor(-20.0), atol=1e-2)


def test_snr_and_level_fill_their_ranges(train: Corpus) -> None:
    batch = mixer(train).draw(200)
    snr, level = decibels(batch.speech) - decibels(batch.noise), decibels(batch.mixture)
    assert snr.min() < -4
    assert snr.max() > 16
    assert level.min() < -38
    assert level.max() < -11.9


def test_no_mixture_is_a_pair_of_silences(train: Corpus) -> None:
    batch = mixer(train, replace(ALONE, no_speech=1, no_noise=1)).draw(8)
    assert (decibels(batch.mixture) > -45).all()
    silent = replace_sound(train)
    batch = mixer(silent, ALONE).draw(8)
    assert (decibels(batch.mixture) > -45).all()
    assert torch.isfinite(batch.mixture).all()


def replace_sound(corpus: Corpus) -> Corpus:
    """The same clips, all silent."""
    return replace(corpus, sound=torch.zeros_like(corpus.sound))


def test_without_speech_no_room_speaks(train: Corpus) -> None:
    quiet = replace(ALONE, no_speech=1, room=1, snr=(100.0, 100.0), level=(-20.0, -20.0))
    batch = mixer(train, quiet).draw(4)
    assert not batch.speech.any()
    # The noises hiss: nothing of a voice's harmonics, which would stand 100 dB above them, is left.
    spectrum = torch.fft.rfft(batch.noise).abs().square()
    assert (spectrum[:, :500].sum(-1) < spectrum[:, 500:].sum(-1)).all()


def test_noise_and_speech_are_left_out_as_often_as_asked(train: Corpus) -> None:
    batch = mixer(train, replace(ALONE, no_speech=0.3, no_noise=0.3)).draw(300)
    without = [int((x == 0).all(-1).sum()) for x in (batch.speech, batch.noise)]
    assert 60 < without[0] < 120
    assert 40 < without[1] < 95  # 0.3 of those with speech


def test_voices_are_drawn_alike_whatever_their_hours(train: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Counter[str] = Counter()

    def cut(self: Crops, clip: Clip, place: float, speed: float, *, loop: bool) -> Tensor:
        drawn[clip.group] += 1
        return torch.zeros(4)

    monkeypatch.setattr(Crops, "cut", cut)
    mixer(train, frames=4).draw(300)
    assert drawn.keys() == {"anna", "bert", "carl", "hiss-0", "hiss-1", "hiss-2"}
    assert all(70 < count < 130 for count in drawn.values())  # of 300; "anna" has 10 of 12 files


@pytest.mark.parametrize("mixing", [ALONE, EVERYTHING])
def test_the_seed_decides_everything(train: Corpus, mixing: Mixing) -> None:
    one, same, other = (mixer(train, mixing, seed).draw(4).sources for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_generator_put_back_draws_the_same_again(train: Corpus) -> None:
    drawing = mixer(train, EVERYTHING)
    drawing.draw(4)
    state = drawing.random.get_state()
    before = drawing.draw(4).sources
    drawing.random.set_state(state)
    assert torch.equal(drawing.draw(4).sources, before)


KINDS = [item.name for item in fields(Mixing) if getattr(EVERYTHING, item.name) == 1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_chance_changes_something(train: Corpus, kind: str) -> None:
    never, always = (mixer(train, replace(ALONE, **{kind: chance})).draw(4) for chance in (0.0, 1.0))
    assert not torch.equal(never.mixture, always.mixture)
    assert torch.isfinite(always.mixture).all()


def test_babble_is_made_of_voices(train: Corpus) -> None:
    batch = mixer(train, replace(ALONE, babble=1, snr=(-20.0, -20.0)), frames=16_000).draw(8)
    assert (low_share(batch) > 0.6).float().mean() > 0.7  # hiss alone has 0.15 of its energy below 1.2 kHz


def low_share(batch: Batch) -> Tensor:
    power = torch.fft.rfft(batch.noise).abs().square()
    return power[:, :1200].sum(-1) / power.sum(-1)


def test_late_reverberation_counts_as_noise_and_early_as_speech(train: Corpus) -> None:
    batch = mixer(train, replace(ALONE, room=1, snr=(60.0, 60.0)), frames=16_000).draw(8)
    # The rooms' echo comes after 100 ms at 0.4 or 0.5 of the direct sound, far above the noise at -60 dB.
    loudness = decibels(batch.noise) - decibels(batch.speech)
    assert (loudness > -20).all()
    assert (loudness < 0).all()


def test_damage_to_the_mixture_leaves_the_speech_alone(train: Corpus) -> None:
    plain, damaged = (
        mixer(train, replace(ALONE, snr=(100.0, 100.0), clip=chance, quantise=chance)).draw(8) for chance in (0, 1)
    )
    assert torch.equal(plain.speech, damaged.speech)
    assert (decibels(damaged.noise) > decibels(plain.noise) + 20).all()


def test_room_responses_start_with_their_direct_sound(train: Corpus) -> None:
    responses = room_responses(train)
    assert responses is not None
    assert responses.shape == (2, 8000)
    assert (responses[:, 0] == 1).all()


def test_the_slowest_speech_that_may_be_asked_for_comes_with_noise_that_moves(train: Corpus) -> None:
    slow = changed(Recipe(ConvTasNetConfig()), {}, [f"speed={SLOWEST + 1e-3}:1"]).mixing
    batch = mixer(train, replace(ALONE, speed=slow.speed)).draw(8)
    assert torch.isfinite(batch.mixture).all()
    assert (augment.rms(batch.mixture) > 0).all()
