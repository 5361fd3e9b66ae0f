import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from tasnet_gui.training.loss import FLOOR, LOSSES, negative_si_snr, negative_snr, spectral

T = 8000
ALL = {**LOSSES, "spectral": spectral}
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


@pytest.fixture
def sources() -> Tensor:
    """Speech and noise: 3, 2, T."""
    return torch.randn(3, 2, T, generator=torch.Generator().manual_seed(1))


def every_loss() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("loss", ALL.values(), ids=ALL.keys())


@every_loss()
def test_a_loss_is_finite_and_has_a_finite_gradient_also_for_silence(loss: Loss, sources: Tensor) -> None:
    silent = torch.zeros_like(sources)
    half = torch.stack([sources[:, 0], silent[:, 0]], 1)
    for targets in (sources, half, silent):
        for start in (sources, silent, targets):
            estimates = start.clone().requires_grad_()
            found = loss(estimates, targets, targets.sum(1))
            assert found.shape == (3, 2)
            assert torch.isfinite(found).all()
            found.mean().backward()
            assert estimates.grad is not None
            assert torch.isfinite(estimates.grad).all()


@every_loss()
def test_where_silence_is_wanted_the_gradient_points_to_it(loss: Loss, sources: Tensor) -> None:
    targets = torch.stack([sources[:, 0], torch.zeros(3, T)], 1)
    estimates = torch.stack([sources[:, 0], 0.1 * sources[:, 1]], 1).requires_grad_()
    mixture = targets.sum(1)
    loss(estimates, targets, mixture).mean().backward()
    assert estimates.grad is not None
    quieter = estimates.detach() - 0.01 * estimates.grad / estimates.grad.norm() * estimates.detach().norm()
    assert quieter[:, 1].norm() < estimates[:, 1].norm()
    assert loss(quieter, targets, mixture).mean() < loss(estimates, targets, mixture).mean()


@every_loss()
def test_nothing_is_better_than_the_target_itself(loss: Loss, sources: Tensor) -> None:
    mixture = sources.sum(1)
    best = loss(sources, sources, mixture).mean()
    for worse in (0.9 * sources, sources + 0.1 * sources.flip(1), torch.zeros_like(sources)):
        assert best <= loss(worse, sources, mixture).mean() + 1e-4


def test_snr_is_that_of_the_estimate(sources: Tensor) -> None:
    estimates = sources + 0.1 * torch.randn(sources.shape, generator=torch.Generator().manual_seed(2))
    ratio = sources.square().sum(-1) / (estimates - sources).square().sum(-1)
    found = negative_snr(estimates, sources, sources.sum(1), floor=0.0)
    assert torch.allclose(found, -10 * ratio.log10(), atol=1e-3)


def test_snr_keeps_the_scale_and_si_snr_does_not_care(sources: Tensor) -> None:
    mixture = sources.sum(1)
    estimates = sources + 0.1 * sources.flip(1)
    for scale in (0.25, 4.0):
        same = negative_si_snr(scale * estimates, sources, mixture)
        assert torch.allclose(same, negative_si_snr(estimates, sources, mixture), atol=1e-2)
        assert (negative_snr(scale * estimates, sources, mixture) > 2 + negative_snr(estimates, sources, mixture)).all()


def test_si_snr_does_not_care_for_an_offset(sources: Tensor) -> None:
    mixture, estimates = sources.sum(1), sources + 0.1 * sources.flip(1)
    moved = negative_si_snr(estimates + 0.5, sources, mixture)
    assert torch.allclose(moved, negative_si_snr(estimates, sources, mixture), atol=1e-2)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_errors_far_below_the_mixture_are_good_enough(loss: Loss, sources: Tensor) -> None:
    perfect = loss(sources, sources, sources.sum(1))
    assert (perfect > 10 * math.log10(FLOOR) - 6).all()
    assert (perfect < 10 * math.log10(FLOOR) + 6).all()


@every_loss()
def test_a_loss_does_not_depend_on_the_level_of_the_whole(loss: Loss, sources: Tensor) -> None:
    half = torch.stack([sources[:, 0], torch.zeros(3, T)], 1)
    for targets in (sources, half):
        estimates = targets + 0.1 * sources.flip(1)
        loud = loss(estimates, targets, targets.sum(1))
        quiet = loss(0.01 * estimates, 0.01 * targets, 0.01 * targets.sum(1))
        assert torch.allclose(loud, quiet, atol=1e-2)
