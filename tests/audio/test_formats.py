"""The table of export formats: these tests run over it by themselves."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tasnet_gui.audio import formats
from tasnet_gui.audio.exports import EXPORTS, ExportPlan, exporting, format_named, like
from tasnet_gui.audio.files import probe, read
from tasnet_gui.audio.resample import resample
from tasnet_gui.domain import TRACKS, BadRequest, ModelCard, Recording, Samples, Separation, UnwritableOutput, finish

Separate = Callable[..., Separation]
LOSSLESS = [key for key, form in EXPORTS.items() if not form.lossy]
INTEGER = [key for key, form in EXPORTS.items() if form.integer]


def exported(separation: Separation, folder: Path, key: str) -> dict[str, Samples]:
    """The tracks as they are read back, in double precision."""
    result = finish(exporting(separation, ExportPlan(folder, TRACKS, key)))
    return {track: read(path).samples.astype(float) for track, path in zip(TRACKS, result.paths, strict=True)}


@pytest.mark.parametrize("key", EXPORTS)
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (48_000, 2)])
def test_every_format_keeps_rate_channels_length_and_place(
    key: str, rate: int, channels: int, tmp_path: Path, separation: Separate
) -> None:
    result = separation(rate, 0.5, channels)
    paths = finish(exporting(result, ExportPlan(tmp_path, TRACKS, key))).paths
    form = EXPORTS[key]
    for track, path in zip(TRACKS, paths, strict=True):
        info = probe(path)
        assert (info.rate, info.channels, info.container, info.subtype) == (
            rate,
            channels,
            form.container,
            form.subtype,
        )
        found, meant = read(path).samples, result.track(track)
        assert found.shape == meant.shape
        if track != "noise":  # what a lossy encoder leaves of white noise is no measure
            for heard, wanted in zip(found, meant, strict=True):
                assert np.corrcoef(heard, wanted)[0, 1] > 0.9


@pytest.mark.parametrize("key", LOSSLESS)
@pytest.mark.parametrize("level", [0.25, 0.001, 4.0])
def test_speech_and_noise_add_up_to_the_mixture_within_1_lsb(
    key: str, level: float, tmp_path: Path, separation: Separate
) -> None:
    form = EXPORTS[key]
    tracks = exported(separation(16_000, 0.5, 2, level), tmp_path, key)
    lsb = 2.0 ** (1 - form.bits) if form.integer else 2.0**-22 * np.abs(tracks["mixture"]).max()
    assert np.abs(tracks["speech"] + tracks["noise"] - tracks["mixture"]).max() <= lsb


@pytest.mark.parametrize("key", LOSSLESS)
def test_each_track_is_what_it_was_but_for_rounding_and_dither(key: str, tmp_path: Path, separation: Separate) -> None:
    form, result = EXPORTS[key], separation(16_000, 0.5, 2)
    allowed = {16: {"mixture": 0.5, "speech": 1.5, "noise": 2.0}, 24: {"mixture": 0.5, "speech": 0.5, "noise": 1.5}}
    for track, samples in exported(result, tmp_path, key).items():
        steps = allowed[form.bits][track] * 2.0 ** (1 - form.bits) if form.integer else 0.0
        assert np.abs(samples - result.track(track)).max() <= steps * 1.0001


@pytest.mark.parametrize("key", [key for key in INTEGER if EXPORTS[key].bits == 16])
def test_a_mixture_from_16_bits_comes_back_bit_by_bit(
    key: str, tmp_path: Path, separation: Separate, speech_only: Callable[..., Separation]
) -> None:
    source = separation()
    mixture = (np.rint(source.recording.samples * 32_768) / 32_768).astype(np.float32)
    mixture[0, :2] = (-1.0, 32_767 / 32_768)
    tracks = exported(speech_only(mixture, source.speech), tmp_path, key)
    np.testing.assert_array_equal(tracks["mixture"], mixture)
    np.testing.assert_array_equal(tracks["speech"] + tracks["noise"], mixture)


def test_what_is_smaller_than_a_step_of_16_bits_is_still_there(
    tmp_path: Path, tone: Callable[..., Samples], hiss: Callable[..., Samples], speech_only: Callable[..., Separation]
) -> None:
    faint = tone(16_000, 4.0, level=0.4 / 32_768)  # without dither: rounded to nothing
    noise = hiss(16_000, 4.0, level=0.1)
    tracks = exported(speech_only(faint + noise, faint), tmp_path, "wav16")
    assert abs((tracks["speech"] @ faint.T).item() / (faint @ faint.T).item() - 1) < 0.1
    tracks = exported(speech_only(faint + noise, noise), tmp_path, "wav16")
    assert abs((tracks["noise"] @ faint.T).item() / (faint @ faint.T).item() - 1) < 0.1


@pytest.mark.parametrize("key", EXPORTS)
def test_silence_stays_silent(key: str, tmp_path: Path, speech_only: Callable[..., Separation]) -> None:
    silence = np.zeros((1, 8_000), np.float32)
    for samples in exported(speech_only(silence, silence), tmp_path, key).values():
        assert np.abs(samples).max() <= (1e-30 if EXPORTS[key].lossy else 0.0)


@pytest.mark.parametrize("key", EXPORTS)
def test_the_limits_of_a_format_are_true(key: str, tmp_path: Path, separation: Separate) -> None:
    form = EXPORTS[key]
    for rate in (min(form.rates), max(form.rates)):
        for channels in (1, form.max_channels):
            result = separation(rate, 600 / rate, channels)
            path = finish(exporting(result, ExportPlan(tmp_path, ("speech",), key))).paths[0]
            assert (probe(path).rate, probe(path).channels, read(path).frames) == (rate, channels, 600)


@pytest.mark.parametrize("key", EXPORTS)
@pytest.mark.parametrize("frames", [1, 2, 3, 5, 6, 7])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_shortest_sounds_come_back(
    key: str, frames: int, channels: int, tmp_path: Path, separation: Separate
) -> None:
    result = separation(16_000, frames / 16_000, channels)
    for path in finish(exporting(result, ExportPlan(tmp_path, format=key))).paths:
        assert read(path).samples.shape == (channels, frames)


@pytest.mark.parametrize("key", ["flac", "ogg", "opus", "m4a"])
def test_four_channels_are_two_in_front_and_two_behind(key: str, tmp_path: Path, hiss: Callable[..., Samples]) -> None:
    import av

    sound = np.concatenate([level * hiss(48_000, 0.5) for level in (1.0, 0.5, 0.25, 0.125)])
    card = ModelCard("tiny", "Tiny", "", {"causal": False}, 16_000, "", "MIT", Path())
    result = Separation(Recording(sound, 48_000), card, sound, np.zeros_like(sound))
    (path,) = finish(exporting(result, ExportPlan(tmp_path, ("speech",), key))).paths
    with av.open(str(path)) as container:
        layout = next(container.decode(audio=0)).layout
    assert [channel.name for channel in layout.channels] == ["FL", "FR", "BL", "BR"]
    levels = read(path).samples.std(axis=1)
    np.testing.assert_allclose(levels / levels[0], (1.0, 0.5, 0.25, 0.125), rtol=0.1)


@pytest.mark.parametrize(
    ("key", "rate", "channels", "reason"),
    [
        ("flac", 768_000, 1, "FLAC, 24 bit does not know a rate of 768,000 Hz"),
        ("flac16", 88_203, 1, "FLAC, 16 bit does not know a rate of 88,203 Hz"),
        ("flac16", 16_000, 9, "at most 8 channels, not 9"),
        ("mp3", 48_000, 6, "at most 2 channels"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_before_writing(
    key: str, rate: int, channels: int, reason: str, tmp_path: Path, separation: Separate
) -> None:
    with pytest.raises(UnwritableOutput, match=reason):
        finish(exporting(separation(rate, 0.01, channels), ExportPlan(tmp_path, format=key)))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("key", "rate", "new_rate"),
    [
        ("opus", 44_100, 48_000),
        ("opus", 11_025, 12_000),
        ("opus", 96_000, 48_000),
        ("mp3", 96_000, 48_000),
        ("mp3", 6_000, 8_000),
        ("m4a", 192_000, 96_000),
        ("ogg", 768_000, 192_000),
    ],
)
def test_a_lossy_format_takes_a_rate_that_it_knows_with_an_exact_length_and_says_so(
    key: str, rate: int, new_rate: int, tmp_path: Path, separation: Separate
) -> None:
    result = separation(rate, 0.5 + 1 / rate, 2)
    written = finish(exporting(result, ExportPlan(tmp_path, TRACKS, key)))
    frames = round(result.recording.frames * new_rate / rate)
    for track, path in zip(TRACKS, written.paths, strict=True):
        found = read(path)
        assert (found.rate, found.frames, found.channels) == (new_rate, frames, 2)
        if track == "speech":
            wanted = resample(result.speech, rate, new_rate, frames)
            assert all(np.corrcoef(a, b)[0, 1] > 0.99 for a, b in zip(found.samples, wanted, strict=True))
    assert f"The files have {new_rate:,} Hz and {frames:,} frames each" in written.notes[-1]


def test_beyond_4_gib_wav_becomes_rf64_and_says_so(
    tmp_path: Path, separation: Separate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "_RIFF_LIMIT", 1000)
    result = finish(exporting(separation(16_000, 0.1), ExportPlan(tmp_path, format="wav24")))
    assert result.notes == ("The files are RF64, because plain WAV ends at 4 GiB.",)
    assert [probe(path).container for path in result.paths] == ["RF64", "RF64"]
    assert [path.suffix for path in result.paths] == [".wav", ".wav"]
    with pytest.raises(UnwritableOutput, match="cannot hold more than 4 GiB"):
        finish(exporting(separation(16_000, 0.1), ExportPlan(tmp_path, format="aiff24")))


def test_the_limit_of_wav_lies_where_32_bits_end() -> None:
    frames = 0xFFFF_FFFF // 8
    assert EXPORTS["wavfloat"].container_for(2, frames - 1000) == "WAV"
    assert EXPORTS["wavfloat"].container_for(2, frames + 1) == "RF64"
    assert EXPORTS["caffloat"].container_for(2, frames + 1) == "CAF"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("wav16", "wav16"),
        ("WAV", "wavfloat"),
        (".flac", "flac"),
        ("aiff", "aiff24"),
        ("vorbis", "ogg"),
        (" mp3 ", "mp3"),
    ],
)
def test_formats_go_by_their_common_names(text: str, key: str) -> None:
    assert format_named(text).key == key


@pytest.mark.parametrize("text", ["", "m4v", "wav17", "{track}"])
def test_an_unknown_format_is_refused_with_the_choices(text: str) -> None:
    with pytest.raises(BadRequest, match=r"Choose from .*wav16.*flac.*mp3"):
        format_named(text)


@pytest.mark.parametrize(
    ("container", "subtype", "key"),
    [
        ("WAV", "PCM_16", "wav16"),
        ("WAVEX", "PCM_24", "wav24"),
        ("RF64", "FLOAT", "wavfloat"),
        ("W64", "PCM_16", "wav16"),
        ("WAV", "PCM_U8", "wav16"),
        ("WAV", "ALAW", "wav16"),
        ("WAV", "IMA_ADPCM", "wav16"),
        ("WAV", "PCM_32", "wavfloat"),
        ("WAV", "DOUBLE", "wavfloat"),
        ("FLAC", "PCM_16", "flac16"),
        ("FLAC", "PCM_24", "flac"),
        ("FLAC", "PCM_S8", "flac16"),
        ("AIFF", "PCM_24", "aiff24"),
        ("AIFF", "PCM_32", "aifffloat"),
        ("CAF", "ALAC_16", "caf16"),
        ("OGG", "VORBIS", "ogg"),
        ("OGG", "OPUS", "opus"),
        ("MP3", "MPEG_LAYER_III", "mp3"),
        ("MP3", "MPEG_LAYER_II", "wavfloat"),
        ("AU", "PCM_16", "wav16"),
    ],
)
def test_like_the_input_is_its_format_or_the_next_lossless_one(container: str, subtype: str, key: str) -> None:
    recording = Recording(np.zeros((2, 10), np.float32), 48_000, None, container, subtype)
    assert like(recording).key == key


@pytest.mark.parametrize("rate", [65_535, 65_536, 65_540, 88_200, 88_203, 95_904])
def test_flac_is_refused_just_where_libflac_fails(rate: int, tmp_path: Path) -> None:
    def taken() -> bool:
        try:
            soundfile.write(tmp_path / "plain.flac", np.zeros(100), rate, "PCM_24")
            return True
        except soundfile.LibsndfileError:
            return False

    assert taken() == (not EXPORTS["flac"].refuses(1, rate)) == (rate in EXPORTS["flac16"].rates)


def test_a_failure_of_libsndfile_is_told_as_a_clause(
    tmp_path: Path, separation: Separate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats.ExportFormat, "refuses", lambda *_: "")
    with pytest.raises(UnwritableOutput, match=r"the files: problem with initialization of the flac decoder \("):
        finish(exporting(separation(95_904, 0.01), ExportPlan(tmp_path, format="flac")))


def test_like_the_input_never_names_a_format_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(np.zeros((12, 10), np.float32), 48_000, None, "CAF", "PCM_16")
    assert like(replace(recording, container="FLAC")).key == "wav16"
    assert like(Recording(np.zeros((2, 10), np.float32), 95_904, None, "FLAC", "PCM_24")).key == "wav24"
    assert like(Recording(np.zeros((1, 10), np.float32), 44_100, None, "OGG", "OPUS")).key == "wavfloat"
    monkeypatch.setattr(formats, "_RIFF_LIMIT", 10)
    assert like(replace(recording, container="AIFF", subtype="PCM_24")).key == "wav24"
