"""Names for results: each item of a batch gets some of its own, in the order in which the items begin.

Names are given before the work, in one place, so that they are the same whoever does the work, in which order it ends,
and whether it was interrupted.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count

from tasnet_gui.audio.formats import EXPORTS
from tasnet_gui.audio.names import fill, fold, shown
from tasnet_gui.batch import remote
from tasnet_gui.batch.items import BatchItem
from tasnet_gui.batch.options import numbered

_SUFFIXES = tuple(dict.fromkeys(form.suffix for form in EXPORTS.values()))


@dataclass(frozen=True)
class Naming:
    """Where the results of an item go."""

    folder: str  # a path or a URL
    template: str  # with {stem} and {track} still to be filled
    suffix: str = ""  # "" when only reading will tell


@dataclass(frozen=True)
class Taken:
    """A result is there already, so the item is to be skipped."""

    path: str

    @property
    def reason(self) -> str:
        return f"{shown(self.path)} is there already."


class Names:
    """The names that a batch has given."""

    def __init__(self) -> None:
        self.inputs: set[object] = set()  # the `identity` of what must never be overwritten
        self._given: dict[str, int] = {}  # to which item, by folder and name as disks compare them
        self._named: set[int] = set()  # the items that have names
        self._numbers: dict[str, int] = {}  # the last one given, by the first key without one
        self._real: dict[str, str] = {}

    def give(self, item: BatchItem, model: str, suffix: str = "", rate: int = 0) -> Naming | Taken:
        """Names for the results of an item, as things are on the disk now.

        Args:
            item: whose options say what to do when a name is taken.
            model: its name, for the template.
            suffix: of the results; "" when it is not known, then a name is taken with any.
            rate: of the results, in Hz, for the template.

        Raises:
            BadRequest: the template makes no sense.
            UnwritableOutput: the folder cannot be looked at.
        """
        conflict, folder = item.options.conflict, folder_for(item)
        template = _settled(item.options.whole_template, model, item.id, rate)
        plain = next(self._candidates(item, Naming(folder, template, suffix)))[0]
        # Ten thousand files of one name would otherwise try fifty million numbers.
        first = 1 if item.id in self._named else self._numbers.get(plain, 1)
        for number in count(first):
            naming = Naming(folder, f"{template} ({number})" if number > 1 else template, suffix)
            candidates = list(self._candidates(item, naming))
            if any(self._given.get(key, item.id) != item.id for key, _ in candidates):
                continue
            there = [path for _, path in candidates if remote.exists(path)]
            if there and conflict == "skip":
                return Taken(there[0])
            if not there or (conflict == "overwrite" and not any(identity(path) in self.inputs for path in there)):
                self._numbers[plain] = number
                self.keep(item, naming)
                return naming
        raise AssertionError("numbers do not end")

    def keep(self, item: BatchItem, naming: Naming) -> None:
        """Remember that an item has these names."""
        self._named.add(item.id)
        self._given.update((key, item.id) for key, _ in self._candidates(item, naming, _all_tracks(item)))

    def _candidates(self, item: BatchItem, naming: Naming, tracks: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
        """The files that may come of this: what tells each from others, and its path."""
        if naming.folder not in self._real:
            url = remote.is_url(naming.folder)
            self._real[naming.folder] = naming.folder if url else fold(os.path.realpath(naming.folder))
        for name in _names(item, naming, tracks or item.options.tracks):
            yield f"{self._real[naming.folder]}\0{fold(name)}", remote.join(naming.folder, name)


def results(item: BatchItem, naming: Naming) -> Iterator[str]:
    """The paths of all files that may come of an item with these names."""
    for name in _names(item, naming, _all_tracks(item)):
        yield remote.join(naming.folder, name)


def folder_for(item: BatchItem) -> str:
    """The folder that the results of an item go to."""
    if item.options.folder:
        return remote.join(item.options.folder, *(item.relative.split("/") if item.options.mirror else ()))
    return item.source.rpartition("/" if remote.is_url(item.source) else os.sep)[0] or os.sep


def identity(path: str) -> object:
    """The same for two names of one file, links included; the path itself where there is no file to ask."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return path
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def _all_tracks(item: BatchItem) -> tuple[str, ...]:
    """The tracks that may be written; a film has one of its own."""
    return tuple(dict.fromkeys((*item.options.tracks, *filter(None, [item.options.remux]))))


def _names(item: BatchItem, naming: Naming, tracks: tuple[str, ...]) -> Iterator[str]:
    stem = os.path.splitext(os.path.basename(item.source))[0]
    for track in tracks:
        for ending in (naming.suffix,) if naming.suffix else _SUFFIXES:
            yield fill(naming.template, {"stem": stem, "track": track}, ending)


def _settled(template: str, model: str, index: int, rate: int) -> str:
    """A template with all but the recording's name and the track filled in: a batch may go on tomorrow, and with fewer
    rows."""
    model = model.replace("{", "(").replace("}", ")")
    values = {"model": model, "date": date.today().isoformat(), "index": numbered(index), "rate": str(rate)}
    for field, value in values.items():
        template = template.replace(f"{{{field}}}", value)
    return template
