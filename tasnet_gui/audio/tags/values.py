"""Tags as values: words under the names that Vorbis comments use, a picture, and the chunks of broadcasters."""

from dataclasses import dataclass

LARGEST_PICTURE = 4 << 20  # bytes
LARGEST_CHUNK = 1 << 20  # bytes, of bext, iXML and the like; honest ones have a few kB
LARGEST_TEXT = 1 << 18  # characters of all fields together


@dataclass(frozen=True)
class Picture:
    """A cover."""

    mime: str
    data: bytes


@dataclass(frozen=True)
class Tags:
    """All that is carried from one file to another; empty where there is nothing."""

    fields: tuple[tuple[str, str], ...] = ()  # ("TITLE", "A talk"); a name may come twice
    picture: Picture | None = None
    bext: bytes = b""  # the chunk's content, EBU Tech 3285
    ixml: bytes = b""
    info: bytes = b""  # a LIST chunk's content from "INFO" on
    id3: bytes = b""  # a whole ID3v2 tag, from a chunk of a WAV

    @property
    def empty(self) -> bool:
        return self == Tags()

    @property
    def size(self) -> int:
        """Bytes that they take in a file, about."""
        words = sum(len(name) + len(value.encode("utf-8", "replace")) + 16 for name, value in self.fields)
        picture = len(self.picture.data) if self.picture else 0
        return words + picture + sum(map(len, (self.bext, self.ixml, self.info, self.id3)))

    def values(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.fields if key == name]


NONE = Tags()
