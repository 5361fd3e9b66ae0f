"""After the end of a process, however it came, the batch goes on where it was and comes to the same results."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tasnet_gui import cli
from tasnet_gui.audio.staging import PREFIX
from tasnet_gui.batch import memory, report
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running
from tasnet_gui.domain import finish
from tests.batch.conftest import kinds, written

Sounds = Callable[..., list[Path]]
Filled = Callable[..., Queue]
SAMPLES = 12  # of all the moments at which a process may end


def moment(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder, hidden files too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def untimed(queue: Queue) -> list[dict[str, object]]:
    """The report without what is different each time."""
    return [{k: v for k, v in report.row(row).items() if k not in report.TIMES} for row in queue.items]


def restore(folder: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(folder)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize("conflict", ["number", "overwrite"])
def test_whenever_the_process_ends_there_is_no_partial_file_and_the_rest_is_done_the_same(
    conflict: str, sounds: Sounds, filled: Filled, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    inputs = sounds(6, bad=2)
    inputs.append(inputs[0].rename(tmp_path / inputs[0].name))  # two that come to one name
    shutil.copy(inputs[-1], inputs[0])
    queue = filled(inputs, memory.new_queue(out / memory.JOURNAL), conflict=conflict)
    moments = []
    for _ in running(queue):
        now = moment(out)
        if not moments or moments[-1] != now:
            moments.append(now)
    queue.close()
    whole, told = written(out), untimed(queue)
    assert len(moments) > SAMPLES
    for files in moments:
        visible = {name: content for name, content in files.items() if not name.startswith(PREFIX)}
        assert visible.items() <= whole.items()

    for files in moments[:: len(moments) // SAMPLES]:
        restore(out, files)
        finished = {name: (out / name).stat().st_mtime_ns for name in _finished(out / memory.JOURNAL)}
        again = memory.resume_queue(out / memory.JOURNAL)
        assert not list(out.glob(f"{PREFIX}*.part"))
        finish(running(again))
        again.close()
        assert written(out) == whole
        assert untimed(again) == told
        assert {name: (out / name).stat().st_mtime_ns for name in finished} == finished


def _finished(journal: Path) -> list[str]:
    """The results that a journal calls done."""
    queue = memory.resume_queue(journal)
    queue.close()
    return [Path(path).name for row in queue.items if row.outcome for path in row.outcome.outputs.values()]


def test_names_with_rate_and_number_stay_when_the_batch_goes_on(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    out, inputs = tmp_path / "out", sounds(3)
    template = "{index}_{stem}_{rate}_{track}"
    queue = filled(inputs, memory.new_queue(out / memory.JOURNAL), template=template)
    for _ in running(queue):
        if kinds(queue)[0] == "done":
            break
    queue.close()
    again = memory.resume_queue(out / memory.JOURNAL)
    again.remove([again.items[0].id])
    finish(running(again))
    again.close()
    assert [name for name in sorted(written(out)) if "speech" in name] == [
        "001_f000_16000_speech.wav",
        "002_f001_44100_speech.wav",
        "003_f002_48000_speech.flac",
    ]


def test_a_batch_that_was_finished_has_nothing_left_to_do(sounds: Sounds, filled: Filled, tmp_path: Path) -> None:
    queue = filled(sounds(4, bad=1), memory.new_queue(tmp_path / "out" / memory.JOURNAL))
    finish(running(queue))
    queue.close()
    before = moment(tmp_path / "out")
    again = memory.resume_queue(tmp_path / "out" / memory.JOURNAL)
    assert finish(running(again)).counts == {"done": 3, "failed": 1}
    again.close()
    assert moment(tmp_path / "out") == before


def test_a_file_that_somebody_else_put_in_our_way_is_never_overwritten(
    sounds: Sounds, filled: Filled, tmp_path: Path
) -> None:
    inputs = sounds(2)
    queue = filled(inputs, memory.new_queue(tmp_path / "out" / memory.JOURNAL))
    for step in running(queue):
        if step.item and step.item.state.kind == "separating":  # its names were given, and they were free
            (tmp_path / "out" / f"{inputs[0].stem}_speech.wav").write_bytes(b"mine")
            (tmp_path / "out" / f"{inputs[1].stem}_speech.wav").write_bytes(b"mine")
    queue.close()
    assert kinds(queue) == ["done"] * 2
    assert (tmp_path / "out" / f"{inputs[0].stem}_speech.wav").read_bytes() == b"mine"
    assert (tmp_path / "out" / f"{inputs[0].stem}_speech (2).wav").exists()


def test_a_batch_that_is_killed_goes_on(sounds: Sounds, options: BatchOptions, tmp_path: Path) -> None:
    sounds(9, bad=1)
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "out"
    where = ["batch", str(tmp_path / "in"), "--model", options.model, "--device", "cpu", "--resume", "-o"]
    assert cli.main([*where, str(undisturbed)]) == 1  # one file was bad
    command = [sys.executable, "-c", "import sys; from tasnet_gui.cli import main; sys.exit(main())", *where]
    with subprocess.Popen([*command, str(killed)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        process.stdout.readline()  # the first result is there, and the second on its way
        process.kill()
    assert len(written(killed)) > 0
    assert written(killed).items() <= written(undisturbed).items()
    assert cli.main([*where, str(killed)]) == 1
    assert written(killed) == written(undisturbed)
    assert not list(killed.glob(f"{PREFIX}*.part"))
