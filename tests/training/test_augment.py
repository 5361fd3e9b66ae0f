import pytest
import torch
from torch import Tensor

from tasnet_gui.training import augment

T = 16_000


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def hisses() -> Tensor:
    return torch.randn(4, T, generator=generator(9))


def power(x: Tensor) -> Tensor:
    """By frequency in Hz, as one second is T samples: B, T/2 + 1."""
    return torch.fft.rfft(x).abs().square()


@pytest.mark.parametrize("change", augment.CHANGES.values(), ids=augment.CHANGES.keys())
def test_every_augmentation_is_finite_keeps_the_length_and_obeys_its_seed(
    hisses: Tensor, change: augment.Change
) -> None:
    for x in (hisses, torch.zeros(2, T), hisses[:, :777]):
        changed = change(x, generator(1))
        assert changed.shape == x.shape
        assert torch.isfinite(changed).all()
        assert torch.equal(changed, change(x, generator(1)))
    assert not torch.equal(change(hisses, generator(1)), change(hisses, generator(2)))


@pytest.mark.parametrize("change", augment.CHANGES.values(), ids=augment.CHANGES.keys())
def test_no_augmentation_writes_into_its_input(hisses: Tensor, change: augment.Change) -> None:
    before = hisses.clone()
    change(hisses, generator())
    assert torch.equal(hisses, before)


def test_band_limits_remove_what_lies_above(hisses: Tensor) -> None:
    limited = power(augment.band_limited(hisses, generator()))
    assert (limited[:, 7950:].sum(-1) < 1e-3 * power(hisses)[:, 7950:].sum(-1)).all()
    assert torch.allclose(limited[:, 1000:3000].sum(-1), power(hisses)[:, 1000:3000].sum(-1), rtol=0.01)


def test_equalisation_stays_within_its_decibels(hisses: Tensor) -> None:
    bands = [(power(x)[:, 100:].unfold(-1, 200, 200)).sum(-1) for x in (augment.equalised(hisses, generator()), hisses)]
    change = 10 * (bands[0] / bands[1]).log10()
    assert change.abs().max() < 8.5
    assert change.std(-1).min() > 1


def test_coloured_noise_falls_towards_high_frequencies() -> None:
    bands = power(augment.coloured_noise(torch.zeros(50, T), generator())).log10()
    slope = bands[:, 2000:4000].mean(-1) - bands[:, 4000:8000].mean(-1)  # per octave, bels
    assert slope.min() > -0.1
    assert 0.3 < slope.mean() < 0.6
    assert slope.max() < 1.0


def test_hum_lies_on_the_harmonics_of_the_mains() -> None:
    found = power(augment.mains_hum(torch.zeros(10, T), generator()))
    for row in found:
        base = 50 if row[50] > row[60] else 60
        assert row[base : 12 * base + 1 : base].sum() > 0.999 * row.sum()


def test_clipping_flattens_peaks_and_nothing_else(hisses: Tensor) -> None:
    clipped = augment.clipped(hisses, generator())
    limits = clipped.abs().amax(-1, keepdim=True)
    below = hisses.abs() < limits
    assert (limits < 0.91 * hisses.abs().amax(-1, keepdim=True)).all()
    assert torch.equal(clipped[below], hisses[below])


def test_clicks_are_short_and_few() -> None:
    loud = augment.clicks(torch.zeros(20, T), generator()).abs() > 0.5
    assert loud.any(-1).all()
    assert loud.float().mean() < 0.2


def test_quantised_sound_has_few_levels(hisses: Tensor) -> None:
    changed = augment.quantised(hisses, generator())
    assert max(len(row.unique()) for row in changed) <= 2**10 + 1
    error = augment.rms(changed - hisses) / augment.rms(hisses)
    assert (error < 0.1).all()
    assert (error > 1e-4).all()


def test_a_pause_is_silent_and_the_rest_untouched(hisses: Tensor) -> None:
    changed = augment.paused(hisses, generator())
    silent, same = (changed == 0).float().mean(-1), (changed == hisses).float().mean(-1)
    assert (silent > 0.05).all()
    assert (silent < 0.68).all()
    assert (silent + same > 0.95).all()  # the fades are the rest


def test_a_room_answers_and_its_early_part_is_a_part_of_it() -> None:
    impulse = torch.zeros(1, T)
    impulse[0, 100] = 1
    response = torch.zeros(1, 4000)
    response[0, [0, 500, 3000]] = torch.tensor([1.0, 0.5, 0.25])
    whole, early = augment.in_room(impulse, response, early=1000)
    assert torch.allclose(whole[0, [100, 600, 3100]], torch.tensor([1.0, 0.5, 0.25]), atol=1e-5)
    assert torch.allclose(early[0, [100, 600, 3100]], torch.tensor([1.0, 0.5, 0.0]), atol=1e-5)


def test_sources_made_of_nothing_have_unit_level() -> None:
    for made in (augment.coloured_noise, augment.mains_hum, augment.clicks):
        assert torch.allclose(augment.rms(made(torch.zeros(3, T), generator())), torch.tensor(1.0), atol=1e-4)
