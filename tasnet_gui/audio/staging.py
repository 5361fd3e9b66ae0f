"""Results that appear whole or not at all: written beside their place under another name, then moved."""

import contextlib
import errno
import os
import secrets
from collections.abc import Sequence
from io import SEEK_SET
from pathlib import Path
from typing import BinaryIO, Self

from tasnet_gui.audio.names import shown
from tasnet_gui.audio.storage import size_text
from tasnet_gui.domain import UnwritableOutput

PREFIX = ".tasnet-studio-"  # of everything unfinished, so that what a crash leaves behind can be told apart
SUFFIX = ".part"

_REASONS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), ("the disk is full", "Make room, or choose another folder.")),
    **dict.fromkeys((errno.EACCES, errno.EPERM), ("writing there is not permitted", "Choose another folder.")),
    errno.EROFS: ("the disk is read-only", "Choose another folder."),
    errno.ENOENT: ("the folder does not exist", "Choose another folder."),
    errno.ENOTDIR: ("it is not a folder", "Choose another folder."),
    errno.EFBIG: ("the disk does not take files of this size", "Choose FLAC, or another folder."),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "Shorten the name template."),
}


def unwritable(error: OSError, folder: Path, needed: int = 0, free: int | None = None) -> UnwritableOutput:
    """What to tell a person of an error while writing into a folder; sizes in bytes."""
    reason, todo = _REASONS.get(error.errno or 0, (error.strerror or str(error), "Choose another folder."))
    room = f" ({size_text(needed)} needed, {size_text(free)} free)" if needed and free is not None else ""
    return UnwritableOutput(f"The folder {shown(folder)} did not take the files: {reason}{room}.", todo)


class Sink:
    """An unfinished file, as libsndfile writes it.

    It is called from C, where an exception would only be printed: the first error is kept, and ends all writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.error: OSError | None = None
        self._file = new_file(path)

    def write(self, data: bytes) -> int:
        """Returns how much was written: all of it, or nothing after an error."""
        if self.error:
            return 0
        try:
            return self._file.write(data)
        except OSError as error:
            self.error = error
            return 0

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)  # writes out what is buffered
        except OSError as error:
            self.error = self.error or error
            return 0

    def tell(self) -> int:
        return self._file.tell()

    def clear(self) -> None:
        """Forget what was written so far; what follows lies where it would have lain."""
        try:
            self._file.truncate(0)
        except OSError as error:
            self.error = self.error or error

    def restart(self) -> None:
        """Begin again with an empty file, also after `finish`.

        Raises:
            OSError: it cannot be made.
        """
        self.discard()
        self.error, self._file = None, new_file(self.path)

    def finish(self) -> None:
        """Bring everything onto the disk and close.

        Raises:
            OSError: it is not there.
        """
        if self.error:
            raise self.error
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Close and delete, whatever state the file is in."""
        with contextlib.suppress(OSError):  # closing tries to write the rest once more
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


