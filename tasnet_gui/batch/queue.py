"""The queue: what waits, what is being done, what came of it. Every method may be called from any thread."""

from collections.abc import Iterable
from typing import Any

from tasnet_gui.batch.items import BatchItem, Found, News, Overall
from tasnet_gui.batch.options import BatchOptions


class Queue:
    """A list of items that one `run.running` works through, while anyone adds, moves, cancels and looks.

    Each change makes a new version: a view keeps the version that it has drawn and asks `news(since)` for the rest.
    """

    @property
    def items(self) -> tuple[BatchItem, ...]:
        """All rows in order."""
        return ()

    def item(self, id_: int) -> BatchItem | None:
        """A row, or None when it was removed."""

    def news(self, since: int = 0) -> News:
        """What changed since a version; everything since version 0. Costs as much as has changed."""

    def overall(self) -> Overall:
        """How far the whole queue is."""

    def add(self, found: Iterable[Found], options: BatchOptions) -> tuple[BatchItem, ...]:
        """Put files at the end. What waits already, or is being done, with the same options is left out."""

    def move(self, ids: Iterable[int], before: int | None) -> None:
        """Put rows, in their present order, before another one; None is the end."""

    def remove(self, ids: Iterable[int]) -> Any:
        """Take rows out. One that is being done is stopped first. What is returned goes to `restore`."""

    def restore(self, removed: Any) -> None:
        """Undo `remove`: the rows are back in their places; what was being done waits again."""

    def cancel(self, ids: Iterable[int] | None = None) -> None:
        """Stop rows that wait or are being done; None means all."""

    def retry(self, ids: Iterable[int] | None = None) -> None:
        """Let rows that failed or were cancelled wait again; None means all that failed."""

    def clear_finished(self) -> Any:
        """Take out the rows that are done or skipped. What is returned goes to `restore`."""

    def pause(self) -> None:
        """Stand still, at once."""

    def resume(self) -> None:
        """Go on."""
