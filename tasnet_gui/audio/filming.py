"""Films out: the same film with another sound. Pictures, subtitles and chapters are copied, packet by packet."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from tasnet_gui.audio import film, filmcheck
from tasnet_gui.audio.encoders import Encoder, add_sound, encoding_for, written
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.quantise import quantised
from tasnet_gui.audio.remix import blocks
from tasnet_gui.audio.sources import Source
from tasnet_gui.audio.staging import Sink
from tasnet_gui.audio.streamcopy import Copies
from tasnet_gui.audio.track import Track
from tasnet_gui.domain import AUDIBLE, Progress, Recording, Remix, Separation, UnreadableAudio

SOUNDS = tuple(track for track in AUDIBLE if track != "mixture")  # what a film can be given
MUXERS = {"MP4": "mp4", "MOV": "mov", "MKV": "matroska", "WEBM": "webm"}
_AHEAD = Fraction(1, 2)  # seconds that sound may be ahead of the pictures in the file
_COPYING = 0.7  # of the time; the rest goes into looking at what was written


def refusal(recording: Recording) -> str:
    """Why a recording cannot be written as a film, as a sentence; empty when it can."""
    if not recording.picture or recording.path is None:
        return f"{shown(recording.name)} has no picture."
    if recording.container not in MUXERS:
        return f"A film in {recording.container} cannot be written; MP4, MOV, M4V, MKV and WebM can."
    return "" if film.installed() else f"The part that writes films is missing. {film.INSTALL}"


def writing_film(
    sink: Sink, separation: Separation, track: str, remix: Remix, gain: float
) -> Generator[Progress, None, tuple[str, ...]]:
    """The film of a recording once more, with a track in the place of its sound, checked; returns what there is to say.

    Raises:
        OSError: the disk did not take it.
        UnwritableOutput: it is not what it was meant to be.
        UnreadableAudio: the film is not what it was when it was opened.
    """
    with _original(separation.recording) as original:
        job = _Job(separation, track, remix, original, gain)
        yield from job.write(sink)
        yield from job.check(sink)
        return tuple(job.notes())


@dataclass(frozen=True)
class _Original:
    source: Source
    container: Any
    sound: Any  # the stream that is to be replaced
    start: Fraction  # seconds on the film's clock, of the first sample of sound
    layout: str
    codec: str
    bit_rate: int


@contextmanager
def _original(recording: Recording) -> Iterator[_Original]:
    """The film itself, open for copying. Its sound must be the recording's, and the file the same to the end."""
    assert recording.path is not None
    changed = UnreadableAudio(f"{shown(recording.path)} has changed since it was opened.", "Open it again.")

    def check(source: Source) -> None:
        if recording.stamp not in (None, source.stamp):
            raise changed

    with film.opened(recording.path, changed) as (source, kind), _or_else(changed):
        check(source)
        track = Track(source, kind)
        found = (track.samplerate, track.channels)
        known = track.start, track.layout, track.codec, track.bit_rate
        track.close()
    if found != (recording.rate, recording.channels):
        raise changed
    with film.opened(recording.path, changed) as (source, kind):
        with _or_else(changed):
            container = film.open_container(source, kind)
        with closing(container):
            with _or_else(changed):
                sound = film.sound_of(container)
            yield _Original(source, container, sound, *known)
            check(source)


@contextmanager
def _or_else(changed: UnreadableAudio) -> Iterator[None]:
    """What was a film with sound when it was opened, and cannot be opened now, has changed."""
    try:
        yield
    except (film.Damage, film.NoSound, film.library().FFmpegError) as error:
        raise changed from error


class _Job:
    """A film on its way."""

    def __init__(self, separation: Separation, track: str, remix: Remix, original: _Original, gain: float) -> None:
        recording = separation.recording
        self._separation, self._track, self._remix, self._gain = separation, track, remix, gain
        self._original = original
        bits = 16 if recording.subtype in ("PCM_16", "ALAC_16", "PCM_U8", "PCM_S8") else 24
        self._encoding = encoding_for(original.codec, bits, recording.rate, recording.container == "WEBM")
        self._copies = Copies(original.container, original.sound)

    def write(self, sink: Sink) -> Generator[Progress, None, None]:
        """The whole film, into a file without a name."""
        recording, original, copies = self._separation.recording, self._original, self._copies
        muxer = MUXERS[recording.container]
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
        meant = blocks(self._separation, self._track, self._remix)
        for done in checking.run(sink.path, meant):
            yield Progress(_COPYING + (1 - _COPYING) * done, "Checking")

    def notes(self) -> Iterator[str]:
        """What a person should know, each a sentence."""
        if self._encoding.encoder.removeprefix("lib") not in (self._original.codec, "mp3lame"):
            theirs = self._original.codec.upper()
            yield f"The sound is {self._encoding.label}, because it cannot be written as {theirs}."
        yield from self._copies.notes()

    def _new_sound(self, container: Any) -> Any:
        return add_sound(container, self._encoding, self._original.layout, self._original.bit_rate)

    def _sound(self, encoder: Encoder) -> Iterator[list[Any]]:
        for block in self._blocks():
            yield encoder.put(block)
        yield encoder.finish()

    def _blocks(self) -> Iterator[Any]:
        """[frames, channels] at a time: integers for what keeps each of them, else float32."""
        if bits := self._encoding.bits:
            yield from quantised(self._separation, self._track, self._gain, bits, self._remix)
            return
        for samples in blocks(self._separation, self._track, self._remix):
            yield samples.T if self._gain == 1.0 else samples.T * np.float32(self._gain)
