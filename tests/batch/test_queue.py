"""The queue as a view sees it and a person works with it; nothing is computed here."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tasnet_gui.batch import lengths
from tasnet_gui.batch.items import BatchItem, BatchState, Found, News
from tasnet_gui.batch.naming import Naming
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.domain import BadRequest

NAMING = Naming("/nowhere", "{stem}", ".wav")


@pytest.fixture
def queue() -> Queue:
    """Five rows, a to e, that wait."""
    queue = Queue()
    queue.add([Found(f"/in/{name}", size=100) for name in "abcde"], BatchOptions())
    return queue


def names(queue: Queue) -> str:
    return "".join(row.name for row in queue.items)


def ids(queue: Queue, wanted: str) -> list[int]:
    return [row.id for row in queue.items if row.name in wanted]


def begin(queue: Queue, name: str) -> int:
    (id_,) = ids(queue, name)
    assert queue.began(id_, NAMING, None)
    return id_


class View:
    """What a table would show that only ever asks for news."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.version = 0
        self.rows: dict[int, BatchItem] = {}
        self.order: tuple[int, ...] = ()

    def refresh(self) -> News:
        news = self.queue.news(self.version)
        self.version = news.version
        self.rows.update((row.id, row) for row in news.items)
        self.order = self.order if news.order is None else news.order
        return news

    @property
    def shown(self) -> tuple[BatchItem, ...]:
        return tuple(self.rows[id_] for id_ in self.order)


def test_a_view_that_asks_for_news_always_shows_what_is(queue: Queue) -> None:
    view = View(queue)
    view.refresh()
    for change in (
        lambda: queue.add([Found("/in/f")], BatchOptions()),
        lambda: queue.move(ids(queue, "ec"), before=ids(queue, "a")[0]),
        lambda: begin(queue, "b"),
        lambda: queue.progressed(ids(queue, "b")[0], BatchState("separating", 0.5)),
        lambda: queue.remove(ids(queue, "bd")),
        lambda: queue.cancel(),
        lambda: queue.retry(ids(queue, "a")),
        lambda: queue.measured(ids(queue, "a")[0], 3.0),
    ):
        change()
        view.refresh()
        assert view.shown == queue.items
    assert names(queue) == "ceaf"


def test_news_tell_of_what_changed_and_of_nothing_else(queue: Queue) -> None:
    version = queue.news().version
    assert queue.news(version) == News(version, (), None)
    begun = begin(queue, "c")
    news = queue.news(version)
    assert ([row.id for row in news.items], news.order) == ([begun], None)


def test_rows_move_together_and_keep_their_order(queue: Queue) -> None:
    queue.move(ids(queue, "db"), before=ids(queue, "a")[0])
    assert names(queue) == "bdace"
    queue.move(ids(queue, "bd"), before=None)
    assert names(queue) == "acebd"
    queue.move(ids(queue, "e"), before=ids(queue, "e")[0])  # before itself is nowhere: the end
    assert names(queue) == "acbde"


def test_what_was_removed_comes_back_where_it_was(queue: Queue) -> None:
    removed = queue.remove(ids(queue, "ace"))
    assert names(queue) == "bd"
    queue.restore(removed)
    assert names(queue) == "abcde"
    queue.restore(removed)  # a second time changes nothing
    assert names(queue) == "abcde"


