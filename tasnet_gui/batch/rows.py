"""The rows of a queue in their order, and what has changed since when. No locks, no files: `Queue` has those."""

from collections.abc import Iterable, Iterator

from tasnet_gui.batch.items import BatchItem, News
from tasnet_gui.batch.tally import Tally


class Rows:
    """A list of items by id that counts its own changes."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.order: list[int] = []
        self._rows: dict[int, BatchItem] = {}
        self._version = 0
        self._reordered = 0  # the version in which rows came, went or moved
        self._changed: dict[int, int] = {}  # the version of each row, the latest at the end
        self._first = 0  # no row before this place waits

    def __iter__(self) -> Iterator[BatchItem]:
        return (self._rows[id_] for id_ in self.order)

    def __contains__(self, id_: int) -> bool:
        return id_ in self._rows

    def get(self, id_: int) -> BatchItem | None:
        return self._rows.get(id_)

    @property
    def first_waiting(self) -> BatchItem | None:
        while self._first < len(self.order):
            row = self._rows[self.order[self._first]]
            if row.state.kind == "waiting":
                return row
            self._first += 1
        return None

    def news(self, since: int) -> News:
        """What changed since a version."""
        changed = []
        for id_ in reversed(self._changed):
            if self._changed[id_] <= since:
                break
            changed.append(self._rows[id_])
        return News(self._version, tuple(changed), tuple(self.order) if self._reordered > since else None)

    def put(self, row: BatchItem) -> None:
        """Replace a row, or note a new one that `insert` places."""
        self.tally.change(self._rows.get(row.id), row)
        self._rows[row.id] = row
        self._version += 1
        self._changed.pop(row.id, None)
        self._changed[row.id] = self._version
        if row.state.kind == "waiting":
            self._first = 0

    def insert(self, rows: Iterable[tuple[int, BatchItem]]) -> None:
        """New rows, each at its place, in ascending order of places."""
        for place, row in rows:
            self.put(row)
            self.order.insert(place, row.id)
        self._renumbered()

    def take_out(self, ids: Iterable[int]) -> tuple[tuple[int, BatchItem], ...]:
        """Remove rows. Returns them with their places."""
        going = set(ids)
        rows = tuple((place, self._rows[id_]) for place, id_ in enumerate(self.order) if id_ in going)
        for _, row in rows:
            self.tally.change(row, None)
            del self._rows[row.id], self._changed[row.id]
        self.order = [id_ for id_ in self.order if id_ not in going]
        self._renumbered()
        return rows

    def move(self, ids: Iterable[int], before: int | None) -> list[int]:
        """Put rows, in their present order, before another; None is the end. Returns those that there are."""
        wanted = set(ids)
        moving = [id_ for id_ in self.order if id_ in wanted]
        rest = [id_ for id_ in self.order if id_ not in wanted]
        place = rest.index(before) if before in rest else len(rest)
        self.order = rest[:place] + moving + rest[place:]
        self._renumbered()
        return moving

    def _renumbered(self) -> None:
        self._version += 1
        self._reordered = self._version
        self._first = 0
