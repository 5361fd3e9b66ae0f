"""The journal: what was written is there, what was torn off is not, and nobody else writes into it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tasnet_gui import places
from tasnet_gui.audio.staging import PREFIX, SUFFIX
from tasnet_gui.batch import journal, memory
from tasnet_gui.batch.items import BatchState, Found, Levels, Outcome
from tasnet_gui.batch.naming import Naming
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.domain import UnwritableOutput

SILENT = Levels(None, None, None)
DONE = Outcome(
    outputs={"speech": "/out/ü\udcff_speech.wav"},
    rate=48_000,
    channels=2,
    frames=48_001,
    container="WAV",
    subtype="PCM_24",
    model="tiny",
    sha256="0" * 64,
    device="cpu",
    device_note="",
    seconds=0.1,
    elapsed=1 / 3,
    null_db=None,
    gain_db=-0.1,
    clipped=1,
    levels={"mixture": Levels(-1.0, -1 / 3, None), "speech": SILENT, "noise": SILENT},
    scores={"si_sdr": None, "sdr": 1.5},
    notes=("One.", "Two."),
)


def reopened(queue: Queue) -> Queue:
    """The queue as another process would find it."""
    assert queue.journal
    queue.journal.close()
    return memory.resume_queue(queue.journal.path)


def names_after(queue: Queue) -> list[str]:
    """The rows that another process would find."""
    again = reopened(queue)
    again.close()
    return [row.name for row in again.items]


def add(queue: Queue, *names: str) -> list[int]:
    return [row.id for row in queue.add([Found(f"/in/{name}", "a", 3) for name in names], BatchOptions())]


def test_everything_that_happened_to_a_queue_comes_back(tmp_path: Path) -> None:
    queue = memory.new_queue(tmp_path / "j")
    a, b, c, d, e = add(queue, "a", "b", "c", "d", "e\udcff")
    naming = Naming("/nowhere", "{stem}_{track}", ".wav")
    queue.began(a, naming, 2.0)
    queue.ended(a, BatchState("done", 1.0), DONE)
    queue.began(b, naming, None)
    queue.ended(c, BatchState("failed", reason="It broke.", todo="Mend it."))
    queue.move([e], before=b)
    removed = queue.remove([d])
    before = queue.items
    queue.restore(removed)
    queue.remove([d])
    again = reopened(queue)
    assert [row.id for row in again.items] == [a, e, b, c]
    states = {row.id: row.state.kind for row in again.items}
    assert states == {a: "done", b: "waiting", c: "failed", e: "waiting"}
    done = again.item(a)
    assert done
    assert done.outcome == DONE
    assert done.duration == 48_001 / 48_000
    assert [row.source for row in again.items] == [row.source for row in before]
    assert again.naming(b) == naming
    assert again.naming(a) is None
    assert min(add(again, "new")) > max(a, b, c, d, e)
    again.close()


def test_a_thousand_rows_are_cancelled_in_one_line_and_stay_so(tmp_path: Path) -> None:
    queue = memory.new_queue(tmp_path / "j")
    first, *others = add(queue, *map(str, range(1000)))
    queue.began(first, Naming("/nowhere", "{stem}", ".wav"), None)
    lines = (tmp_path / "j").read_bytes().count(b"\n")
    queue.cancel()
    assert (tmp_path / "j").read_bytes().count(b"\n") == lines + 1
    assert queue.overall.counts == {"reading": 1, "cancelled": 999}
    again = reopened(queue)
    assert {row.id: row.state for row in again.items if row.state.ended} == {
        id_: BatchState("cancelled", reason="It was cancelled.") for id_ in others
    }
    assert again.first_waiting
    assert again.first_waiting.id == first  # it was being done, and nobody had given it up yet
    again.close()


def test_a_row_that_failed_and_is_tried_again_waits_also_after_a_crash(tmp_path: Path) -> None:
    queue = memory.new_queue(tmp_path / "j")
    (a,) = add(queue, "a")
    queue.began(a, Naming("/nowhere", "{stem}", ".wav"), None)
    queue.ended(a, BatchState("failed"))
    queue.retry()
    again = reopened(queue)
    assert [row.state.kind for row in again.items] == ["waiting"]
    assert again.naming(a) is None  # it came to an end, so whatever has its names now is somebody's
    again.close()


def test_a_line_that_was_torn_off_is_as_if_it_had_not_been(tmp_path: Path) -> None:
    path = tmp_path / "j"
    queue = memory.new_queue(path)
    add(queue, "a")
    size = path.stat().st_size
    add(queue, "b")
    queue.close()
    whole = path.read_bytes()
    for cut in range(size, len(whole)):
        path.write_bytes(whole[:cut])
        torn = memory.resume_queue(path)
        assert [row.name for row in torn.items] == ["a"]
        torn.close()
    torn = memory.resume_queue(path)
    add(torn, "c")
    assert names_after(torn) == ["a", "c"]


def test_a_journal_is_worked_with_by_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "j"
    queue = memory.new_queue(path)
    add(queue, "a")
    held = path.read_bytes()
    for opening in (memory.resume_queue, memory.new_queue, memory.discard):
        with pytest.raises(UnwritableOutput, match="Another batch"):
            opening(path)
    assert memory.look(path) is None
    assert path.read_bytes() == held
    queue.close()
    code = f"from tasnet_gui.batch import journal; from pathlib import Path; journal.resume(Path({str(path)!r}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # it ends without a farewell
    memory.resume_queue(path).close()


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"hello\n", b'{"journal": 1}\n', b'{"journal": 99, "run": "x"}\n', b"[]\n"]
)
def test_what_is_no_journal_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "j"
    path.write_bytes(content)
    with pytest.raises(UnwritableOutput):
        memory.resume_queue(path)
    assert path.read_bytes() == content


def test_a_line_that_makes_no_sense_is_told_of(tmp_path: Path) -> None:
    memory.new_queue(tmp_path / "j").close()
    with (tmp_path / "j").open("a") as file:
        file.write('{"add": 1}\n')
    with pytest.raises(UnwritableOutput, match="damaged"):
        memory.resume_queue(tmp_path / "j")
    assert memory.look(tmp_path / "j") is None


def test_a_full_disk_costs_the_line_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = memory.new_queue(tmp_path / "j")
    assert queue.journal
    real = queue.journal._file
    add(queue, "a")

    class Full:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def write(self, data: bytes) -> int:
            return real.write(data[: len(data) // 2])

    monkeypatch.setattr(queue.journal, "_file", Full())
    with pytest.raises(UnwritableOutput, match="full"):
        queue.journal.append({"remove": [1]})
    monkeypatch.undo()
    add(queue, "b")
    assert names_after(queue) == ["a", "b"]


def test_only_our_own_unfinished_files_are_cleared_away(tmp_path: Path) -> None:
    queue = memory.new_queue(tmp_path / "j")
    assert queue.journal
    (a,) = add(queue, "a")
    queue.began(a, Naming(str(tmp_path), "{stem}", ".wav"), None)
    ours = tmp_path / f"{PREFIX}{queue.journal.mark}0123{SUFFIX}"
    others = [tmp_path / f"{PREFIX}0123456789abcdef{SUFFIX}", tmp_path / f"{PREFIX}ffffffff-0123{SUFFIX}"]
    for path in (ours, *others):
        path.touch()
    reopened(queue).close()
    assert not ours.exists()
    assert all(path.exists() for path in others)


def test_unfinished_batches_are_offered_and_finished_ones_forgotten() -> None:
    assert memory.resumable() == ()
    finished, left = memory.new_queue(), memory.new_queue()
    (a,) = add(finished, "a")
    add(left, "b", "c")
    assert memory.resumable() == ()  # somebody works with both
    finished.ended(a, BatchState("skipped"))
    finished.close()
    left.close()
    (offered,) = memory.resumable()
    assert (offered.left, offered.done, offered.first) == (2, 0, "b")
    memory.discard(offered.path)
    assert memory.resumable() == ()
    assert not list(places.batch_folder().iterdir())


def test_looking_for_a_journal_makes_none(tmp_path: Path) -> None:
    assert memory.look(tmp_path / "out" / "j") is None
    assert not memory.begun(tmp_path / "out" / "j")
    with pytest.raises(UnwritableOutput):
        memory.resume_queue(tmp_path / "j")
    assert not list(tmp_path.iterdir())


def test_a_command_finds_its_journal_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory.place_for(str(tmp_path)).parent == tmp_path
    monkeypatch.chdir(tmp_path)
    here = memory.place_for("", ["b", "a"])
    assert here == memory.place_for("", [str(tmp_path / "a"), str(tmp_path / "b")])
    assert here.parent == places.batch_folder()
    assert len({here, memory.place_for("", ["a"]), memory.place_for("s3://out", ["a", "b"])}) == 3


def test_a_journal_can_be_written_by_threads_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    opened = journal.create(tmp_path / "j")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: opened.append({"remove": [n] * 100}), range(200)))
    opened.close()
    assert len(journal.peek(tmp_path / "j")[1]) == 200
