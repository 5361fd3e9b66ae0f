"""The formats that sound can be written in: one table, which dialogs, the command line and the tests read.

A new format is a line in EXPORTS and, unless libsndfile writes it, one function like `by_libsndfile`.
"""

import errno
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import SEEK_END
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import soundfile
from numpy.typing import NDArray

from tasnet_gui.audio import film, ogg, order
from tasnet_gui.audio.encoders import AAC_RATES, LAYOUTS, aac
from tasnet_gui.audio.forward import Forward, reason
from tasnet_gui.audio.sources import Source
from tasnet_gui.audio.staging import Sink
from tasnet_gui.audio.tags.encoding import ffmpeg_metadata
from tasnet_gui.audio.tags.values import NONE, Tags
from tasnet_gui.audio.tags.writing import put_into_ogg, room_in_ogg, tagged
from tasnet_gui.audio.track import track_of
from tasnet_gui.domain import BadRequest, Recording

Block: TypeAlias = NDArray[np.float32] | NDArray[np.int32]  # [frames, channels]; integers use all 32 bits
Write: TypeAlias = Callable[[Block], None]
Encode: TypeAlias = Callable[[Sink, "ExportFormat", int, int, int, Tags], AbstractContextManager[Write]]

_RIFF_LIMIT = 0xFFFF_FFFF - 4096  # bytes of sound under 32-bit chunk sizes, with room for the header
_LIKE_WAV = {"WAVEX", "RF64", "W64", "WAV"}
# The container that a film's sound has to itself; what is not here becomes WAV.
_HOMES = {"AAC": "M4A", "OPUS": "OGG", "VORBIS": "OGG", "MPEG_LAYER_III": "MP3"}
# Bits of a lossless format that holds all of an encoding; what is not here needs float.
_BITS = {
    subtype: bits
    for bits, subtypes in {
        16: "PCM_S8 PCM_U8 PCM_16 ULAW ALAW IMA_ADPCM MS_ADPCM GSM610 G721_32 NMS_ADPCM_16 NMS_ADPCM_24 NMS_ADPCM_32 "
        "DWVW_12 DWVW_16 ALAC_16",
        24: "PCM_24 DWVW_24 ALAC_20 ALAC_24",
    }.items()
    for subtype in subtypes.split()
}


@contextmanager
def by_libsndfile(
    sink: Sink, form: "ExportFormat", rate: int, channels: int, frames: int, tags: Tags = NONE
) -> Iterator[Write]:
    """Write a file through libsndfile; blocks go in by calling what this gives.

    Raises:
        OSError: the sink's own error, or EIO when libsndfile failed by itself.
    """
    container = form.container_for(channels, frames)
    level = None if form.quality is None else 1.0 - form.quality  # of compression, as libsndfile counts
    with (
        _failures(sink),
        tagged(sink, container, tags) as target,
        Forward(target, "w", rate, channels, form.subtype, format=container, compression_level=level) as file,
    ):
        file.leave_out_peak()
        if container == "AIFF":  # its header has become shorter than the file, which libsndfile takes for more sound
            sink.clear()
        if container == "OGG" and (room := room_in_ogg(tags)):
            file.comment = "-" * room
        yield file.write


@contextmanager
def ogg_by_libsndfile(
    sink: Sink, form: "ExportFormat", rate: int, channels: int, frames: int, tags: Tags = NONE
) -> Iterator[Write]:
    """The same for Ogg, in its order of channels, and so that the same export twice gives the same bytes."""
    with by_libsndfile(sink, form, rate, channels, frames, tags) as write:
        yield lambda block: write(order.to_stream(block))
    sink.seek(0, SEEK_END)  # writes out what is buffered
    if not tags.empty:
        put_into_ogg(sink.path, tags)
    ogg.renumber(sink.path)


@contextmanager
def by_ffmpeg(
    sink: Sink, form: "ExportFormat", rate: int, channels: int, frames: int, tags: Tags = NONE
) -> Iterator[Write]:
    """The same through FFmpeg, which writes what libsndfile cannot."""
    with aac(sink, rate, channels, ffmpeg_metadata(tags)) as write:
        yield write


