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


def _refuse_hard_links(patch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError  # as FAT and some network disks answer

    patch.setattr(os, "link", refused)


def _fail_at(target: Path, error: BaseException, patch: pytest.MonkeyPatch) -> None:
    moved = os.replace

    def replace(source: Path, wanted: Path) -> None:
        if wanted == target:
            raise error
        moved(source, wanted)

    patch.setattr(os, "replace", replace)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_process_that_is_killed_while_naming_leaves_no_empty_file(
    overwrite: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging, targets = _two_files(tmp_path)
    _fail_at(targets[1], _Killed(), monkeypatch)
    with pytest.raises(_Killed):
        staging.place(targets, overwrite)
    assert targets[0].read_bytes() == b"speech"
    assert not targets[1].exists() or targets[1].read_bytes() == b"noise"


@pytest.mark.parametrize("links", [True, False])
def test_nothing_but_the_named_files_stays(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not links:
        _refuse_hard_links(monkeypatch)
    staging, targets = _two_files(tmp_path)
    staging.place(targets, overwrite=False)
    staging.__exit__()
    assert sorted(tmp_path.iterdir()) == sorted(targets)
    assert [target.read_bytes() for target in targets] == [b"speech", b"noise"]


@pytest.mark.parametrize("links", [True, False])
def test_a_name_that_is_taken_is_left_alone(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not links:
        _refuse_hard_links(monkeypatch)
    staging, targets = _two_files(tmp_path)
    targets[1].write_bytes(b"somebody's")
    with pytest.raises(FileExistsError):
        staging.place(targets, overwrite=False)
    assert not targets[0].exists()
    assert targets[1].read_bytes() == b"somebody's"
    staging.__exit__()


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("old", [(0, 1), (1,), (0,)])
def test_overwriting_that_fails_halfway_brings_the_old_files_back(
    links: bool, old: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        _refuse_hard_links(monkeypatch)
    staging, targets = _two_files(tmp_path)
    before = {targets[index]: f"old {index}" for index in old}
    for path, text in before.items():
        path.write_text(text)
    _fail_at(targets[1], PermissionError("another program holds it"), monkeypatch)
    with pytest.raises(PermissionError, match="another program"), staging:
        staging.place(targets, overwrite=True)
    assert {path: path.read_text() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("links", [True, False])
def test_overwriting_leaves_nothing_of_the_old_files(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        _refuse_hard_links(monkeypatch)
    staging, targets = _two_files(tmp_path)
    for target in targets:
        target.write_bytes(b"old")
    with staging:
        staging.place(targets, overwrite=True)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == dict(
        zip(targets, (b"speech", b"noise"), strict=True)
    )


def test_a_process_that_is_killed_while_overwriting_leaves_files_under_all_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging, targets = _two_files(tmp_path)
    for target in targets:
        target.write_bytes(b"old")
    _fail_at(targets[0], _Killed(), monkeypatch)
    with pytest.raises(_Killed):
        staging.place(targets, overwrite=True)
    assert [target.read_bytes() for target in targets] == [b"old", b"old"]
    rest = [path.name for path in tmp_path.iterdir() if path not in targets]
    assert all(name.startswith(".tasnet-studio-run-") and name.endswith(".part") for name in rest)


def test_a_symbolic_link_that_was_to_be_overwritten_comes_back_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging, targets = _two_files(tmp_path)
    (tmp_path / "elsewhere").write_text("old")
    targets[0].symlink_to("elsewhere")
    _fail_at(targets[1], PermissionError(), monkeypatch)
    with pytest.raises(PermissionError), staging:
        staging.place(targets, overwrite=True)
    assert targets[0].readlink() == Path("elsewhere")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_speech", "elsewhere"]


def test_unfinished_files_carry_the_mark_of_their_owner(tmp_path: Path) -> None:
    with Staging(tmp_path, "run-") as staging:
        assert staging.sink().path.name.startswith(".tasnet-studio-run-")
    assert not list(tmp_path.iterdir())
