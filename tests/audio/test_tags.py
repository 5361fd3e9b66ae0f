"""Tags and broadcast chunks: carried into every container that holds them; damage in them never harms the sound."""

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tinytag import TinyTag

from tasnet_gui.audio import ogg
from tasnet_gui.audio.exports import EXPORTS, ExportPlan, exporting
from tasnet_gui.audio.files import read
from tasnet_gui.audio.tags import encoding
from tasnet_gui.audio.tags.carrying import carried
from tasnet_gui.audio.tags.reading import read_tags
from tasnet_gui.audio.tags.values import LARGEST_CHUNK, LARGEST_PICTURE, NONE, Picture, Tags
from tasnet_gui.domain import TRACKS, Recording, Separation, finish

Separate = Callable[..., Separation]
Move = Callable[[Separation, Path], Separation]
FIELDS = (
    *(("TITLE", "Gespräch im Zug – 日本"), ("ARTIST", "Jo"), ("ALBUM", "Field"), ("DATE", "2026"), ("GENRE", "Speech")),
    *(("TRACKNUMBER", "3"), ("COMMENT", "Left of the door"), ("COPYRIGHT", "CC BY"), ("MICROPHONE", "Schoeps MK 4")),
)
TAGS = Tags(FIELDS, Picture("image/png", b"\x89PNG" + bytes(500)))
LOUDNESS = struct.pack("<5h", *[-2300] * 5)
IXML = (
    b"<?xml?><BWFXML><SCENE>12</SCENE><SPEED><TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>0</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
    b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>4294967290</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO></SPEED></BWFXML>"
)


def bext(reference: int = 1000, version: int = 2, history: bytes = b"A=PCM,F=16000\r\n") -> bytes:
    fixed = b"A scene".ljust(256, b"\0") + b"Jo".ljust(32, b"\0") + bytes(32) + b"2026-11-2909:00:00"[:18]
    return (
        fixed
        + struct.pack("<QH", reference, version)
        + b"U" * 64
        + struct.pack("<5h", *[-2300] * 5)
        + bytes(180)
        + history
    )


def wav_with(separation: Separation, path: Path, chunks: bytes) -> Separation:
    """The same separation, of a WAV with these chunks behind its sound."""
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, separation.recording.samples.T, separation.recording.rate, "FLOAT", format="WAV")
    content = bytearray(path.read_bytes() + chunks)
    struct.pack_into("<I", content, 4, len(content) - 8)
    path.write_bytes(content)
    return replace(separation, recording=replace(separation.recording, path=path))


@pytest.fixture
def result(separation: Separate, tmp_path: Path) -> Separation:
    """Half a second from a WAV with everything in it, of an odd number of bytes in 24 bits."""
    chunks = b"".join(encoding.chunk(name, content, "<") for name, content in ((b"bext", bext()), (b"iXML", IXML)))
    return wav_with(
        separation(16_000, 0.5 + 1 / 16_000), tmp_path / "in" / "take.wav", chunks + encoding.riff_chunks(TAGS)
    )


def chunks_of(path: Path) -> dict[bytes, bytes]:
    content, found, at = path.read_bytes(), {}, 12
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        if length == 0xFFFF_FFFF:
            length = int.from_bytes(found[b"ds64"][8:16], "little")
        found[name] = content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    assert at == len(content)
    outer = (
        int.from_bytes(found[b"ds64"][:8], "little") if b"ds64" in found else struct.unpack_from("<I", content, 4)[0]
    )
    assert outer == len(content) - 8
    return found


# ---------------------------------------------------------------------------------------------- in every container


@pytest.mark.parametrize("key", EXPORTS)
def test_tags_arrive_in_every_container_and_the_sound_is_the_same(key: str, result: Separation, tmp_path: Path) -> None:
    plain = finish(exporting(result, ExportPlan(tmp_path / "plain", TRACKS, key, tags=False)))
    tagged = finish(exporting(result, ExportPlan(tmp_path / "tagged", TRACKS, key)))
    for bare, path in zip(plain.paths, tagged.paths, strict=True):
        np.testing.assert_array_equal(read(path).samples, read(bare).samples)
        assert read(path).notes == ()
        assert len(path.read_bytes()) > len(bare.read_bytes())
    if EXPORTS[key].container == "CAF":
        with soundfile.SoundFile(tagged.paths[0]) as file:
            assert (file.title, file.artist, file.album) == (FIELDS[0][1], "Jo", "Field")
        assert set(FIELDS) == set(read_tags(tagged.paths[0])[0].fields)
        return
    found, notes = read_tags(tagged.paths[0])
    assert notes == ()
    if EXPORTS[key].container == "M4A":  # the common ones
        assert set(FIELDS[:-1]) <= set(found.fields)
        return
    assert set(FIELDS) <= set(found.fields)
    assert found.picture == TAGS.picture


