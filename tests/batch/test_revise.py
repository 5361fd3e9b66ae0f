"""Options can be changed as long as a row waits, and stay so over a restart; work that was begun keeps its own."""

from dataclasses import replace
from pathlib import Path

from tasnet_gui.batch import memory
from tasnet_gui.batch.items import BatchState, Found
from tasnet_gui.batch.naming import Naming
from tasnet_gui.batch.options import BatchOptions

FIRST, SECOND = BatchOptions(model="first"), BatchOptions(model="second", tracks=("speech",))


def models(path: Path) -> list[str]:
    queue = memory.resume_queue(path)
    found = [row.options.model for row in queue.items]
    queue.close()
    return found


def test_what_waits_gets_the_new_options_and_keeps_them_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    queue = memory.new_queue(path)
    rows = queue.add([Found(str(tmp_path / f"{name}.wav")) for name in "abcd"], FIRST)
    queue.began(rows[0].id, Naming(str(tmp_path), "a_{track}"), 1.0)  # being done
    queue.began(rows[1].id, Naming(str(tmp_path), "b_{track}"), 1.0)
    queue.ended(rows[1].id, BatchState("failed", reason="No room."))
    queue.retry([rows[1].id])
    queue.ended(rows[2].id, BatchState("cancelled"))
    queue.revise(SECOND)
    assert [row.options.model for row in queue.items] == ["first", "second", "first", "second"]
    assert queue.naming(rows[1].id) is None  # its results go where the new options say
    assert queue.naming(rows[0].id) is not None
    queue.close()
    assert models(path) == ["first", "second", "first", "second"]


def test_the_same_options_again_change_nothing(tmp_path: Path) -> None:
    queue = memory.new_queue(tmp_path / "journal.jsonl")
    queue.add([Found(str(tmp_path / "a.wav"))], FIRST)
    before = queue.news().version
    queue.revise(replace(FIRST))
    assert queue.news().version == before
    queue.close()
