import errno
import os
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.audio import files, film, storage
from tasnet_gui.audio.files import AUDIO_SUFFIXES, AudioInfo, probe, read, reading
from tasnet_gui.audio.formats import EXPORTS
from tasnet_gui.audio.sources import Source
from tasnet_gui.domain import Samples, UnreadableAudio, UnwritableOutput

Wav = Callable[..., bytes]
Encoded = Callable[..., bytes]
Sound = Callable[..., Samples]


def saved(folder: Path, content: bytes, name: str = "sound.wav") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


# --------------------------------------------------------------------------------------------------- what comes through


@pytest.mark.parametrize("channels", [1, 2, 6, 8, 64])
@pytest.mark.parametrize("rate", [1_000, 44_100, 768_000])
def test_a_file_comes_back_as_it_was_written(
    channels: int, rate: int, hiss: Sound, sound_file: Callable[..., Path]
) -> None:
    samples = hiss(rate, 1000 / rate, channels)
    path = sound_file("sound.wav", samples, rate, "FLOAT")
    assert probe(path) == AudioInfo(1000, rate, channels, "WAV", "FLOAT")
    recording = read(path)
    np.testing.assert_array_equal(recording.samples, samples)
    assert (recording.rate, recording.path, recording.container) == (rate, path, "WAV")
    assert (recording.replaced, recording.notes) == (0, ())


@pytest.mark.parametrize("frames", [1, 2, 63, 64, 65, files._BLOCK - 1, files._BLOCK, files._BLOCK + 1])
def test_every_length_comes_through(frames: int, hiss: Sound, sound_file: Callable[..., Path]) -> None:
    samples = hiss(16_000, frames / 16_000)
    np.testing.assert_array_equal(read(sound_file("sound.wav", samples, 16_000, "FLOAT")).samples, samples)


def test_u8_is_exact(tmp_path: Path, wav: Wav) -> None:
    recording = read(saved(tmp_path, wav(bytes(range(256)), bits=8)))
    np.testing.assert_array_equal(recording.samples[0], (np.arange(256) - 128) / 128)
    assert recording.subtype == "PCM_U8"


def test_s16_and_s24_are_exact(tmp_path: Path, wav: Wav) -> None:
    levels = np.array([0, 1, -1, 32767, -32768], "<i2")
    np.testing.assert_array_equal(read(saved(tmp_path, wav(levels.tobytes()))).samples[0], levels / 32768)
    levels = np.array([0, 1, -1, 8388607, -8388608], "<i4")
    packed = b"".join(int(level).to_bytes(3, "little", signed=True) for level in levels)
    np.testing.assert_array_equal(read(saved(tmp_path, wav(packed, bits=24))).samples[0], levels / 8388608)


def test_wider_samples_are_exact_to_float32(tmp_path: Path, wav: Wav) -> None:
    levels = np.array([0, 1, -1, 2**31 - 1, -(2**31)], "<i4")
    found = read(saved(tmp_path, wav(levels.tobytes(), bits=32))).samples[0]
    np.testing.assert_array_equal(found, (levels / 2**31).astype(np.float32))
    doubles = np.array([0.1, -1 / 3, 1.0], "<f8")
    found = read(saved(tmp_path, wav(doubles.tobytes(), tag=3, bits=64))).samples[0]
    np.testing.assert_array_equal(found, doubles.astype(np.float32))


def test_a_law_is_exact(tmp_path: Path, wav: Wav) -> None:
    def expand(code: int) -> int:  # ITU-T G.711, 16 bits
        code ^= 0x55
        exponent, mantissa = code >> 4 & 7, code & 15
        size = (mantissa << 4) + 8 if exponent == 0 else (mantissa << 4) + 0x108 << exponent - 1
        return size if code & 0x80 else -size

    recording = read(saved(tmp_path, wav(bytes(range(256)), tag=6, bits=8)))
    np.testing.assert_array_equal(recording.samples[0], np.array([expand(code) for code in range(256)]) / 32768)
    assert recording.subtype == "ALAW"


def test_adpcm_is_decoded(tmp_path: Path, tone: Sound, encoded: Encoded) -> None:
    sound = tone(16_000, 1.0)
    found = read(saved(tmp_path, encoded(sound, 16_000, "WAV", "IMA_ADPCM"))).samples
    assert np.std(found[:, :16_000] - sound) < 0.02 * np.std(sound)


def test_sound_above_full_scale_is_not_clipped(sound_file: Callable[..., Path]) -> None:
    samples = np.array([[4.0, -4.0, 1.0]], np.float32)
    np.testing.assert_array_equal(read(sound_file("hot.wav", samples, 16_000, "FLOAT")).samples, samples)


