"""A failure in the middle of tags: old files stay as they were, nothing half-written stays behind, a retry works."""

import errno
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasnet_gui.audio import ogg
from tasnet_gui.audio.exports import EXPORTS, ExportPlan, exporting
from tasnet_gui.audio.tags import encoding, writing
from tasnet_gui.audio.tags.reading import read_tags
from tasnet_gui.domain import Separation, UnwritableOutput, finish
from tests.audio.test_tags import FIELDS, TAGS, wav_with


@pytest.fixture
def result(separation: Callable[..., Separation], tmp_path: Path) -> Separation:
    """Half a second from a WAV with tags and a cover."""
    return wav_with(separation(16_000, 0.5), tmp_path / "in" / "take.wav", encoding.riff_chunks(TAGS))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with an old result."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def old_in(folder: Path, key: str) -> dict[str, bytes]:
    (folder / f"take_speech{EXPORTS[key].suffix}").write_bytes(b"old speech")
    return held(folder)


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def work(result: Separation, folder: Path, key: str, tags: bool = True) -> Any:
    return exporting(result, ExportPlan(folder, ("speech",), key, conflict="overwrite", tags=tags))


def sizes(result: Separation, folder: Path, key: str) -> tuple[int, int]:
    """Bytes of a file without and with tags."""
    plain, tagged = (finish(work(result, folder, key, tags)).paths[0].stat().st_size for tags in (False, True))
    shutil.rmtree(folder)
    return plain, tagged


@pytest.mark.parametrize("key", EXPORTS)
def test_a_disk_that_fills_up_within_the_tags_changes_nothing(
    key: str, result: Separation, out: Path, tmp_path: Path, full_disk: Callable[[int], None]
) -> None:
    """Tags stand in front of the sound or behind it: the disk is full in the middle of them either way."""
    plain, tagged = sizes(result, tmp_path / "measure", key)
    before = old_in(out, key)
    for room in ((tagged - plain) // 2, tagged - (tagged - plain) // 2):
        full_disk(room)
        with pytest.raises(UnwritableOutput, match="the disk is full"):
            finish(work(result, out, key))
        assert held(out) == before
    full_disk(10**9)
    (path,) = finish(work(result, out, key)).paths
    assert held(out).keys() == before.keys()
    assert FIELDS[0] in read_tags(path)[0].fields


@pytest.mark.parametrize("key", EXPORTS)
def test_an_export_with_tags_that_is_cancelled_anywhere_leaves_nothing(
    key: str, result: Separation, out: Path, tmp_path: Path
) -> None:
    before = old_in(out, key)
    steps = len(list(work(result, tmp_path / "count", key)))
    assert steps >= 2
    for stop in range(steps):
        stopped = work(result, out, key)
        for _ in range(stop + 1):
            next(stopped)
        stopped.close()
        assert held(out) == before


class Failing(io.BufferedRandom):
    """A file that may be looked at and not changed."""

    def write(self, data: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(("key", "module"), [("flac", writing), ("flac16", writing), ("ogg", ogg), ("opus", ogg)])
def test_tags_that_cannot_be_put_into_a_finished_file_change_nothing(
    key: str, module: Any, result: Separation, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reopened(path: Path, mode: str) -> Any:
        return Failing(io.FileIO(path, "r+")) if mode == "r+b" else open(path, mode)

    before = old_in(out, key)
    monkeypatch.setattr(module, "open", reopened, raising=False)
    with pytest.raises(UnwritableOutput, match="the disk is full"):
        finish(work(result, out, key))
    assert held(out) == before
    monkeypatch.undo()
    (path,) = finish(work(result, out, key)).paths
    assert FIELDS[0] in read_tags(path)[0].fields
