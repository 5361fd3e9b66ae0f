"""Looking for sound in what was dropped: files and folders, however deep, each file once."""

import os
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from tasnet_gui.audio.files import AUDIO_SUFFIXES
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.staging import PREFIX
from tasnet_gui.batch import remote
from tasnet_gui.batch.items import BatchState, Found
from tasnet_gui.batch.naming import identity
from tasnet_gui.domain import Progress

_BETWEEN = 500  # files between two yields: a few milliseconds
_LOOKING = Progress(0.0, "Looking for sound")


def scanning(
    paths: Iterable[str | Path], *, skip: Iterable[str | Path] = ()
) -> Generator[Progress, None, tuple[Found, ...]]:
    """The files of these files and folders, in the order of the paths and by name within a folder, files first.

    Folders are searched by the names of what lies in them; a file that was named itself is always taken, whatever its
    name. What is no sound by its name, cannot be looked at, or is there a second time (the same path, or a link to
    it) is found too, with the reason in its state. Links are followed, each folder once. Nothing is opened. It yields
    after every folder and every few hundred files, with done = 0, for nobody knows how many there are.

    Args:
        paths: what was dropped; a URL such as s3://bucket/folder is searched through fsspec.
        skip: files and folders to leave out without a word, such as the output folder.
    """
    scan = _Scan(skip)
    for path in paths:
        text = os.fspath(path)
        if remote.is_url(text):
            yield _LOOKING
            scan.found += remote.search(text, is_sound)
        elif os.path.isdir(text):
            yield from scan.search(text)
        else:
            scan.take(text, "", named=True)
            yield _LOOKING
    return tuple(scan.found)


def is_sound(name: str) -> bool:
    """Whether a name is that of a sound file; what is in it, only reading tells."""
    return os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether this is to be searched; what cannot be told, such as a link to itself, is a file that cannot be taken."""
    try:
        return entry.is_dir()
    except OSError:
        return False


class _Scan:
    """What was found so far."""

    def __init__(self, skip: Iterable[str | Path]) -> None:
        self.found: list[Found] = []
        self._skipped = {identity(os.fspath(path)) for path in skip}
        self._files: dict[object, str] = {}  # the name that each was found under first
        self._folders: set[object] = set()

    def search(self, root: str) -> Iterator[Progress]:
        """A folder and all below it, without recursion: paths can be 2,000 folders deep."""
        waiting = [(root, "")]
        while waiting:
            folder, relative = waiting.pop()
            subfolders = []
            for count, entry in enumerate(self._entries(folder)):
                if _is_folder(entry):
                    subfolders.append((entry.path, f"{relative}/{entry.name}".lstrip("/")))
                else:
                    self.take(entry.path, relative)
                if count % _BETWEEN == _BETWEEN - 1:
                    yield _LOOKING
            waiting += reversed(subfolders)
            yield _LOOKING

    def take(self, path: str, relative: str, named: bool = False) -> None:
        """Note a file, or why it is not taken."""
        try:
            status = os.stat(path)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reason = getattr(error, "strerror", None) or str(error)
            if named:  # reading it will say more
                self.found.append(Found(path))
            else:
                self._refuse(path, relative, f"{shown(path)} cannot be looked at: {reason}.", kind="failed")
            return
        key = identity(path)
        if key in self._skipped or os.path.basename(path).startswith(PREFIX):
            return
        if not named and not is_sound(path):
            todo = "Add it by itself to try it all the same."
            self._refuse(path, relative, f"{shown(path)} is not a sound file by its name.", todo)
        elif key in self._files:
            self._refuse(path, relative, f"{shown(path)} is the same file as {shown(self._files[key])}.")
        else:
            self._files[key] = path
            self.found.append(Found(path, relative, status.st_size))

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What lies in a folder, by name; nothing when it was searched before or cannot be."""
        try:
            key = identity(folder)
            if key in self._skipped or key in self._folders:
                return []
            self._folders.add(key)
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))
        except OSError as error:
            self._refuse(folder, "", f"The folder {shown(folder)} cannot be searched: {error.strerror}.", kind="failed")
            return []

    def _refuse(self, path: str, relative: str, reason: str, todo: str = "", *, kind: str = "skipped") -> None:
        state = BatchState("failed" if kind == "failed" else "skipped", reason=reason, todo=todo)
        self.found.append(Found(path, relative, state=state))
