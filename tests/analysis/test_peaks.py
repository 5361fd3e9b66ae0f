"""The pyramid says what the samples say, at every zoom."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasnet_gui.analysis.peaks import BASE, SLICE, Pyramid


def noise(channels: int, frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((channels, frames), dtype=np.float32)


def brute(samples: np.ndarray, start: float, stop: float, width: int) -> list[np.ndarray]:
    """Columns the slow way; a column narrower than a frame shows the frame it lies in."""
    edges = np.floor(start + (stop - start) / width * np.arange(width + 1)).astype(int)
    answer = np.full((3, width), np.nan)
    for i, (a, b) in enumerate(pairwise(edges)):
        piece = samples[:, max(a, 0) : max(b, a + 1)] if max(b, a + 1) > 0 else samples[:, :0]
        if piece.size:
            answer[:, i] = piece.min(), piece.max(), np.sqrt(np.square(piece, dtype=np.float64).mean())
    return list(answer)


@given(
    channels=st.integers(1, 3),
    frames=st.integers(1, 5000),
    start=st.integers(-300, 5000),
    length=st.integers(1, 6000),
    width=st.integers(1, 97),
)
@settings(max_examples=150, deadline=None)
def test_close_columns_equal_the_samples_between_their_edges(channels, frames, start, length, width):
    samples = noise(channels, frames, seed=frames)
    if length / width >= 2 * BASE:
        width = length // BASE
    columns = Pyramid.of(samples).columns(start, start + length, width)
    for column, expected in zip(columns, brute(samples, start, start + length, width), strict=True):
        np.testing.assert_allclose(column, expected, rtol=1e-5, atol=1e-6)


@given(
    frames=st.integers(40_000, 400_000),
    first=st.floats(0, 0.6),
    part=st.floats(0.2, 1.0),
    width=st.integers(2, 60),
)
@settings(max_examples=60, deadline=None)
def test_far_columns_hold_every_frame_once_and_within_a_quarter_of_their_width(frames, first, part, width):
    samples = noise(2, frames, seed=frames)
    start = first * frames
    stop = start + part * (frames - start)
    wide = (stop - start) / width
    low, high, rms = Pyramid.of(samples).columns(start, stop, width)
    for i in range(width):
        a, b = start + i * wide, start + (i + 1) * wide
        inner = samples[:, int(a + wide / 4) + 1 : max(int(b - wide / 4), int(a + wide / 4) + 2)]
        outer = samples[:, max(int(a - wide / 4) - 1, 0) : int(b + wide / 4) + 2]
        assert outer.min() <= low[i] <= inner.min()
        assert inner.max() <= high[i] <= outer.max()
        assert np.square(inner).sum() <= rms[i] ** 2 * outer.size * 1.001
    everything = samples[:, int(start + wide / 2) : int(stop - wide / 2)]
    assert low.min() <= everything.min()
    assert high.max() >= everything.max()


@pytest.mark.parametrize("size", [1, BASE, BASE * 4, BASE * 64])
def test_columns_on_the_grid_of_the_bins_are_exact_at_every_level(size):
    samples = noise(2, 90 * 64 * BASE + 77)
    columns = Pyramid.of(samples).columns(8 * size, 38 * size, 10)
    for column, expected in zip(columns, brute(samples, 8 * size, 38 * size, 10), strict=True):
        np.testing.assert_allclose(column, expected, rtol=1e-5)


@given(cuts=st.lists(st.integers(1, 2999), unique=True, max_size=12), order=st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_parts_in_any_order_add_up_to_the_whole(cuts, order):
    samples = noise(2, 3000)
    edges = [0, *sorted(cuts), 3000]
    parts = list(pairwise(edges))
    order.shuffle(parts)
    growing, bins_only = Pyramid.growing(2, 3000), Pyramid(3000)
    for a, b in parts:
        growing.extend(a, samples[:, a:b])
        bins_only.extend(a, samples[:, a:b])
    assert growing.complete
    for width in (3, 23):
        whole = Pyramid.of(samples).columns(0, 23 * BASE, width)
        for grown, stored, expected in zip(
            growing.columns(0, 23 * BASE, width), bins_only.columns(0, 23 * BASE, width), whole, strict=True
        ):
            np.testing.assert_allclose(grown, expected, rtol=1e-5)
            np.testing.assert_allclose(stored, expected, rtol=1e-5)


def test_what_has_not_come_yet_is_not_a_number():
    pyramid = Pyramid.growing(1, 10_000)
    assert pyramid.empty
    pyramid.extend(4000, noise(1, 2000))
    low, high, rms = pyramid.columns(0, 10_000, 100)
    known = np.zeros(100, bool)
    known[40:60] = True
    for column in (low, high, rms):
        np.testing.assert_array_equal(~np.isnan(column), known)
    assert not pyramid.complete


def test_the_same_part_twice_changes_nothing():
    samples = noise(1, 1000)
    pyramid = Pyramid(1000)
    for _ in range(2):
        pyramid.extend(100, samples[:, 100:900])
    once = Pyramid(1000)
    once.extend(100, samples[:, 100:900])
    np.testing.assert_array_equal(pyramid.columns(0, 1000, 4), once.columns(0, 1000, 4))


def test_building_over_other_values_leaves_nothing_of_them():
    samples = noise(1, SLICE + 1000)
    pyramid = Pyramid.growing(1, samples.shape[1])
    pyramid.extend(70, samples[:, 70:] * 9)
    pyramid.attach(samples)
    for _ in pyramid.building():
        pass
    np.testing.assert_array_equal(pyramid.columns(0, SLICE, 50), Pyramid.of(samples).columns(0, SLICE, 50))


def test_a_sketch_answers_before_anything_is_built_and_gives_way_to_the_truth():
    samples = noise(1, 20 * SLICE)
    samples *= np.linspace(0, 1, samples.shape[1], dtype=np.float32)
    pyramid = Pyramid(samples.shape[1], samples)
    pyramid.sketch()
    low, high, _ = pyramid.columns(0, samples.shape[1], 200)
    assert not np.isnan(low).any()
    assert high[-20:].mean() > 5 * high[:20].mean()
    for _ in pyramid.building():
        pass
    np.testing.assert_array_equal(
        pyramid.columns(0, samples.shape[1], 200), Pyramid.of(samples).columns(0, samples.shape[1], 200)
    )


def test_building_goes_in_short_steps_and_says_how_far_it_is():
    pyramid = Pyramid(3 * SLICE, noise(1, 3 * SLICE))
    assert list(pyramid.building()) == pytest.approx([1 / 3, 2 / 3, 1])


def test_the_peak_is_the_largest_magnitude_of_any_channel():
    samples = noise(2, 50_000) * 0.01
    samples[1, 49_999] = -0.75
    assert Pyramid.of(samples).peak == pytest.approx(0.75)
    assert Pyramid(50_000).peak == 0


def test_a_query_of_a_mapped_file_reads_only_what_it_shows(tmp_path):
    class Watched(np.ndarray):
        read = 0

        def __getitem__(self, key):
            found = super().__getitem__(key)
            Watched.read += np.size(found)
            return np.asarray(found)

    np.save(tmp_path / "long.npy", noise(1, 400_000))
    samples = np.load(tmp_path / "long.npy", mmap_mode="r")
    pyramid = Pyramid.of(samples)
    pyramid.samples = samples.view(Watched)
    pyramid.columns(0, 400_000, 500)
    assert Watched.read == 0
    pyramid.columns(1000, 6000, 500)
    assert Watched.read == 5000


def test_an_hour_fits_in_a_few_tens_of_megabytes():
    pyramid = Pyramid(3600 * 48_000)
    assert sum(kind.nbytes for level in pyramid._levels for kind in level) < 25e6


def test_a_part_outside_the_sound_is_refused():
    with pytest.raises(ValueError, match="not within"):
        Pyramid(100).extend(90, noise(1, 11))
