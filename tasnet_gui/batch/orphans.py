"""What a process leaves behind when it is ended in the middle of writing."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tasnet_gui.audio.staging import PREFIX, SUFFIX
from tasnet_gui.batch import remote
from tasnet_gui.domain import TasnetError


def clean(mark: str, folders: Iterable[str]) -> None:
    """Delete the unfinished files of one batch, and of no other, from the folders that it wrote to.

    Args:
        mark: of the batch, whose process is gone, or has stopped writing.
        folders: paths or URLs; those that are gone, or cannot be reached now, are left alone.
    """
    for folder in set(folders):
        with suppress(OSError, TasnetError):
            if remote.is_url(folder):
                remote.clean(folder, mark)
            else:
                for path in Path(folder).glob(f"{PREFIX}{mark}*{SUFFIX}"):
                    path.unlink(missing_ok=True)