@pytest.mark.parametrize("key", EXPORTS)
def test_a_file_without_tags_gets_none(key: str, separation: Separate, tmp_path: Path) -> None:
    bare = wav_with(separation(16_000, 0.25), tmp_path / "in.wav", b"")
    asked, not_asked = (
        finish(exporting(bare, ExportPlan(tmp_path / name, ("speech",), key, tags=tags))).paths[0].read_bytes()
        for name, tags in (("a", True), ("b", False))
    )
    assert asked == not_asked


@pytest.mark.parametrize("key", ["flac16", "ogg", "opus", "mp3", "aiff16", "wav24"])
def test_tags_go_from_any_container_into_any_other(key: str, result: Separation, tmp_path: Path) -> None:
    (first,) = finish(exporting(result, ExportPlan(tmp_path / "a", ("speech",), key))).paths
    for other in ("wav16", "flac", "ogg", "opus", "mp3", "aiff24"):
        onward = replace(result, recording=replace(result.recording, path=first))
        (second,) = finish(exporting(onward, ExportPlan(tmp_path / f"b{other}", ("speech",), other))).paths
        found, notes = read_tags(second)
        assert (notes, set(FIELDS) <= set(found.fields), found.picture) == ((), True, TAGS.picture)


def test_the_same_export_twice_gives_the_same_bytes_with_tags(result: Separation, tmp_path: Path) -> None:
    for key in ("wav24", "flac", "ogg", "opus", "caf24", "aiff16"):
        one, two = (finish(exporting(result, ExportPlan(tmp_path / name, format=key))).paths for name in "ab")
        assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


# ---------------------------------------------------------------------------------------------------- broadcast chunks


@pytest.mark.parametrize("key", ["wav16", "wav24", "wavfloat"])
def test_chunks_of_broadcasters_go_from_wav_to_wav_as_they_were(key: str, result: Separation, tmp_path: Path) -> None:
    (path,) = finish(exporting(result, ExportPlan(tmp_path, ("speech",), key))).paths
    before, after = chunks_of(result.recording.path), chunks_of(path)
    assert after[b"iXML"] == IXML
    assert (after[b"LIST"], after[b"id3 "]) == (before[b"LIST"], before[b"id3 "])
    assert after[b"bext"][:348] == before[b"bext"][:348]
    assert after[b"bext"][348:412] == bytes(64)  # another material
    assert after[b"bext"][412:422] == struct.pack("<5h", *[0x7FFF] * 5)  # of a loudness that nobody measured
    assert after[b"bext"][422:] == before[b"bext"][422:]