@dataclass(frozen=True)
class ExportFormat:
    """What a format is and can hold."""

    key: str  # what a person types: "wav16"
    label: str  # what a person reads: "WAV, 16 bit"
    suffix: str
    container: str  # libsndfile's name
    subtype: str  # libsndfile's name
    bits: int = 0  # of integer samples; 0 for float and for lossy formats
    lossy: bool = False
    bytes_per_sample: float = 4.0  # about; tells whether there is room on a disk
    max_channels: int = 64
    rates: Collection[int] = range(1_000, 768_001)  # Hz
    limited: bool = False  # the container's sizes have 32 bits
    larger: str = ""  # libsndfile's name of the container to use beyond that limit
    quality: float | None = None  # 0..1; None leaves it to the encoder
    encode: Encode = by_libsndfile
    decode: Callable[[Source], Any] = Forward  # to look at what was written

    @property
    def integer(self) -> bool:
        return self.bits > 0

    @property
    def clips(self) -> bool:
        """Whether samples beyond full scale are lost. Lossy files do hold them, but their players clip."""
        return self.integer or self.lossy

    def rate_for(self, rate: int) -> int:
        """The rate that a sound of this rate is written at, Hz.

        A lossy format takes the next higher one that it knows, or its highest: the ear loses nothing by it. A lossless
        one takes none but the sound's own, for its samples would not be the same.
        """
        if not self.lossy or rate in self.rates:
            return rate
        return min((known for known in self.rates if known >= rate), default=max(self.rates))

    def size(self, channels: int, frames: int) -> int:
        """Bytes that a file will have, about."""
        return int(channels * frames * self.bytes_per_sample) + 4096

    def container_for(self, channels: int, frames: int) -> str:
        """libsndfile's name of the container for so much sound: WAV becomes RF64 over 4 GiB."""
        return self.larger if self._too_long(channels, frames) and self.larger else self.container

    def refuses(self, channels: int, rate: int, frames: int = 0) -> str:
        """Why such a sound cannot be written in this format, as a sentence; empty when it can."""
        if channels > self.max_channels:
            return f"{self.label} holds at most {self.max_channels} channels, not {channels}."
        if self.rate_for(rate) not in self.rates:
            return f"{self.label} does not know a rate of {rate:,} Hz."
        if self._too_long(channels, frames) and not self.larger:
            return f"{self.label} cannot hold more than 4 GiB."
        return ""

    def same_as(self, recording: Recording) -> bool:
        """Whether a recording came in this very format."""
        return (self.container, self.subtype) == (_family(recording), recording.subtype)

    def _too_long(self, channels: int, frames: int) -> bool:
        return self.limited and channels * frames * self.bytes_per_sample > _RIFF_LIMIT


class _Ranges(Collection[int]):
    """Several ranges as one collection."""

    def __init__(self, *ranges: range) -> None:
        self._ranges = ranges

    def __contains__(self, value: object) -> bool:
        return any(value in one for one in self._ranges)

    def __iter__(self) -> Iterator[int]:
        return chain(*self._ranges)

    def __len__(self) -> int:
        return sum(len(one) for one in self._ranges)


@contextmanager
def _failures(sink: Sink) -> Iterator[None]:
    """Turn libsndfile's failures into the error of the disk that caused them."""
    try:
        yield
    except (AssertionError, soundfile.LibsndfileError) as error:  # soundfile asserts that all was written
        raise sink.error or OSError(errno.EIO, reason(error) or os.strerror(errno.EIO)) from error
    if sink.error:
        raise sink.error


def _pcm(key: str, name: str, suffix: str, container: str, bits: int, **more: Any) -> ExportFormat:
    size = {"bytes_per_sample": bits / 8} | more
    return ExportFormat(key, f"{name}, {bits} bit", suffix, container, f"PCM_{bits}", bits, **size)


def _float(key: str, name: str, suffix: str, container: str, **more: Any) -> ExportFormat:
    return ExportFormat(key, f"{name}, 32-bit float", suffix, container, "FLOAT", **more)


def _lossy(key: str, name: str, container: str, subtype: str, **more: Any) -> ExportFormat:
    return ExportFormat(key, name, f".{key}", container, subtype, lossy=True, bytes_per_sample=0.5, **more)


_WAV = {"limited": True, "larger": "RF64"}
_FLAC_RATES = _Ranges(range(1_000, 65_536), range(65_540, 655_351, 10))  # a frame counts high rates in tens of Hz
_FLAC: dict[str, Any] = {"max_channels": 8, "rates": _FLAC_RATES}  # libFLAC's limits
_OGG: dict[str, Any] = {"max_channels": 8, "encode": ogg_by_libsndfile}
# Above 200 kHz libvorbis has no mode, and libsndfile 1.2.2 ends the process over it.
_VORBIS_RATES = range(1_000, 192_001)
_OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_M4A: dict[str, Any] = {"rates": AAC_RATES, "max_channels": len(LAYOUTS), "encode": by_ffmpeg, "decode": track_of}

