"""How good a separation is, in numbers. All take mono sound, float [frames], estimate and target at one rate.

None stands for a score that a sound cannot have: SI-SDR against silence, attenuation in pauses that do not occur.
Sound goes through in blocks, so an hour of it, mapped from a file, takes no memory of its own.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]

HIGHEST = 100.0  # dB; float32 itself is good for about 140
SILENT = 1e-5  # RMS below which a sound counts as silence: -100 dBFS
FRAME = 0.032  # seconds, for what is measured frame by frame
ACTIVE = 30.0  # dB below its loudest frame down to which speech counts as such
PAUSE = 40.0  # dB below it from which on it counts as a pause; in between is neither
LOST = 10.0  # dB by which a frame of speech must be pressed down to count as lost
_BLOCK = 1 << 20  # samples that are in double precision at a time: 8 MB


def level(x: Mono) -> float:
    """RMS level in dBFS; silence has -200."""
    power = _energy(x) / x.size if x.size else 0.0
    return 10 * float(np.log10(max(power, 1e-20)))


def snr(wanted: Mono, unwanted: Mono) -> float | None:
    """Energy of one sound over that of another in dB, -HIGHEST..HIGHEST; None when both are silent."""
    above, below = _energy(wanted), _energy(unwanted)
    if above == 0 and below == 0:
        return None
    return _decibels(above, below)


def sdr(estimate: Mono, target: Mono) -> float | None:
    """Signal-to-distortion ratio in dB, 10 log10(|s|^2 / |s - e|^2): every deviation counts, a wrong level too.

    It is the plain SNR of the estimate, not the one of BSS Eval, which forgives a filter of 512 taps.
    """
    if silent(target):
        return None
    return _decibels(_energy(target), sum(_energy(np.subtract(s, e)) for s, e in _blocks(target, estimate)))


def si_sdr(estimate: Mono, target: Mono) -> float | None:
    """Scale-invariant SDR in dB (Le Roux et al. 2019): like `sdr`, with the target at the best level, means removed.

    As the paper's SI-SNR. A silent estimate scores -HIGHEST.
    """
    if silent(target):
        return None
    means = [float(x.mean(dtype=np.float64)) for x in (target, estimate)]
    scale = _product(estimate, target, means[1], means[0]) / max(_product(target, target, means[0], means[0]), 1e-20)
    wanted = unwanted = 0.0
    for s, e in _blocks(target, estimate):
        projected = scale * (s - means[0])
        wanted += _energy(projected)
        unwanted += _energy(e - means[1] - projected)
    return _decibels(wanted, unwanted)


def silent(x: Mono) -> bool:
    """Whether there is nothing to measure against."""
    return level(x) < 20 * math.log10(SILENT)


def active_frames(speech: Mono, rate: int, down_to: float = ACTIVE) -> NDArray[np.bool_]:
    """Which frames of FRAME seconds hold speech: those less than `down_to` dB below the loudest one."""
    power = _products(speech, speech, rate) / _size(rate)
    active: NDArray[np.bool_] = power > max(float(power.max(initial=0.0)) * 10 ** (-down_to / 10), SILENT**2)
    return active


def noise_attenuation(estimate: Mono, mixture: Mono, speech: Mono, rate: int) -> float | None:
    """By how many dB the mixture is quieter in the estimate of the speech where nobody speaks."""
    pauses = ~active_frames(speech, rate, PAUSE)
    before, after = (float(_products(x, x, rate)[pauses].sum()) for x in (mixture, estimate))
    if pauses.sum() * FRAME < 0.1 or before <= SILENT**2 * pauses.sum():
        return None
    return _decibels(before, after)


def speech_attenuation(estimate: Mono, speech: Mono, rate: int) -> float | None:
    """By how many dB the speech itself is quieter in its estimate: -20 log10 of <e, s> / |s|^2 over active frames."""
    active = active_frames(speech, rate)
    if not active.any():
        return None
    passed, whole = (float(_products(x, speech, rate)[active].sum()) for x in (estimate, speech))
    return -_decibels(max(passed, 0.0) ** 2, whole**2)


def speech_lost(estimate: Mono, speech: Mono, rate: int) -> float | None:
    """The part of the active frames, 0..1, in which the speech is pressed down by more than LOST dB."""
    active = active_frames(speech, rate)
    if not active.any():
        return None
    gains = _products(estimate, speech, rate)[active] / _products(speech, speech, rate)[active]
    return float(np.mean(gains < 10 ** (-LOST / 20)))


def _size(rate: int) -> int:
    """Samples in a frame."""
    return max(1, round(FRAME * rate))


def _products(a: Mono, b: Mono, rate: int) -> NDArray[np.float64]:
    """The sum of a * b in every whole frame: [count]; what is shorter than one frame is one, filled up with zeros."""
    size = _size(rate)
    count = len(a) // size
    if count == 0:
        return np.array([_product(a, b)])
    sums = np.empty(count)
    step = max(1, _BLOCK // size)
    for first in range(0, count, step):
        last = min(first + step, count)
        x, y = (z[first * size : last * size].astype(np.float64).reshape(-1, size) for z in (a, b))
        sums[first:last] = np.einsum("fs,fs->f", x, y)
    return sums


def _blocks(*sounds: NDArray[np.floating]) -> Iterator[tuple[NDArray[np.float64], ...]]:
    """Sounds of one length, block by block, in double precision."""
    flat = [x.reshape(-1) for x in sounds]
    for start in range(0, flat[0].size, _BLOCK):
        yield tuple(x[start : start + _BLOCK].astype(np.float64) for x in flat)


def _product(a: NDArray[np.floating], b: NDArray[np.floating], mean_a: float = 0.0, mean_b: float = 0.0) -> float:
    """The inner product of two sounds without their means."""
    return sum(float((x - mean_a) @ (y - mean_b)) for x, y in _blocks(a, b))


def _energy(x: NDArray[np.floating]) -> float:
    return _product(x, x)


def _decibels(above: float, below: float) -> float:
    """10 log10(above / below), kept finite."""
    if above <= 0:
        return -HIGHEST
    if below <= 0:
        return HIGHEST
    return float(np.clip(10 * np.log10(above / below), -HIGHEST, HIGHEST))
