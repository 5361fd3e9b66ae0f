"""Ogg files once more after libsndfile: it numbers each stream by the time of day, and knows few tags.

The pages' layout and their checksum are those of RFC 3533.
"""

import errno
import zlib
from pathlib import Path
from typing import BinaryIO

_SERIAL = (1).to_bytes(4, "little")  # any number will do, as long as there is one stream in a file
_HEAD = 27  # bytes of a page before its segment table
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def renumber(path: Path) -> None:
    """Give the stream of a finished Ogg file the same serial number in every file, page by page, in place.

    Raises:
        OSError: it could not be written.
    """
    with open(path, "r+b") as file:
        while len(head := file.read(_HEAD)) == _HEAD:
            table = file.read(head[26])
            body = file.read(sum(table))
            unsigned = head[:14] + _SERIAL + head[18:22] + bytes(4) + head[26:]
            page = unsigned[:22] + _checksum(unsigned + table + body) + unsigned[26:]
            file.seek(-len(head) - len(table) - len(body), 1)
            file.write(page)
            file.seek(len(table) + len(body), 1)


def packet(path: Path, number: int) -> bytes:
    """A packet of the stream by its number, from 0 on.

    Raises:
        OSError: there is none.
    """
    with open(path, "rb") as file:
        content = b""
        for start, length in _spans(file, number):
            file.seek(start)
            content += file.read(length)
        return content


def replace_packet(path: Path, number: int, content: bytes) -> None:
    """Write over a packet that is at least as long; zeros fill the rest. The pages' checksums are wrong after this.

    Raises:
        OSError: there is no such packet, or it is too short.
    """
    with open(path, "r+b") as file:
        spans = _spans(file, number)
        room = sum(length for _, length in spans)
        if room < len(content):
            raise OSError(errno.EINVAL, "the packet is too short")
        content += bytes(room - len(content))
        for start, length in spans:
            file.seek(start)
            file.write(content[:length])
            content = content[length:]


def _spans(file: BinaryIO, number: int) -> list[tuple[int, int]]:
    """Where in the file a packet lies: (offset, length) in each of its pages."""
    spans: list[tuple[int, int]] = []
    file.seek(0)
    while len(head := file.read(_HEAD)) == _HEAD:
        at = file.tell() + head[26]
        for lacing in file.read(head[26]):
            if number == 0:
                spans.append((at, lacing))
            at += lacing
            if lacing < 255:
                if number == 0:
                    return spans
                number -= 1
        file.seek(at)
    raise OSError(errno.EINVAL, "there is no such packet")


def _checksum(page: bytes) -> bytes:
    """The CRC-32 of a page whose own checksum is 0.

    Ogg sends the bits of zlib's polynomial the other way round, begins with 0 and inverts nothing. Mirrored bytes and
    a mirrored result let zlib do it, at a gigabyte per second.
    """
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return mirrored.to_bytes(4, "big").translate(_REVERSED)
