"""Films out: the same film with the cleaned sound. Pictures, subtitles and chapters are copied, packet by packet."""

import errno
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from math import log10
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from tasnet_gui.audio import film, filmcheck
from tasnet_gui.audio.encoders import Encoder, Encoding, add_sound, encoding_for, written
from tasnet_gui.audio.exports import Conflict, Exported
from tasnet_gui.audio.foreign import ENOUGH, recognise
from tasnet_gui.audio.names import fill, shown
from tasnet_gui.audio.quantise import quantised
from tasnet_gui.audio.remix import blocks
from tasnet_gui.audio.sources import Source, open_source
from tasnet_gui.audio.staging import Sink, Staging, unwritable
from tasnet_gui.audio.streamcopy import Copies
from tasnet_gui.audio.track import Track
from tasnet_gui.domain import (
    AUDIBLE,
    BadRequest,
    Progress,
    Recording,
    Remix,
    Separation,
    UnreadableAudio,
    UnwritableOutput,
)

SOUNDS = tuple(track for track in AUDIBLE if track != "mixture")  # what a film can be given
_MUXERS = {"MP4": "mp4", "MOV": "mov", "MKV": "matroska", "WEBM": "webm"}
_AHEAD = Fraction(1, 2)  # seconds that sound may be ahead of the pictures in the file
_TRIES = 100  # times that another program may take our name while we write
_HEADROOM = 1.0 - 2.0**-14
_COPYING = 0.7  # of the time; the rest goes into looking at what was written


@dataclass(frozen=True)
class FilmPlan:
    """Which sound a film gets, and where the film goes. As an ExportPlan, with one track."""

    folder: Path
    track: str = "speech"  # one of SOUNDS
    template: str = "{stem}_{track}"
    conflict: Conflict = "number"
    reserved: frozenset[Path] = frozenset()
    mark: str = ""
    remix: Remix = field(default_factory=Remix)


def refusal(recording: Recording) -> str:
    """Why a recording cannot be written as a film, as a sentence; empty when it can."""
    if not recording.picture or recording.path is None:
        return f"{recording.name} has no picture."
    if recording.container not in _MUXERS:
        return f"A film in {recording.container} cannot be written; MP4, MOV, M4V, MKV and WebM can."
    return "" if film.installed() else f"The decoder for films is missing. {film.INSTALL}"


def film_path(recording: Recording, plan: FilmPlan, model: str = "") -> Path:
    """The file that a film goes to, as things are now; nothing is touched. With "refuse" it may be there already.

    Raises:
        BadRequest: an unknown track or template field.
    """
    from tasnet_gui.audio.exports import free_path

    if plan.track not in SOUNDS:
        raise BadRequest(f"A film cannot get the track {plan.track!r}.", f"Choose from {', '.join(SOUNDS)}.")
    suffix = recording.path.suffix if recording.path else ""
    fields = {"stem": recording.stem, "model": model, "track": plan.track}
    candidates = (
        plan.folder / fill(plan.template, fields, (f" ({number})" if number > 1 else "") + suffix)
        for number in count(1)
    )
    return free_path(candidates, recording, plan)


def filming(separation: Separation, plan: FilmPlan) -> Generator[Progress, None, Exported]:
    """Write the film once more, with a track in the place of its sound, and look at it before it gets its name.

    The level stays as it is unless the encoding would clip. On any failure, and when the generator is closed, nothing
    has changed on the disk.

    Raises:
        BadRequest: the plan makes no sense.
        UnwritableOutput: it is no film, or cannot be written there.
        UnreadableAudio: the film is not what it was.
    """
    recording = separation.recording
    if why := refusal(recording):
        raise UnwritableOutput(why, "Export the tracks as sound files.")
    path = film_path(recording, plan, separation.model.name)
    if plan.conflict == "refuse" and path.exists():
        raise UnwritableOutput(f"{shown(path)} exists already and was left alone.", "Choose another name or folder.")
    try:
        needed = recording.path.stat().st_size if recording.path else 0
        with Staging(plan.folder, plan.mark) as staging, _original(recording) as original:
            free = shutil.disk_usage(plan.folder).free
            if free < needed:
                raise unwritable(OSError(errno.ENOSPC, ""), plan.folder, needed, free)
            sink = staging.sink()
            job = _Job(separation, plan, original, yield from _gain(separation, plan))
            yield from job.write(sink)
            yield from job.check(sink)
            path = _place(staging, separation, plan, path)
    except OSError as error:
        raise unwritable(error, plan.folder, needed) from error
    return Exported((path,), 20 * log10(job.gain), tuple(job.notes()))


@dataclass(frozen=True)
class _Original:
    source: Source
    container: Any
    start: Fraction  # seconds on the film's clock, of the first sample of sound
    layout: str
    codec: str
    bit_rate: int


