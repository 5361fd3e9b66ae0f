"""The rows of a queue as Qt's views want them: no widget per row, one signal per change."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from tasnet_gui.batch.items import BatchItem, BatchState, News
from tasnet_gui.desktop import words

NAME, DURATION, STATE, RESULTS = range(4)
HEADINGS = ("File", "Length", "State", "Results")
ITEM = Qt.ItemDataRole.UserRole  # the BatchItem of a row
MIME = "application/x-tasnet-studio-rows"
MOST_RUNS = 16  # stretches of rows that come or go one by one; more at once and the view begins anew
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
_PARENT = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex
_PHASES = {"reading": "Reading", "separating": "Separating", "writing": "Writing"}
_PLAIN = {"waiting": "Waiting", "cancelled": "Cancelled"}


def state_words(state: BatchState, seconds: float | None = None, speed: float = 0.0) -> str:
    """The state of a row in one line; what a finished one took, if that is known."""
    if state.active:
        if state.kind != "separating" or not state.done:
            return f"{_PHASES[state.kind]}\N{HORIZONTAL ELLIPSIS}"
        return "  \N{MIDDLE DOT}  ".join(filter(None, (f"{int(state.done * 100)} %", words.time_left(state.remaining))))
    if state.kind == "done":
        took = f"in {words.number(seconds, 1)} s" if seconds is not None else ""
        times = f"{words.number(speed, 1 if speed < 10 else 0)}\N{MULTIPLICATION SIGN} real time" if speed else ""
        return " ".join(filter(None, ("Done", ", ".join(filter(None, (took, times))))))
    if state.kind in ("skipped", "failed"):
        return f"{state.kind.capitalize()}. {state.reason}"
    return _PLAIN[state.kind]


def told(item: BatchItem) -> str:
    """The state of a row in one line; the file's name stands beside it already."""
    if item.state.reason.startswith(f"{item.name} "):
        reason = item.state.reason.removeprefix(f"{item.name} ").removeprefix("is ")
        return state_words(replace(item.state, reason=reason[:1].upper() + reason[1:]))
    if outcome := item.outcome:
        return state_words(item.state, outcome.elapsed, outcome.duration / max(outcome.elapsed, 1e-9))
    return state_words(item.state)


def results(item: BatchItem) -> str:
    """The folder of a row's results, as short as it can be told."""
    if item.folder is None:
        return ""
    root = Path(item.options.folder).parent if item.options.folder else item.folder.parent
    return words.folder(item.folder.relative_to(root) if item.folder.is_relative_to(root) else item.folder)


def details(item: BatchItem) -> str:
    """Everything a person may want to know of a row, in sentences."""
    notes = item.outcome.notes if item.outcome else ()
    return " ".join(filter(None, (item.state.reason, item.state.todo, *(words.sentence(note) for note in notes))))


class QueueModel(QAbstractTableModel):
    """Draws what `show_news` tells; reports where rows were dragged to."""

    move_asked = Signal(object, object)  # ids, and the id of the row before which they go, or None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[BatchItem] = []
        self._rows: dict[int, int] = {}  # by id

    # What is shown

    def show_news(self, news: News) -> None:
        """Bring the rows up to date."""
        changed = {item.id: item for item in news.items}
        if news.order is not None:
            self._arrange(news.order, changed)
        rows = sorted(self._rows[id_] for id_ in changed if id_ in self._rows)
        rows = [row for row in rows if self._items[row] is not changed[self._items[row].id]]
        for first, last in _runs(rows):
            for row in range(first, last + 1):
                self._items[row] = changed[self._items[row].id]
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(HEADINGS) - 1))

    def _arrange(self, order: Sequence[int], changed: dict[int, BatchItem]) -> None:
        """Rows came, went, or moved."""
        staying = set(order)
        gone = _runs([row for row, item in enumerate(self._items) if item.id not in staying])
        came = _runs([row for row, id_ in enumerate(order) if id_ not in self._rows])
        kept = [item.id for item in self._items if item.id in staying]
        moved = kept != [id_ for id_ in order if id_ in self._rows]
        known = {item.id: item for item in self._items} | {id_: changed[id_] for id_ in order if id_ not in self._rows}
        if len(gone) + len(came) > MOST_RUNS or (moved and (gone or came)):
            self.beginResetModel()
            self._items = [known[id_] for id_ in order]
            self.endResetModel()
        elif moved:
            self._reorder(order, known)
        else:
            for first, last in reversed(gone):
                self.beginRemoveRows(_PARENT, first, last)
                del self._items[first : last + 1]
                self.endRemoveRows()
            for first, last in came:
                self.beginInsertRows(_PARENT, first, last)
                self._items[first:first] = [known[id_] for id_ in order[first : last + 1]]
                self.endInsertRows()
        self._rows = {item.id: row for row, item in enumerate(self._items)}

    def _reorder(self, order: Sequence[int], known: dict[int, BatchItem]) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._items[index.row()].id for index in before]
        self._items = [known[id_] for id_ in order]
        rows = {item.id: row for row, item in enumerate(self._items)}
        after = [self.index(rows[id_], index.column()) for id_, index in zip(ids, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def item(self, row: int) -> BatchItem:
        return self._items[row]

    def row_of(self, id_: int) -> int | None:
        return self._rows.get(id_)

    def neighbour(self, rows: Sequence[int], step: int) -> tuple[bool, int | None]:
        """Where rows go one step up (-1) or down (1): whether they can, and before which id."""
        if not rows or (step < 0 and min(rows) == 0) or (step > 0 and max(rows) == len(self._items) - 1):
            return False, None
        target = min(rows) - 1 if step < 0 else max(rows) + 2
        return True, self._items[target].id if target < len(self._items) else None

    # What Qt asks for

    def rowCount(self, parent: _Index = _PARENT) -> int:
        return 0 if parent.isValid() else len(self._items)

    def columnCount(self, parent: _Index = _PARENT) -> int:
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item, column = self._items[index.row()], index.column()
        if role == ITEM:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(item, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(item, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return _FLAGS

    # Rows that are dragged to another place

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        ids = [self._items[row].id for row in sorted({index.row() for index in indexes})]
        data.setData(MIME, " ".join(map(str, ids)).encode())
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index) -> bool:
        if data.hasFormat(MIME):
            place = row if row >= 0 else parent.row() if parent.isValid() else len(self._items)
            before = self._items[place].id if place < len(self._items) else None
            self.move_asked.emit([int(id_) for id_ in bytes(data.data(MIME).data()).split()], before)
        return False  # the queue moves them and tells; Qt is not to remove what it thinks it has copied


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == DURATION else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _text(item: BatchItem, column: int) -> str:
    if column == NAME:
        return item.name
    if column == DURATION:
        return words.clock(item.duration, tenths=item.duration < 1) if item.duration is not None else ""
    if column == STATE:
        return told(item)
    return results(item)


def _tip(item: BatchItem, column: int) -> str:
    """As HTML on purpose: names may look like it, and long text is wrapped."""
    if column == NAME:
        text = words.folder(item.path)
    elif column == STATE:
        text = details(item)
    else:
        text = words.folder(item.folder) if column == RESULTS and item.folder else ""
    return f"<qt>{escape(text)}</qt>" if text else ""


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers as first and last."""
    firsts = [row for before, row in pairwise((-2, *rows)) if row != before + 1]
    lasts = [row for row, after in pairwise((*rows, -2)) if after != row + 1]
    return list(zip(firsts, lasts, strict=True))
