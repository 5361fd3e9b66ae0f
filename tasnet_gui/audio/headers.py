"""What a file's header claims, checked against the file before libsndfile believes it.

libsndfile stops where the header says the sound ends. Here a header that says too little, or nothing, is replaced by
one that is right, so that the true end is read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tasnet_gui.audio import riff
from tasnet_gui.audio.foreign import ENOUGH, Foreign, recognise
from tasnet_gui.audio.sources import Source

_FLAC_TOTAL = slice(18, 26)  # "fLaC", block header, then 10 bytes into STREAMINFO: 28 bits of format, 36 of length
# How libsndfile logs a size that it corrected, in AIFF, CAF, W64, AU and compressed WAV.
_CORRECTED = re.compile(r"^\s*(?:SSND|data|riff|Data Size)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)
_OGG_PAGE = 65_307  # bytes, the longest


@dataclass(frozen=True)
class Header:
    """What was found. `refused` is a reason, a clause for after "because"; then nothing else counts."""

    claimed: int | None = None  # frames, when the header's own claim is known and libsndfile does not report it
    notes: tuple[str, ...] = ()
    refused: str = ""
    foreign: Foreign | None = None  # it is nothing for libsndfile


def examine(source: Source) -> Header:
    """Look at the header of an open file, and lay a repaired one over it where that helps."""
    start = source.bytes_at(0, ENOUGH)
    if foreign := recognise(start):
        return Header(foreign=foreign)
    check = next((check for magic, check in _CHECKS.items() if start.startswith(magic)), None)
    return check(source) if check else Header()


def missing_bytes(log: str) -> tuple[str, ...]:
    """The notes to take from libsndfile's own log of a header, for the containers that are not examined here."""
    sizes = ((int(claimed), int(found)) for claimed, found in _CORRECTED.findall(log))
    cut = next(((claimed, found) for claimed, found in sizes if claimed > found), None)
    return (f"The header says {cut[0]:,} bytes of sound, found {cut[1]:,}.",) if cut else ()


def _examine_riff(source: Source) -> Header:
    wave = riff.parse(source.bytes_at, source.size)
    if wave is None:
        return Header()
    if wave.fault:
        return Header(refused=wave.fault)
    if wave.repaired:
        source.replace_header(wave.repaired, wave.start)
    return Header(wave.claimed, wave.notes)


def _examine_flac(source: Source) -> Header:
    """Say "length unknown" to libsndfile: then it reads to the true end, be the claim too long or too short."""
    start = bytearray(source.bytes_at(0, 26))
    packed = int.from_bytes(start[_FLAC_TOTAL], "big")
    start[_FLAC_TOTAL] = (packed >> 36 << 36).to_bytes(len(start[_FLAC_TOTAL]), "big")
    source.replace_header(bytes(start), len(start))
    total = packed & (1 << 36) - 1
    return Header(claimed=total or None)


def _examine_ogg(source: Source) -> Header:
    """The last page of a complete stream carries a flag; the header itself claims no length."""
    tail = source.bytes_at(max(0, source.size - _OGG_PAGE), _OGG_PAGE)
    page = tail[max(tail.rfind(b"OggS"), 0) :]
    count = page[26] if len(page) > 26 else 0
    length = 27 + count + sum(page[27 : 27 + count])  # 27 bytes, a table of segment sizes, the segments
    complete = count > 0 and page[5] & 4 and len(page) >= length
    return Header() if complete else Header(notes=("The file ends in the middle of the sound; it seems cut off.",))


_CHECKS: dict[bytes, Callable[[Source], Header]] = {
    b"RIFF": _examine_riff,
    b"RF64": _examine_riff,
    b"fLaC": _examine_flac,
    b"OggS": _examine_ogg,
}
