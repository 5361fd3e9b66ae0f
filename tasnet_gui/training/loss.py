"""What training minimises. All losses are finite for silent targets and push a wrong output towards silence."""

import torch
from torch import Tensor

FLOOR = 1e-3  # of the mixture's energy: errors 30 dB below the mixture are good enough
TINY = 1e-8


def negative_snr(estimates: Tensor, targets: Tensor, mixture: Tensor, floor: float = FLOOR) -> Tensor:
    """Minus the signal-to-noise ratio in dB, per mixture and source; it keeps the scale.

    The mixture's energy times `floor` is added above and below the fraction: a silent target then asks for silence,
    and a perfect estimate gains nothing more. estimates, targets: B, C, T; mixture: B, T; returns B, C.
    """
    soft = floor * _energy(mixture)[:, None] + TINY  # B, 1
    return 10 * (torch.log10(_energy(targets - estimates) + soft) - torch.log10(_energy(targets) + soft))


def negative_si_snr(estimates: Tensor, targets: Tensor, mixture: Tensor, floor: float = FLOOR) -> Tensor:
    """Minus the scale-invariant SNR in dB, as the paper has it; for silent targets the same as `negative_snr`.

    estimates, targets: B, C, T; mixture: B, T; returns B, C.
    """
    plain = negative_snr(estimates, targets, mixture, floor)
    target = targets - targets.mean(-1, keepdim=True)
    estimate = estimates - estimates.mean(-1, keepdim=True)
    power = _energy(target)
    scale = (estimate * target).sum(-1) / (power + TINY)  # B, C
    projected = scale[..., None] * target  # s_target
    wanted, error = _energy(projected), _energy(estimate - projected)
    soft = floor * wanted + TINY
    invariant = 10 * (torch.log10(error + soft) - torch.log10(wanted + soft))
    return torch.where(power > floor * _energy(mixture)[:, None], invariant, plain)


def spectral(
    estimates: Tensor, targets: Tensor, mixture: Tensor, windows: tuple[int, ...] = (256, 512, 1024)
) -> Tensor:
    """Mean absolute difference of magnitude spectra to the power 0.3, over several window lengths.

    Compressed magnitudes weigh quiet sounds as the ear does. Each mixture is brought to unit RMS first, so that its
    level does not matter. estimates, targets: B, C, T; mixture: B, T; returns B, C.
    """
    level = (mixture.square().mean(-1, keepdim=True) + TINY).rsqrt()[:, None]  # B, 1, 1
    losses = []
    for length in windows:
        window = torch.hann_window(length, device=estimates.device)
        pair = torch.stack([estimates, targets]) * level  # 2, B, C, T
        spectrum = torch.stft(
            pair.flatten(0, 2), length, length // 2, window=window, normalized=True, return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square() + 1e-6  # the root of 0 has no gradient
        one, other = power.pow(0.15).unflatten(0, pair.shape[:3])
        losses.append((one - other).abs().mean((-2, -1)))
    return torch.stack(losses).mean(0)


LOSSES = {"snr": negative_snr, "si-snr": negative_si_snr}


def _energy(x: Tensor) -> Tensor:
    return x.square().sum(-1)
