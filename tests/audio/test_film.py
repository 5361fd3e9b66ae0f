"""The sound of films: all of it, nothing before or behind it, and no film can mislead or hang the application."""

import contextlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.audio import film as films
from tasnet_gui.audio import storage
from tasnet_gui.audio.files import probe, read, reading
from tasnet_gui.audio.foreign import recognise
from tasnet_gui.domain import Samples, UnreadableAudio

Film = Callable[..., Path]
Sound = Callable[..., Samples]


def likeness(found: Samples, meant: Samples) -> float:
    """The smallest correlation of two sounds over their channels, at the same places."""
    frames = min(found.shape[1], meant.shape[1])
    pairs = zip(found[:, :frames], meant[:, :frames], strict=True)
    return min(float(np.corrcoef(one, other)[0, 1]) for one, other in pairs)


# ------------------------------------------------------------------------------------------------------- what is read


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4v", ".m4a"])
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (48_000, 6)])
def test_what_an_encoder_put_around_the_sound_is_left_out(
    suffix: str, rate: int, channels: int, film: Film, tone: Sound
) -> None:
    sound = tone(rate, 1.1, channels) * np.linspace(0, 1, round(rate * 1.1), dtype=np.float32)
    path = film(f"a{suffix}", sound, rate=rate, picture=None if suffix == ".m4a" else "libx264")
    recording = read(path)
    assert (recording.rate, recording.samples.shape) == (rate, sound.shape)
    heard = [channel for channel in range(channels) if channel != 3]  # the fourth of six takes only the lowest tones
    assert likeness(recording.samples[heard], sound[heard]) > 0.99  # in its place, its channels in their order
    assert recording.subtype == "AAC"
    assert recording.picture is (suffix != ".m4a")
    assert recording.notes == ()
    info = probe(path)
    assert (info.rate, info.channels, info.container) == (rate, channels, recording.container)
    assert abs(info.frames - recording.frames) < rate / 50


@pytest.mark.parametrize(
    ("name", "codec", "picture", "container", "subtype"),
    [
        ("a.mov", "pcm_s16le", "libx264", "MOV", "PCM_16"),
        ("a.mov", "pcm_s24le", "libx264", "MOV", "PCM_24"),
        ("a.m4a", "alac", None, "M4A", "ALAC_24"),
        ("a.mkv", "flac", "libx264", "MKV", "PCM_16"),
        ("a.avi", "pcm_s16le", "mpeg4", "AVI", "PCM_16"),
    ],
)
def test_sound_that_was_kept_exactly_is_read_exactly(
    name: str, codec: str, picture: str | None, container: str, subtype: str, film: Film, hiss: Sound
) -> None:
    sound = np.rint(hiss(48_000, 0.5, 2) * 32_768).clip(-32_768, 32_767).astype(np.float32) / 32_768
    recording = read(film(name, sound, codec=codec, picture=picture))
    np.testing.assert_array_equal(recording.samples, sound)
    assert (recording.container, recording.subtype) == (container, subtype)


@pytest.mark.parametrize(
    ("name", "codec", "picture"),
    [("a.webm", "libopus", "libvpx"), ("a.mkv", "libopus", "libx264"), ("a.mp4", "libmp3lame", "libx264")],
)
def test_sound_of_other_encodings_is_in_its_place(name: str, codec: str, picture: str, film: Film, tone: Sound) -> None:
    sound = tone(48_000, 1.0, 2) * np.linspace(0, 1, 48_000, dtype=np.float32)
    recording = read(film(name, sound, codec=codec, picture=picture))
    assert abs(recording.frames - 48_000) <= 48  # a container of milliseconds
    assert likeness(recording.samples, sound) > 0.99


def test_the_default_track_is_taken_and_the_others_are_told_of(film: Film, tone: Sound, hiss: Sound) -> None:
    recording = read(film("a.mp4", tone(48_000, 0.5), hiss(48_000, 0.5)))
    assert likeness(recording.samples, tone(48_000, 0.5)) > 0.99
    assert recording.notes == ("The file has 2 tracks of sound; this is the first one.",)


def test_a_film_without_sound_says_so(film: Film) -> None:
    with pytest.raises(UnreadableAudio, match=r"mute\.mp4 .*it has a picture, but no sound\. Choose another"):
        read(film("mute.mp4"))


def test_a_pause_in_the_sound_is_silence_of_its_length(film: Film, tone: Sound, tmp_path: Path) -> None:
    import av

    whole = film("whole.mkv", tone(48_000, 2.0), codec="pcm_s16le")
    path = tmp_path / "pause.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        track = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.pts is not None and not 0.5 <= packet.pts * packet.time_base < 1.5:
                packet.stream = track
                target.mux(packet)
    recording = read(path)
    sound = read(whole).samples
    assert recording.samples.shape == sound.shape
    np.testing.assert_array_equal(recording.samples[:, -20_000:], sound[:, -20_000:])
    assert not recording.samples[:, 30_000:60_000].any()
    assert any("pauses once" in note for note in recording.notes)


# ------------------------------------------------------------------------------------------- damage, lies, and no PyAV


