"""Looking for sound: everything once, nothing silently left out, whatever the folders hold."""

import os
from pathlib import Path

import pytest

from tasnet_gui.audio.staging import PREFIX, SUFFIX
from tasnet_gui.batch.items import Found
from tasnet_gui.batch.scan import scanning
from tasnet_gui.domain import finish


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def scan(*paths: Path, skip: tuple[Path, ...] = ()) -> tuple[Found, ...]:
    return finish(scanning(paths, skip=skip))


def waiting(found: tuple[Found, ...]) -> list[str]:
    return [Path(file.source).name for file in found if file.state.kind == "waiting"]


def test_folders_are_searched_to_the_bottom_in_order_of_names(tmp_path: Path) -> None:
    touch(tmp_path / "b.WAV", tmp_path / "A.flac", tmp_path / "y" / "c.mp3", tmp_path / "x" / "z" / "d.ogg")
    found = scan(tmp_path)
    assert waiting(found) == ["A.flac", "b.WAV", "d.ogg", "c.mp3"]
    assert [file.relative for file in found] == ["", "", "x/z", "y"]
    assert [file.size for file in found] == [1] * 4


def test_what_is_no_sound_is_listed_with_the_reason(tmp_path: Path) -> None:
    touch(tmp_path / "notes.txt", tmp_path / "a.wav")
    told = {Path(file.source).name: file.state for file in scan(tmp_path)}
    assert told["notes.txt"].kind == "skipped"
    assert "notes.txt" in told["notes.txt"].reason
    assert told["a.wav"].kind == "waiting"


def test_a_file_that_was_named_itself_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    touch(tmp_path / "recording.dat")
    assert waiting(scan(tmp_path / "recording.dat", tmp_path / "gone.wav")) == ["recording.dat", "gone.wav"]


def test_each_file_is_taken_once(tmp_path: Path) -> None:
    touch(tmp_path / "a.wav")
    (tmp_path / "hard.wav").hardlink_to(tmp_path / "a.wav")
    (tmp_path / "soft.wav").symlink_to(tmp_path / "a.wav")
    found = scan(tmp_path, tmp_path / "a.wav")
    assert waiting(found) == ["a.wav"]
    assert [file.state.kind for file in found] == ["waiting", *["skipped"] * 3]
    assert all("a.wav" in file.state.reason for file in found[1:])


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "deep" / "a.wav", tmp_path / "elsewhere" / "b.wav")
    (tmp_path / "in" / "deep" / "up").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "nowhere.wav").symlink_to(tmp_path / "gone")
    found = scan(tmp_path / "in")
    assert waiting(found) == ["a.wav", "b.wav"]
    (broken,) = [file for file in found if file.state.kind == "failed"]
    assert "nowhere.wav" in broken.state.reason


def test_a_link_that_leads_nowhere_is_told_of_and_stops_no_search(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a.wav", tmp_path / "in" / "z" / "b.wav")
    (tmp_path / "in" / "itself").symlink_to("itself")
    (tmp_path / "in" / "ring.wav").symlink_to("round.wav")
    (tmp_path / "in" / "round.wav").symlink_to("ring.wav")
    found = scan(tmp_path / "in")
    assert waiting(found) == ["a.wav", "b.wav"]
    told = {Path(file.source).name: file.state.reason for file in found if file.state.kind == "failed"}
    assert told.keys() == {"itself", "ring.wav", "round.wav"}
    assert all(name in reason for name, reason in told.items())


def test_a_folder_that_is_called_like_a_file_is_a_folder(tmp_path: Path) -> None:
    touch(tmp_path / "x.wav" / "a.wav")
    assert waiting(scan(tmp_path)) == ["a.wav"]


def test_what_is_to_be_skipped_and_what_we_left_unfinished_is_not_told_of(tmp_path: Path) -> None:
    touch(tmp_path / "a.wav", tmp_path / "out" / "a_speech.wav", tmp_path / f"{PREFIX}0123{SUFFIX}", tmp_path / "b.wav")
    found = scan(tmp_path, skip=(tmp_path / "out", tmp_path / "b.wav", tmp_path / "gone"))
    assert [Path(file.source).name for file in found] == ["a.wav"]


def test_thousands_of_files_are_found_and_the_search_can_be_cancelled(tmp_path: Path) -> None:
    for folder in range(3):
        (tmp_path / str(folder)).mkdir()
        for number in range(1000):
            os.close(os.open(tmp_path / str(folder) / f"{number}.wav", os.O_CREAT))
    steps = scanning([tmp_path])
    assert sum(1 for _ in steps) > 6
    begun = scanning([tmp_path])
    next(begun)
    begun.close()
    assert len(finish(scanning([tmp_path]))) == 3_000


def test_a_folder_that_may_not_be_read_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(folder: str) -> None:
        raise PermissionError(13, "Permission denied", folder)

    (tmp_path / "closed").mkdir()
    monkeypatch.setattr(os, "scandir", refused)
    (found,) = scan(tmp_path / "closed")
    assert found.state.kind == "failed"
    assert "closed" in found.state.reason
