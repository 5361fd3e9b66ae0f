"""How loud the tracks of an export are: whether a format would clip them, and by how much they must go down."""

from collections.abc import Generator, Iterable, Iterator
from math import log10

import numpy as np

from tasnet_gui.audio.remix import blocks
from tasnet_gui.audio.resample import resampling
from tasnet_gui.domain import Progress, Remix, Samples, Separation

HEADROOM = 1.0 - 2.0**-14  # 2 LSB of 16 bits under full scale, which dither cannot reach
Peaks = dict[str, float]  # the largest magnitude of each track, linear


def blocks_at(separation: Separation, track: str, remix: Remix, rate: int) -> Iterator[Samples]:
    """A track block by block, at another rate if it is another."""
    recording = separation.recording
    whole = blocks(separation, track, remix)
    if rate == recording.rate:
        yield from whole
        return
    frames = frames_at(recording.frames, recording.rate, rate)
    yield from resampling(whole, recording.channels, recording.frames, recording.rate, rate, frames)


def frames_at(frames: int, rate: int, new_rate: int) -> int:
    """The exact length of so many frames at another rate."""
    return frames if new_rate == rate else max(round(frames * new_rate / rate), 1)


def measuring_peaks(
    separation: Separation, tracks: Iterable[str], remix: Remix, rate: int | None = None
) -> Generator[Progress, None, Peaks]:
    """The peaks of these tracks, at the rate that they will have; each Progress says how much of all is done."""
    recording, names = separation.recording, tuple(tracks)
    new_rate = rate or recording.rate
    total = max(len(names) * frames_at(recording.frames, recording.rate, new_rate), 1)
    peaks, done = dict.fromkeys(names, 0.0), 0
    for name in names:
        for block in blocks_at(separation, name, remix, new_rate):
            peaks[name] = max(peaks[name], float(np.abs(block).max(initial=0.0)))
            done += block.shape[1]
            yield Progress(min(done / total, 1.0), "Writing")
    return peaks


def decibels(magnitude: float) -> float:
    """A positive linear magnitude as a level, re 1."""
    return 20 * log10(magnitude)


def common_gain(peaks: Iterable[float]) -> float:
    """The gain for all tracks alike, 1 where nothing would clip. They still add up then."""
    peak = max(peaks, default=0.0)
    return HEADROOM / peak if peak > 1.0 else 1.0
