"""Sound as a stream of bytes, from and into a pipe: raw samples, or a WAV whose length nobody knows yet."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tasnet_gui.domain import BadRequest, Samples, UnreadableAudio

Read = Callable[[int], bytes]  # so many bytes, fewer only at the end

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_ENCODINGS = {"u8": (_PCM, 8), "s16le": (_PCM, 16), "s24le": (_PCM, 24), "s32le": (_PCM, 32), "f32le": (_FLOAT, 32)}
_LARGEST_CHUNK = 1 << 20  # bytes before the sound that are read over; cover pictures come behind it
_UNKNOWN = 0xFFFF_FFFF  # what stands in a header for a length that is not known
_UNKNOWN_FROM = 0x7FFF_0000  # what programs write there, and no WAV in a pipe has 2 GB by accident
_NEVER = 1 << 62  # bytes that no sound has: an RF64 that does not know its length has all bits set
_RAW = ("", "1", "s16le")  # what is left out of a raw format
CHANNELS, RATES = range(1, 65), range(1_000, 768_001)


@dataclass(frozen=True)
class StreamFormat:
    """How samples lie in a stream.

    Raises:
        BadRequest: there is no such sound.
    """

    rate: int  # Hz
    channels: int
    encoding: str  # as ffmpeg calls it: s16le, f32le, ...

    def __post_init__(self) -> None:
        if self.encoding not in _ENCODINGS:
            raise BadRequest(f"There is no encoding {self.encoding!r}.", f"Choose one of: {', '.join(_ENCODINGS)}.")
        if self.channels not in CHANNELS:
            raise BadRequest(f"{self.channels} channels are not possible.", "Choose 1 to 64.")
        if self.rate not in RATES:
            raise BadRequest(f"{self.rate} Hz is not possible.", "Choose 1000 to 768000.")

    @property
    def frame(self) -> int:
        """Bytes per frame."""
        return self.channels * _ENCODINGS[self.encoding][1] // 8

    def decode(self, data: bytes) -> Samples:
        """Whole frames as [channels, frames], full scale at +-1.0."""
        kind, bits = _ENCODINGS[self.encoding]
        samples: Samples
        if kind == _FLOAT:
            samples = np.frombuffer(data, "<f4").astype(np.float32)
        elif bits == 8:
            samples = ((np.frombuffer(data, np.uint8) - 128.0) / 128).astype(np.float32)
        elif bits == 24:
            wide = np.zeros((len(data) // 3, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            samples = (wide.view("<i4")[:, 0] / 2.0**31).astype(np.float32)
        else:
            samples = (np.frombuffer(data, f"<i{bits // 8}") / 2.0 ** (bits - 1)).astype(np.float32)
        return np.ascontiguousarray(samples.reshape(-1, self.channels).T)

    def encode(self, samples: Samples) -> bytes:
        """[channels, frames] as bytes; what is beyond full scale is clipped, but for floating point."""
        kind, bits = _ENCODINGS[self.encoding]
        interleaved = samples.T
        if kind == _FLOAT:
            return interleaved.astype("<f4").tobytes()
        scale = 2.0 ** (bits - 1)
        levels = np.rint(interleaved.astype(np.float64) * scale).clip(-scale, scale - 1)
        if bits == 8:
            return (levels + 128).astype(np.uint8).tobytes()
        integers = np.ascontiguousarray((levels * 2.0 ** (32 - bits)).astype("<i4"))
        return integers.view(np.uint8).reshape(-1, 4)[:, 4 - bits // 8 :].tobytes()

    def wave_header(self) -> bytes:
        """What a WAV of unknown length begins with."""
        kind, bits = _ENCODINGS[self.encoding]
        form = struct.pack("<HHIIHH", kind, self.channels, self.rate, self.rate * self.frame, self.frame, bits)
        unknown = struct.pack("<I", _UNKNOWN)
        return b"RIFF" + unknown + b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + unknown


def raw_format(text: str) -> StreamFormat:
    """Read a format such as "16000,1,s16le"; channels and encoding may be left out.

    Raises:
        BadRequest: it is none.
    """
    parts = text.split(",")
    rate, channels, encoding = (*parts, *_RAW[len(parts) :])[:3]
    if len(parts) > 3 or not (rate.isdecimal() and channels.isdecimal()):
        raise BadRequest(f"{text!r} is no raw format.", "Write RATE,CHANNELS,ENCODING, such as 16000,1,s16le.")
    return StreamFormat(int(rate), int(channels), encoding)


def read_wave_header(read: Read) -> tuple[StreamFormat, int | None]:
    """Read up to where the sound begins.

    Returns:
        The format, and how many bytes of sound there are; None when the header does not know.

    Raises:
        UnreadableAudio: it is no WAV, or not one of plain samples.
    """
    start = read(12)
    if start[:4] not in (b"RIFF", b"RF64") or start[8:] != b"WAVE":
        raise UnreadableAudio("What comes in is no WAV.", "For raw samples say --raw RATE,CHANNELS,ENCODING.")
    form: StreamFormat | None = None
    long_length = 0  # that of an RF64, which says so in front
    while len(head := read(8)) == 8:
        name, length = struct.unpack("<4sI", head)
        if name == b"data" and form:
            return form, _known(length, long_length)
        if length > _LARGEST_CHUNK:
            break
        content = read(length + length % 2)
        if name == b"fmt " and len(content) >= 16:
            form = _read_format(content)
        elif name == b"ds64" and len(content) >= 16:
            long_length = int.from_bytes(content[8:16], "little")
    raise UnreadableAudio("What comes in is a WAV without sound.", "Check the program that writes it.")


def _known(length: int, long_length: int) -> int | None:
    """How many bytes of sound a header claims; None when it does not know."""
    if length == _UNKNOWN and 0 < long_length < _NEVER:
        return long_length
    return None if length == 0 or length >= _UNKNOWN_FROM else length


def _read_format(content: bytes) -> StreamFormat:
    tag, channels, rate, align, bits = struct.unpack("<HHI4xHH", content[:16])
    if tag == _EXTENSIBLE and len(content) >= 26:
        tag = int.from_bytes(content[24:26], "little")  # the true one opens the sub-format's GUID
    if (tag, bits, align) == (_PCM, 24, 4 * channels):
        bits = 32  # 24 bits are the upper ones of 32: the same levels
    encoding = next((name for name, known in _ENCODINGS.items() if known == (tag, bits)), None)
    if encoding is None:
        raise UnreadableAudio(
            f"What comes in is a WAV of a kind that cannot be streamed (format {tag}, {bits} bits).",
            f"Convert it to one of: {', '.join(_ENCODINGS)}.",
        )
    try:
        form = StreamFormat(rate, channels, encoding)
    except BadRequest as error:
        raise UnreadableAudio(f"The header of what comes in is broken. {error.what}") from error
    if form.frame != align:
        raise UnreadableAudio(
            f"The header of what comes in is broken: block align {align} does not fit {channels} channels of "
            f"{bits} bits.",
            "Check the program that writes it.",
        )
    return form
