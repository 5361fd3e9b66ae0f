"""How good a separation is, in numbers. All take mono sound, float [frames], estimate and target at one rate.

None stands for a score that a sound cannot have: SI-SDR against silence, attenuation in pauses that do not occur.
"""

import math

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]

HIGHEST = 100.0  # dB; float32 itself is good for about 140
SILENT = 1e-5  # RMS below which a sound counts as silence: -100 dBFS
FRAME = 0.032  # seconds, for what is measured frame by frame
ACTIVE = 30.0  # dB below its loudest frame down to which speech counts as such
PAUSE = 40.0  # dB below it from which on it counts as a pause; in between is neither
LOST = 10.0  # dB by which a frame of speech must be pressed down to count as lost


def level(x: Mono) -> float:
    """RMS level in dBFS; silence has -200."""
    power = float(np.mean(np.square(x, dtype=np.float64))) if x.size else 0.0
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
    return None if silent(target) else _decibels(_energy(target), _energy(np.subtract(target, estimate)))


def si_sdr(estimate: Mono, target: Mono) -> float | None:
    """Scale-invariant SDR in dB (Le Roux et al. 2019): like `sdr`, with the target at the best level, means removed.

    As the paper's SI-SNR. A silent estimate scores -HIGHEST.
    """
    if silent(target):
        return None
    s = target.astype(np.float64) - target.mean(dtype=np.float64)
    e = estimate.astype(np.float64) - estimate.mean(dtype=np.float64)
    projected = (e @ s) / max(s @ s, 1e-20) * s
    return _decibels(float(projected @ projected), _energy(e - projected))


def silent(x: Mono) -> bool:
    """Whether there is nothing to measure against."""
    return level(x) < 20 * math.log10(SILENT)


def active_frames(speech: Mono, rate: int, down_to: float = ACTIVE) -> NDArray[np.bool_]:
    """Which frames of FRAME seconds hold speech: those less than `down_to` dB below the loudest one."""
    power: NDArray[np.float64] = np.square(_frames(speech, rate)).mean(-1)
    active: NDArray[np.bool_] = power > max(float(power.max(initial=0.0)) * 10 ** (-down_to / 10), SILENT**2)
    return active


def noise_attenuation(estimate: Mono, mixture: Mono, speech: Mono, rate: int) -> float | None:
    """By how many dB the mixture is quieter in the estimate of the speech where nobody speaks."""
    pauses = ~active_frames(speech, rate, PAUSE)
    before, after = (np.square(_frames(x, rate)[pauses]).sum() for x in (mixture, estimate))
    if pauses.sum() * FRAME < 0.1 or before <= SILENT**2 * pauses.sum():
        return None
    return _decibels(float(before), float(after))


def speech_attenuation(estimate: Mono, speech: Mono, rate: int) -> float | None:
    """By how many dB the speech itself is quieter in its estimate: -20 log10 of <e, s> / |s|^2 over active frames."""
    active = active_frames(speech, rate)
    s, e = _frames(speech, rate)[active], _frames(estimate, rate)[active]
    if not active.any():
        return None
    return -_decibels(max(float((e * s).sum()), 0.0) ** 2, _energy(s) ** 2)


def speech_lost(estimate: Mono, speech: Mono, rate: int) -> float | None:
    """The part of the active frames, 0..1, in which the speech is pressed down by more than LOST dB."""
    active = active_frames(speech, rate)
    s, e = _frames(speech, rate)[active], _frames(estimate, rate)[active]
    if not active.any():
        return None
    gains = (e * s).sum(-1) / np.square(s).sum(-1)
    return float(np.mean(gains < 10 ** (-LOST / 20)))


def _frames(x: Mono, rate: int) -> NDArray[np.float64]:
    """x cut into whole frames, [count, size]; what is shorter than one frame is padded to one."""
    size = max(1, round(FRAME * rate))
    count = max(1, len(x) // size)
    padded = np.pad(x.astype(np.float64), (0, max(0, size - len(x))))
    return padded[: count * size].reshape(count, size)


def _energy(x: NDArray[np.floating]) -> float:
    return float(np.sum(np.square(x, dtype=np.float64)))


def _decibels(above: float, below: float) -> float:
    """10 log10(above / below), kept finite."""
    if above <= 0:
        return -HIGHEST
    if below <= 0:
        return HIGHEST
    return float(np.clip(10 * np.log10(above / below), -HIGHEST, HIGHEST))