def test_progress_grows_and_is_told_block_by_block(
    monkeypatch: pytest.MonkeyPatch, hiss: Sound, sound_file: Callable[..., Path]
) -> None:
    monkeypatch.setattr(files, "_BLOCK", 1000)
    work = reading(sound_file("sound.wav", hiss(16_000, 1.0), 16_000, "FLOAT"))
    told = [progress.done for progress in work]
    assert len(told) > 10
    assert told == sorted(told)
    assert 0.0 <= told[0] <= told[-1] <= 1.0


def test_a_closed_reader_lets_go_of_the_file(
    monkeypatch: pytest.MonkeyPatch, hiss: Sound, sound_file: Callable[..., Path]
) -> None:
    closed = []
    monkeypatch.setattr(files, "_BLOCK", 1000)
    monkeypatch.setattr(Source, "close", lambda source: closed.append(source._file.close()))
    work = reading(sound_file("sound.wav", hiss(16_000, 1.0), 16_000, "FLOAT"))
    next(work), next(work)
    work.close()
    assert closed


def test_long_sound_is_read_into_a_file(
    monkeypatch: pytest.MonkeyPatch, hiss: Sound, sound_file: Callable[..., Path]
) -> None:
    monkeypatch.setattr(storage, "IN_MEMORY", 1000)
    samples = hiss(16_000, 1.0, 2)
    np.testing.assert_array_equal(read(sound_file("sound.wav", samples, 16_000, "FLOAT")).samples, samples)


def test_too_long_a_sound_is_an_unreadable_file(
    monkeypatch: pytest.MonkeyPatch, hiss: Sound, sound_file: Callable[..., Path]
) -> None:
    def full(*_: object) -> None:
        raise UnwritableOutput("The temporary disk is full.", "Make room.")

    monkeypatch.setattr(storage, "allocate", full)
    with pytest.raises(UnreadableAudio, match=r"sound\.wav is too long.*Make room"):
        read(sound_file("sound.wav", hiss(), 16_000, "FLOAT"))


def test_every_export_can_be_opened_again() -> None:
    assert {form.suffix for form in EXPORTS.values()} <= set(AUDIO_SUFFIXES)


# ----------------------------------------------------------------------------------------------------- what is no sound


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"hello, this is not audio" * 100, "Format not recognised"),
        (b"\0" * 5000, "Format not recognised"),
        (b"RIFF", "cannot be opened"),
        (b"fLaC", "cannot be opened"),
        (b"OggS", "cannot be opened"),
        (b"ID3", "cannot be opened"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff", "cannot be opened"),
    ],
)
def test_what_is_no_sound_is_refused_with_the_reason(content: bytes, reason: str, tmp_path: Path) -> None:
    path = saved(tmp_path, content, "clip.wav")
    for look in (probe, read):
        with pytest.raises(UnreadableAudio, match=f"clip.wav .*{reason}"):
            look(path)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\0\0\0\x20ftypM4A ", "m4a, mp4"),
        (b"\x1aE\xdf\xa3", "Matroska"),
        (b"RIFF\0\0\0\0AVI ", "AVI"),
        (b"\xff\xf1\x50\x80", "AAC"),
    ],
)
def test_a_foreign_format_is_named_with_the_way_out(
    start: bytes, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "installed", lambda: False)
    with pytest.raises(UnreadableAudio, match=rf"film\.wav .*decoder for .*{kind}.* missing\..*convert it") as refusal:
        read(saved(tmp_path, start + bytes(1000), "film.wav"))
    assert "ffmpeg" in refusal.value.todo


def test_a_sound_of_no_samples_is_told_apart(tmp_path: Path, wav: Wav, encoded: Encoded) -> None:
    nothing = np.zeros((1, 0), np.float32)
    for content in (wav(b""), encoded(nothing, 16_000, "OGG", "VORBIS"), encoded(nothing, 16_000, "AIFF", "PCM_16")):
        for look in (probe, read):
            with pytest.raises(UnreadableAudio, match="contains no samples"):
                look(saved(tmp_path, content))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"channels": 0}, "0 channels"),
        ({"channels": 65}, "65 channels"),
        ({"channels": 65_535}, "65535 channels"),
        ({"rate": 0}, "0 Hz"),
        ({"rate": 1}, "its rate is 1 Hz; 1,000 to 768,000"),
        ({"rate": 999}, "999 Hz"),
        ({"rate": 768_001}, "768,001 Hz"),
        ({"rate": 10**9}, "1,000,000,000 Hz"),
        ({"rate": 0xFFFFFFFF}, "4294967295 Hz"),
        ({"align": 0}, "block align 0"),
        ({"align": 3}, "block align 3"),
        ({"channels": 2, "align": 2}, "block align 2"),
        ({"bits": 0}, "cannot be opened"),
        ({"bits": 65_535}, "cannot be opened"),
        ({"tag": 0x1234}, "cannot be opened"),
    ],
)
def test_an_impossible_header_is_refused_with_the_reason(
    fields: dict[str, int], reason: str, tmp_path: Path, wav: Wav, pcm16: bytes
) -> None:
    with pytest.raises(UnreadableAudio, match=reason):
        read(saved(tmp_path, wav(pcm16, **fields)))


