"""Names that finished files get: whole from the first moment on."""

import os
from pathlib import Path

import pytest

from tasnet_gui.audio.staging import Staging


class _Killed(BaseException):
    """Stands for the end of the process: nothing that follows may clean up."""


def _two_files(folder: Path) -> tuple[Staging, list[Path]]:
    staging = Staging(folder, "run-")
    staging.__enter__()
    for text in (b"speech", b"noise"):
        sink = staging.sink()
        sink.write(text)
        sink.finish()
    return staging, [folder / "a_speech", folder / "a_noise"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_process_that_is_killed_while_naming_leaves_no_empty_file(
    overwrite: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging, targets = _two_files(tmp_path)
    moved = os.replace

    def killed(source: Path, target: Path) -> None:
        if target == targets[1]:
            raise _Killed
        moved(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(_Killed):
        staging.place(targets, overwrite)
    assert targets[0].read_bytes() == b"speech"
    assert not targets[1].exists() or targets[1].read_bytes() == b"noise"


@pytest.mark.parametrize("links", [True, False])
def test_nothing_but_the_named_files_stays(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    if not links:  # as FAT and some network disks answer
        monkeypatch.setattr(os, "link", refused)
    staging, targets = _two_files(tmp_path)
    staging.place(targets, overwrite=False)
    staging.__exit__()
    assert sorted(tmp_path.iterdir()) == sorted(targets)
    assert [target.read_bytes() for target in targets] == [b"speech", b"noise"]


@pytest.mark.parametrize("links", [True, False])
def test_a_name_that_is_taken_is_left_alone(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    if not links:
        monkeypatch.setattr(os, "link", refused)
    staging, targets = _two_files(tmp_path)
    targets[1].write_bytes(b"somebody's")
    with pytest.raises(FileExistsError):
        staging.place(targets, overwrite=False)
    assert not targets[0].exists()
    assert targets[1].read_bytes() == b"somebody's"
    staging.__exit__()


def test_unfinished_files_carry_the_mark_of_their_owner(tmp_path: Path) -> None:
    with Staging(tmp_path, "run-") as staging:
        assert staging.sink().path.name.startswith(".tasnet-studio-run-")
    assert not list(tmp_path.iterdir())
