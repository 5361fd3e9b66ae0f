"""`tasnet batch` as a person or a script uses it."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasnet_gui import cli
from tasnet_gui.audio.staging import PREFIX
from tasnet_gui.batch import memory, presets
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.cli import batch as command
from tasnet_gui.domain import ModelCard, Samples

Sounds = Callable[..., Samples]
Files = Callable[..., Path]
Answer = tuple[int, str, str]


@pytest.fixture
def tasnet(
    tiny_model: Callable[..., ModelCard], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """`tasnet(*arguments)` runs the command into `out` with a tiny model: exit code, standard output, error."""
    card = tiny_model()

    def run(*arguments: object, out: str = "out") -> Answer:
        where = ["-o", str(tmp_path / out)] if out else []
        own = ["--model", str(card.folder), "--device", "cpu"]
        code = cli.main(["batch", *where, *([] if "--model" in arguments else own), *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def tree(tmp_path: Path, sound_file: Files, hiss: Sounds) -> Path:
    """A folder with two sounds, one of them deeper, and notes."""
    for folder in ("in", "in/deep"):
        (tmp_path / folder).mkdir()
    sound_file("in/a.wav", hiss(seconds=0.2))
    sound_file("in/deep/b.flac", hiss(44_100, 0.2, 2), 44_100)
    (tmp_path / "in" / "notes.txt").write_text("not sound")
    return tmp_path / "in"


def written(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(PREFIX))
    return sorted(path.relative_to(folder).as_posix() for path in files)


BOTH = ["a_noise.wav", "a_speech.wav", "b_noise.flac", "b_speech.flac"]


def test_a_folder_goes_in_and_results_come_out(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    code, out, err = tasnet(tree)
    assert code == 0
    assert written(tmp_path / "out") == BOTH
    assert sorted(Path(line).name for line in out.splitlines()) == BOTH
    assert "notes.txt is not a sound file" in err
    assert "2 done, 1 skipped" in err


def test_the_tree_can_be_mirrored_or_results_lie_beside_the_inputs(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    assert tasnet(tree, "--mirror", "--format", "flac16", "--tracks", "speech")[0] == 0
    assert written(tmp_path / "out") == ["a_speech.flac", "deep/b_speech.flac"]
    assert tasnet(tree, "--tracks", "speech", out="")[0] == 0
    assert written(tree) == ["a.wav", "a_speech.wav", "deep/b.flac", "deep/b_speech.flac", "notes.txt"]


def test_a_strength_writes_a_remix_alone_or_with_others(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    assert tasnet(tree, "--strength", "20")[0] == 0
    assert written(tmp_path / "out") == ["a_remix.wav", "b_remix.flac"]
    code, out, _ = tasnet(tree, "--strength", "20", "--tracks", "speech,remix", "--json", out="both")
    assert code == 0
    rows = [row for row in map(json.loads, out.splitlines()) if row["state"] == "done"]
    assert [row["strength_db"] for row in rows] == [20.0, 20.0]
    assert written(tmp_path / "both") == ["a_remix.wav", "a_speech.wav", "b_remix.flac", "b_speech.flac"]
    assert (tmp_path / "both" / "a_remix.wav").read_bytes() == (tmp_path / "out" / "a_remix.wav").read_bytes()
    assert tasnet(tree, "--strength", "20", "--tracks", "speech", out="none")[0] == 2


def test_a_bad_file_is_told_of_and_ends_the_command_with_1(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    (tree / "bad.wav").write_bytes(b"not sound")
    code, out, err = tasnet(tree, tmp_path / "gone.wav", "--report", tmp_path / "r.csv")
    assert code == 1
    assert len(out.splitlines()) == 4
    assert "tasnet: bad.wav" in err
    assert "tasnet: gone.wav" in err
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8") as file:
        states = [row["state"] for row in csv.DictReader(file)]
    assert sorted(states) == ["done", "done", "failed", "failed", "skipped"]


def test_json_is_one_object_per_file(tasnet: Any, tree: Path) -> None:
    (tree / "bad.wav").write_bytes(b"not sound")
    code, out, _ = tasnet(tree, "--json")
    rows = {Path(row["input"]).name: row for row in map(json.loads, out.splitlines())}
    assert code == 1
    assert {name: row["state"] for name, row in rows.items()} == {
        **{"a.wav": "done", "b.flac": "done"},
        **{"bad.wav": "failed", "notes.txt": "skipped"},
    }
    assert rows["b.flac"]["channels"] == 2


def test_a_finished_batch_is_not_done_again_but_new_files_are(
    tasnet: Any, tree: Path, tmp_path: Path, sound_file: Files, hiss: Sounds
) -> None:
    assert tasnet(tree)[0] == 0
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir() if path.suffix != ".jsonl"}
    sound_file("in/c.wav", hiss(seconds=0.2))
    code, out, _ = tasnet(tree, "--resume", "--report", tmp_path / "r.json")
    assert code == 0
    assert sorted(Path(line).name for line in out.splitlines()) == ["c_noise.wav", "c_speech.wav"]
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert json.loads((tmp_path / "r.json").read_text())["summary"]["done"] == 3
    assert tasnet("--resume")[:2] == (0, "")  # the folder says what was to be done


def test_results_beside_the_inputs_are_no_new_inputs(tasnet: Any, tree: Path) -> None:
    for _ in range(2):
        assert tasnet(tree, "--resume", out="")[0] == 0
        assert len(written(tree)) == 3 + 4


def test_results_of_a_process_that_was_killed_before_it_told_of_them_are_no_new_inputs(
    tasnet: Any, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise SystemExit(137)

    with monkeypatch.context() as patched:
        patched.setattr(Queue, "ended", killed)
        assert tasnet(tree, out="")[0] == 137
    assert len(written(tree)) == 3 + 2
    assert tasnet(tree, "--resume", out="")[0] == 0
    assert len(written(tree)) == 3 + 4


def test_a_batch_anew_takes_no_results_of_earlier_ones_apart(tasnet: Any, tree: Path) -> None:
    for count in (4, 8, 12):
        assert tasnet(tree, out="")[0] == 0
        assert len(written(tree)) == 3 + count
    assert tasnet(tree, "--resume", out="")[0] == 0
    assert len(written(tree)) == 3 + 12


def test_a_result_of_an_earlier_batch_that_is_named_itself_is_taken(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    assert tasnet(tree)[0] == 0
    code, out, _ = tasnet(tmp_path / "out" / "a_speech.wav")
    assert code == 0
    assert sorted(Path(line).name for line in out.splitlines()) == ["a_speech_noise.wav", "a_speech_speech.wav"]


def test_what_failed_is_tried_again_when_asked(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    good = (tree / "a.wav").read_bytes()
    (tree / "a.wav").write_bytes(b"")
    assert tasnet(tree)[0] == 1
    (tree / "a.wav").write_bytes(good)
    assert tasnet(tree, "--resume")[0] == 1
    assert tasnet(tree, "--resume", "--retry")[0] == 0
    assert written(tmp_path / "out") == BOTH


def test_what_the_search_could_not_look_at_is_told_of_once(tasnet: Any, tree: Path) -> None:
    (tree / "nowhere.wav").symlink_to(tree / "gone")
    code, _, err = tasnet(tree)
    assert code == 1
    assert "nowhere.wav cannot be looked at" in err
    assert "nowhere.wav" not in tasnet(tree, "--resume")[2]
    rows = [json.loads(line) for line in tasnet(tree, "--json", out="json")[1].splitlines()]
    assert sorted((Path(row["input"]).name, row["state"]) for row in rows) == [
        *[("a.wav", "done"), ("b.flac", "done"), ("notes.txt", "skipped"), ("nowhere.wav", "failed")]
    ]


def test_a_folder_that_could_not_be_searched_is_searched_again(
    tasnet: Any, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = os.scandir

    def refused(folder: str) -> Any:
        if os.path.basename(folder) == "deep":
            raise PermissionError(13, "Permission denied", folder)
        return search(folder)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refused)
        assert tasnet(tree)[0] == 1
        code, _, err = tasnet(tree, "--resume", "--retry")
        assert code == 1
        assert "The folder deep cannot be searched" in err
        code, *_ = tasnet("--resume", "--retry")
        assert code == 1  # nobody has searched it: it has not become right by being left out
    assert tasnet(tree, "--resume", "--retry")[0] == 0
    assert written(tmp_path / "out") == BOTH


@pytest.mark.parametrize("kind", ["reading", "separating", "writing"])
def test_ctrl_c_ends_with_130_and_resume_goes_on(
    tasnet: Any, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def pressed(step: Any, *_: object) -> str:
        if step.item and step.item.state.kind == kind:
            raise KeyboardInterrupt
        return ""

    with monkeypatch.context() as patched:
        patched.setattr(command, "_phase", pressed)
        code, out, err = tasnet(tree, "--report", tmp_path / "r.csv")
    assert (code, out) == (130, "")
    assert "--resume" in err
    assert written(tmp_path / "out") == []
    assert (tmp_path / "r.csv").exists()
    assert tasnet(tree, "--resume")[0] == 0
    assert written(tmp_path / "out") == BOTH


def test_an_unfinished_batch_is_not_forgotten_without_a_word(
    tasnet: Any, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(command, "_phase", pressed)
        tasnet(tree)
    code, _, err = tasnet(tree)
    assert code == 0
    assert "--resume" in err


def test_a_batch_goes_on_with_the_options_that_it_began_with(tasnet: Any, tree: Path) -> None:
    assert tasnet(tree, "--format", "flac16")[0] == 0
    assert tasnet(tree, "--resume")[0] == 0
    code, _, err = tasnet(tree, "--resume", "--format", "wav16")
    assert code == 2
    assert "format" in err


def test_a_preset_with_other_options_does_not_go_on_with_a_batch(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    presets.save("flac", BatchOptions(format="flac16"))
    presets.save("wave", BatchOptions(format="wav16"))
    assert tasnet(tree, "--preset", "wave")[0] == 0
    assert tasnet(tree, "--preset", "wave", "--resume")[0] == 0
    code, _, err = tasnet(tree, "--preset", "flac", "--resume")
    assert code == 2
    assert "another format: 'wav16'" in err


def test_a_preset_says_what_is_not_said_otherwise(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    presets.save("mine", BatchOptions(format="flac16", tracks=("speech",), template="{stem} clean"))
    assert tasnet(tree, "--preset", "mine", "--template", "{stem}!")[0] == 0
    assert written(tmp_path / "out") == ["a!.flac", "b!.flac"]


def test_two_commands_do_not_work_on_one_folder_at_once(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    queue = memory.new_queue(tmp_path / "out" / memory.JOURNAL)
    code, out, err = tasnet(tree)
    queue.close()
    assert (code, out) == (1, "")
    assert "Another batch" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "mp5"],
        ["--tracks", "music"],
        ["--template", "{artist}"],
        ["--threads", "0"],
        ["--jobs", "0"],
        ["--model", "no-such-model"],
        ["--preset", "no-such-preset"],
        ["--report", "report.xls"],
        ["--on-conflict", "ask"],
        ["--retry"],
        ["--report", "a file/r.csv"],
        ["--report", "folder.csv"],
    ],
)
def test_an_impossible_request_ends_with_2_before_anything_is_done(
    tasnet: Any, tree: Path, tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").touch()
    (tmp_path / "folder.csv").mkdir()
    code, out, err = tasnet(tree, *arguments)
    assert (code, out) == (2, "")
    assert arguments[-1].split("/")[0] in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_going_on_where_there_is_no_batch_makes_none(tasnet: Any, tmp_path: Path) -> None:
    code, _, err = tasnet("--resume", out="typo")
    assert code == 2
    assert "typo" in err
    assert not (tmp_path / "typo").exists()


def test_nothing_to_do_is_told(tasnet: Any, tmp_path: Path) -> None:
    assert tasnet()[0] == 2
    (tmp_path / "in").mkdir()
    code, _, err = tasnet(tmp_path / "in")
    assert code == 2
    assert "nothing to do" in err


@pytest.mark.parametrize("content", [b"", b'{"journal":1,'])
def test_a_journal_that_was_hardly_begun_is_none(tasnet: Any, tree: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / memory.JOURNAL).write_bytes(content)
    assert tasnet(tree, "--resume")[0] == 0
    assert written(tmp_path / "out") == BOTH


def test_a_journal_that_is_damaged_is_not_replaced(tasnet: Any, tree: Path, tmp_path: Path) -> None:
    assert tasnet(tree)[0] == 0
    with (tmp_path / "out" / memory.JOURNAL).open("a") as file:
        file.write('{"add": 1}\n')
    code, out, err = tasnet(tree, "--resume")
    assert (code, out) == (1, "")
    assert "damaged" in err


def test_films_come_out_as_films_and_sounds_as_sounds(
    tasnet: Any, tree: Path, film: Files, hiss: Sounds, tmp_path: Path
) -> None:
    film("in/c.mp4", hiss(48_000, 0.3))
    film("in/deep/d.avi", hiss(48_000, 0.3), codec="pcm_s16le", picture="mpeg4")
    code, _, err = tasnet(tree, "--remux", "speech")
    assert code == 1
    assert written(tmp_path / "out") == sorted([*BOTH, "c_speech.mp4"])
    assert "A film in AVI cannot be written" in err
    assert "3 done, 1 failed, 1 skipped" in err
