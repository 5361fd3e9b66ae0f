from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.analysis import spectrogram
from tasnet_gui.analysis.spectrogram import COLUMNS, LEVELS, Key, Spectrogram, frequencies
from tasnet_gui.domain import Samples

Sounds = Callable[..., Samples]


def made(picture: Spectrogram, start: float, stop: float, width: int) -> Spectrogram:
    for key in picture.missing(start, stop, width):
        picture.compute(key)
    return picture


def sine(hertz: float, rate: int = 16_000, seconds: float = 2.0, level: float = 1.0) -> Samples:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)[None]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 192_000])
@pytest.mark.parametrize("seconds", [0.05, 0.5, 2.0])
def test_a_full_scale_sine_has_0_dbfs_at_every_zoom(rate: int, seconds: float) -> None:
    hertz = rate / 16
    picture = made(Spectrogram(sine(hertz, rate), rate), 1.0 - seconds / 2, 1.0 + seconds / 2, 200)
    image = LEVELS.decode(picture.image(1.0 - seconds / 2, 1.0 + seconds / 2, 200, 300, rows="linear", low=0.0))
    middle = image[:, 100]
    edges = frequencies(300, 0.0, rate / 2, "linear")
    assert abs(np.mean(edges[middle.argmax() :][:2]) - hertz) < 130  # a window's width at the shortest
    assert -1.5 <= middle.max() <= 0.1
    assert picture.level(1.0, hertz, picture.zoom(0.0, seconds, 200)) == pytest.approx(0.0, abs=1.5)


def test_levels_are_read_where_the_sound_is() -> None:
    sound = np.concatenate([sine(1000, level=0.1), sine(3000, level=0.01)], axis=1)
    picture = Spectrogram(sound, 16_000)
    assert picture.level(1.0, 1000, zoom=9) == pytest.approx(-20, abs=0.5)
    assert picture.level(3.0, 3000, zoom=9) == pytest.approx(-40, abs=0.5)
    assert picture.level(1.0, 3000, zoom=9) < -80
    assert picture.level(3.0, 1000, zoom=9) < -80
    assert picture.level(100.0, 1000) == -200
    image = LEVELS.decode(made(picture, 0.0, 4.0, 400).image(0.0, 4.0, 400, 200, rows="linear", low=0.0))
    row = {hertz: int(hertz / 8000 * 200) for hertz in (1000, 3000)}
    assert image[row[1000], 20:180].min() == pytest.approx(-20, abs=1)
    assert image[row[3000], 220:380].min() == pytest.approx(-40, abs=1)
    assert image[row[3000], 20:180].max() < -80


@pytest.mark.parametrize("rows", ["log", "linear"])
def test_every_row_shows_its_own_frequency(rows: spectrogram.RowScale) -> None:
    for hertz in (100.0, 440.0, 2000.0, 7000.0):
        picture = made(Spectrogram(sine(hertz), 16_000), 0.0, 2.0, 100)
        column = picture.image(0.0, 2.0, 100, 256, rows=rows)[:, 50].astype(int)
        edges = frequencies(256, 50.0, 8000.0, rows)
        loudest = np.flatnonzero(column == column.max())
        low, high = edges[loudest[0]], edges[loudest[-1] + 1]
        assert low - 9 <= hertz <= high + 9  # half a bin of the longest window


def test_scrolling_keeps_what_is_made_and_moves_the_picture(hiss: Sounds) -> None:
    picture = Spectrogram(hiss(16_000, 20.0), 16_000)
    made(picture, 4.0, 6.0, 1000)
    before = picture.image(4.0, 6.0, 1000, 100)
    missing = picture.missing(4.5, 6.5, 1000)
    assert 0 < len(missing) < 0.4 * 2.0 * 16_000 / picture.hop(picture.zoom(4.0, 6.0, 1000)) / COLUMNS
    made(picture, 4.5, 6.5, 1000)
    after = picture.image(4.5, 6.5, 1000, 100)
    np.testing.assert_array_equal(after[:, :750], before[:, 250:])
    assert after[:, 750:].all()


