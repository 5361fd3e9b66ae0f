"""Headers that lie, and streams that are cut off or damaged."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasnet_gui.audio import riff
from tasnet_gui.audio.files import probe, read
from tasnet_gui.domain import Samples, UnreadableAudio

Wav = Callable[..., bytes]
Encoded = Callable[..., bytes]
Sound = Callable[..., Samples]
STREAMED = "The header does not say how long the sound is; it was read to the end of the file."


def saved(folder: Path, content: bytes) -> Path:
    path = folder / "sound.any"
    path.write_bytes(content)
    return path


@pytest.fixture
def levels(pcm16: bytes) -> Samples:
    return (np.frombuffer(pcm16, "<i2") / 32_768).astype(np.float32)


# ------------------------------------------------------------------------------------------------------------------ WAV


@pytest.mark.parametrize("claim", [2, 100, 16_000, 31_998])
def test_a_header_that_claims_too_little_is_overruled(
    claim: int, tmp_path: Path, wav: Wav, pcm16: bytes, levels: Samples
) -> None:
    recording = read(saved(tmp_path, wav(pcm16, claim=claim)))
    np.testing.assert_array_equal(recording.samples[0], levels)
    assert recording.notes == (f"The header says {claim // 2:,} frames, found 16,000.",)


def test_a_header_that_claims_too_little_in_both_places_is_overruled(
    tmp_path: Path, wav: Wav, pcm16: bytes, levels: Samples
) -> None:
    recording = read(saved(tmp_path, wav(pcm16, claim=16_000, outer=16_036)))
    np.testing.assert_array_equal(recording.samples[0], levels)


@pytest.mark.parametrize("claim", [32_002, 64_000, 0x7000_0000])
def test_a_header_that_claims_too_much_is_overruled(
    claim: int, tmp_path: Path, wav: Wav, pcm16: bytes, levels: Samples
) -> None:
    recording = read(saved(tmp_path, wav(pcm16, claim=claim)))
    np.testing.assert_array_equal(recording.samples[0], levels)
    assert recording.notes == (f"The header says {claim // 2:,} frames, found 16,000.",)


@pytest.mark.parametrize(("claim", "outer"), [(0, 0), (0, None), (0x7FFF_F000, None), (0xFFFF_FFFF, 0xFFFF_FFFF)])
def test_a_streamed_file_is_read_to_its_end(
    claim: int, outer: int | None, tmp_path: Path, wav: Wav, pcm16: bytes, levels: Samples
) -> None:
    recording = read(saved(tmp_path, wav(pcm16, claim=claim, outer=outer)))
    np.testing.assert_array_equal(recording.samples[0], levels)
    assert recording.notes == (STREAMED,)


def test_a_streamed_silence_is_silence_and_not_padding(tmp_path: Path, wav: Wav) -> None:
    assert read(saved(tmp_path, wav(bytes(2000), claim=0))).frames == 1000


@pytest.mark.parametrize(
    "behind",
    [b"LIST\x04\0\0\0INFO", b"LIST\x03\0\0\0abc\0", b"TAG" + bytes(125), b"ID3\x04" + bytes(50), bytes(60_000)],
)
def test_chunks_tags_and_padding_behind_the_sound_are_no_sound(
    behind: bytes, tmp_path: Path, wav: Wav, pcm16: bytes
) -> None:
    recording = read(saved(tmp_path, wav(pcm16, behind=behind)))
    assert (recording.frames, recording.notes) == (16_000, ())


def test_trailing_junk_is_left_out_and_told(tmp_path: Path, wav: Wav, pcm16: bytes) -> None:
    recording = read(saved(tmp_path, wav(pcm16, behind=b"junk" * 100)))
    assert recording.frames == 16_000
    assert recording.notes == ("400 bytes after the sound are not sound and were left out.",)


def test_a_list_before_the_sound_is_stepped_over_in_a_repaired_header(tmp_path: Path, wav: Wav, pcm16: bytes) -> None:
    plain = wav(pcm16, claim=0)
    content = plain[:36] + b"LIST" + struct.pack("<I", 5) + b"INFOx\0" + plain[36:]
    assert read(saved(tmp_path, content)).frames == 16_000


def test_24_bits_in_32_and_an_extensible_header_are_no_fault(tmp_path: Path, hiss: Sound, encoded: Encoded) -> None:
    samples = hiss(16_000, 0.1, 6)
    content = encoded(samples, 16_000, "WAVEX", "PCM_24")
    found = read(saved(tmp_path, content)).samples
    np.testing.assert_allclose(found, samples, atol=2**-23)
    data = content.index(b"data") + 4
    cut = content[:data] + struct.pack("<I", 18 * 100) + content[data + 4 :]
    recording = read(saved(tmp_path, cut))
    np.testing.assert_array_equal(recording.samples, found)
    assert recording.notes == ("The header says 100 frames, found 1,600.",)


@pytest.mark.parametrize(
    ("claim", "behind", "frames", "notes"),
    [
        (None, b"", 800, ()),
        (None, b"LIST\x04\0\0\0INFO", 800, ()),
        (4 * 100, b"", 800, ("The header says 100 frames, found 800.",)),
        (4 * 1000, b"", 800, ("The header says 1,000 frames, found 800.",)),
        (0xFFFF_FFFF, b"", 800, (STREAMED,)),
        (0, b"", 800, (STREAMED,)),
    ],
)
def test_24_bits_that_lie_in_32_are_decoded_as_what_they_are(
    claim: int | None, behind: bytes, frames: int, notes: tuple[str, ...], tmp_path: Path, wav: Wav, hiss: Sound
) -> None:
    levels = np.rint(hiss(16_000, 0.05) * 2**23).astype("<i4")
    content = wav((levels.T << 8).tobytes(), bits=24, align=4, claim=claim, behind=behind)
    recording = read(saved(tmp_path, content))
    assert (recording.frames, recording.notes) == (frames, notes)
    np.testing.assert_array_equal(recording.samples, (levels / 2.0**23).astype(np.float32))


def test_24_bits_that_lie_in_32_may_say_so_in_an_extensible_header(
    tmp_path: Path, hiss: Sound, encoded: Encoded
) -> None:
    content = bytearray(encoded(hiss(16_000, 0.05, 2), 16_000, "WAVEX", "PCM_32"))
    expected = read(saved(tmp_path, bytes(content))).samples
    bits = content.index(b"fmt ") + 8 + 14
    content[bits] = 24
    np.testing.assert_array_equal(read(saved(tmp_path, bytes(content))).samples, expected)


@pytest.mark.parametrize("claim", [2000, 0xFFFF_FFFF, 1 << 60])
def test_the_long_sizes_of_rf64_are_checked_too(claim: int, tmp_path: Path, hiss: Sound, encoded: Encoded) -> None:
    content = bytearray(encoded(hiss(16_000, 1.0), 16_000, "RF64", "PCM_16"))
    sizes = content.index(b"ds64") + 8
    content[sizes + 8 : sizes + 16] = struct.pack("<Q", claim)
    assert read(saved(tmp_path, bytes(content))).frames == 16_000


def test_more_than_4_gib_behind_a_plain_header_get_a_long_one(wav: Wav) -> None:
    start, size = wav(b"", channels=2, claim=0xFFFF_FFFF, outer=0xFFFF_FFFF), 44 + 6 * 2**30
    wave = riff.parse(lambda offset, count: start[offset : offset + count].ljust(count, b"\1"), size)
    assert wave
    repaired = riff.parse(lambda offset, count: wave.repaired[offset : offset + count], len(wave.repaired) + 6 * 2**30)
    assert repaired == riff.Wave(len(wave.repaired), 6 * 2**30 // 4)


@pytest.mark.parametrize("container", ["AIFF", "CAF", "W64", "AU"])
def test_other_containers_that_are_cut_off_say_so(
    container: str, tmp_path: Path, hiss: Sound, encoded: Encoded
) -> None:
    content = encoded(hiss(16_000, 1.0), 16_000, container, "PCM_16")
    recording = read(saved(tmp_path, content[: int(len(content) * 0.9)]))
    assert 13_000 < recording.frames < 15_000
    assert any("bytes of sound, found" in note for note in recording.notes)


# ---------------------------------------------------------------------------------------------------- FLAC, OGG and MP3


def with_total(flac: bytes, total: int) -> bytes:
    packed = int.from_bytes(flac[18:26], "big") >> 36 << 36 | total
    return flac[:18] + packed.to_bytes(8, "big") + flac[26:]


@pytest.mark.parametrize("total", [0, 1, 8_000, 16_000, 32_000, (1 << 36) - 1])
def test_a_flac_is_read_to_its_true_end(total: int, tmp_path: Path, hiss: Sound, encoded: Encoded) -> None:
    flac = encoded(hiss(16_000, 1.0), 16_000, "FLAC", "PCM_16")
    path = saved(tmp_path, with_total(flac, total))
    assert probe(path).frames == total
    recording = read(path)
    assert recording.frames == 16_000
    expected = () if total in (0, 16_000) else (f"The header says {total:,} frames, found 16,000.",)
    assert recording.notes == expected


COMPRESSED = [("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")]


@pytest.mark.parametrize(("container", "subtype"), COMPRESSED)
@pytest.mark.parametrize("part", [0.6, 0.99])
def test_the_readable_part_of_a_truncated_stream_is_used(
    container: str, subtype: str, part: float, tmp_path: Path, hiss: Sound, encoded: Encoded
) -> None:
    content = encoded(hiss(16_000, 6.0, 2), 16_000, container, subtype)
    whole = read(saved(tmp_path, content))
    assert (whole.frames, whole.notes) == (96_000, ())
    recording = read(saved(tmp_path, content[: int(len(content) * part)]))
    assert 24_000 < recording.frames < 96_000
    assert recording.notes
    same = recording.frames - 2400  # the last frames of a lossy stream lack their overlap
    np.testing.assert_allclose(recording.samples[:, :same], whole.samples[:, :same], atol=1e-6)


@pytest.mark.parametrize(("container", "subtype"), COMPRESSED)
def test_a_damaged_stream_is_used_as_far_as_it_can_be_read(
    container: str, subtype: str, tmp_path: Path, hiss: Sound, encoded: Encoded
) -> None:
    content = bytearray(encoded(hiss(16_000, 6.0, 2), 16_000, container, subtype))
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    recording = read(saved(tmp_path, bytes(content)))
    assert 24_000 < recording.frames < 96_000
    assert recording.notes


@pytest.mark.parametrize(("container", "subtype"), COMPRESSED)
def test_junk_behind_a_stream_is_no_damage(
    container: str, subtype: str, tmp_path: Path, hiss: Sound, encoded: Encoded
) -> None:
    recording = read(saved(tmp_path, encoded(hiss(16_000, 1.0), 16_000, container, subtype) + b"junk" * 100))
    assert (recording.frames, recording.notes) == (16_000, ())


@pytest.mark.parametrize(("container", "subtype"), COMPRESSED[2:])
def test_a_second_stream_that_stays_unread_is_told(
    container: str, subtype: str, tmp_path: Path, hiss: Sound, encoded: Encoded
) -> None:
    content = encoded(hiss(48_000, 8.0, 2), 48_000, container, subtype)
    recording = read(saved(tmp_path, content + content))
    assert recording.frames == 384_000
    assert recording.notes == ("Only the first of several streams in the file could be read.",)


# ------------------------------------------------------------------------------------------------------------- anything


@pytest.fixture
def samples_of_all(hiss: Sound, encoded: Encoded, wav: Wav, pcm16: bytes) -> list[bytes]:
    sound = hiss(16_000, 0.2, 2)
    kinds = [*COMPRESSED, ("AIFF", "PCM_16"), ("CAF", "FLOAT"), ("W64", "PCM_16"), ("RF64", "PCM_24")]
    return [wav(pcm16[:4000]), *(encoded(sound, 16_000, *kind) for kind in kinds)]


@given(data=st.data())
@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_header_of_any_bytes_gives_finite_sound_or_a_reason(
    data: st.DataObject, samples_of_all: list[bytes], tmp_path: Path
) -> None:
    content = bytearray(data.draw(st.sampled_from(samples_of_all)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content), 120) - 1))] = data.draw(st.integers(0, 255))
    path = saved(tmp_path, bytes(content[: data.draw(st.integers(1, len(content)))]))
    try:
        recording = read(path)
    except UnreadableAudio:
        return
    assert recording.channels in range(1, 65)
    assert recording.frames > 0
    assert np.isfinite(recording.samples).all()
