"""The one thing that differs between two equal Ogg files: libsndfile numbers each stream by the time of day.

The pages' layout and their checksum are those of RFC 3533.
"""

import zlib
from pathlib import Path

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


def _checksum(page: bytes) -> bytes:
    """The CRC-32 of a page whose own checksum is 0.

    Ogg sends the bits of zlib's polynomial the other way round, begins with 0 and inverts nothing. Mirrored bytes and
    a mirrored result let zlib do it, at a gigabyte per second.
    """
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return mirrored.to_bytes(4, "big").translate(_REVERSED)
