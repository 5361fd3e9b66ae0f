"""What is being dragged over the window, and what will happen when it is let go."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl

from tasnet_gui.desktop import words

OPEN, SPEECH, NOISE = "open", "speech", "noise"  # what a dropped file can be


@dataclass(frozen=True)
class Choice:
    """Something that letting go can do."""

    key: str
    promise: str
    detail: str = ""


def path_of(url: QUrl) -> Path | None:
    """The local file of a URL, byte by byte: a name that is no text survives. None for anything else."""
    if not url.isLocalFile():
        return None
    if os.name == "nt" or url.host():
        return Path(url.toLocalFile())
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    return Path(os.fsdecode(unquote_to_bytes(encoded)))


def paths_in(mime: QMimeData) -> list[Path]:
    """The local files and folders among what is dragged."""
    return [path for url in mime.urls() if (path := path_of(url))] if mime.hasUrls() else []


def promise(paths: list[Path], queue: bool = False) -> str:
    """What dropping them will do, before it is done.

    Args:
        paths: what is dragged.
        queue: whether the queue is what one looks at.
    """
    what = words.shown(paths[0].name) if len(paths) == 1 else f"these {len(paths)}"
    return f"Drop to put {what} into the queue" if queue or are_many(paths) else f"Drop to open {what}"


def are_many(paths: list[Path]) -> bool:
    """Whether this is work for the queue: more than one file, or a folder. Asks the disk at most once."""
    return len(paths) > 1 or (len(paths) == 1 and os.path.isdir(paths[0]))


def choices(path: Path, recording: str, referred: bool) -> list[Choice]:
    """What a file can be while a recording is open.

    Args:
        path: what is dragged.
        recording: the name of what is open.
        referred: whether its true speech is known already, so that there may be true noise as well.
    """
    name, whose = words.shown(path.name), words.shown(recording)
    found = [
        Choice(OPEN, f"Drop here to open {name}", "The recording that is open now will be closed."),
        Choice(
            SPEECH, "Drop here as a reference", f"{name} is the true speech in {whose}: measure the result against it."
        ),
    ]
    if referred:
        found.append(Choice(NOISE, "Drop here as the true noise", f"{name} is what {whose} holds beside the speech."))
    return found
