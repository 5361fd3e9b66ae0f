"""Options with a name, kept as JSON in the person's configuration folder."""

import json
from pathlib import Path

from tasnet_gui import places
from tasnet_gui.audio.names import fill
from tasnet_gui.audio.staging import unwritable, write_whole
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.domain import BadRequest

_SUFFIX = ".json"


def names() -> list[str]:
    """The presets that there are, in alphabetical order."""
    return sorted((path.stem for path in places.preset_folder().glob(f"*{_SUFFIX}")), key=str.casefold)


def load(name: str) -> BatchOptions:
    """The options of a preset.

    Raises:
        BadRequest: there is none of this name, or its file is damaged.
    """
    path = _file(name)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        choices = ", ".join(names()) or "there are none yet"
        raise BadRequest(f"There is no preset {name!r}.", f"Choose from: {choices}.") from None
    except (OSError, ValueError) as error:
        raise BadRequest(f"The preset {path} cannot be read ({error}).", "Delete it, and save it again.") from error
    if not isinstance(values, dict):
        raise BadRequest(f"The preset {path} holds no options.", "Delete it, and save it again.")
    try:
        return BatchOptions.from_dict(values)
    except BadRequest as error:
        raise BadRequest(f"The preset {path} makes no sense. {error.what}", error.todo) from error


def save(name: str, options: BatchOptions) -> None:
    """Keep options under a name; an earlier preset of this name is replaced.

    Raises:
        BadRequest: the name cannot be that of a file, or the options make no sense.
        UnwritableOutput: the folder cannot be written to.
    """
    path = _file(name)
    text = json.dumps(options.checked().as_dict(), indent=2) + "\n"
    write_whole(path, text.encode())


def remove(name: str) -> None:
    """Forget a preset; nothing happens when there is none.

    Raises:
        UnwritableOutput: it cannot be removed.
    """
    path = _file(name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(error, path.parent) from error


def _file(name: str) -> Path:
    if not name.strip() or fill(name.replace("{", "(").replace("}", ")"), {}, _SUFFIX) != name + _SUFFIX:
        raise BadRequest(f"A preset cannot be called {name!r}.", "Use letters, digits, spaces and hyphens.")
    return places.preset_folder() / f"{name}{_SUFFIX}"