EXPORTS: dict[str, ExportFormat] = {
    form.key: form
    for form in (
        _pcm("wav16", "WAV", ".wav", "WAV", 16, **_WAV),
        _pcm("wav24", "WAV", ".wav", "WAV", 24, **_WAV),
        _float("wavfloat", "WAV", ".wav", "WAV", **_WAV),
        _pcm("flac", "FLAC", ".flac", "FLAC", 24, bytes_per_sample=2.4, **_FLAC),
        _pcm("flac16", "FLAC", ".flac", "FLAC", 16, bytes_per_sample=1.6, **_FLAC),
        _pcm("aiff16", "AIFF", ".aiff", "AIFF", 16, limited=True),
        _pcm("aiff24", "AIFF", ".aiff", "AIFF", 24, limited=True),
        _float("aifffloat", "AIFF", ".aiff", "AIFF", limited=True),
        _pcm("caf16", "CAF", ".caf", "CAF", 16),
        _pcm("caf24", "CAF", ".caf", "CAF", 24),
        _float("caffloat", "CAF", ".caf", "CAF"),
        _lossy("ogg", "Ogg Vorbis", "OGG", "VORBIS", rates=_VORBIS_RATES, quality=0.7, **_OGG),
        _lossy("opus", "Opus", "OGG", "OPUS", rates=_OPUS_RATES, **_OGG),
        _lossy("mp3", "MP3", "MP3", "MPEG_LAYER_III", rates=_MP3_RATES, max_channels=2, quality=1.0),
        *((_lossy("m4a", "M4A (AAC)", "M4A", "AAC", **_M4A),) if film.installed() else ()),
    )
}
_ALIASES = {
    "wav": "wavfloat",
    "flac24": "flac",
    "vorbis": "ogg",
    "aif": "aiff24",
    "aiff": "aiff24",
    "caf": "caf24",
    "aac": "m4a",
}


def format_named(text: str) -> ExportFormat:
    """The format that a person typed, by key ("flac16") or by a common name ("wav", ".aif").

    Raises:
        BadRequest: there is none; the choices are listed.
    """
    key = text.strip().lower().lstrip(".")
    try:
        return EXPORTS[_ALIASES.get(key, key)]
    except KeyError:
        way_out = film.INSTALL if _ALIASES.get(key, key) == "m4a" else f"Choose from {', '.join(EXPORTS)}."
        raise BadRequest(f"There is no export format {text!r}.", way_out) from None


def like(recording: Recording) -> ExportFormat:
    """The format of the recording itself, or the next lossless one that holds its sound."""

    def fits(form: ExportFormat) -> bool:
        same_rate = form.rate_for(recording.rate) == recording.rate
        return same_rate and not form.refuses(recording.channels, recording.rate, recording.frames)

    family = [form for form in EXPORTS.values() if form.container == _family(recording) and fits(form)]
    if same := [form for form in family if form.subtype == recording.subtype]:
        return same[0]
    wav = [form for form in EXPORTS.values() if form.container == "WAV"]
    return _next_lossless(family, recording.subtype) or _next_lossless(wav, recording.subtype) or EXPORTS["wavfloat"]


def _family(recording: Recording) -> str:
    """The container, or the one that stands for it."""
    if recording.container in _LIKE_WAV:
        return "WAV"
    known = any(form.container == recording.container for form in EXPORTS.values())
    return recording.container if known else _HOMES.get(recording.subtype, recording.container)


def as_float(form: ExportFormat) -> ExportFormat:
    """The format that holds any level, in the same container if that can."""
    fitting = (other for other in EXPORTS.values() if other.container == form.container and other.subtype == "FLOAT")
    return next(fitting, EXPORTS["wavfloat"])


def _next_lossless(forms: list[ExportFormat], subtype: str) -> ExportFormat | None:
    """The one with the fewest bits that holds all of an encoding."""
    bits = {form.key: form.bits or 32 for form in forms if not form.lossy}
    enough = [form for form in forms if bits.get(form.key, 0) >= _BITS.get(subtype, 32)]
    return min(enough, key=lambda form: bits[form.key], default=None)