def test_the_readable_part_of_a_film_that_was_cut_off_is_read(film: Film, tone: Sound) -> None:
    sound = tone(48_000, 2.0)
    for name, options in (("fast.mp4", {"movflags": "faststart"}), ("cut.mkv", {})):
        path = film(name, sound, options=options)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * 2 // 3])
        recording = read(path)
        assert 30_000 < recording.frames < 90_000
        assert likeness(recording.samples, sound) > 0.98
        assert any("found" in note or "readable part" in note or "ends at" in note for note in recording.notes)


def test_a_film_without_its_index_says_that_it_was_cut_off(film: Film, tone: Sound) -> None:
    path = film("cut.mp4", tone(48_000, 2.0))
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(UnreadableAudio, match=r"cut\.mp4 .*its index is missing or damaged.*cut off"):
        read(path)


def test_damage_in_the_middle_costs_the_damaged_places_only(film: Film, tone: Sound) -> None:
    sound = tone(48_000, 2.0, 2)
    path = film("a.mp4", sound, picture=None)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 600] = bytes(600)
    path.write_bytes(content)
    recording = read(path)
    assert abs(recording.frames - 96_000) <= 2048
    assert likeness(recording.samples[:, -20_000:], sound[:, -20_000:]) > 0.98


@pytest.mark.parametrize("seed", range(20))
def test_scrambled_headers_are_read_or_refused(seed: int, film: Film, tone: Sound, tmp_path: Path) -> None:
    content = bytearray(film("a.mp4", tone(48_000, 0.2), options={"movflags": "faststart"}).read_bytes())
    random = np.random.default_rng(seed)
    places = random.integers(8, 1200, 20)
    content[8:1200] = bytes(
        value if place not in places else int(random.integers(256)) for place, value in enumerate(content[8:1200], 8)
    )
    path = tmp_path / "scrambled.mp4"
    path.write_bytes(content)
    with contextlib.suppress(UnreadableAudio):  # with whatever reason; nothing else may come of it
        assert read(path).frames < 48_000 * 130


def test_no_memory_is_taken_on_a_headers_word(
    film: Film, tone: Sound, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = film("a.mp4", tone(48_000, 0.2), picture=None).read_bytes()
    (length,) = struct.unpack_from(">I", content, place := content.index(b"mdhd") + 20)
    assert length == 9_600 + 1_024
    lying = content[:place] + struct.pack(">I", 0x7FFFFFFF) + content[place + 4 :]
    taken = []
    honest = storage.allocate
    monkeypatch.setattr(storage, "allocate", lambda channels, frames: taken.append(frames) or honest(channels, frames))
    path = tmp_path / "lying.mp4"
    path.write_bytes(lying.replace(b"edts", b"free"))
    assert abs(read(path).frames - 9_600) <= 2048
    assert max(taken) <= 1 << 20


def test_a_playlist_in_a_films_clothes_opens_nothing(
    tmp_path: Path, sound_file: Callable[..., Path], hiss: Sound
) -> None:
    target = sound_file("other.wav", hiss())
    for content in (f"#EXTM3U\n#EXTINF:1,\n{target}\n", f"ffconcat version 1.0\nfile '{target}'\n"):
        path = tmp_path / "list.mp4"
        path.write_text(content)
        with pytest.raises(UnreadableAudio, match=r"list\.mp4"):
            read(path)


def test_without_pyav_the_missing_piece_is_named(film: Film, tone: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film("a.mp4", tone(48_000, 0.2))
    monkeypatch.setattr(films, "installed", lambda: False)
    with pytest.raises(UnreadableAudio, match=r"a\.mp4 .*MPEG-4.* missing.*pip install 'tasnet-studio\[video\]'"):
        read(path)


def test_a_broken_pyav_is_told_of_in_one_sentence(film: Film, tone: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film("a.mp4", tone(48_000, 0.2))

    def broken() -> None:
        raise ImportError("a library is missing")

    monkeypatch.setattr("tasnet_gui.audio.track.library", broken)
    with pytest.raises(UnreadableAudio, match=r"a\.mp4 .*does not start \(a library is missing\)"):
        read(path)


# --------------------------------------------------------------------------------------------------- how it is read


def test_reading_a_film_tells_how_far_it_is_and_lets_go_when_closed(
    film: Film, hiss: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasnet_gui.audio.files._BLOCK", 1000)
    path = film("a.mkv", hiss(48_000, 3.0), picture=None, codec="pcm_s16le")
    told = [progress.done for progress in reading(path)]
    assert len(set(told)) > 3
    assert told == sorted(told)
    with contextlib.closing(reading(path)) as work:
        next(work), next(work)
    path.unlink()  # would fail on Windows while somebody holds it


def test_a_long_film_is_read_into_a_file(film: Film, hiss: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film("a.mov", hiss(48_000, 1.0, 2), codec="pcm_s16le")
    short = read(path).samples
    monkeypatch.setattr(storage, "IN_MEMORY", 1000)
    np.testing.assert_array_equal(read(path).samples, short)


def test_a_transport_stream_is_known_by_its_packets_and_typescript_is_not() -> None:
    packets = (b"\x47" + bytes(187)) * 6
    assert recognise(packets).demuxer == "mpegts"
    assert recognise(b"GGGG export const film = 1;" * 40) is None
    assert ".ts" not in films.FILM_SUFFIXES