def test_they_fit_into_rf64(result: Separation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasnet_gui.audio.formats._RIFF_LIMIT", 1000)
    (path,) = finish(exporting(result, ExportPlan(tmp_path, ("speech",), "wav24"))).paths
    assert path.read_bytes().startswith(b"RF64")
    assert chunks_of(path)[b"iXML"] == IXML
    assert read_tags(path)[0].ixml == IXML  # and back


@pytest.mark.parametrize("key", ["flac", "caf16", "aiff16", "mp3"])
def test_tags_of_rf64_go_into_other_containers(
    key: str, result: Separation, moved: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as small:
        small.setattr("tasnet_gui.audio.formats._RIFF_LIMIT", 1000)
        (path,) = finish(exporting(result, ExportPlan(tmp_path, ("speech",), "wavfloat"))).paths
    assert path.read_bytes().startswith(b"RF64")
    (written,) = finish(exporting(moved(result, path), ExportPlan(tmp_path / "out", ("speech",), key))).paths
    tags, _ = read_tags(written)
    assert (tags.values("TITLE"), tags.values("ARTIST")) == ([FIELDS[0][1]], ["Jo"])


def test_a_stretch_begins_later_on_the_clock(result: Separation, tmp_path: Path) -> None:
    (path,) = finish(exporting(result, ExportPlan(tmp_path, ("speech",), "wav16", span=(0.25, 0.4)))).paths
    chunks = chunks_of(path)
    assert struct.unpack_from("<Q", chunks[b"bext"], 338) == (1000 + 4000,)
    now = 4_294_967_290 + 4000  # carries into the upper half
    assert b"_HI>1</" in chunks[b"iXML"]
    assert b"_LO>%d</" % (now - 2**32) in chunks[b"iXML"]


def test_what_cannot_be_held_is_told(result: Separation, tmp_path: Path) -> None:
    exported = finish(exporting(result, ExportPlan(tmp_path, ("speech",), "flac")))
    assert exported.notes == ("The broadcast data (bext and iXML) was left out: only WAV can hold it.",)
    exported = finish(exporting(result, ExportPlan(tmp_path, ("speech",), "caf24")))
    assert "The cover (504 bytes) was left out" in exported.notes[1]


# --------------------------------------------------------------------------------------------------------- bad tags


def test_a_cover_of_50_mb_is_left_out_with_a_note(separation: Separate, tmp_path: Path) -> None:
    cover = Tags((("TITLE", "Big"),), Picture("image/jpeg", bytes(50_000_000)))
    content = encoding.chunk(b"id3 ", encoding.id3(cover), "<")
    (path,) = finish(exporting(separation(16_000, 0.25), ExportPlan(tmp_path, ("speech",), "flac"))).paths
    flac = path.read_bytes()
    blocks = encoding._flac_block(6, encoding.flac_picture(Picture("image/jpeg", bytes(LARGEST_PICTURE + 1))))
    path.write_bytes(flac[:42] + blocks + flac[42:])
    for name, source in (("wav", content), ("flac", b"")):
        result = wav_with(separation(16_000, 0.25), tmp_path / "in" / "a.wav", source)
        if name == "flac":
            result = replace(result, recording=replace(result.recording, path=path))
        exported = finish(exporting(result, ExportPlan(tmp_path / name, ("speech",), "wavfloat")))
        assert "too large" in exported.notes[0]
        assert exported.paths[0].stat().st_size < 100_000
        np.testing.assert_array_equal(read(exported.paths[0]).samples, result.speech)


@pytest.mark.parametrize("wanted", ["wav16", "flac", "opus", "mp3"])
@pytest.mark.parametrize("seed", range(6))
def test_tags_that_are_garbage_never_harm_the_sound(seed: int, wanted: str, result: Separation, tmp_path: Path) -> None:
    random = np.random.default_rng(seed)
    content = bytearray(result.recording.path.read_bytes())
    sound = 44 + 4 * result.recording.frames + 60
    for at in random.integers(sound, len(content), 40):
        content[at] = random.integers(256)
    result.recording.path.write_bytes(content)
    (path,) = finish(exporting(result, ExportPlan(tmp_path / "out", ("speech",), wanted))).paths
    assert read(path).frames == result.recording.frames


@pytest.mark.parametrize("length", [0xFFFF_FFF0, LARGEST_CHUNK + 2, 1 << 20])
def test_a_chunk_that_claims_too_much_is_left_out_with_a_note(
    length: int, separation: Separate, tmp_path: Path
) -> None:
    chunk = b"iXML" + struct.pack("<I", length) + bytes(min(length, LARGEST_CHUNK + 2) - (length == 1 << 20) * 100)
    result = wav_with(separation(16_000, 0.1), tmp_path / "in.wav", chunk)
    exported = finish(exporting(result, ExportPlan(tmp_path / "out", ("speech",))))
    assert "ixml chunk" in exported.notes[0]
    assert b"iXML" not in chunks_of(exported.paths[0])


def test_tags_that_cannot_be_looked_at_are_no_reason_to_fail(
    result: Separation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object, **__: object) -> TinyTag:
        raise OSError("input/output error")

    monkeypatch.setattr(TinyTag, "get", damaged)
    exported = finish(exporting(result, ExportPlan(tmp_path, ("speech",))))
    assert exported.notes == ("The tags of take.wav could not be read and were left out.",)
    result.recording.path.unlink()
    assert finish(exporting(result, ExportPlan(tmp_path, ("speech",)))).notes == ()


def test_what_is_only_true_of_the_old_file_is_left_behind(tmp_path: Path, separation: Separate) -> None:
    old = Tags((*FIELDS, ("REPLAYGAIN_TRACK_GAIN", "-7 dB"), ("R128_TRACK_GAIN", "0"), ("ENCODER", "LAME")))
    result = wav_with(separation(16_000, 0.1), tmp_path / "in.wav", encoding.riff_chunks(old))
    names = {name for name, _ in read_tags(result.recording.path)[0].fields}
    assert "TITLE" in names
    assert not names & {"REPLAYGAIN_TRACK_GAIN", "R128_TRACK_GAIN", "ENCODER"}


def test_long_tags_are_left_out_where_there_is_no_room() -> None:
    long = Tags((("LYRICS", "la " * 20_000),))
    assert carried(long, "OGG", "OPUS", 0)[0] == NONE
    assert carried(long, "OGG", "VORBIS", 0)[0] == long
    assert carried(long, "MP3", "MPEG_LAYER_III", 0) == (long, ())


def test_a_packet_that_is_not_there_or_too_short_is_an_error(result: Separation, tmp_path: Path) -> None:
    (path,) = finish(exporting(result, ExportPlan(tmp_path, ("speech",), "opus"))).paths
    with pytest.raises(OSError, match="no such packet"):
        ogg.packet(path, 10_000)
    with pytest.raises(OSError, match="too short"):
        ogg.replace_packet(path, 1, bytes(1 << 20))


def test_a_recording_without_a_file_has_no_tags() -> None:
    assert read_tags(Recording(np.zeros((1, 1), np.float32), 16_000).path) == (NONE, ())
