"""The header of a WAV file: RIFF, or RF64 (EBU Tech 3306) when it is large. Parsed without trusting a size in it."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

BytesAt = Callable[[int, int], bytes]  # (offset, count) -> bytes of the file, fewer at its end

_PCM, _FLOAT, _ALAW, _ULAW = 1, 3, 6, 7  # format tags whose block align must fit the bits
_EXTENSIBLE = 0xFFFE
# What programs write into a pipe, knowing nothing of the length; sox and ffmpeg each have their own.
_UNKNOWN = (range(0x7FFF_0000, 0x8000_0001), range(0xFFFF_0000, 0x1_0000_0000))
_LARGEST = 0xFFFF_FFFF - 4096  # bytes of sound that a plain RIFF header can hold
_TAGS = (b"ID3", b"TAG", b"APETAGEX")  # of MP3s, but put behind anything
_STEP = 1 << 20


@dataclass(frozen=True)
class Wave:
    """What the header says and what the file holds."""

    start: int  # of the sound, in bytes
    claimed: int | None  # frames by the header; None when it does not say
    fault: str = ""  # why this cannot be read, a clause
    repaired: bytes = b""  # a header to use in place of the first `start` bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Format:
    tag: int
    channels: int
    rate: int
    align: int  # bytes per frame, or per block of a compressed format
    bits: int
    chunk: bytes  # all of it

    @property
    def plain(self) -> bool:
        return self.tag in (_PCM, _FLOAT, _ALAW, _ULAW)

    @property
    def widened(self) -> bool:
        """Whether 24 bits lie in 32."""
        return self.tag == _PCM and self.bits == 24 and self.align == 4 * self.channels

    def as_32_bits(self) -> "_Format":
        """The same for those who take all PCM of 24 bits for three bytes each, as libsndfile does.

        By Microsoft's word on WAVEFORMATEXTENSIBLE the 24 bits are the upper ones: as 32 bits they are the same levels.
        """
        return replace(self, bits=32, chunk=self.chunk[:14] + struct.pack("<H", 32) + self.chunk[16:])

    @property
    def fault(self) -> str:
        if self.channels == 0:
            return "its header says 0 channels"
        if not 0 < self.rate < 1 << 31:
            return f"its header says {self.rate} Hz"
        widths = {-(-self.bits // 8)} | ({4} if self.bits == 24 else set())  # 24 bits may lie in 32
        if self.plain and self.align not in {self.channels * width for width in widths}:
            return (
                f"its header is broken (block align {self.align} does not fit "
                f"{self.channels} channels of {self.bits} bits)"
            )
        return ""


def parse(bytes_at: BytesAt, size: int) -> Wave | None:
    """Read the header of a file of `size` bytes; None when it is not one that we know better than libsndfile."""
    if bytes_at(8, 4) != b"WAVE":
        return None
    form: _Format | None = None
    outer = 8 + int.from_bytes(bytes_at(4, 4), "little")
    long_size: int | None = None
    for name, start, length in _chunks(bytes_at, 12, size):
        if name == b"ds64" and len(ds64 := bytes_at(start, 16)) == 16:
            outer, long_size = struct.unpack("<QQ", ds64)
            outer += 8
        elif name == b"fmt ":
            form = _read_format(bytes_at(start, min(length, 64)))
        elif name == b"data" and form:
            claim = long_size if long_size is not None and length == 0xFFFF_FFFF else length
            return Wave(start, None, form.fault) if form.fault else _measure(bytes_at, size, form, start, claim, outer)
    return None


def _read_format(chunk: bytes) -> _Format | None:
    if len(chunk) < 16:
        return None
    tag, channels, rate, align, bits = struct.unpack("<HHI4xHH", chunk[:16])
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        tag = int.from_bytes(chunk[24:26], "little")  # the true one opens the sub-format's GUID
    return _Format(tag, channels, rate, align, bits, chunk)


def _measure(bytes_at: BytesAt, size: int, form: _Format, start: int, claim: int, outer: int) -> Wave:
    """Find the true end of the sound; `outer` is the end of the file by its own word."""
    if form.widened:
        form = form.as_32_bits()
        wave = _measure(bytes_at, size, form, start, claim, outer)
        length = min(claim, size - start) if wave.claimed else size - start
        return replace(wave, repaired=wave.repaired or _header(form, length))
    align = max(form.align, 1)
    rest = size - start
    unknown = claim == 0 or any(claim in sizes for sizes in _UNKNOWN)
    wave = Wave(start, claim // align if form.plain else None)
    if claim > rest:  # libsndfile reads to the end of the file by itself
        return replace(wave, claimed=None, notes=(_STREAMED,)) if unknown else wave
    behind = start + claim
    left = size - behind
    if left <= 1 or _is_chunks(bytes_at, behind, size) or (claim > 0 and _is_padding(bytes_at, behind, size)):
        return wave
    # Sound goes on if the outer size knows of it, or if there is more than a quarter of a second of it.
    if unknown or outer >= size or left > form.rate * align / 4:
        notes = (_STREAMED,) if unknown else ()
        return replace(wave, claimed=None if unknown else wave.claimed, repaired=_header(form, rest), notes=notes)
    return replace(wave, notes=(f"{left:,} bytes after the sound are not sound and were left out.",))


_STREAMED = "The header does not say how long the sound is; it was read to the end of the file."


def _chunks(bytes_at: BytesAt, start: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, offset of the content and claimed length of each chunk; ends at the first that reaches over the end."""
    while start + 8 <= size:
        name, length = struct.unpack("<4sI", bytes_at(start, 8))
        yield name, start + 8, length
        start += 8 + length + length % 2


def _is_chunks(bytes_at: BytesAt, behind: int, size: int) -> bool:
    """Whether proper chunks fill the rest of the file, as they should behind the sound."""
    for padding in (behind % 2, 0):  # some programs leave the padding byte out
        end = behind + padding
        for name, start, length in _chunks(bytes_at, end, size):
            if not (name.isascii() and name.decode("ascii").isprintable() and start + length <= size):
                break
            end = start + length + length % 2
        if end >= size:
            return True
    return False


def _is_padding(bytes_at: BytesAt, behind: int, size: int) -> bool:
    """Whether only zeros or a tag follow."""
    if bytes_at(behind, 8).startswith(_TAGS):
        return True
    return not any(bytes_at(at, _STEP).strip(b"\0") for at in range(behind, size, _STEP))


def _header(form: _Format, length: int) -> bytes:
    """The shortest header for this much sound."""
    chunk = b"fmt " + struct.pack("<I", len(form.chunk)) + form.chunk + bytes(len(form.chunk) % 2)
    if length <= _LARGEST:
        body = b"WAVE" + chunk + b"data" + struct.pack("<I", length)
        return b"RIFF" + struct.pack("<I", len(body) + length) + body
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, length + 4 + 36 + len(chunk) + 8, length, length // form.align, 0)
    return b"RF64" + b"\xff" * 4 + b"WAVE" + ds64 + chunk + b"data" + b"\xff" * 4
