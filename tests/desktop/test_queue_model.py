"""The rows of a queue stay quick however many there are: counted in signals, for those are what a view pays for."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt

from tasnet_gui.batch.items import BatchItem, BatchState, News
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.desktop.widgets.queue_model import NAME, STATE, QueueModel, told

MANY = 10_000
OPTIONS = BatchOptions()


def item(id_: int, **values: object) -> BatchItem:
    return BatchItem(id_, f"/sound/{id_}.wav", OPTIONS, **values)  # type: ignore[arg-type]


class Heard:
    """What a view would have to do."""

    def __init__(self, model: QueueModel) -> None:
        self.heard: list[tuple] = []
        for name in ("rowsInserted", "rowsRemoved", "modelReset", "layoutChanged"):
            getattr(model, name).connect(lambda *about, name=name: self.heard.append((name, *about[1:3])))
        model.dataChanged.connect(lambda first, last: self.heard.append(("dataChanged", first.row(), last.row())))

    def take(self) -> list[tuple]:
        heard, self.heard = self.heard, []
        return heard


@pytest.fixture
def model(qapp) -> QueueModel:
    model = QueueModel()
    model.show_news(News(1, tuple(item(n) for n in range(MANY)), tuple(range(MANY))))
    return model


def ids(model: QueueModel) -> list[int]:
    return [model.item(row).id for row in range(model.rowCount())]


def order(model: QueueModel, new: Sequence[int], *items: BatchItem) -> None:
    model.show_news(News(2, items, tuple(new)))


def test_ten_thousand_files_come_in_one_signal(qapp) -> None:
    model = QueueModel()
    heard = Heard(model)
    model.show_news(News(1, tuple(item(n) for n in range(MANY)), tuple(range(MANY))))
    assert heard.take() == [("rowsInserted", 0, MANY - 1)]
    more = tuple(item(n) for n in range(MANY, MANY + 300))
    order(model, range(MANY + 300), *more)
    assert heard.take() == [("rowsInserted", MANY, MANY + 299)]
    assert model.rowCount() == MANY + 300


def test_progress_of_a_file_draws_its_row_and_no_other(model: QueueModel) -> None:
    heard = Heard(model)
    model.show_news(News(2, (item(77, state=BatchState("separating", 0.42, 8.0)),), None))
    assert heard.take() == [("dataChanged", 77, 77)]
    assert model.index(77, STATE).data() == "42 %  ·  8 s left"


def test_rows_that_change_together_are_drawn_together(model: QueueModel) -> None:
    heard = Heard(model)
    cancelled = BatchState("cancelled")
    model.show_news(News(2, tuple(item(n, state=cancelled) for n in (3, 1, 2, 9)), None))
    assert heard.take() == [("dataChanged", 1, 3), ("dataChanged", 9, 9)]


def test_rows_that_go_are_taken_out_stretch_by_stretch(model: QueueModel) -> None:
    heard = Heard(model)
    order(model, [n for n in range(MANY) if n not in (5, 6, 7, 100)])
    assert heard.take() == [("rowsRemoved", 100, 100), ("rowsRemoved", 5, 7)]
    order(model, range(MANY), *(item(n) for n in (5, 6, 7, 100)))
    assert heard.take() == [("rowsInserted", 5, 7), ("rowsInserted", 100, 100)]
    assert ids(model) == list(range(MANY))


def test_thousands_of_scattered_rows_go_in_one_signal(model: QueueModel) -> None:
    heard = Heard(model)
    order(model, range(0, MANY, 2))
    assert heard.take() == [("modelReset",)]
    assert ids(model) == list(range(0, MANY, 2))


def test_a_selection_moves_with_its_rows(model: QueueModel) -> None:
    selection = QItemSelectionModel(model)
    rows = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    selection.select(model.index(7, 0), rows)
    kept = QPersistentModelIndex(model.index(7, STATE))
    order(model, [7, *(n for n in range(MANY) if n != 7)])
    assert [index.row() for index in selection.selectedRows()] == [0]
    assert (kept.row(), kept.column()) == (0, STATE)
    assert ids(model)[:3] == [7, 0, 1]


def test_rows_step_up_and_down_but_not_out(model: QueueModel) -> None:
    assert model.neighbour([4, 5], -1) == (True, 3)
    assert model.neighbour([4, 5], 1) == (True, 7)
    assert model.neighbour([MANY - 2], 1) == (True, None)
    assert model.neighbour([0, 1], -1) == (False, None)
    assert model.neighbour([MANY - 1], 1) == (False, None)
    assert model.neighbour([], 1) == (False, None)


def test_dragged_rows_are_reported_and_not_moved_by_qt(qtbot, model: QueueModel) -> None:
    data = model.mimeData([model.index(9, 0), model.index(8, 0), model.index(8, 1)])
    with qtbot.waitSignal(model.move_asked) as asked:
        moved = model.dropMimeData(data, Qt.DropAction.MoveAction, 2, 0, model.index(-1, -1))
    assert asked.args == [[8, 9], 2]
    assert not moved
    assert model.rowCount() == MANY


def test_a_state_is_told_in_words_without_the_name_that_stands_beside_it() -> None:
    skipped = item(1, state=BatchState("skipped", reason="1.wav is not a sound file by its name."))
    assert told(skipped) == "Skipped. Not a sound file by its name."
    assert told(replace(skipped, state=BatchState("failed", reason="The disk is full."))) == "Failed. The disk is full."
    assert told(replace(skipped, state=BatchState("reading"))) == "Reading…"


def test_a_name_is_never_taken_for_html_in_a_tooltip(qapp) -> None:
    model = QueueModel()
    model.show_news(News(1, (replace(item(1), source="/sound/<b>bold.wav"),), (1,)))
    assert "&lt;b&gt;bold.wav" in model.index(0, NAME).data(Qt.ItemDataRole.ToolTipRole)
