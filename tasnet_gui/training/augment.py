"""Ways to change a sound while mixing. Each takes sounds [B, T] and a seeded generator, and returns sounds [B, T]."""

import math
from collections.abc import Callable

import torch
from scipy.fft import next_fast_len
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


def clicks(x: Tensor, random: Generator) -> Tensor:
    """One to thirty clicks per second of unit RMS, each dying away within 0.1 to 2 ms; only the shape of x is used."""
    batch, length = x.shape
    often = uniform(1, 30, (batch, 1), random) / RATE
    chosen = uniform(0, 1, (batch, length), random) < often
    chosen[:, length // 2] = True  # at least one
    impulses = chosen * torch.randn(batch, length, generator=random, device=random.device)
    ring = round(0.008 * RATE)
    time = torch.arange(ring, device=x.device)
    decay = torch.exp(-time / (RATE * uniform(1e-4, 2e-3, (batch, 1), random)))
    pitch = torch.cos(math.pi * uniform(0.05, 0.9, (batch, 1), random) * time)
    size = next_fast_len(length + ring, real=True)
    sound = torch.fft.irfft(torch.fft.rfft(impulses, size) * torch.fft.rfft(decay * pitch, size), size)[:, :length]
    return sound / rms(sound)


def filtered(x: Tensor, gain: Callable[[Tensor], Tensor]) -> Tensor:
    """x with its spectrum multiplied by a real `gain` of the frequency in Hz. x: B, T; gain: K -> B, K.

    At a length for which the FFT is fast: that of 32704 samples takes twice the time of that of 32768.
    """
    size = next_fast_len(x.shape[-1], real=True)
    frequency = torch.fft.rfftfreq(size, 1 / RATE, device=x.device)
    return torch.fft.irfft(torch.fft.rfft(x, size) * gain(frequency), size)[:, : x.shape[-1]]


def coloured_noise(x: Tensor, random: Generator) -> Tensor:
    """Stationary noise of unit RMS whose level falls by 0..9 dB per octave; only the shape of x is used."""
    batch, length = x.shape
    white = torch.randn(batch, length, generator=random, device=random.device)
    slope = uniform(0, 1.5, (batch, 1), random)  # of the amplitude against frequency
    sound = filtered(white, lambda frequency: (frequency.clamp_min(20) / 1000).pow(-slope))
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
    points = uniform(-most, most, (len(x), 1, 8), random)

    def gain(frequency: Tensor) -> Tensor:
        curve = F.interpolate(points, len(frequency), mode="linear", align_corners=True)[:, 0]
        return 10 ** (curve / 20)

    return filtered(x, gain)


def band_limited(x: Tensor, random: Generator) -> Tensor:
    """Everything above a random 3.4-7.5 kHz removed by a smooth edge, half of the time also below 100-300 Hz."""
    batch = len(x)
    high = uniform(3400, 7500, (batch, 1), random)
    low = uniform(100, 300, (batch, 1), random) * (uniform(0, 1, (batch, 1), random) < 0.5)

    def gain(frequency: Tensor) -> Tensor:
        below = torch.sigmoid((high - frequency) / 100)
        return below * torch.where(low > 0, torch.sigmoid((frequency - low) / 15), 1.0)

    return filtered(x, gain)


def in_room(x: Tensor, responses: Tensor, early: int) -> tuple[Tensor, Tensor]:
    """The sound in a room, whole, and with only the first `early` samples of the response.

    x: B, T; responses: B, R, each starting with its direct sound. Returns two [B, T].
    """
    size = next_fast_len(x.shape[-1] + responses.shape[-1], real=True)
    spectrum = torch.fft.rfft(x, size)
    first = responses * (torch.arange(responses.shape[-1], device=x.device) < early)
    whole, part = (torch.fft.irfft(spectrum * torch.fft.rfft(r, size), size) for r in (responses, first))
    return whole[:, : x.shape[-1]], part[:, : x.shape[-1]]


def clipped(x: Tensor, random: Generator) -> Tensor:
    """Hard clipping at 0.3 to 0.9 of the peak."""
    limit = x.abs().amax(-1, keepdim=True) * uniform(0.3, 0.9, (len(x), 1), random)
    return x.clamp(-limit, limit)


def quantised(x: Tensor, random: Generator) -> Tensor:
    """Rounded to 5 to 10 bits of the peak, half of the time on the logarithmic mu-law scale of telephone codecs."""
    peak = x.abs().amax(-1, keepdim=True).clamp_min(1e-6)
    steps = 2 ** uniform(4, 9, (len(x), 1), random)  # on each side of 0
    y, mu = x / peak, 255.0
    companded = y.sign() * torch.log1p(mu * y.abs()) / math.log1p(mu)
    telephone = uniform(0, 1, (len(x), 1), random) < 0.5
    rounded = torch.round(torch.where(telephone, companded, y) * steps) / steps
    expanded = rounded.sign() * torch.expm1(rounded.abs() * math.log1p(mu)) / mu
    return peak * torch.where(telephone, expanded, rounded)


def paused(x: Tensor, random: Generator) -> Tensor:
    """Silent for a stretch of a tenth to two thirds of the whole, faded within 20 ms."""
    batch, length = x.shape
    size = uniform(0.1, 0.67, (batch, 1), random) * length
    start = uniform(0, 1, (batch, 1), random) * (length - size)
    time = torch.arange(length, device=x.device)
    inside = torch.minimum(time - start, start + size - time) / (0.02 * RATE)  # above 1: past the fade
    return x * (1 - inside.clamp(0, 1))


CHANGES: dict[str, Change] = {
    "coloured-noise": coloured_noise,
    "mains-hum": mains_hum,
    "equalised": equalised,
    "band-limited": band_limited,
    "clipped": clipped,
    "clicks": clicks,
    "quantised": quantised,
    "paused": paused,
}
