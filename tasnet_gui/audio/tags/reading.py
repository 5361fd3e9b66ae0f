"""The tags of a recording, read so that no damage in them can harm the export: what cannot be used becomes a note."""

import io
import os
import re
import stat
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from tasnet_gui.audio.names import shown
from tasnet_gui.audio.sources import within
from tasnet_gui.audio.storage import size_text
from tasnet_gui.audio.tags import caf
from tasnet_gui.audio.tags.encoding import chunk
from tasnet_gui.audio.tags.values import LARGEST_CHUNK, LARGEST_PICTURE, LARGEST_TEXT, NONE, Picture, Tags

_PATIENCE = 5.0  # seconds; honest tags take milliseconds
_CHUNKS = {b"bext": "bext", b"iXML": "ixml", b"id3 ": "id3", b"ID3 ": "id3", b"LIST": "info"}
# tinytag's names that Vorbis spells differently; all others are only written in capitals.
_NAMES = {
    **{"disc": "DISCNUMBER", "disc_total": "DISCTOTAL", "track": "TRACKNUMBER", "track_total": "TRACKTOTAL"},
    **{"year": "DATE", "initial_key": "INITIALKEY", "catalog_number": "CATALOGNUMBER", "set_subtitle": "DISCSUBTITLE"},
    **{"movement_name": "MOVEMENTNAME", "url": "WEBSITE"},
}
# What is true of the old file only: who encoded it, how loud it was, where its cuts lie.
_OLD = re.compile(r"(REPLAYGAIN|R128)_|(ENCOD|ISFT$|ITUNSMPB|ITUNNORM|CUESHEET|TLEN$|XMP$|METADATA_BLOCK)")
_NOT_IN_NAMES = re.compile(r"[^\x20-\x3c\x3e-\x7d]")  # of Vorbis comments


def read_tags(path: Path | None) -> tuple[Tags, tuple[str, ...]]:
    """The tags of a file, and sentences about what had to be left out."""
    if path is None:
        return NONE, ()
    notes: list[str] = []
    try:
        tags = within(_PATIENCE, lambda: _read(path, notes))
    except FileNotFoundError:
        return NONE, ()  # moved or removed meanwhile; nobody knows whether it had any
    except (OSError, TimeoutError, ValueError, struct.error, MemoryError, RecursionError):
        return NONE, (f"The tags of {shown(path)} could not be read and were left out.",)
    return tags, tuple(notes)


def _read(path: Path, notes: list[str]) -> Tags:
    if not stat.S_ISREG(os.stat(path).st_mode):
        return NONE
    with open(path, "rb") as file:
        chunks = _riff_chunks(file, notes)
        return replace(_words(file, chunks, notes), **chunks)  # type: ignore[arg-type]


def _words(file: BinaryIO, chunks: dict[str, bytes], notes: list[str]) -> Tags:
    """Fields and picture, whatever the container; `chunks` are what was found in a WAV."""
    from tinytag import ParseError, TinyTag, UnsupportedFormatError

    file.seek(0)
    if file.read(4) == b"caff":
        return Tags(tuple((name, value) for name, value in caf.fields(file) if not _OLD.match(name)))
    file.seek(0)
    try:
        found = TinyTag.get(file_obj=_as_riff(file, chunks), duration=False, image=True)
    except UnsupportedFormatError:
        return NONE
    except ParseError:
        notes.append("The tags are damaged and were left out.")
        return NONE
    fields = tuple(_fields(found.as_dict()))
    if sum(len(name) + len(value) for name, value in fields) > LARGEST_TEXT:
        notes.append("The tags are too long and were left out.")
        fields = ()
    image = found.images.any
    if image is None or not image.data:
        return Tags(fields)
    if len(image.data) > LARGEST_PICTURE:
        notes.append(f"The cover was left out, because it is too large ({size_text(len(image.data))}).")
        return Tags(fields)
    return Tags(fields, Picture(image.mime_type or "image/jpeg", image.data))


def _as_riff(file: BinaryIO, chunks: dict[str, bytes]) -> BinaryIO:
    """tinytag knows RIFF only: of an RF64 it gets a small one, with the same tags and no sound."""
    start = file.read(4)
    file.seek(0)
    if start != b"RF64":
        return file
    found = [(name, chunks[field]) for name, field in ((b"LIST", "info"), (b"id3 ", "id3")) if field in chunks]
    body = b"WAVE" + b"".join(chunk(name, content, "<") for name, content in found)
    return io.BytesIO(chunk(b"RIFF", body, "<"))


def _fields(found: dict[str, str | float | list[str]]) -> Iterator[tuple[str, str]]:
    for key, values in found.items():
        name = _NOT_IN_NAMES.sub("", _NAMES.get(key, key.lstrip("_").upper()))
        if not isinstance(values, list) or not name or _OLD.match(name):
            continue
        for value in values:
            if text := value.replace("\0", " ").strip():
                yield name, text


def _riff_chunks(file: BinaryIO, notes: list[str]) -> dict[str, bytes]:
    """The chunks to be copied as they are, by the names of the fields of `Tags`."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(12)
    if start[:4] not in (b"RIFF", b"RF64") or start[8:] != b"WAVE":
        return {}
    found: dict[str, bytes] = {}
    long_size: int | None = None
    at = 12
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:], "little")
        elif name == b"data" and length == 0xFFFF_FFFF:
            if long_size is None:
                break  # a stream of unknown length; nothing can follow it
            length = long_size
        elif (field := _CHUNKS.get(name)) and field not in found:
            _take(found, field, length, file, size - at - 8, notes)
        at += 8 + length + length % 2
    return found


def _take(found: dict[str, bytes], field: str, length: int, file: BinaryIO, left: int, notes: list[str]) -> None:
    if length > left:
        notes.append(f"The {field} chunk is cut off and was left out.")
    elif length > LARGEST_CHUNK:
        notes.append(f"The {field} chunk was left out, because it is too large ({size_text(length)}).")
    else:
        content = file.read(length)
        if field != "info" or content[:4] == b"INFO":
            found[field] = content
