"""What only POSIX systems have: pipes, devices, links, names that are not text."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.audio import files
from tasnet_gui.audio.exports import ExportPlan, exporting, output_paths
from tasnet_gui.audio.files import probe, read, reading
from tasnet_gui.domain import Samples, Separation, UnreadableAudio, finish

Sound = Callable[..., Samples]
Separate = Callable[..., Separation]
Move = Callable[[Separation, Path], Separation]


def test_a_named_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for look in (probe, read):
        with pytest.raises(UnreadableAudio, match="named pipe"):
            look(tmp_path / "pipe.wav")


def test_a_device_is_refused() -> None:
    with pytest.raises(UnreadableAudio, match="a device"):
        read(Path("/dev/zero"))


@pytest.mark.parametrize(
    "name",
    [b"caf\xe9.wav", b"\xff\xfe.wav", b"two\nlines.wav", b"-rf.wav", b"100%s.wav", "e\u0301 😀 שלום.wav".encode()],
)
def test_a_file_of_any_name_opens_and_exports(
    name: bytes, tmp_path: Path, separation: Separate, sound_file: Callable[..., Path], moved: Move
) -> None:
    result = separation(16_000, 0.1)
    path = tmp_path / os.fsdecode(name)
    os.rename(sound_file("plain.wav", result.recording.samples, 16_000, "FLOAT"), path)
    recording = read(path)
    np.testing.assert_array_equal(recording.samples, result.recording.samples)
    exported = finish(exporting(moved(result, path), ExportPlan(tmp_path)))
    assert [read(path).frames for path in exported.paths] == [1600, 1600]


def test_an_input_that_is_deleted_meanwhile_is_read_to_its_end(
    hiss: Sound, sound_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_BLOCK", 1024)
    samples = hiss(16_000, 1.0)
    path = sound_file("sound.wav", samples, 16_000, "FLOAT")
    work = reading(path)
    next(work), next(work)
    path.unlink()
    np.testing.assert_array_equal(finish(work).samples, samples)


@pytest.mark.parametrize("link", ["symlink", "hard link"])
@pytest.mark.parametrize("conflict", ["number", "overwrite"])
def test_the_input_is_never_written_through_a_link(
    link: str, conflict: str, tmp_path: Path, separation: Separate, moved: Move
) -> None:
    original = tmp_path / "original.wav"
    original.write_bytes(b"precious")
    in_the_way = tmp_path / "out" / "original_speech.wav"
    in_the_way.parent.mkdir()
    if link == "symlink":
        in_the_way.symlink_to(original)
    else:
        os.link(original, in_the_way)
    result = moved(separation(16_000, 0.1), original)
    plan = ExportPlan(tmp_path / "out", conflict=conflict)
    exported = finish(exporting(result, plan))
    assert [path.name for path in exported.paths] == ["original_speech (2).wav", "original_noise (2).wav"]
    assert original.read_bytes() == b"precious"
    assert in_the_way.samefile(original)


def test_a_symlinked_folder_is_the_same_folder(tmp_path: Path, separation: Separate, moved: Move) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    recording = moved(separation(16_000, 0.1), tmp_path / "real" / "take_speech.wav").recording
    plan = ExportPlan(tmp_path / "alias", ("speech",), template="take_{track}", conflict="overwrite")
    assert output_paths(recording, plan)["speech"].name == "take_speech (2).wav"


def test_a_symlink_that_leads_nowhere_is_not_written_through(tmp_path: Path, separation: Separate) -> None:
    (tmp_path / "untitled_speech.wav").symlink_to(tmp_path / "elsewhere.wav")
    exported = finish(exporting(separation(16_000, 0.1), ExportPlan(tmp_path, ("speech",))))
    assert exported.paths[0].name == "untitled_speech (2).wav"
    assert not (tmp_path / "elsewhere.wav").exists()
