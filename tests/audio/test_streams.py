import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from tasnet_gui.audio.streams import StreamFormat, raw_format, read_wave_header
from tasnet_gui.domain import BadRequest, Samples, UnreadableAudio

ENCODINGS = ["u8", "s16le", "s24le", "s32le", "f32le"]
SUBTYPES = {"u8": "PCM_U8", "s16le": "PCM_16", "s24le": "PCM_24", "s32le": "PCM_32", "f32le": "FLOAT"}
STEP = {"u8": 2**-7, "s16le": 2**-15, "s24le": 2**-23, "s32le": 2**-23, "f32le": 0.0}


def wave(sound: Samples, encoding: str, kind: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound.T, 16_000, subtype=SUBTYPES[encoding], format=kind)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
def test_a_stream_is_decoded_as_libsndfile_decodes_the_file(
    hiss: Callable[..., Samples], encoding: str, kind: str
) -> None:
    sound = hiss(seconds=0.1, channels=2)
    content = wave(sound, encoding, kind)
    stream = io.BytesIO(content)
    form, length = read_wave_header(stream.read)
    assert form == StreamFormat(16_000, 2, encoding)
    data = stream.read(length)
    assert length == len(data) == 1600 * form.frame
    expected, _ = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    np.testing.assert_allclose(form.decode(data), expected.T, rtol=0, atol=1e-7)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_encoded_reads_back_to_half_a_step(hiss: Callable[..., Samples], encoding: str) -> None:
    sound, form = hiss(seconds=0.1, channels=3), StreamFormat(16_000, 3, encoding)
    content = form.wave_header() + form.encode(sound)
    read, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    assert rate == 16_000
    np.testing.assert_allclose(read.T, sound, rtol=0, atol=0.51 * STEP[encoding])
    again = form.decode(form.encode(sound))
    np.testing.assert_allclose(again, sound, rtol=0, atol=0.51 * STEP[encoding])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_too_loud_is_clipped_and_not_wrapped(encoding: str) -> None:
    form, loud = StreamFormat(16_000, 1, encoding), np.array([[1.5, -1.5]], np.float32)
    wanted = loud if encoding == "f32le" else np.array([[1.0, -1.0]])
    np.testing.assert_allclose(form.decode(form.encode(loud)), wanted, rtol=0, atol=STEP[encoding])


@pytest.mark.parametrize("claim", [0, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xFFFF_F000])
def test_a_length_that_nobody_knows_means_to_the_end(hiss: Callable[..., Samples], claim: int) -> None:
    content = bytearray(wave(hiss(seconds=0.01), "s16le"))
    content[40:44] = claim.to_bytes(4, "little")
    assert read_wave_header(io.BytesIO(content).read)[1] is None


def test_what_follows_the_sound_in_an_rf64_is_no_sound(hiss: Callable[..., Samples]) -> None:
    content = wave(hiss(seconds=0.01), "s16le", "RF64") + b"LIST\x04\0\0\0INFO"
    assert read_wave_header(io.BytesIO(content).read)[1] == 2 * 160


@pytest.mark.parametrize("claim", [0, 0xFFFF_FFFF_FFFF_FFFF])
def test_an_rf64_may_not_know_its_length_either(hiss: Callable[..., Samples], claim: int) -> None:
    content = bytearray(wave(hiss(seconds=0.01), "s16le", "RF64"))
    sizes = content.index(b"ds64") + 8
    content[sizes + 8 : sizes + 16] = claim.to_bytes(8, "little")
    assert read_wave_header(io.BytesIO(content).read)[1] is None


def test_24_bits_that_lie_in_32_are_decoded_as_what_they_are(hiss: Callable[..., Samples]) -> None:
    content = bytearray(wave(hiss(seconds=0.01, channels=2), "s32le"))
    assert content[32:36] == b"\x08\0\x20\0"  # block align and bits
    content[34] = 24
    stream = io.BytesIO(content)
    form, length = read_wave_header(stream.read)
    assert form == StreamFormat(16_000, 2, "s32le")
    expected, _ = soundfile.read(io.BytesIO(wave(hiss(seconds=0.01, channels=2), "s32le")), dtype="float32")
    np.testing.assert_allclose(form.decode(stream.read(length)), expected.T, rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no WAV"),
        (b"fLaC" + bytes(100), "no WAV"),
        (b"RIFF\0\0\0\0WAVE", "without sound"),
        (b"RIFF\0\0\0\0WAVEdata\x08\0\0\0" + bytes(8), "without sound"),
        (b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\x7f", "without sound"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x06\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0", "cannot be streamed"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\0\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x10\0", "0 channels"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0", "0 Hz"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1f\0\0\0\0\0\0\x03\0\x10\0", "block align 3 does not fit"),
    ],
)
def test_what_is_no_stream_of_sound_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableAudio, match=reason):
        read_wave_header(io.BytesIO(content).read)


def test_a_raw_format_has_defaults() -> None:
    assert raw_format("8000") == StreamFormat(8000, 1, "s16le")
    assert raw_format("44100,2") == StreamFormat(44_100, 2, "s16le")
    assert raw_format("48000,6,f32le") == StreamFormat(48_000, 6, "f32le")


@pytest.mark.parametrize(
    "text", ["", "fast", "16000,x", "16000,1,s12", "16000,1,s16le,9", "0", "16000,65", "-1", "1e4"]
)
def test_an_impossible_raw_format_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        raw_format(text)
