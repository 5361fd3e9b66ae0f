"""Films, and the sound files that only FFmpeg reads. PyAV brings FFmpeg along; it is an extra.

This file is imported without PyAV, which only a file that needs it loads; what its objects are is `Any` here, for they
are FFmpeg's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tasnet_gui.audio.foreign import ENOUGH, Foreign, recognise
from tasnet_gui.audio.sources import Source, open_source
from tasnet_gui.domain import TasnetError

# For dialogs and folders, where PyAV is installed. Not ".ts": among a person's files that is nearly always TypeScript.
FILM_SUFFIXES: tuple[str, ...] = (
    *(".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".wmv", ".flv", ".mpg", ".mpeg", ".vob"),
    *(".mts", ".m2ts", ".3gp", ".3g2", ".mxf", ".ogv"),
)
SOUND_SUFFIXES: tuple[str, ...] = (".m4a", ".m4b", ".mka", ".aac", ".wma", ".asf", ".ac3", ".amr", ".wv", ".ape")
INSTALL = "PyAV brings it: pip install 'tasnet-studio[video]'."

_MOST_PIXELS = 2**27  # of one picture, eight times 8K: a claim of more is not believed, for it would be allocated
_DEFAULT, _COVER, _THUMBNAILS = 1, 1 << 10, 1 << 11  # AV_DISPOSITION_*


class Damage(Exception):
    """The rest of a file cannot be decoded; says why, in a clause."""


class NoSound(Exception):
    """There is nothing to hear in a file; says why, in a clause."""


@cache
def installed() -> bool:
    """Whether PyAV is there. It is not imported for that."""
    return find_spec("av") is not None


@cache
def library() -> Any:
    """PyAV, silenced: what FFmpeg prints is for those who write FFmpeg.

    Raises:
        ImportError: it is missing or broken.
    """
    import av

    av.logging.set_level(None)
    av.logging.set_libav_level(av.logging.PANIC)
    return av


class _File:
    """A source as PyAV wants to see a file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.seek, self.tell = source.seek, source.tell

    def read(self, count: int) -> bytes:
        data = bytearray(count)
        return bytes(data[: self._source.readinto(data)])


def open_container(source: Source, kind: Foreign) -> Any:
    """FFmpeg's view of a file. It can reach nothing but this file, whatever the file says.

    Raises:
        av.FFmpegError: it is not such a file, or its header is damaged.
    """

    def refuse(*_: object) -> None:
        raise OSError("A file may not make others be opened.")

    return library().open(
        _File(source),
        format=kind.demuxer,
        options={"protocol_whitelist": "none", "max_pixels": str(_MOST_PIXELS)},
        metadata_errors="surrogateescape",  # tags may hold any bytes, and keep them
        io_open=refuse,
    )


def sound_of(container: Any) -> Any:
    """The audio stream to take: the first that is marked as the default, or simply the first.

    Raises:
        NoSound: there is none, or none that can be decoded.
    """
    streams = list(container.streams.audio)
    usable = [stream for stream in streams if stream.codec_context is not None]
    if not streams:
        raise NoSound("it has a picture, but no sound" if container.streams.video else "it has no sound")
    if not usable:
        raise NoSound("its sound is in a form that cannot be decoded; it may be protected")
    return next((stream for stream in usable if stream.disposition & _DEFAULT), usable[0])


def pictures_of(container: Any) -> list[Any]:
    """The streams that are a moving picture, and no cover."""
    return [stream for stream in container.streams.video if not stream.disposition & (_COVER | _THUMBNAILS)]


def why(error: Any) -> str:
    """FFmpeg's reason as a clause."""
    if isinstance(error, library().InvalidDataError):
        return "it is damaged"
    said = error.strerror or str(error)
    return said[:1].lower() + said[1:]


@contextmanager
def opened(path: Path, otherwise: TasnetError) -> Iterator[tuple[Source, Foreign]]:
    """A file that was a film before, and what it is now.

    Raises:
        TasnetError: `otherwise`, when it is none any more.
        UnreadableAudio: it cannot be opened at all.
    """
    source = open_source(path)
    try:
        kind = recognise(source.bytes_at(0, ENOUGH))
        if kind is None or not kind.demuxer:
            raise otherwise
        yield source, kind
    finally:
        source.close()
