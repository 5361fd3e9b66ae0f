"""The sound of a film as `files` reads it: decoded forwards, from its first sample to its last, true to the clock."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.audio.film import Damage, library, open_container, pictures_of, sound_of, why
from tasnet_gui.audio.foreign import ENOUGH, Foreign, recognise
from tasnet_gui.audio.sources import Source
from tasnet_gui.domain import Samples

_UNKNOWN = 2**63 - 1  # frames, in libsndfile's words
_DISCARD = 48  # AVDISCARD_ALL: pictures are not even read
_GAP = Fraction(1, 10)  # seconds; shorter ones are the jitter of time stamps, which cameras and rounding make
_SILENCE = Fraction(60)  # seconds of gaps that are filled on the word of time stamps alone
_NO_INDEX = "its index is missing or damaged, as in a recording that was cut off"
_LATE = Fraction(1)  # seconds that a film may go on without sound before it is worth a word
_SUBTYPES = {
    **{"aac": "AAC", "aac_latm": "AAC", "mp3": "MPEG_LAYER_III", "mp3float": "MPEG_LAYER_III"},
    **{"pcm_u8": "PCM_U8", "pcm_s8": "PCM_S8", "pcm_alaw": "ALAW", "pcm_mulaw": "ULAW"},
    **{"pcm_f32": "FLOAT", "pcm_f64": "DOUBLE", "pcm_s16": "PCM_16", "pcm_s24": "PCM_24", "pcm_s32": "PCM_32"},
}
_BRANDS = {"qt": "MOV", "M4A": "M4A", "M4B": "M4A", "M4P": "M4A"}


class Track:
    """The sound of a film, decoded forwards from its first sample: what `files` needs of a decoder."""

    extra_info = ""  # libsndfile's log, which there is none of

    def __init__(self, source: Source, kind: Foreign) -> None:
        """Read the header, and the first frame of sound: some headers name half of the rate.

        Raises:
            NoSound: there is nothing to hear.
            Damage: the file cannot be opened.
        """
        self._av = library()
        try:
            self._container = open_container(source, kind)
        except self._av.FFmpegError as error:
            cut_off = kind.demuxer == "mov" and isinstance(error, self._av.InvalidDataError)
            raise Damage(_NO_INDEX if cut_off else why(error)) from error
        try:
            self._stream = sound_of(self._container)
            self.picture = bool(pictures_of(self._container))
            self._others = len(self._container.streams.audio) - 1
            for stream in self._container.streams:
                if stream is not self._stream:
                    stream.discard = _DISCARD
            self._begin(source)
        except BaseException:
            self._container.close()
            raise

    def _begin(self, source: Source) -> None:
        context = self._stream.codec_context
        self.position = 0  # frames that were read
        self._damaged = self._gaps = 0
        self._silence = Fraction()  # seconds that were put into gaps
        self._jump: Fraction | None = None  # seconds of sound before the first gap that was too long to be filled
        self._end: Fraction | None = None  # seconds; where the last packet ends by its own word
        self._reshapers: dict[tuple[int, int], Any] = {}  # by rate and channels
        self._frames = self._decoded()
        self._first = next(self._frames, None)
        if self._first is None and not context.layout.nb_channels:
            raise Damage("nothing in it can be decoded")
        self.channels = self._first.layout.nb_channels if self._first else context.layout.nb_channels
        self.samplerate = self._first.sample_rate if self._first else context.sample_rate
        self.layout = (self._first or context).layout.name
        self.start = self._time(self._first) or Fraction()  # seconds on the film's clock
        self.codec = context.codec.canonical_name
        self.bit_rate = context.bit_rate or 0  # bits per second; 0 when it is not known
        self.format = _container(self._container, source, self.picture)
        self.subtype = _subtype(context)
        self._claimed = self._claim()
        likely = round((self._claimed or self._container_end()) * self.samplerate)
        self.frames = 0 if self._first is None else likely if likely > 0 else _UNKNOWN
        self._blocks = self._converted()
        self._rest: Samples = np.empty((0, self.channels), np.float32)

    def read(self, count: int, out: Samples) -> Samples:
        """Fill `out`, [frames, channels], and return what was filled: less than `count` only at the end.

        Raises:
            Damage: what follows cannot be decoded; `position` tells how much of `out` was filled.
        """
        filled = 0
        while filled < count:
            if not len(self._rest):
                block = next(self._blocks, None)
                if block is None:
                    break
                self._rest = block
            part = self._rest[: count - filled]
            out[filled : filled + len(part)] = part
            self._rest = self._rest[len(part) :]
            filled += len(part)
            self.position += len(part)
        return out[:filled]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._frames.close()
        self._container.close()

    def notes(self) -> Iterator[str]:
        """What a person should know, once it has been read."""
        found = Fraction(self.position, self.samplerate)
        if self._others:
            language = self._stream.language
            named = f" ({language})" if language and language.isalpha() and language != "und" else ""
            yield f"The file has {self._others + 1} tracks of sound; this is the {self._place} one{named}."
        if self._claimed and found + _GAP < self._claimed:
            yield f"The header says {float(self._claimed):.2f} s of sound, found {float(found):.2f} s."
        elif not self._claimed and (whole := self._container_end()) > found + self.start + _LATE:
            yield f"The film is {float(whole):.2f} s long, its sound ends at {float(found + self.start):.2f} s."
        if self._damaged:
            places = "place" if self._damaged == 1 else "places"
            yield f"The sound is damaged in {self._damaged:,} {places}, where silence stands for it."
        if self._gaps:
            times = "once" if self._gaps == 1 else f"{self._gaps:,} times"
            yield f"The sound pauses {times}; {float(self._silence):.2f} s of silence keep it with the picture."
        if self._jump is not None:
            yield f"Its time stamps jump at {float(self._jump):.2f} s; behind that it may not be with the picture."

    @property
    def _place(self) -> str:
        place = list(self._container.streams.audio).index(self._stream)
        return ("first", "second", "third")[place] if place < 3 else f"{place + 1}th"

    def _decoded(self) -> Generator[Any, None, None]:
        """The frames as FFmpeg decodes them: without what encoders put before the sound, where the file tells it."""
        base = self._stream.time_base
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except self._av.FFmpegError as error:
                raise Damage(why(error)) from error
            if packet is None:
                return
            if packet.pts is not None and packet.duration:
                self._end = max(self._end or Fraction(), (packet.pts + packet.duration) * base)
            try:
                frames = packet.decode()
            except self._av.FFmpegError:
                self._damaged += packet.pts is not None
                continue
            yield from (frame for frame in frames if frame.samples)

    def _converted(self) -> Iterator[Samples]:
        """Blocks of [frames, channels], with silence where the sound pauses, and without what pads its end."""
        clock, last = self.start, None  # where the sound that was given out ends
        frame = self._first
        damaged = 0
        while frame is not None:
            if last is not None:
                yield last
            at = self._time(frame)
            tolerated = _GAP if damaged == self._damaged else Fraction(2, self.samplerate) + self._stream.time_base
            damaged = self._damaged
            if at is not None and abs(at - clock) > tolerated:
                yield from self._pause(at - clock)
                clock = at
            last = self._samples(frame)
            clock += Fraction(len(last), self.samplerate)
            frame = next(self._frames, None)
        if last is not None:
            yield last[: len(last) - self._padding(clock, len(last))]

    def _pause(self, seconds: Fraction) -> Iterator[Samples]:
        """Silence for a gap, unless it is longer than what a file of this much sound may claim."""
        frames = round(seconds * self.samplerate)
        heard = Fraction(self.position, self.samplerate)
        if frames <= 0 or self._silence + seconds > max(_SILENCE, heard):
            self._jump = heard if self._jump is None else self._jump
            return
        self._gaps += 1
        self._silence += seconds
        for start in range(0, frames, self.samplerate):
            yield np.zeros((min(self.samplerate, frames - start), self.channels), np.float32)

    def _padding(self, clock: Fraction, frames: int) -> int:
        """How many frames of the last block an encoder added to fill it, as far as the file tells."""
        exact = (1 / self._stream.time_base) % self.samplerate == 0  # coarser clocks do not know it to the sample
        ends = [self._end] if self._end is not None and exact else []
        if self._stream.duration and self._stream.start_time is not None:
            listed = (self._stream.start_time + self._stream.duration) * self._stream.time_base
            if listed + Fraction(1, 500) < clock:  # it may be rounded to 1/600 s
                ends.append(listed)
        padding = round((clock - min(ends, default=clock)) * self.samplerate)
        return padding if 0 < padding < frames else 0

    def _samples(self, frame: Any) -> Samples:
        """A frame as [frames, channels], in the shape that the first one had."""
        shape = frame.sample_rate, frame.layout.nb_channels
        as_first = shape == (self.samplerate, self.channels)  # broadcasts change between stereo and surround
        # PyAV 18.1 looks for a ninth plane behind eight.
        if as_first and not (frame.format.is_planar and self.channels > 7):
            return _floats(frame)
        if shape not in self._reshapers:
            form = frame.format.packed.name if as_first else "flt"
            self._reshapers[shape] = self._av.AudioResampler(form, self.layout, self.samplerate)
        frame.pts = None
        parts = [_floats(part) for part in self._reshapers[shape].resample(frame)]
        return np.concatenate(parts) if parts else np.empty((0, self.channels), np.float32)

    def _time(self, frame: Any) -> Fraction | None:
        return None if frame is None or frame.pts is None else frame.pts * frame.time_base

    def _claim(self) -> Fraction | None:
        """Seconds of sound by the header's word."""
        if self._stream.duration:
            return self._stream.duration * self._stream.time_base
        with suppress(ValueError):  # what Matroska's writers put into a tag: 00:01:02.345
            hours, minutes, seconds = self._stream.metadata.get("DURATION", "").split(":")
            whole = int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds) - self.start
            return whole if whole > 0 else None
        return None

    def _container_end(self) -> Fraction:
        return Fraction((self._container.duration or 0) + (self._container.start_time or 0), 1_000_000)