@contextmanager
def _original(recording: Recording) -> Iterator[_Original]:
    """The film itself, open for copying. Its sound must be the recording's."""
    assert recording.path is not None
    changed = UnreadableAudio(f"{shown(recording.path)} has changed since it was opened.", "Open it again.")
    with film.opened(recording.path, changed) as (source, kind):
        track = Track(source, kind)
        found = (track.samplerate, track.channels)
        known = track.start, track.layout, track.codec, track.bit_rate
        track.close()
    if found != (recording.rate, recording.channels):
        raise changed
    with film.opened(recording.path, changed) as (source, kind):
        container = film.open_container(source, kind)
        try:
            yield _Original(source, container, *known)
        finally:
            container.close()


class _Job:
    """A film on its way."""

    def __init__(self, separation: Separation, plan: FilmPlan, original: _Original, gain: float) -> None:
        recording = separation.recording
        self._separation, self._plan, self._original, self.gain = separation, plan, original, gain
        bits = 16 if recording.subtype in ("PCM_16", "ALAC_16", "PCM_U8", "PCM_S8") else 24
        self._encoding = encoding_for(original.codec, bits, recording.rate, recording.container == "WEBM")
        self._copies = Copies(original.container, film.sound_of(original.container))

    def write(self, sink: Sink) -> Generator[Progress, None, None]:
        """The whole film, into a file without a name."""
        recording, original, copies = self._separation.recording, self._original, self._copies
        muxer = _MUXERS[recording.container]
        with written(sink, muxer, copies.options(muxer, recording.rate)) as (container, target):
            sound = copies.begin(container, lambda: self._new_sound(container))
            encoder = Encoder(sound, self._encoding, recording.rate, original.start)
            packets = self._sound(encoder)
            for packet, time in copies.packets():
                while encoder.time < time + _AHEAD and (new := next(packets, None)) is not None:
                    container.mux(new)
                container.mux(packet)
                target.check()
                yield Progress(original.source.progress * _COPYING, "Writing")
            for new in packets:
                container.mux(new)
                target.check()
                yield Progress(_COPYING, "Writing")
        sink.finish()

    def check(self, sink: Sink) -> Generator[Progress, None, None]:
        """Look at the finished file: its pictures, and that its sound is the one meant, at its time.

        Raises:
            UnwritableOutput: something is not as it was meant.
        """
        checking = filmcheck.Check(self._copies.checksums, self._original.start, self._separation.recording)
        meant = blocks(self._separation, self._plan.track, self._plan.remix)
        for done in checking.run(sink.path, meant):
            yield Progress(_COPYING + (1 - _COPYING) * done, "Checking")

    def notes(self) -> Iterator[str]:
        """What a person should know, each a sentence."""
        if self.gain < 1.0:
            yield f"The sound is {-20 * log10(self.gain):.1f} dB lower, because it would clip above full scale."
        if self._encoding.encoder.removeprefix("lib") not in (self._original.codec, "mp3lame"):
            theirs = self._original.codec.upper()
            yield f"The sound is {self._encoding.label}, because it cannot be written as {theirs}."
        yield from self._copies.notes()

    def _new_sound(self, container: Any) -> Any:
        return add_sound(container, self._encoding, self._original.layout, self._original.bit_rate)

    def _sound(self, encoder: Encoder) -> Iterator[list[Any]]:
        for block in _blocks(self._separation, self._plan, self._encoding, self.gain):
            yield encoder.put(block)
        yield encoder.finish()


def _blocks(separation: Separation, plan: FilmPlan, encoding: Encoding, gain: float) -> Iterator[Any]:
    """[frames, channels] at a time: integers for what keeps each of them, else float32."""
    if encoding.bits:
        yield from quantised(separation, plan.track, gain, encoding.bits, plan.remix)
        return
    for samples in blocks(separation, plan.track, plan.remix):
        yield samples.T if gain == 1.0 else samples.T * np.float32(gain)


def _gain(separation: Separation, plan: FilmPlan) -> Generator[Progress, None, float]:
    """What brings the loudest sample to full scale, when it is beyond."""
    peak = 0.0
    for block in blocks(separation, plan.track, plan.remix):
        peak = max(peak, float(np.abs(block).max()))
        yield Progress(0.0, "Writing")
    return _HEADROOM / peak if peak > 1.0 else 1.0


def _place(staging: Staging, separation: Separation, plan: FilmPlan, path: Path) -> Path:
    for _ in range(_TRIES):
        try:
            staging.place([path], overwrite=plan.conflict == "overwrite")
            return path
        except FileExistsError:
            if plan.conflict == "refuse":
                break
            path = film_path(separation.recording, plan, separation.model.name)
    raise UnwritableOutput(f"{shown(path)} exists already and was left alone.", "Choose another name or folder.")
