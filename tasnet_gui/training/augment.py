"""Ways to change a sound while mixing. Each takes sounds [B, T] and a seeded generator, and returns sounds [B, T]."""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

RATE = 16_000

Change = Callable[[Tensor, Generator], Tensor]


def uniform(low: float, high: float, shape: tuple[int, ...], random: Generator) -> Tensor:
    """Uniform random numbers in [low, high)."""
    return low + (high - low) * torch.rand(shape, generator=random, device=random.device)


def rms(x: Tensor) -> Tensor:
    """Root mean square over time. x: B, T; returns B, 1; never 0."""
    return x.square().mean(-1, keepdim=True).add(1e-12).sqrt()


def coloured_noise(x: Tensor, random: Generator) -> Tensor:
    """Stationary noise of unit RMS whose level falls by 0..9 dB per octave; only the shape of x is used."""
    batch, length = x.shape
    white = torch.randn(batch, length, generator=random, device=random.device)
    frequency = torch.fft.rfftfreq(length, 1 / RATE, device=x.device).clamp_min(20)
    slope = uniform(0, 1.5, (batch, 1), random)  # of the amplitude against frequency
    sound = torch.fft.irfft(torch.fft.rfft(white) * (frequency / 1000).pow(-slope), length)
    return sound / rms(sound)


def mains_hum(x: Tensor, random: Generator) -> Tensor:
    """50 or 60 Hz and its harmonics, of unit RMS; only the shape of x is used."""
    batch, length = x.shape
    base = 50 + 10 * (torch.rand(batch, 1, 1, generator=random, device=random.device) < 0.5)
    harmonics = torch.arange(1, 13, device=x.device)[:, None]  # 12, 1
    time = torch.arange(length, device=x.device) / RATE
    gains = uniform(0, 1, (batch, 12, 1), random) / harmonics
    phases = uniform(0, 2 * math.pi, (batch, 12, 1), random)
    sound = (gains * torch.sin(2 * math.pi * base * harmonics * time + phases)).sum(1)
    return sound / rms(sound)


def equalised(x: Tensor, random: Generator, most: float = 8.0) -> Tensor:
    """Random smooth equalisation by up to `most` dB at eight points from 0 to the Nyquist frequency."""
    batch, length = x.shape
    points = uniform(-most, most, (batch, 1, 8), random)
    curve = F.interpolate(points, length // 2 + 1, mode="linear", align_corners=True)[:, 0]
    return torch.fft.irfft(torch.fft.rfft(x) * 10 ** (curve / 20), length)


def band_limited(x: Tensor, random: Generator) -> Tensor:
    """Everything above a random 3.4-7.5 kHz removed by a smooth edge, half of the time also below 100-300 Hz."""
    batch, length = x.shape
    frequency = torch.fft.rfftfreq(length, 1 / RATE, device=x.device)
    high = uniform(3400, 7500, (batch, 1), random)
    low = uniform(100, 300, (batch, 1), random) * (uniform(0, 1, (batch, 1), random) < 0.5)
    keep = torch.sigmoid((high - frequency) / 100) * torch.where(low > 0, torch.sigmoid((frequency - low) / 15), 1.0)
    return torch.fft.irfft(torch.fft.rfft(x) * keep, length)


def in_room(x: Tensor, responses: Tensor, early: int) -> tuple[Tensor, Tensor]:
    """The sound in a room, whole, and with only the first `early` samples of the response.

    x: B, T; responses: B, R, each starting with its direct sound. Returns two [B, T].
    """
    size = x.shape[-1] + responses.shape[-1]
    spectrum = torch.fft.rfft(x, size)
    first = responses * (torch.arange(responses.shape[-1], device=x.device) < early)
    whole, part = (torch.fft.irfft(spectrum * torch.fft.rfft(r, size), size) for r in (responses, first))
    return whole[:, : x.shape[-1]], part[:, : x.shape[-1]]


def clipped(x: Tensor, random: Generator) -> Tensor:
    """Hard clipping at 0.3 to 0.9 of the peak."""
    limit = x.abs().amax(-1, keepdim=True) * uniform(0.3, 0.9, (len(x), 1), random)
    return x.clamp(-limit, limit)