def test_a_tile_does_not_depend_on_where_one_looks_from(hiss: Sounds) -> None:
    sound = hiss(16_000, 20.0)
    pictures = [made(Spectrogram(sound, 16_000), start, start + 4.0, 500) for start in (2.0, 3.3)]
    first, second = (picture.image(3.5, 6.0, 312, 64) for picture in pictures)
    np.testing.assert_array_equal(first, second)


def test_what_is_not_made_yet_is_dark_and_the_middle_comes_first(hiss: Sounds) -> None:
    picture = Spectrogram(hiss(16_000, 60.0), 16_000)
    keys = picture.missing(10.0, 50.0, 1200)
    seconds = picture.hop(keys[0].zoom) * COLUMNS / 16_000
    assert abs((keys[0].number + 0.5) * seconds - 30.0) <= seconds / 2 + 1e-9
    assert not picture.image(10.0, 50.0, 1200, 64).any()
    picture.compute(keys[0])
    shown = picture.image(10.0, 50.0, 1200, 64).any(axis=0)
    assert shown[600]
    assert not shown[:400].any()
    assert keys[0] not in picture.missing(10.0, 50.0, 1200)


def test_far_out_an_hour_is_read_in_few_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sound = np.lib.format.open_memmap(tmp_path / "x.npy", mode="w+", dtype=np.float32, shape=(1, 2000 * 3600))
    sound[0, 2000 * 1800 :] = 0.1 * np.random.default_rng(0).standard_normal(2000 * 1800, dtype=np.float32)
    picture, windows = Spectrogram(sound, 2000), 0
    original = Spectrogram._power

    def counted(self: Spectrogram, middles: "np.ndarray", size: int) -> "np.ndarray":
        nonlocal windows
        windows += len(middles)
        return original(self, middles, size)

    monkeypatch.setattr(Spectrogram, "_power", counted)
    image = made(picture, 0.0, 3600.0, 1400).image(0.0, 3600.0, 1400, 50)
    assert windows <= 4 * (2 * 1400 + 2 * COLUMNS)
    assert not image[:, :699].any()
    assert image[:, 701:].all()


def test_channels_are_shown_by_their_mean_power() -> None:
    stereo = np.concatenate([sine(1000), -sine(1000)])  # a downmix would be silent
    picture = Spectrogram(stereo, 16_000)
    assert picture.level(1.0, 1000, zoom=9) == pytest.approx(0, abs=0.5)
    stereo[1] = 0
    assert picture.level(1.0, 1000, zoom=9) == pytest.approx(-3, abs=0.5)


def test_what_is_no_number_is_silence() -> None:
    sound = sine(1000)
    sound[0, 5000:9000] = np.array([np.nan, np.inf, -np.inf, np.nan]).repeat(1000)
    picture = made(Spectrogram(sound, 16_000), 0.0, 2.0, 300)
    assert np.isfinite(LEVELS.decode(picture.image(0.0, 2.0, 300, 64))).all()
    assert picture.level(7000 / 16_000, 1000) == -200


def test_old_tiles_are_forgotten(hiss: Sounds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrogram, "KEPT", 200_000)
    picture = Spectrogram(hiss(16_000, 30.0), 16_000)
    made(picture, 0.0, 4.0, 1000)
    looked_at = Key(picture.zoom(0.0, 4.0, 1000), 0)
    for start in range(4, 28, 2):
        picture.image(0.0, 0.1, 25, 10)  # keeps the first tile in use
        made(picture, float(start), start + 2.0, 500)
    assert looked_at not in picture.missing(0.0, 4.0, 1000)
    assert len(picture.missing(0.0, 28.0, 7000)) > 20
    assert picture._bytes <= 200_000


@pytest.mark.parametrize("frames", [1, 2, 100])
def test_the_shortest_sounds_have_a_picture(frames: int) -> None:
    picture = made(Spectrogram(np.full((1, frames), 0.5, np.float32), 16_000), 0.0, frames / 16_000, 10)
    assert picture.image(0.0, frames / 16_000, 10, 20).shape == (20, 10)
