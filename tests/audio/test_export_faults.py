"""Whatever fails while results are written: old files stay as they were, and nothing half-written stays behind."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tasnet_gui.audio import staging
from tasnet_gui.audio.exports import EXPORTS, ExportPlan, check_folder, exporting
from tasnet_gui.audio.files import read
from tasnet_gui.domain import Separation, UnwritableOutput, finish

Separate = Callable[..., Separation]
Old = Callable[[str], dict[str, bytes]]
OLD = {"untitled_speech": b"old speech", "untitled_noise": b"old noise"}


@pytest.fixture
def old_files(tmp_path: Path) -> Old:
    """Puts old results into the folder; returns what it then holds."""

    def make(suffix: str) -> dict[str, bytes]:
        for stem, content in OLD.items():
            (tmp_path / f"{stem}{suffix}").write_bytes(content)
        return held(tmp_path)

    return make


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("key", EXPORTS)
@pytest.mark.parametrize("moment", [0.0, 0.5, 0.999])
def test_a_disk_that_fills_up_changes_nothing(
    key: str, moment: float, tmp_path: Path, separation: Separate, full_disk: Callable[[int], None], old_files: Old
) -> None:
    result = separation(16_000, 1.0)
    whole = finish(exporting(result, ExportPlan(tmp_path / "measure", format=key))).paths
    size = sum(path.stat().st_size for path in whole)
    shutil.rmtree(tmp_path / "measure")
    before = old_files(EXPORTS[key].suffix)
    full_disk(int(size * moment))
    with pytest.raises(UnwritableOutput, match=r"the disk is full \(.* needed, .* free\)") as failure:
        finish(exporting(result, ExportPlan(tmp_path, format=key, conflict="overwrite")))
    assert "Make room" in failure.value.todo
    assert held(tmp_path) == before
    full_disk(10**9)
    finish(exporting(result, ExportPlan(tmp_path, format=key, conflict="overwrite")))  # and the retry works
    assert held(tmp_path).keys() == before.keys()


def test_too_little_room_is_told_before_anything_is_written(
    tmp_path: Path, separation: Separate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
    work = exporting(separation(16_000, 10.0), ExportPlan(tmp_path / "new"))
    with pytest.raises(UnwritableOutput, match=r"the disk is full \(1\.3 MB needed, 100\.0 kB free\)"):
        next(work)
    assert held(tmp_path) == {}


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "not permitted"),
        (errno.EROFS, "read-only"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_folder_that_takes_nothing_is_told(
    number: int, reason: str, tmp_path: Path, separation: Separate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(staging, "new_file", refuse)
    for attempt in (
        lambda: check_folder(tmp_path),
        lambda: finish(exporting(separation(16_000, 0.1), ExportPlan(tmp_path))),
    ):
        with pytest.raises(UnwritableOutput, match=reason):
            attempt()
    assert held(tmp_path) == {}


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("conflict", ["overwrite", "number"])
def test_a_failure_at_the_very_end_changes_nothing(
    step: str, conflict: str, tmp_path: Path, separation: Separate, old_files: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    before = old_files(".wav")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(UnwritableOutput, match="Input/output error"):
        finish(exporting(separation(16_000, 0.1), ExportPlan(tmp_path, conflict=conflict)))
    assert held(tmp_path) == before


@pytest.mark.parametrize("key", ["wav16", "wavfloat", "flac", "ogg", "mp3"])
def test_an_export_that_is_cancelled_anywhere_leaves_nothing(
    key: str, tmp_path: Path, separation: Separate, old_files: Old
) -> None:
    result = separation(48_000, 3.0)
    before = old_files(EXPORTS[key].suffix)
    steps = len(list(exporting(result, ExportPlan(tmp_path / "count", format=key))))
    shutil.rmtree(tmp_path / "count")
    assert steps >= 8
    for stop in range(steps):
        for folder in (tmp_path, tmp_path / "new"):
            work = exporting(result, ExportPlan(folder, format=key, conflict="overwrite"))
            for _ in range(stop + 1):
                next(work)
            work.close()
            assert held(tmp_path) == before


def test_a_file_that_appears_meanwhile_is_numbered_around(tmp_path: Path, separation: Separate) -> None:
    result = separation(16_000, 0.1)
    work = exporting(result, ExportPlan(tmp_path))
    next(work)
    (tmp_path / "untitled_noise.wav").write_bytes(b"somebody's")
    exported = finish(work)
    assert [path.name for path in exported.paths] == ["untitled_speech (2).wav", "untitled_noise (2).wav"]
    assert (tmp_path / "untitled_noise.wav").read_bytes() == b"somebody's"
    np.testing.assert_array_equal(read(exported.paths[0]).samples, result.speech)
    assert len(held(tmp_path)) == 3


def test_a_file_that_appears_meanwhile_is_refused_when_asked(tmp_path: Path, separation: Separate) -> None:
    work = exporting(separation(16_000, 0.1), ExportPlan(tmp_path, conflict="refuse"))
    next(work)
    (tmp_path / "untitled_noise.wav").write_bytes(b"somebody's")
    with pytest.raises(UnwritableOutput, match="exists already"):
        finish(work)
    assert held(tmp_path) == {"untitled_noise.wav": b"somebody's"}


@pytest.mark.parametrize("key", EXPORTS)
def test_what_the_disk_garbles_is_found_before_done_is_said(
    key: str, tmp_path: Path, separation: Separate, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish_as_it_should = staging.Sink.finish

    def garble(sink: staging.Sink) -> None:
        finish_as_it_should(sink)
        content = bytearray(sink.path.read_bytes())
        content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
        sink.path.write_bytes(content[: -len(content) // 3] if EXPORTS[key].lossy else content)

    monkeypatch.setattr(staging.Sink, "finish", garble)
    with pytest.raises(UnwritableOutput, match="could not be read back"):
        finish(exporting(separation(16_000, 1.0), ExportPlan(tmp_path, format=key)))
    assert held(tmp_path) == {}


def test_unfinished_files_can_be_told_from_a_persons_own(tmp_path: Path, separation: Separate) -> None:
    work = exporting(separation(16_000, 0.1), ExportPlan(tmp_path))
    next(work)
    for name in held(tmp_path):
        assert name.startswith(staging.PREFIX)
        assert name.endswith(staging.SUFFIX)
    work.close()
