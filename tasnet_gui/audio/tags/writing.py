"""Tags into a file while it is being written: in front of the sound, behind it, or in the room kept for them."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_CUR, SEEK_END, SEEK_SET
from pathlib import Path

from tasnet_gui.audio import ogg
from tasnet_gui.audio.staging import Sink
from tasnet_gui.audio.tags import caf, encoding
from tasnet_gui.audio.tags.values import Tags

_STREAMINFO_END = 42  # bytes of a FLAC before what may be inserted
_PADDING, _LAST = 1, 0x80
_RIFF_MOST = 0xFFFF_FFFF  # bytes that a plain RIFF can say


class Inserting:
    """A sink that puts some bytes between others, unseen by the encoder that writes and seeks in it."""

    def __init__(self, sink: Sink, at: int, content: bytes) -> None:
        self._sink, self._at, self._content = sink, at, content
        self._position = self._end = 0
        self._inserted = False

    def write(self, data: bytes) -> int:
        """Returns how much was written: all of it, or nothing after an error."""
        data = bytes(data)
        before = data[: max(self._at - self._position, 0)]
        behind = data[len(before) :]
        if before:
            self._sink.write(before)
        if behind:
            if not self._inserted:
                self._sink.write(self._content)
                self._inserted = True
            elif before:
                self._sink.seek(self._at + len(self._content))
            self._sink.write(behind)
        if self._sink.error:
            return 0
        self._position += len(data)
        self._end = max(self._end, self._position)
        return len(data)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        base = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: self._end}[whence]
        self._position = base + offset
        shift = len(self._content) if self._inserted and self._position >= self._at else 0
        self._sink.seek(self._position + shift)
        return self._position

    def tell(self) -> int:
        return self._position


@contextmanager
def tagged(sink: Sink, container: str, tags: Tags) -> Iterator[Sink | Inserting]:
    """Where an encoder writes a file to that will have these tags. Ogg files are seen to by `put_into_ogg`.

    Raises:
        OSError: the tags could not be written.
    """
    if tags.empty or container == "OGG":
        yield sink
    elif container == "MP3":
        yield Inserting(sink, 0, encoding.id3(tags))
    elif container == "FLAC":
        blocks = encoding.flac_blocks(tags)
        yield Inserting(sink, _STREAMINFO_END, blocks)
        sink.seek(0, SEEK_END)  # writes out what is buffered
        _make_padding(sink.path, _STREAMINFO_END + len(blocks))
    else:
        yield sink
        _append(sink, container, tags)


def _append(sink: Sink, container: str, tags: Tags) -> None:
    if container == "CAF":
        sink.seek(0, SEEK_END)  # writes out what is buffered
        with open(sink.path, "rb") as file:  # libsndfile pads the sound to an even length, and the format does not
            sink.seek(max(start + length for _, start, length in caf.chunks(file)))
        sink.write(encoding.caf_chunk(tags))
        return
    chunks = encoding.aiff_chunks(tags) if container == "AIFF" else encoding.riff_chunks(tags)
    end = sink.seek(0, SEEK_END)
    size = end + end % 2 + len(chunks) - 8
    if size > _RIFF_MOST and container != "RF64":
        return  # no room is left under 4 GiB
    sink.write(bytes(end % 2) + chunks)
    sink.seek(20 if container == "RF64" else 4)  # in its ds64, or right in front
    sink.write(struct.pack({"RF64": "<Q", "AIFF": ">I"}.get(container, "<I"), size))
    sink.seek(0, SEEK_END)


def _make_padding(path: Path, at: int) -> None:
    """libFLAC writes a list of comments by itself, and there may be only one: its own becomes padding."""
    with open(path, "r+b") as file:
        file.seek(at)
        head = file.read(4)
        length = int.from_bytes(head[1:], "big")
        file.seek(at)
        file.write(bytes([head[0] & _LAST | _PADDING]) + head[1:] + bytes(length))


def room_in_ogg(tags: Tags) -> int:
    """Bytes of a comment that make libsndfile leave enough room."""
    return 0 if tags.empty else len(encoding.vorbis_comment(tags, b"", picture=True)) + 16


def put_into_ogg(path: Path, tags: Tags) -> None:
    """Write the tags into the room that was left for them; the pages' checksums must be renewed afterwards."""
    head = ogg.packet(path, 1)
    magic = b"OpusTags" if head.startswith(b"OpusTags") else b"\x03vorbis"
    length = int.from_bytes(head[len(magic) : len(magic) + 4], "little")
    vendor = head[len(magic) + 4 : len(magic) + 4 + length]
    framing = b"" if magic == b"OpusTags" else b"\1"
    ogg.replace_packet(path, 1, magic + encoding.vorbis_comment(tags, vendor, picture=True) + framing)
