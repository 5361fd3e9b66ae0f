"""How much of a batch is done and how long the rest will take, kept up to date row by row."""

from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from tasnet_gui.batch.items import BatchItem, Kind, Overall

_PER_FILE = 0.5  # seconds of sound that the opening, measuring and writing of a file is worth, whatever its length
_GUESS = 1 / 64_000  # seconds of sound per byte where no header was read yet: 32 kHz, 16 bits
_HONEST = 2.0  # seconds of work before a speed is told
_SHARES = {"reading": (0.0, 0.05), "separating": (0.05, 0.9), "writing": (0.9, 1.0)}  # of the work on a file


def progress_of(item: BatchItem) -> float:
    """How much of the work on an item is done, 0..1."""
    low, high = _SHARES.get(item.state.kind, (0.0, 0.0))
    return low + (high - low) * item.state.done


@dataclass
class _Sum:
    """Files that count together."""

    files: int = 0
    seconds: float = 0.0  # of sound, where it is known
    unknown: int = 0  # bytes of the files whose length is not known

    def count(self, item: BatchItem, sign: int) -> None:
        self.files += sign
        self.seconds += sign * (item.duration or 0.0)
        self.unknown += sign * (item.size if item.duration is None else 0)

    def weight(self, per_byte: float) -> float:
        """In seconds of sound."""
        return self.seconds + self.unknown * per_byte + self.files * _PER_FILE


@dataclass
class Tally:
    """Sums over the rows of a queue."""

    counts: Counter[str] = field(default_factory=Counter)
    active: float = 0.0  # seconds that the batch has worked, in this run
    _left: _Sum = field(default_factory=_Sum)
    _done: _Sum = field(default_factory=_Sum)
    _finished: float = 0.0  # weight of what this run has finished
    _running: dict[int, BatchItem] = field(default_factory=dict)
    _known: list[float] = field(default_factory=lambda: [0.0, 0.0])  # seconds and bytes of files whose length is known

    def begin(self) -> None:
        """A new run: how fast an earlier one was says nothing."""
        self.active = self._finished = 0.0

    def change(self, old: BatchItem | None, new: BatchItem | None) -> None:
        """A row became another; None when there was none, or is none any more."""
        if old:
            self._count(old, -1)
            self._running.pop(old.id, None)
        if new:
            self._count(new, 1)
            if new.state.active:
                self._running[new.id] = new
            elif new.state.kind == "done" and old and old.state.active:
                self._finished += self._weight(new)

    def _count(self, item: BatchItem, sign: int) -> None:
        self.counts[item.state.kind] += sign
        if item.state.kind == "done":
            self._done.count(item, sign)
        elif not item.state.ended:
            self._left.count(item, sign)
        if item.duration and item.size:
            self._known[0] += sign * item.duration
            self._known[1] += sign * item.size

    @property
    def overall(self) -> Overall:
        counts = {cast(Kind, kind): count for kind, count in self.counts.items() if count}
        done, left = self._done.weight(self._per_byte), self._left.weight(self._per_byte)
        begun = sum(progress_of(item) * self._weight(item) for item in self._running.values())
        speed = (self._finished + begun) / self.active if self.active >= _HONEST else 0.0
        return Overall(
            counts,
            (done + begun) / (done + left) if done + left > 0 else 1.0,
            (left - begun) / speed if speed > 0 else None,
            self._done.seconds,
            self.active,
        )

    def _weight(self, item: BatchItem) -> float:
        sound = item.duration if item.duration is not None else item.size * self._per_byte
        return sound + _PER_FILE

    @property
    def _per_byte(self) -> float:
        return self._known[0] / self._known[1] if self._known[1] > 0 else _GUESS
