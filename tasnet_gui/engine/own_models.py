"""The person's own models on disk: put into their place whole, or not at all, and removed again."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tasnet_gui import places
from tasnet_gui.audio.names import fill, fold
from tasnet_gui.domain import BadRequest, ModelCard, ModelError, UnwritableOutput
from tasnet_gui.engine import library
from tasnet_gui.nets.cards import read_card

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_STAGING = ".staging-"
_ABANDONED = 3600  # seconds after which a staging folder has lost its program; an import takes a few


def check_name(name: str, overwrite: bool = False) -> None:
    """Refuse a name that a folder cannot have on every system, and one that is taken.

    Raises:
        BadRequest: the message says which.
        ModelError: the folder of models cannot be read.
    """
    if not _NAME.fullmatch(name) or fill("{stem}", {"stem": name}, "") != name:
        raise BadRequest(
            f"A model cannot be named {name!r}.",
            "Take up to 64 letters, digits, '.', '-' and '_', the first a letter or digit.",
        )
    if fold(name) in _names_in(places.shipped("models")):
        raise BadRequest(f"There is a model {name!r} that came with the program.", "Choose another name.")
    taken = _names_in(places.user_models()).get(fold(name))
    if taken and not (overwrite and taken == name):
        raise BadRequest(f"There is a model {taken!r} already.", "Choose another name, or overwrite it.")


def place(name: str, write: Callable[[Path], None]) -> ModelCard:
    """Put the model that `write` makes in a folder into its place, once it is complete and has been loaded on trial.

    Raises:
        ModelError: the model cannot be used.
        UnwritableOutput: the folder of models cannot be written. A model that was there before is there still.
    """
    from tasnet_gui.nets import checkpoint

    final = places.user_models() / name
    with _staging() as staging:
        staged, old = staging / name, staging / "old"
        write(staged)
        checkpoint.load(read_card(staged))
        if os.path.exists(final):
            final.rename(old)
        try:
            staged.rename(final)
        except OSError:
            if os.path.exists(old):
                old.rename(final)
            raise
    library.unload()
    return read_card(final)


def remove(name: str) -> Path:
    """Take one of the person's own models away; returns the folder that it had.

    Raises:
        BadRequest: there is none of that name.
        UnwritableOutput: it cannot be removed.
    """
    folder = find(name)
    with _staging() as staging:
        folder.rename(staging / "removed")  # a link goes, what it points to stays
    library.unload()
    return folder


def find(name: str) -> Path:
    """The folder of one of the person's own models, usable or not.

    Raises:
        BadRequest: there is none of that name.
        ModelError: the folder of models cannot be read.
    """
    folder = places.user_models() / name
    if _NAME.fullmatch(name) and (os.path.isdir(folder) or os.path.islink(folder)):
        return folder
    if fold(name) in _names_in(places.shipped("models")):
        raise BadRequest(f"The model {name!r} came with the program and stays.")
    own = ", ".join(_names_in(places.user_models()).values())
    raise BadRequest(f"You have no model {name!r}.", f"Choose from {own}." if own else "")


@contextmanager
def _staging() -> Iterator[Path]:
    """A folder beside the models for work in progress. It disappears with all that is still in it."""
    root = places.user_models()
    try:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=root) as folder:
            yield Path(folder)
    except OSError as error:
        raise UnwritableOutput(
            f"The models in {root} cannot be changed ({error.strerror}).", "Make room there, or allow writing."
        ) from error


def _sweep(root: Path) -> None:
    """Remove what programs left behind that were killed while they worked there."""
    for left in root.glob(f"{_STAGING}*"):
        with suppress(OSError):  # its program may be alive and just done
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left)


def _names_in(root: Path) -> dict[str, str]:
    """The names of the models there, by how disks that ignore case see them.

    Raises:
        ModelError: the folder cannot be looked into.
    """
    try:
        names = [name for name in os.listdir(root) if not name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        names = []
    except OSError as error:
        raise ModelError(f"The models in {root} cannot be read ({error.strerror}).", "Allow reading it.") from error
    return {fold(name): name for name in sorted(names)}
