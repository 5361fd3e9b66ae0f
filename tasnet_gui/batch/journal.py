"""What a batch remembers across the end of its process, whichever way that comes: JSON lines, only ever appended to.

A line is on the disk before the work that it speaks of begins, or is called done. A last line that was cut off while
it was being written is dropped.
"""

import errno
import json
import os
import secrets
import sys
import threading
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from tasnet_gui import __version__
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.staging import unwritable
from tasnet_gui.domain import UnwritableOutput

VERSION = 1  # of what the lines mean

Record = dict[str, Any]


class Journal:
    """An open journal. No other process can open it meanwhile."""

    def __init__(self, path: Path, file: FileIO, head: Record) -> None:
        self.path = path
        self.run = str(head["run"])
        self.passing = bool(head.get("passing"))  # it is of no use once nothing is left to do
        self._file = file
        self._lock = threading.Lock()

    @property
    def mark(self) -> str:
        """What stands in the names of this batch's unfinished files."""
        return f"{self.run}-"

    def append(self, record: Record) -> None:
        """Write a record; the end of this process cannot take it back any more, a power cut can until `sync`.

        Raises:
            UnwritableOutput: the disk does not take it.
        """
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            end = self._file.seek(0, os.SEEK_END)
            try:
                if self._file.write(line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError as error:
                self._file.truncate(end)  # or the next line would be lost with this one
                raise unwritable(error, self.path.parent) from error

    def sync(self) -> None:
        """Bring everything so far onto the disk.

        Raises:
            UnwritableOutput: it is not there.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise unwritable(error, self.path.parent) from error

    def close(self, delete: bool = False) -> None:
        """Let others have it, or make it go away."""
        if delete:
            self.path.unlink(missing_ok=True)
        self._file.close()


def create(path: Path, passing: bool = False) -> Journal:
    """A new journal; an older one that nobody works with is replaced.

    Raises:
        UnwritableOutput: another process works with it, or the folder cannot be written to.
    """
    file = _open(path, new=True)
    try:
        file.truncate(0)
        run, began = secrets.token_hex(4), datetime.now(UTC).isoformat(timespec="seconds")
        head = {"journal": VERSION, "run": run, "version": __version__, "began": began, "passing": passing}
        journal = Journal(path, file, head)
        journal.append(head)
        journal.sync()
    except OSError as error:
        file.close()
        raise unwritable(error, path.parent) from error
    return journal


def resume(path: Path) -> tuple[Journal, list[Record]]:
    """An existing journal, to go on with, and its records.

    Raises:
        UnwritableOutput: another process works with it, it cannot be read, or it is from a newer version.
    """
    file = _open(path)
    try:
        file.seek(0)
        records, size = _records(file.readall())
        _check_head(path, records)
        file.truncate(size)
    except OSError as error:
        file.close()
        raise unwritable(error, path.parent) from error
    except UnwritableOutput:
        file.close()
        raise
    return Journal(path, file, records[0]), records[1:]


def peek(path: Path) -> tuple[Record, list[Record]]:
    """The head and the records of a journal that nobody works with; nothing is changed.

    Raises:
        UnwritableOutput: another process works with it, it cannot be read, or it is from a newer version.
    """
    file = _open(path)
    try:
        file.seek(0)
        records, _ = _records(file.readall())
    except OSError as error:
        raise unwritable(error, path.parent) from error
    finally:
        file.close()
    _check_head(path, records)
    return records[0], records[1:]


def _records(text: bytes) -> tuple[list[Record], int]:
    """The records up to the first line that is none, and how many bytes they are."""
    records: list[Record] = []
    size = 0
    for line in text.splitlines(keepends=True):
        try:
            record = json.loads(line)
        except ValueError:
            break
        if not isinstance(record, dict) or not line.endswith(b"\n"):
            break
        records.append(record)
        size += len(line)
    return records, size


def _check_head(path: Path, records: list[Record]) -> None:
    head = records[0] if records else {}
    if not isinstance(head.get("run"), str) or not isinstance(head.get("journal"), int):
        raise UnwritableOutput(f"{shown(path)} is not the journal of a batch.", "Delete it, and begin anew.")
    if head["journal"] > VERSION:
        todo = "Go on with that version, or delete it."
        raise UnwritableOutput(f"The journal {shown(path)} was written by a newer version.", todo)


def _open(path: Path, new: bool = False) -> FileIO:
    try:
        if new:
            path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+b" if new else "r+b", buffering=0)  # noqa: SIM115  # closed by the journal
    except OSError as error:
        raise unwritable(error, path.parent) from error
    if not _locked(file):
        file.close()
        todo = "Wait for it, or choose another folder."
        raise UnwritableOutput(f"Another batch is being done with the journal {path}.", todo)
    return file


def _locked(file: FileIO) -> bool:
    """Lock a file; the system takes the lock back when this process ends, however it does."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 40)  # a byte that does not exist: Windows would keep readers out of those that do
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # others: this disk knows no locks
    return True