def test_a_folder_and_a_missing_file_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(UnreadableAudio, match="is a folder"):
        read(tmp_path / "folder.wav")
    with pytest.raises(UnreadableAudio, match="does not exist"):
        read(tmp_path / "gone.wav")
    with pytest.raises(UnreadableAudio, match="cannot be opened"):
        read(Path("nul\0byte.wav"))


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    path = saved(tmp_path, b"RIFF")
    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(UnreadableAudio, match="may not be read"):
        read(path)


def test_a_header_that_never_ends_is_given_up(
    tmp_path: Path, wav: Wav, pcm16: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def stuck(source: Source) -> None:
        gate.wait()
        raise OSError("too late")

    monkeypatch.setattr(files, "_PATIENCE", 0.05)
    monkeypatch.setattr(files, "examine", stuck)
    with pytest.raises(UnreadableAudio, match="within"):
        probe(saved(tmp_path, wav(pcm16)))
    gate.set()


# ------------------------------------------------------------------------------------------------- samples and the disk


def test_what_is_no_level_becomes_0_and_is_counted(tmp_path: Path, wav: Wav) -> None:
    levels = np.array([0.5, np.nan, np.inf, -np.inf, 1e38, -1e10, 2.0**31, 1e-40, -0.25], "<f4")
    recording = read(saved(tmp_path, wav(levels.tobytes(), tag=3, bits=32)))
    assert recording.replaced == 5
    np.testing.assert_array_equal(recording.samples[0], [0.5, 0, 0, 0, 0, 0, 2.0**31, 0, -0.25])
    assert recording.notes == ("5 samples were not a finite level and became 0.",)


def test_a_signalling_nan_is_replaced_like_any_other(tmp_path: Path, wav: Wav) -> None:
    recording = read(saved(tmp_path, wav(struct.pack("<IfI", 0x7F800001, 0.5, 0xFFBFFFFF), tag=3, bits=32)))
    np.testing.assert_array_equal(recording.samples[0], [0, 0.5, 0])


def test_a_double_beyond_float32_is_replaced(tmp_path: Path, wav: Wav) -> None:
    recording = read(saved(tmp_path, wav(np.array([1e300, 0.5], "<f8").tobytes(), tag=3, bits=64)))
    np.testing.assert_array_equal(recording.samples[0], [0, 0.5])
    assert recording.notes == ("1 sample was not a finite level and became 0.",)


def test_a_file_cut_off_while_it_is_read_ends_where_it_was_cut(
    tmp_path: Path, hiss: Sound, sound_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_BLOCK", 2000)
    samples = hiss(16_000, 2.0)
    path = sound_file("sound.wav", samples, 16_000, "FLOAT")
    work = reading(path)
    next(work), next(work)
    os.truncate(path, 40_000)
    recording = files.finish(work)
    assert 0 < recording.frames < 12_000
    np.testing.assert_array_equal(recording.samples, samples[:, : recording.frames])
    assert any("found" in note for note in recording.notes)


@pytest.mark.parametrize("good", [0, 20_000])
def test_a_failing_disk_ends_the_sound_with_a_word(
    good: int, hiss: Sound, sound_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Source.bytes_at

    def failing(source: Source, offset: int, count: int) -> bytes:
        if offset + count > max(good, 4096) and threading.current_thread() is threading.main_thread():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return whole(source, offset, count)

    path = sound_file("sound.wav", hiss(16_000, 1.0), 16_000, "FLOAT")
    monkeypatch.setattr(files, "_BLOCK", 1024)
    monkeypatch.setattr(Source, "bytes_at", failing)
    if good:
        recording = read(path)
        assert 0 < recording.frames < 16_000
        assert any("Input/output error" in note for note in recording.notes)
    else:
        with pytest.raises(UnreadableAudio, match=r"decoded \(Input/output error\)"):
            read(path)


def test_reading_changes_nothing_in_the_file(tmp_path: Path, wav: Wav, pcm16: bytes) -> None:
    content = wav(pcm16, claim=7)
    path = saved(tmp_path, content)
    before = path.stat()
    read(path)
    assert path.read_bytes() == content
    assert path.stat().st_mtime_ns == before.st_mtime_ns
