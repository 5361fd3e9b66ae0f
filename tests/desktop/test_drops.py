"""What is dragged over the window is understood byte by byte, and what dropping will do is said before."""

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from tasnet_gui.desktop import drops


def mime(*urls: QUrl) -> QMimeData:
    data = QMimeData()
    data.setUrls(list(urls))
    return data


@pytest.mark.parametrize(
    "name", ["a.wav", "50 %.wav", "a#b?c.wav", "-x.wav", "e\u0301 \N{GRINNING FACE}.wav", "a\nb.wav"]
)
def test_a_name_comes_through_as_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert drops.paths_in(mime(QUrl.fromLocalFile(str(path)))) == [path]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_comes_through_too() -> None:
    url = QUrl.fromEncoded(b"file:///sound/%FF%FE.wav")
    assert drops.path_of(url) == Path(os.fsdecode(b"/sound/\xff\xfe.wav"))


def test_what_is_no_file_of_this_computer_is_left_out() -> None:
    assert drops.paths_in(mime(QUrl("https://example.org/a.wav"), QUrl.fromLocalFile("/a.wav"))) == [Path("/a.wav")]
    assert drops.paths_in(QMimeData()) == []


def test_the_promise_names_what_will_be_opened(tmp_path: Path) -> None:
    assert drops.promise([Path("/sound/a.wav")]) == "Drop to open a.wav"
    assert drops.promise([Path("a"), Path("b")]) == "Drop to put these 2 into the queue"
    assert drops.promise([Path("/sound/a.wav")], queue=True) == "Drop to put a.wav into the queue"
    assert drops.promise([tmp_path]) == f"Drop to put {tmp_path.name} into the queue"


def test_a_folder_and_several_files_are_work_for_the_queue(tmp_path: Path) -> None:
    assert drops.are_many([tmp_path])
    assert drops.are_many([Path("a.wav"), Path("b.wav")])
    assert not drops.are_many([Path("a.wav")])
    assert not drops.are_many([])
    assert not drops.are_many([tmp_path / ("a" * 300)])  # no disk takes that name; looking must not raise