def track_of(source: Source) -> Track:
    """The sound of a file that must be there, for it was written just now.

    Raises:
        NoSound, Damage: it is none.
    """
    if (kind := recognise(source.bytes_at(0, ENOUGH))) is None:
        raise Damage("it is damaged")
    source.seek(0)
    return Track(source, kind)


def _floats(frame: Any) -> Samples:
    data: NDArray[Any] = frame.to_ndarray()
    data = data.T if frame.format.is_planar else data.reshape(-1, frame.layout.nb_channels)
    middle = 128 if data.dtype == np.uint8 else 0
    scale = 1.0 if data.dtype.kind == "f" else 2.0 ** (1 - 8 * data.dtype.itemsize)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is dealt with as such
        samples: Samples = (
            data.astype(np.float32) if scale == 1.0 else ((data.astype(np.float64) - middle) * scale).astype(np.float32)
        )
    return samples


def _container(container: Any, source: Source, picture: bool) -> str:
    names = container.format.name.split(",")
    if "matroska" in names:
        return "WEBM" if b"webm" in source.bytes_at(0, 64) else "MKV"
    if "mov" in names:
        brand = container.metadata.get("major_brand", "qt").strip()
        if brand.startswith(("3gp", "3g2", "3ge", "3gg")):
            return "3GP"
        return _BRANDS.get(brand, "MP4" if picture else "M4A")
    return names[0].upper()


def _subtype(context: Any) -> str:
    """libsndfile's name of the encoding, where it has one."""
    name = context.codec.name
    bits = 8 * context.format.bytes if context.format else 0
    if name == "alac":
        return "ALAC_16" if bits == 16 else "ALAC_24"
    if name == "flac":
        return "PCM_16" if bits == 16 else "PCM_24"
    plain = name.removesuffix("_planar").removesuffix("le").removesuffix("be")
    return _SUBTYPES.get(name) or _SUBTYPES.get(plain) or name.upper()
