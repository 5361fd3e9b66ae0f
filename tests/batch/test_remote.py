"""Inputs and outputs by URL: fetched whole, delivered whole, named like any others."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
import soundfile

from tasnet_gui.audio.staging import PREFIX, SUFFIX
from tasnet_gui.audio.tags.reading import read_tags
from tasnet_gui.batch import orphans, remote
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running
from tasnet_gui.batch.scan import scanning
from tasnet_gui.domain import TasnetError, UnwritableOutput, finish
from tests.batch.conftest import kinds, written

Sounds = Callable[..., list[Path]]


@pytest.fixture
def store() -> Iterator[Any]:
    """fsspec's file system in memory, empty."""
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def upload(store: Any, inputs: list[Path], folder: str = "/in") -> None:
    for path in inputs:
        store.pipe(f"{folder}/{path.name}", path.read_bytes())


def results(store: Any, folder: str = "/out") -> dict[str, bytes]:
    return {path.removeprefix(f"{folder}/"): store.cat(path) for path in sorted(store.find(folder))}


def test_a_batch_over_urls_comes_to_the_same_files(
    store: Any, sounds: Sounds, options: BatchOptions, tmp_path: Path, filled: Callable[..., Queue]
) -> None:
    inputs = sounds(10, bad=2)
    finish(running(filled(inputs)))
    upload(store, inputs)
    queue = Queue()
    away = BatchOptions.from_dict({**options.as_dict(), "folder": "memory://out"})
    queue.add(finish(scanning(["memory://in"])), away)
    assert finish(running(queue)).counts == {"done": 8, "failed": 2}
    assert results(store) == written(tmp_path / "out")
    first = next(row for row in queue.items if row.outcome)
    assert first.outcome
    assert store.exists(first.outcome.outputs["speech"])


def test_a_url_is_searched_like_a_folder(store: Any) -> None:
    for name in ("/in/b.wav", "/in/sub/a.FLAC", "/in/notes.txt", f"/in/{PREFIX}1{SUFFIX}"):
        store.pipe(name, b"xyz")
    found = finish(scanning(["memory://in"]))
    assert [(file.source, file.relative, file.size, file.state.kind) for file in found] == [
        ("memory://in/b.wav", "", 3, "waiting"),
        ("memory://in/notes.txt", "", 3, "skipped"),
        ("memory://in/sub/a.FLAC", "sub", 3, "waiting"),
    ]
    (named,) = finish(scanning(["memory://in/notes.txt"]))
    assert named.state.kind == "waiting"


def test_results_that_are_there_are_numbered_around(store: Any, sounds: Sounds, options: BatchOptions) -> None:
    upload(store, sounds(1))
    store.pipe("/out/f000_noise.flac", b"mine")
    queue = Queue()
    queue.add(
        finish(scanning(["memory://in"])), BatchOptions.from_dict({**options.as_dict(), "folder": "memory://out"})
    )
    finish(running(queue))
    assert kinds(queue) == ["done"]
    assert sorted(results(store)) == ["f000_noise (2).wav", "f000_noise.flac", "f000_speech (2).wav"]


def test_a_delivery_that_fails_leaves_nothing(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ConnectionResetError("the line is dead")

    (tmp_path / "x.wav").write_bytes(b"x")
    monkeypatch.setattr(type(store), "mv", broken)
    with pytest.raises(UnwritableOutput, match="the line is dead"):
        remote.delivered(tmp_path / "x.wav", "memory://out", "run-")
    assert results(store) == {}


def test_only_our_own_unfinished_files_are_cleared_away(store: Any) -> None:
    ours, theirs = f"/out/{PREFIX}run-1{SUFFIX}", f"/out/{PREFIX}other-1{SUFFIX}"
    for name in (ours, theirs):
        store.pipe(name, b"")
    orphans.clean("run-", ["memory://out", "nowhere://at/all"])
    assert not store.exists(ours)
    assert store.exists(theirs)


@pytest.mark.parametrize("url", ["nowhere://a/b.wav", "memory://gone/b.wav"])
@pytest.mark.usefixtures("store")
def test_what_cannot_be_reached_is_told_of(url: str) -> None:
    with pytest.raises(TasnetError, match=r"b\.wav"), remote.fetched(url):
        pass


def test_a_name_cannot_have_a_rate_that_only_fetching_would_tell(
    store: Any, sounds: Sounds, options: BatchOptions
) -> None:
    upload(store, sounds(1))
    queue = Queue()
    wanted = {**options.as_dict(), "folder": "memory://out", "template": "{stem}_{rate}_{track}"}
    queue.add(finish(scanning(["memory://in"])), BatchOptions.from_dict(wanted))
    assert finish(running(queue)).counts == {"failed": 1}
    assert "is not known before it was fetched" in queue.items[0].state.reason


@pytest.fixture
def titled(store: Any, tmp_path: Path, options: BatchOptions, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """A queue of three files by URL, each with its name as its title, and a folder `fetched` for the fetched ones."""
    (tmp_path / "fetched").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "fetched"))
    for name in ("a", "b", "c"):
        with soundfile.SoundFile(tmp_path / f"{name}.flac", "w", 16_000, 1, "PCM_16") as file:
            file.title = name
            file.write(np.zeros(3200, np.float32))
        upload(store, [tmp_path / f"{name}.flac"])
    queue = Queue()
    queue.add(finish(scanning(["memory://in"])), options)
    return queue


def test_results_of_urls_have_the_tags_of_their_recordings(titled: Queue, tmp_path: Path) -> None:
    for step in running(titled):
        if step.item and step.item.state.ended:  # the next one may lie there, read ahead
            assert len(list((tmp_path / "fetched").iterdir())) <= 1
    assert kinds(titled) == ["done"] * 3
    for path in (tmp_path / "out").glob("*.flac"):
        tags, notes = read_tags(path)
        assert dict(tags.fields)["TITLE"] == path.name[0]
        assert not notes
    assert all(row.outcome and not row.outcome.notes for row in titled.items)
    assert not list((tmp_path / "fetched").iterdir())


@pytest.mark.parametrize("kind", ["reading", "separating", "writing"])
def test_what_was_fetched_goes_when_the_work_is_given_up(titled: Queue, tmp_path: Path, kind: str) -> None:
    with closing(running(titled)) as work:
        for step in work:
            if step.item and step.item.id == titled.items[1].id and step.item.state.kind == kind:
                break
    assert not list((tmp_path / "fetched").iterdir())


def test_a_film_behind_a_url_becomes_sound_and_its_row_says_so(
    store: Any, film: Callable[..., Path], hiss: Callable[..., Any], options: BatchOptions
) -> None:
    upload(store, [film("a.mp4", hiss(48_000, 0.3))])
    queue = Queue()
    wanted = {**options.as_dict(), "folder": "memory://out", "remux": "speech", "format": "wav16"}
    queue.add(finish(scanning(["memory://in"])), BatchOptions.from_dict(wanted))
    assert finish(running(queue)).counts == {"done": 1}
    outcome = queue.items[0].outcome
    assert outcome
    assert any("as sound, because it lies behind a URL" in note for note in outcome.notes)
    assert sorted(results(store)) == ["a_noise.wav", "a_speech.wav"]
