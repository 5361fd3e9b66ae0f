"""The chunks of a CAF (Apple's Core Audio Format): 64-bit sizes, big-endian, and no padding between them."""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

_HEAD = struct.Struct(">4sq")  # name, size of the content
_LARGEST = 1 << 18  # bytes of an "info" chunk

NAMES = {  # of Vorbis comments, as Apple spells them
    **{"TITLE": "title", "ARTIST": "artist", "ALBUM": "album", "COMPOSER": "composer", "GENRE": "genre"},
    **{"DATE": "year", "TRACKNUMBER": "track number", "COPYRIGHT": "copyright", "COMMENT": "comments"},
}


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, offset of the content and its length; ends at the first that reaches over the file's end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    at = 8 if file.read(4) == b"caff" else size
    while at + _HEAD.size <= size:
        file.seek(at)
        name, length = _HEAD.unpack(file.read(_HEAD.size))
        at += _HEAD.size
        if not 0 <= length <= size - at:
            return
        yield name, at, length
        at += length


def fields(file: BinaryIO) -> tuple[tuple[str, str], ...]:
    """What its "info" chunk says, by the names of Vorbis comments."""
    known = {caf: vorbis for vorbis, caf in NAMES.items()}
    for name, start, length in chunks(file):
        if name == b"info" and 4 <= length <= _LARGEST:
            file.seek(start + 4)
            texts = file.read(length - 4).decode("utf-8", "replace").split("\0")
            pairs = zip(texts[::2], texts[1::2], strict=False)
            return tuple((known.get(key, key.upper()), value) for key, value in pairs if key and value)
    return ()


def info(pairs: dict[str, str]) -> bytes:
    """An "info" chunk; nothing where there is nothing to say."""
    texts = b"".join(f"{key}\0{value}\0".encode("utf-8", "replace") for key, value in pairs.items())
    return _HEAD.pack(b"info", 4 + len(texts)) + struct.pack(">I", len(pairs)) + texts if pairs else b""
