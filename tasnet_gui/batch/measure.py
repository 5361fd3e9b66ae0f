"""What the report says of a separation: levels, clipping, and scores where the true speech is known."""

import math
import os
from collections.abc import Callable, Generator, Iterable
from statistics import fmean

import numpy as np

from tasnet_gui.analysis import scores
from tasnet_gui.analysis.clipping import counting_clipped
from tasnet_gui.analysis.loudness import Loudness
from tasnet_gui.audio.files import AUDIO_SUFFIXES, reading
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.remix import blocks
from tasnet_gui.batch import remote
from tasnet_gui.batch.items import Levels
from tasnet_gui.domain import REMIX, TRACKS, Progress, Recording, Remix, Samples, Separation, TasnetError

_PHASE = "Measuring"


def measuring_levels(
    sound: Iterable[Samples], rate: int, channels: int, frames: int
) -> Generator[Progress, None, Levels]:
    """Peak, RMS and loudness of a track, given in blocks [channels, frames], in one walk through it."""
    meter, peak, energy, done = Loudness(rate, channels), 0.0, 0.0, 0
    for block in sound:
        peak = max(peak, float(np.abs(block).max()))
        energy += float(np.square(block, dtype=np.float64).sum())
        meter.add(block)
        done += block.shape[1]
        yield Progress(done / frames, _PHASE)
    return Levels(_decibels(peak), _decibels(math.sqrt(energy / (channels * frames))), meter.integrated)


def measuring(
    separation: Separation, remix: Remix | None = None
) -> Generator[Progress, None, tuple[dict[str, Levels], int]]:
    """The levels of all tracks, with those of a remix if one is given; in how many places the recording is clipped."""
    levels, recording = {}, separation.recording
    for track in TRACKS if remix is None else (*TRACKS, REMIX):
        sound = blocks(separation, track, remix or Remix())
        levels[track] = yield from measuring_levels(sound, recording.rate, recording.channels, recording.frames)
    clipped = yield from counting_clipped(recording.samples)
    return levels, clipped


def scoring(separation: Separation, reference: Recording) -> Generator[Progress, None, dict[str, float | None]]:
    """Scores of the speech against the true one, the means over the channels, by the names that `tasnet evaluate` uses.

    Args:
        separation: its recording has the rate, channels and frames of the reference.
        reference: the true speech.
    """
    mixture, speech = separation.recording.samples, separation.speech
    found: dict[str, float | None] = {}
    for key, measure in (("si_sdr", scores.si_sdr), ("sdr", scores.sdr)):
        before = _mean(measure, mixture, reference.samples)
        yield Progress(0.5, _PHASE)
        found[key] = _mean(measure, speech, reference.samples)
        both = before is not None and found[key] is not None
        found[f"{key}_improvement"] = found[key] - before if both else None  # type: ignore[operator]
        yield Progress(1.0, _PHASE)
    return found


def comparing(
    separation: Separation, source: str
) -> Generator[Progress, None, tuple[dict[str, float | None], tuple[str, ...]]]:
    """Scores against the sound at a path or URL, or why there are none."""
    recording = separation.recording
    try:
        with remote.fetched(source) as path:
            reference = yield from reading(path)
    except TasnetError as error:
        return {}, (f"There are no scores: {error.what}",)
    if (reference.rate, reference.samples.shape) != (recording.rate, recording.samples.shape):
        return {}, (f"There are no scores: {shown(source)} has another rate, length or number of channels.",)
    return (yield from scoring(separation, reference)), ()


def reference_for(source: str, relative: str, folder: str) -> str:
    """The true speech of a recording: the file in a folder of references with its name, or with another suffix.

    It may lie there in the same subfolder as the recording, or at the top. Empty when there is none; by URL only the
    very name is looked for, at its subfolder.
    """
    if not folder:
        return ""
    name = source.replace(os.sep, "/").rpartition("/")[2]
    places = [remote.join(folder, *relative.split("/")), folder]
    if remote.is_url(folder):
        return remote.join(places[0], name)
    stem = os.path.splitext(name)[0]
    names = [name, *(stem + suffix for suffix in AUDIO_SUFFIXES)]
    paths = (os.path.join(place, choice) for place in places for choice in names)
    return next(filter(os.path.isfile, paths), "")


def _decibels(amplitude: float) -> float | None:
    return 20 * math.log10(amplitude) if amplitude > 0 else None


def _mean(measure: Callable[..., float | None], estimate: Samples, target: Samples) -> float | None:
    known = [score for pair in zip(estimate, target, strict=True) if (score := measure(*pair)) is not None]
    return fmean(known) if known else None
