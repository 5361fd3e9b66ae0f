"""What is truly in a recording, from files: brought to its rate and place, or refused. Then results can be scored.

Importing this file does not import torch.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tasnet_gui.analysis.alignment import WINDOW, Match, align
from tasnet_gui.analysis.measures import Measuring, Truth, measuring
from tasnet_gui.analysis.perceptual import pesq_beside
from tasnet_gui.audio.files import reading
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.resample import resample
from tasnet_gui.audio.storage import allocate, slices
from tasnet_gui.domain import BadRequest, Progress, Recording, Samples, Separation

SHORTEST = 0.5  # seconds that reference and recording must have in common
NEAR = 1.0  # dB: a level that differs by less is left as it is
_CUT_ALIKE = "Use the clean sound that this recording was made of."

Referring = Generator[Progress, None, "Reference"]


@dataclass(frozen=True, eq=False)
class Reference:
    """The true speech and noise of a stretch of a recording, sample by sample."""

    recording: Recording
    start: int  # frames of the recording
    stop: int
    speech: Samples  # [channels, stop - start], at the recording's rate
    noise: Samples
    name: str  # of the file with the speech
    noise_name: str = ""  # of the file with the noise; without one, it is what the speech leaves of the recording
    notes: tuple[str, ...] = ()  # what had to be done to make it fit, each a sentence
    path: Path | None = None

    @property
    def whole(self) -> bool:
        """Whether it covers the whole recording."""
        return self.start == 0 and self.stop == self.recording.frames

    @property
    def truth(self) -> Truth:
        """The stretch, as something to measure against."""
        mixture = replace(self.recording, samples=self.recording.samples[:, self.start : self.stop])
        return Truth(mixture, self.speech, self.noise)


class _Fitted(NamedTuple):
    """A sound in the recording's place."""

    samples: Samples  # [channels, stop - start]
    start: int
    stop: int
    notes: tuple[str, ...]


def referring(recording: Recording, speech: Path, noise: Path | None = None) -> Referring:
    """Read the true speech of a recording and, if it is known by itself, the true noise.

    Either may have another rate, begin up to 10 s earlier or later (more where their lengths differ), be longer or
    shorter, have another level or the opposite sign, or be mono: that is found out, undone, and told of in the notes.

    Raises:
        UnreadableAudio: a file cannot be read.
        BadRequest: it does not belong to the recording.
    """
    fitted = yield from _fitting(recording, speech, (0.0, 0.45 if noise else 0.9))
    notes, start, stop = fitted.notes, fitted.start, fitted.stop
    true_speech = fitted.samples
    if noise is None:
        rest = allocate(*true_speech.shape)
        mixture = recording.samples[:, start:stop]
        for part in slices(true_speech, rest):
            rest[:, part] = mixture[:, part] - true_speech[:, part]
        notes += _stretch_note(recording, start, stop)
        return Reference(recording, start, stop, true_speech, rest, shown(speech), "", notes, speech)
    other = yield from _fitting(recording, noise, (0.45, 0.9))
    start, stop = max(start, other.start), min(stop, other.stop)
    if stop - start < SHORTEST * recording.rate:
        raise _misfit(noise, "covers no stretch that the true speech covers as well", _CUT_ALIKE)
    true_speech, true_noise = (sound.samples[:, start - sound.start : stop - sound.start] for sound in (fitted, other))
    notes += other.notes + _stretch_note(recording, start, stop)
    return Reference(recording, start, stop, true_speech, true_noise, shown(speech), shown(noise), notes, speech)


def scoring(separation: Separation, reference: Reference) -> Measuring:
    """All scores of a separation of the reference's recording, over the stretch that the reference covers."""
    here = slice(reference.start, reference.stop)
    part = replace(separation, speech=separation.speech[:, here], noise=separation.noise[:, here])
    with pesq_beside() as pesq:
        values = yield from measuring(reference.truth, part, pesq=pesq)
    values["rtf"] = separation.seconds / separation.recording.duration
    return values


def _fitting(recording: Recording, path: Path, shares: tuple[float, float]) -> Generator[Progress, None, _Fitted]:
    """Read a sound and bring it to its place in the recording."""
    begin, end = shares
    _check_file(recording, path)
    work = reading(path)
    while True:
        try:
            progress = next(work)
        except StopIteration as finished:
            found: Recording = finished.value
            break
        yield Progress(begin + (end - begin) * 0.5 * progress.done, "Reading")
    notes = list(_channel_notes(recording, found, path))
    yield Progress(begin + (end - begin) * 0.6, "Aligning")
    samples = found.samples
    if found.rate != recording.rate:
        frames = round(found.frames * recording.rate / found.rate)
        samples = resample(samples, found.rate, recording.rate, frames)
        notes.append(_rate_note(recording, found, path))
    match = _placed(recording, samples, path)
    start, stop = max(0, match.lag), min(recording.frames, match.lag + samples.shape[1])
    if stop - start < SHORTEST * recording.rate:
        raise _misfit(path, f"has less than {SHORTEST:g} s in common with {shown(recording.name)}", _CUT_ALIKE)
    notes += _place_notes(recording, match, path)
    gains = _gains(recording, samples, match, path)
    own = samples[:, start - match.lag : stop - match.lag]
    fitted = own
    if len(own) != recording.channels or (gains != 1).any():
        fitted = allocate(recording.channels, stop - start)
        for part in slices(own, fitted):
            fitted[:, part] = gains * own[:, part]
    return _Fitted(fitted, start, stop, tuple(notes))


