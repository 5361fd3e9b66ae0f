"""Sound that FFmpeg encodes: which encoder a container takes, and the blocks of a track as its packets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.audio.film import library
from tasnet_gui.audio.staging import Sink

# As FLAC and Ogg define them: four channels are two in front and two behind.
LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
AAC_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000)  # Hz

_OWN = {"mp3": "libmp3lame", "opus": "libopus", "vorbis": "libvorbis"}  # others are called as their decoders
_EXACT = {"flac": ("s16", "s32"), "alac": ("s16p", "s32p")}  # what takes 16 and 24 bits
_BIT_RATE = 96_000  # bits per second and channel, at least: FFmpeg's AAC is transparent for speech there
_BITEXACT = 0x400, 1 << 23  # AVFMT_FLAG_BITEXACT, AV_CODEC_FLAG_BITEXACT: no time of day, no name of the encoder


@dataclass(frozen=True)
class Encoding:
    """How a sound is to be encoded."""

    encoder: str  # FFmpeg's name
    rate: int  # Hz
    bits: int = 0  # of integers that keep each sample; 0 for float and for lossy encodings
    sample_format: str = ""  # of the encoder; "" leaves it to that
    lossy: bool = True

    @property
    def label(self) -> str:
        """For people."""
        return self.encoder.removeprefix("lib").removesuffix("lame").upper()

    @property
    def clips(self) -> bool:
        """Whether samples beyond full scale are lost, if only in most players."""
        return self.lossy or self.bits > 0


def encoding_for(codec: str, bits: int, rate: int, webm: bool = False) -> Encoding:
    """The encoding of a film's own sound, or else the one that its container is usually heard with.

    Args:
        codec: FFmpeg's name of what the film has.
        bits: of its samples, for what keeps them exactly.
        rate: Hz.
        webm: whether the container takes nothing but Opus and Vorbis.
    """
    encoder = _OWN.get(codec, codec)
    exact = codec.startswith("pcm_") or codec in _EXACT
    if _knows(encoder, rate) and (not webm or encoder in ("libopus", "libvorbis")):
        if not exact or codec.startswith("pcm_f"):
            return Encoding(encoder, rate, lossy=not exact)
        bits = 16 if bits <= 16 else 24
        return Encoding(encoder, rate, bits, _EXACT.get(codec, ("", ""))[bits > 16], lossy=False)
    if webm:
        return Encoding("libopus", rate if _knows("libopus", rate) else 48_000)
    return Encoding("aac", rate if rate in AAC_RATES else 48_000)


def _knows(encoder: str, rate: int) -> bool:
    codec = library().codec
    try:
        found = codec.Codec(encoder, "w")
    except codec.codec.UnknownCodecError:
        return False
    return not found.experimental and (not found.audio_rates or rate in found.audio_rates)


def add_sound(container: Any, encoding: Encoding, layout: str, bit_rate: int = 0) -> Any:
    """A stream for new sound in a container that is being written."""
    stream = container.add_stream(encoding.encoder, rate=encoding.rate)
    stream.layout = layout
    if encoding.sample_format:
        stream.format = encoding.sample_format
    if encoding.lossy:
        stream.bit_rate = max(bit_rate, _BIT_RATE * stream.codec_context.layout.nb_channels)
    stream.codec_context.flags |= _BITEXACT[1]
    return stream


class Encoder:
    """Turns blocks into the packets of a stream that `add_sound` made."""

    def __init__(self, stream: Any, encoding: Encoding, rate: int, start: Fraction = Fraction()) -> None:
        self._stream, self._bits, self._rate = stream, encoding.bits, rate
        self._layout = stream.codec_context.layout.name
        self._at = round(start * rate)

    @property
    def time(self) -> Fraction:
        """Seconds up to which it has been given sound."""
        return Fraction(self._at, self._rate)

    def put(self, block: NDArray[Any]) -> list[Any]:
        """The packets that a block brings about: [frames, channels], float32, or int32 that use all bits."""
        if block.dtype == np.int32:
            samples = (block >> 16).astype(np.int16) if self._bits == 16 else block
            packed = np.ascontiguousarray(samples).reshape(1, -1)
            frame = library().AudioFrame.from_ndarray(packed, "s16" if self._bits == 16 else "s32", self._layout)
        else:
            # Not planar: of eight channels PyAV 18.1 would fill nine.
            packed = np.ascontiguousarray(block).reshape(1, -1)
            frame = library().AudioFrame.from_ndarray(packed, "flt", self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
        self._at += len(block)
        packets: list[Any] = self._stream.encode(frame)
        return packets

    def finish(self) -> list[Any]:
        """What it still holds back."""
        packets: list[Any] = self._stream.encode(None)
        return packets


class Target:
    """A sink as PyAV wants to see a file. Errors wait in the sink; after `abandon` nothing reaches it any more."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._abandoned = False

    def write(self, data: bytes) -> int:
        if not self._abandoned:
            self._sink.write(bytes(data))
        return len(data)  # FFmpeg goes on; `check` tells

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0 if self._abandoned else self._sink.seek(offset, whence)

    def tell(self) -> int:
        return 0 if self._abandoned else self._sink.tell()

    def abandon(self) -> None:
        """Whatever FFmpeg still writes falls on the floor."""
        self._abandoned = True

    def check(self) -> None:
        """Raises OSError when the disk did not take something."""
        if self._sink.error:
            raise self._sink.error


@contextmanager
def aac(sink: Sink, rate: int, channels: int, metadata: dict[str, str]) -> Iterator[Callable[[NDArray[Any]], None]]:
    """An M4A file; blocks of float32, [frames, channels], go in by calling what this gives.

    Raises:
        OSError: the sink's own error, or EIO when FFmpeg failed by itself.
    """
    encoding = Encoding("aac", rate)
    with written(sink, "ipod", {"movie_timescale": str(rate)}) as (container, target):
        container.metadata.update(metadata)
        stream = add_sound(container, encoding, LAYOUTS[channels])
        encoder = Encoder(stream, encoding, rate)

        def write(block: NDArray[Any]) -> None:
            container.mux(encoder.put(block))
            target.check()

        yield write
        container.mux(encoder.finish())


@contextmanager
def written(sink: Sink, muxer: str, options: dict[str, str]) -> Iterator[tuple[Any, Target]]:
    """A container that is written into a sink. It is complete when the block ends without an error.

    Raises:
        OSError: the sink's own error, or EIO when FFmpeg failed by itself.
    """
    target = Target(sink)
    av = library()
    container = av.open(
        target, "w", format=muxer, container_options=options, metadata_errors="surrogateescape", buffer_size=1 << 16
    )
    container.flags |= _BITEXACT[0]
    try:
        try:
            yield container, target
            container.close()
        except av.FFmpegError as error:
            target.check()
            raise OSError(5, f"FFmpeg: {error.strerror or error}") from error
        target.check()
    finally:
        target.abandon()
        with suppress(av.FFmpegError):  # it may be in any state; its end goes nowhere
            container.close()
