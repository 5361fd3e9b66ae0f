"""Files that are not on this machine's disks: by URL, through fsspec, which is imported when one is met.

A file comes as a whole into a temporary folder and results go as a whole from one, under a passing name first.
"""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tasnet_gui.audio.names import shown
from tasnet_gui.audio.staging import PREFIX, SUFFIX
from tasnet_gui.batch.items import BatchState, Found
from tasnet_gui.domain import BadRequest, UnreadableAudio, UnwritableOutput


def is_url(text: str) -> bool:
    """Whether fsspec must be asked, rather than the system."""
    return "://" in text


def join(folder: str, *names: str) -> str:
    """A path or a URL below a folder."""
    parts = [name for name in names if name]
    return "/".join([folder.rstrip("/"), *parts]) if is_url(folder) else os.path.join(folder, *parts)


def exists(path: str) -> bool:
    """Whether something has this name.

    Raises:
        UnwritableOutput: nobody can tell.
    """
    if not is_url(path):
        return os.path.lexists(path)
    with _failures(UnwritableOutput, path, "cannot be looked at"):
        files, place = _place(path)
        return bool(files.exists(place))


def search(url: str, wanted: Callable[[str], bool]) -> list[Found]:
    """The files under a URL whose names are wanted; those that are not are skipped with the reason.

    Raises:
        BadRequest: the address cannot be understood or reached.
    """
    with _failures(BadRequest, url, "cannot be searched"):
        files, place = _place(url)
        if not files.isdir(place):
            return [Found(url, size=int(files.size(place) or 0) if files.exists(place) else 0)]
        below = sorted(files.find(place, detail=True).items())
        found = []
        for path, info in below:
            inner = str(path)[len(place.rstrip("/")) :].lstrip("/")
            folder, _, name = inner.rpartition("/")
            reason = "" if wanted(name) else f"{shown(name)} is not a sound file by its name."
            state = BatchState("skipped", reason=reason) if reason else BatchState()
            if not name.startswith(PREFIX):
                found.append(Found(join(url, inner), folder, int(info.get("size") or 0), state))
        return found


@contextmanager
def fetched(source: str) -> Iterator[Path]:
    """A file of this machine with the content of a path or URL; a fetched one goes away again.

    Raises:
        UnreadableAudio: it cannot be fetched.
    """
    if not is_url(source):
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="tasnet-studio-") as folder:
        local = Path(folder) / (source.rstrip("/").rpartition("/")[2] or "untitled")
        with _failures(UnreadableAudio, source, "cannot be fetched"):
            files, place = _place(source)
            files.get_file(place, str(local))
        yield local


def delivered(path: Path, folder: str, mark: str) -> str:
    """Bring a finished file to a URL; it appears there whole. Returns its own.

    Raises:
        UnwritableOutput: it does not take it.
    """
    target = join(folder, path.name)
    with _failures(UnwritableOutput, target, "was not taken"):
        files, place = _place(target)
        parent = place.rpartition("/")[0]
        passing = f"{parent}/{PREFIX}{mark}{secrets.token_hex(8)}{SUFFIX}"
        files.makedirs(parent, exist_ok=True)
        try:
            files.put_file(str(path), passing)
            files.mv(passing, place)
        except BaseException:
            if files.exists(passing):
                files.rm_file(passing)
            raise
    return target


def clean(folder: str, mark: str) -> None:
    """Delete the unfinished files of a mark below a URL, as far as possible.

    Raises:
        UnwritableOutput: the place cannot be reached.
    """
    with _failures(UnwritableOutput, folder, "cannot be tidied"):
        files, place = _place(folder)
        for path in files.glob(f"{place.rstrip('/')}/{PREFIX}{mark}*{SUFFIX}"):
            files.rm_file(path)


def _place(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    try:
        import fsspec
    except ImportError as error:
        raise BadRequest(
            f"{url} is an address, for which the package fsspec is missing.",
            "Install it with: python -m pip install 'tasnet-studio[cluster]'",
        ) from error
    files, place = fsspec.core.url_to_fs(url)
    return files, str(place)


@contextmanager
def _failures(kind: type[BadRequest | UnreadableAudio | UnwritableOutput], url: str, what: str) -> Iterator[None]:
    """Whatever a file system complains of, as an error for people. Each of them has its own kinds of exceptions."""
    try:
        yield
    except (BadRequest, UnreadableAudio, UnwritableOutput):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise kind(f"{url} {what}: {reason}.", "Check the address and your rights there.") from error