def _placed(recording: Recording, samples: Samples, path: Path) -> Match:
    """Where the sound lies in the recording, in whole samples.

    Raises:
        BadRequest: it is silent, is not in the recording, or does not stay in step with it.
    """
    channel = _loudest(samples)
    if not np.any(samples[channel]):
        raise _misfit(path, "is silent", "Choose a file with sound in it.")
    heard = recording.samples[channel if len(samples) > 1 else _loudest(recording.samples)]
    rate = recording.rate
    long = samples.shape[1] > 2 * WINDOW * rate
    halves = ((0.0, 0.5), (0.5, 1.0)) if long else ((0.0, 1.0),)
    matches = [match for half in halves if (match := align(heard, samples[channel], rate, half)).clear]
    if not matches:
        raise _misfit(path, f"is not found in {shown(recording.name)}", _CUT_ALIKE)
    lags = [match.lag for match in matches]
    if max(lags) - min(lags) > 1:
        apart = 1000 * (max(lags) - min(lags)) / rate
        what = f"does not stay in step with {shown(recording.name)}: they drift apart by {apart:.1f} ms"
        raise _misfit(path, what, "Use a reference that was recorded by the same clock.")
    return max(matches, key=lambda match: match.correlation)


def _gains(recording: Recording, samples: Samples, match: Match, path: Path) -> Samples:
    """What the sound has to be multiplied by: [1, 1], or [channels, 1] for a mono one, which channels hold unequally.

    Raises:
        BadRequest: channels hold it at different times.
    """
    if len(samples) == recording.channels:
        return np.array([[match.gain if _differs(match.gain) else 1.0]], np.float32)
    matches = [align(heard, samples[0], recording.rate) for heard in recording.samples]
    if any(each.clear and abs(each.lag - match.lag) > 1 for each in matches):
        what = f"is heard at different times in the channels of {shown(recording.name)}"
        raise _misfit(path, what, "Use a reference with as many channels.")
    found = [each.gain if each.clear else 0.0 for each in matches]  # where it is not heard, there is none of it
    return np.array([[gain if _differs(gain) else 1.0] for gain in found], np.float32)


def _loudest(samples: Samples) -> int:
    """The channel with the highest peak."""
    return int(np.argmax([max(float(sound.max()), -float(sound.min())) for sound in samples]))


def _check_file(recording: Recording, path: Path) -> None:
    try:
        same = recording.path is not None and recording.path.samefile(path)
    except (OSError, ValueError):
        return  # reading will say what is wrong with it
    if same:
        raise _misfit(path, "is the open recording itself", "A reference is the clean speech that is in it.")


def _channel_notes(recording: Recording, found: Recording, path: Path) -> tuple[str, ...]:
    """What becomes of the channels.

    Raises:
        BadRequest: they do not belong together.
    """
    if found.channels == recording.channels:
        return ()
    if found.channels == 1:
        return (f"{shown(path)} is mono: every channel is measured against it, at the level that it has there.",)
    raise _misfit(
        path,
        f"has {found.channels} channels, and {shown(recording.name)} has {recording.channels}",
        "Use a reference with as many channels, or with one.",
    )


def _rate_note(recording: Recording, found: Recording, path: Path) -> str:
    note = f"{shown(path)} was resampled from {found.rate:,} to {recording.rate:,} Hz"
    if found.rate > recording.rate:
        return f"{note}."
    return f"{note}; whatever the speech has above {found.rate // 2:,} Hz counts as an error."


def _place_notes(recording: Recording, match: Match, path: Path) -> list[str]:
    notes, rate = [], recording.rate
    if match.lag:
        way = "later" if match.lag > 0 else "earlier"
        notes.append(f"{shown(path)} was moved {1000 * abs(match.lag) / rate:.1f} ms {way}.")
    if _differs(match.gain):
        decibels = 20 * np.log10(abs(match.gain))
        inverted = "inverted and " if match.gain < 0 else ""
        notes.append(f"{shown(path)} was {inverted}brought to the recording's level ({decibels:+.1f} dB).")
    return notes


def _stretch_note(recording: Recording, start: int, stop: int) -> tuple[str, ...]:
    """What is measured, when that is not everything."""
    if (start, stop) == (0, recording.frames):
        return ()
    begin, end = start / recording.rate, stop / recording.rate
    return (f"The reference covers {begin:.2f} to {end:.2f} s; only that is measured.",)


def _differs(gain: float) -> bool:
    return bool(gain <= 0 or abs(20 * np.log10(gain)) > NEAR)


def _misfit(path: Path, what: str, todo: str) -> BadRequest:
    return BadRequest(f"{shown(path)} {what}.", todo)
