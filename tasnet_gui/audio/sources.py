"""Opening a file that may be anything: only regular files, only forwards, never for long."""

import errno
import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import Future
from io import SEEK_CUR, SEEK_END, SEEK_SET
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from tasnet_gui.audio.names import shown
from tasnet_gui.domain import UnreadableAudio

Answer = TypeVar("Answer")

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Source:
    """A file as libsndfile shall see it: its first `skip` bytes are replaced by `header`.

    It is called from C, where an exception would only be printed: an I/O error ends the file and is kept in `error`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._header = b""
        self._skip = 0
        self._at = 0
        self.error: OSError | None = None
        self.size = os.fstat(file.fileno()).st_size  # bytes on the disk

    @property
    def stamp(self) -> tuple[int, int]:
        """By which a change of the file is noticed: its size as it is now, and when it was changed, in nanoseconds."""
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns

    def replace_header(self, header: bytes, skip: int) -> None:
        self._header, self._skip = header, skip
        self.seek(0)

    @property
    def progress(self) -> float:
        """The part of the file that has been read, 0..1."""
        return min(self._at / max(self.size, 1), 1.0)

    @property
    def unread(self) -> int:
        """Bytes behind what has been read."""
        return self.size - self._skip + len(self._header) - self._at

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        base = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._at + self.unread}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer of bytes; returns how many came, 0 at the end."""
        wanted = len(buffer)
        data = self._header[self._at : self._at + wanted]
        if len(data) < wanted:
            data += self._from_file(self._at + len(data), wanted - len(data))
        buffer[0 : len(data)] = data
        self._at += len(data)
        return len(data)

    def bytes_at(self, offset: int, count: int) -> bytes:
        """Bytes of the file itself; fewer at its end."""
        self._file.seek(offset)
        return self._file.read(count)

    def close(self) -> None:
        self._file.close()

    def _from_file(self, at: int, count: int) -> bytes:
        try:
            return self.bytes_at(at - len(self._header) + self._skip, count)
        except OSError as error:
            self.error = error
        except ValueError:  # closed under a decoder that was given up
            self.error = OSError(errno.EBADF, os.strerror(errno.EBADF))
        return b""


def open_source(path: Path) -> Source:
    """Open a regular file for reading.

    Raises:
        UnreadableAudio: it is missing, may not be read, is empty, or is a folder, a pipe or a device.
    """
    try:
        _refuse_special(path, os.stat(path).st_mode)  # asked first: opening a pipe or a device can block or act
        file = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115  # closed by Source
    except FileNotFoundError as error:
        raise UnreadableAudio(f"{shown(path)} does not exist.", "It may have been moved or renamed.") from error
    except PermissionError as error:
        raise UnreadableAudio(f"{shown(path)} may not be read.", "Ask for permission to read it.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise UnreadableAudio(f"{shown(path)} cannot be opened: {reason}.") from error
    try:
        _refuse_special(path, os.fstat(file.fileno()).st_mode)
        source = Source(file)
        if source.size == 0:
            raise UnreadableAudio(f"{shown(path)} is empty (0 bytes).", "Choose another file.")
    except BaseException:
        file.close()
        raise
    return source


def within(seconds: float, action: Callable[[], Answer]) -> Answer:
    """What `action` returns or raises.

    Raises:
        TimeoutError: it took longer. Its thread is left to itself, for code in C cannot be interrupted.
    """
    future: Future[Answer] = Future()

    def act() -> None:
        try:
            future.set_result(action())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=act, name="watched", daemon=True).start()
    return future.result(seconds)


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_special(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "not a regular file")
    raise UnreadableAudio(f"{shown(path)} is {kind}, not a sound file.", "Choose a file.")