def test_the_disk_is_not_asked_about_rows_that_come_back(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    removed = queue.remove(ids(queue, "bd"))
    monkeypatch.setattr("tasnet_gui.batch.queue.identity", lambda source: pytest.fail("it may not answer for long"))
    queue.restore(removed)
    assert names(queue) == "abcde"


def test_a_row_that_is_being_done_is_stopped_when_it_is_removed_and_waits_when_it_comes_back(queue: Queue) -> None:
    begun = begin(queue, "a")
    removed = queue.remove([begun])
    assert queue.to_stop == (begun,)
    assert queue.stopped(begun) is None
    assert queue.to_stop == ()
    queue.restore(removed)
    assert {row.state.kind for row in queue.items} == {"waiting"}


def test_cancel_ends_what_waits_and_asks_to_stop_what_is_being_done(queue: Queue) -> None:
    begun = begin(queue, "a")
    queue.ended(ids(queue, "b")[0], BatchState("failed"))
    queue.cancel()
    assert [row.state.kind for row in queue.items] == ["reading", "failed", *["cancelled"] * 3]
    assert queue.to_stop == (begun,)
    stopped = queue.stopped(begun)
    assert stopped
    assert stopped.state.kind == "cancelled"
    assert queue.to_stop == ()


def test_only_what_failed_is_tried_again_unless_it_was_named(queue: Queue) -> None:
    for name, kind in zip("abcd", ("failed", "cancelled", "skipped", "done"), strict=True):
        queue.ended(ids(queue, name)[0], BatchState(kind))
    queue.retry()
    assert [row.state.kind for row in queue.items] == ["waiting", "cancelled", "skipped", "done", "waiting"]
    queue.retry(ids(queue, "bcd"))
    assert [row.state.kind for row in queue.items] == ["waiting", "waiting", "waiting", "done", "waiting"]


def test_what_waits_already_is_not_added_again_but_what_is_done_is(queue: Queue) -> None:
    assert queue.add([Found("/in/a"), Found("/in/a/../b")], BatchOptions()) == ()
    assert len(queue.add([Found("/in/a"), Found("/in/a")], BatchOptions(format="flac"))) == 1
    queue.ended(ids(queue, "b")[0], BatchState("done"))
    assert len(queue.add([Found("/in/b")], BatchOptions())) == 1


def test_finished_rows_are_cleared_and_the_others_stay(queue: Queue) -> None:
    for name, kind in zip("abcd", ("failed", "done", "skipped", "cancelled"), strict=True):
        queue.ended(ids(queue, name)[0], BatchState(kind))
    removed = queue.clear_finished()
    assert names(queue) == "ade"
    queue.restore(removed)
    assert names(queue) == "abcde"


def test_options_that_make_no_sense_are_refused_before_anything_is_added(queue: Queue) -> None:
    with pytest.raises(BadRequest):
        queue.add([Found("/in/x")], BatchOptions(tracks=("music",)))
    assert names(queue) == "abcde"


def test_the_first_row_that_waits_is_next_whatever_happens_to_the_rows(queue: Queue) -> None:
    def following() -> str | None:
        row = queue.first_waiting
        return row.name if row else None

    assert following() == "a"
    begun = begin(queue, "a")
    queue.ended(ids(queue, "b")[0], BatchState("done"))
    assert following() == "c"
    queue.move(ids(queue, "e"), before=begun)
    assert following() == "e"
    queue.put_back(begun)
    queue.remove(ids(queue, "e"))
    assert following() == "a"
    queue.cancel()
    assert following() is None


def test_progress_and_time_left_come_from_the_work_that_was_done() -> None:
    queue = Queue()
    rows = queue.add([Found(f"/in/{n}", size=1000) for n in range(4)], BatchOptions())
    queue.begin()
    assert queue.overall.remaining is None
    for row in rows[:2]:
        queue.began(row.id, NAMING, 9.5)
        queue.ended(row.id, BatchState("done"))
    queue.worked(20.0)
    half = queue.overall
    assert half.done == pytest.approx(0.5)
    assert half.remaining == pytest.approx(20.0)  # of the same size, so probably of the same length
    assert half.counts == {"done": 2, "waiting": 2}
    assert half.sound == pytest.approx(19.0)
    queue.began(rows[2].id, NAMING, 9.5)
    queue.progressed(rows[2].id, BatchState("separating", 0.5))
    assert 0.5 < queue.overall.done < 0.75
    queue.clear_finished()
    queue.cancel()
    queue.ended(rows[2].id, BatchState("cancelled"))
    assert queue.overall.done == 1.0
    assert not queue.unfinished


def test_threads_may_do_to_it_what_they_like_at_once(queue: Queue) -> None:
    def work(number: int) -> None:
        for turn in range(100):
            rows = queue.add([Found(f"/in/{number}/{turn}/{n}") for n in range(3)], BatchOptions())
            queue.move([rows[0].id], None)
            queue.restore(queue.remove([rows[1].id]))
            queue.cancel([rows[2].id])
            queue.remove([row.id for row in rows])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    view = View(queue)
    view.refresh()
    assert names(queue) == "abcde"
    assert view.shown == queue.items
    assert queue.overall.counts == {"waiting": 5}


def test_lengths_are_looked_up_ahead_of_the_work(sounds: Callable[..., list[Path]]) -> None:
    queue = Queue()
    queue.add([Found(str(path)) for path in sounds(4, bad=1)], BatchOptions())
    assert [step.done for step in lengths.measuring(queue)] == [0.25, 0.5, 0.75, 1.0]  # also after what is no sound
    assert [row.duration for row in queue.items] == [pytest.approx(0.2), pytest.approx(0.2), None, pytest.approx(0.2)]
    assert {row.state.kind for row in queue.items} == {"waiting"}
