"""Scores that stand for listeners, from optional packages: STOI (`pystoi`) and wide-band PESQ (`pesq`)."""

import importlib.util
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import numpy as np
import soxr

from tasnet_gui.analysis.scores import Mono

Measure = Callable[[Mono, Mono, int], float | None]  # estimate, target, rate

PACKAGES = {"stoi": "pystoi", "pesq": "pesq"}  # the score and what computes it
PESQ_RATE = 16_000  # Hz; the wide-band form of ITU-T P.862.2 knows no other


def missing() -> list[str]:
    """The scores that cannot be computed here, because their packages are not installed."""
    return [name for name, package in PACKAGES.items() if importlib.util.find_spec(package) is None]


def stoi(estimate: Mono, target: Mono, rate: int) -> float | None:
    """Short-time objective intelligibility (Taal et al. 2011), about 0..1; None for less than 0.4 s of speech."""
    from pystoi import stoi as measure

    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # so it says that there is too little speech, returning 1e-5
        try:
            return float(measure(target, estimate, rate, extended=False))
        except (RuntimeWarning, ValueError):
            return None


def pesq(estimate: Mono, target: Mono, rate: int) -> float | None:
    """Wide-band PESQ as a MOS-LQO, 1.04..4.64; None where it finds no utterance, or for less than 0.25 s."""
    from pesq import NoUtterancesError, PesqError
    from pesq import pesq as measure

    reference, degraded = (soxr.resample(x, rate, PESQ_RATE) for x in (target, estimate))
    if len(reference) < PESQ_RATE // 4 or not np.any(degraded):
        return None
    try:
        return float(measure(PESQ_RATE, reference, degraded, "wb"))
    except (NoUtterancesError, PesqError):
        return None


@contextmanager
def pesq_beside() -> Iterator[Measure]:
    """`pesq`, computed in a process of its own for as long as this lasts.

    The package keeps Python's lock, 0.02 s for every second of sound: windows would stand still, and players stutter.
    """
    if "pesq" in missing():
        yield pesq
        return
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        yield lambda estimate, target, rate: process.submit(pesq, estimate, target, rate).result()