class Staging:
    """The unfinished files of one export. All of them get their names together; otherwise none stays behind.

    Args:
        folder: where they lie, and will lie.
        mark: letters at the beginning of their unfinished names, by which whoever gave it finds what a crash left.
    """

    def __init__(self, folder: Path, mark: str = "") -> None:
        self._folder = folder
        self._mark = mark
        self._made_folder = False  # and nothing lies in it yet
        self._sinks: list[Sink] = []
        self._replaced: list[tuple[Path, Path | None]] = []  # names given so far, and where their old files lie

    def __enter__(self) -> Self:
        """Make the folder when it is missing, though not its parents.

        Raises:
            OSError: it cannot be made, or is no folder.
        """
        try:
            self._folder.mkdir()
            self._made_folder = True
        except OSError:
            if not os.path.isdir(self._folder):  # not FileExistsError alone: a root directory answers otherwise
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self._undo()
        for sink in self._sinks:
            sink.discard()
        if self._made_folder:
            with contextlib.suppress(OSError):  # not empty: then it is somebody's
                self._folder.rmdir()

    def sink(self) -> Sink:
        """A new unfinished file.

        Raises:
            OSError: it cannot be made here.
        """
        sink = Sink(self._unfinished_name())
        self._sinks.append(sink)
        return sink

    def place(self, targets: Sequence[Path], overwrite: bool) -> None:
        """Give the finished files their names, in the order they were made.

        Raises:
            FileExistsError: without `overwrite`, a name is taken meanwhile; nothing has changed, try another.
            OSError: it failed; nothing has changed.
        """
        claimed: list[Path] = []
        try:
            for sink, target in () if overwrite else zip(self._sinks, targets, strict=True):
                _claim(sink.path, target)
                claimed.append(target)
            for sink, target in zip(self._sinks, targets, strict=True):
                if overwrite and sink is not self._sinks[-1]:  # after the last one nothing is left to fail
                    self._replaced.append((target, self._set_aside(target)))
                os.replace(sink.path, target)
                sink.path.unlink(missing_ok=True)  # POSIX moves nothing when both names are one file already
        except OSError:
            self._undo()
            for target in claimed:
                target.unlink(missing_ok=True)
            raise
        self._made_folder = False
        self._forget_replaced()
        sync_folder(self._folder)

    def _unfinished_name(self) -> Path:
        return self._folder / f"{PREFIX}{self._mark}{secrets.token_hex(8)}{SUFFIX}"

    def _set_aside(self, target: Path) -> Path | None:
        """Keep an old file under an unfinished file's name, so that a crash leaves nothing that is not found again.

        It keeps its own name as well, as long as the disk has hard links: there is no moment without the one or the
        other file.
        """
        if os.path.isdir(target):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        aside = self._unfinished_name()
        try:
            _second_name(target, aside)
        except FileNotFoundError:
            return None
        return aside

    def _undo(self) -> None:
        """Bring back what was replaced; where there was nothing, there is nothing again."""
        while self._replaced:
            target, aside = self._replaced.pop()
            with contextlib.suppress(OSError):
                if aside is None:
                    target.unlink()
                else:
                    os.replace(aside, target)
            with contextlib.suppress(OSError):  # POSIX moves nothing when both names are one file already
                if aside is not None and os.path.samefile(aside, target):
                    aside.unlink()

    def _forget_replaced(self) -> None:
        for _, aside in self._replaced:
            with contextlib.suppress(OSError):
                if aside is not None:
                    aside.unlink()
        self._replaced.clear()


def write_whole(path: Path, content: bytes) -> None:
    """A small file that appears whole, in the place of an older one; folders that are missing are made.

    Raises:
        UnwritableOutput: it cannot be written; an older one is intact.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Staging(path.parent) as staging:
            sink = staging.sink()
            sink.write(content)
            sink.finish()
            staging.place([path], overwrite=True)
    except OSError as error:
        raise unwritable(error, path.parent) from error


def new_file(path: Path) -> BinaryIO:
    """A new file for writing, with the permissions that the person's new files have."""
    return open(path, "xb", buffering=1 << 20)


def _claim(unfinished: Path, target: Path) -> None:
    """Take a name that must be free. A second link shows the whole file at once, so that even a killed process leaves
    no empty file under a final name; disks without hard links get one for a moment.

    Raises:
        FileExistsError: it is taken.
    """
    try:
        os.link(unfinished, target)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))


def _second_name(target: Path, aside: Path) -> None:
    """Give a file another name, in addition to its own if the disk can do that; a symbolic link is only renamed."""
    if not os.path.islink(target):
        try:
            os.link(target, aside)
            return
        except FileNotFoundError:
            raise
        except OSError:  # FAT and some network disks know no hard links
            pass
    os.replace(target, aside)


def sync_folder(folder: Path) -> None:
    """Bring the new names onto the disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
