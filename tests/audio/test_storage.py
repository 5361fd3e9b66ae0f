import errno
import gc
import mmap
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasnet_gui.audio import storage
from tasnet_gui.domain import UnwritableOutput


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Everything over 4 kB goes to a file, in this folder."""
    monkeypatch.setattr(storage, "IN_MEMORY", 4096)
    monkeypatch.setattr(storage, "_folder", lambda: tmp_path)
    return tmp_path


def test_short_sound_is_zeros_in_memory() -> None:
    samples = storage.allocate(2, 100)
    assert samples.shape == (2, 100)
    assert samples.dtype == np.float32
    assert not samples.any()
    assert samples.base is None


def test_sound_of_no_frames_can_be_held() -> None:
    assert storage.allocate(2, 0).shape == (2, 0)


def test_long_sound_lies_in_a_file_that_has_no_name(small_memory: Path) -> None:
    samples = storage.allocate(2, 4096)
    assert isinstance(storage._owner(samples), mmap.mmap)
    assert samples.shape == (2, 4096)
    assert not samples.any()
    samples[1] = 0.5
    assert list(small_memory.iterdir()) == []
    assert samples[1, -1] == 0.5


def test_a_part_of_long_sound_outlives_the_whole(small_memory: Path) -> None:
    part = storage.allocate(2, 4096)[1, 100:]
    gc.collect()
    part[:] = 0.25
    assert part.sum() == 0.25 * part.size


def test_settling_loses_nothing(small_memory: Path) -> None:
    samples = storage.allocate(1, 1 << 16)
    samples[:] = np.arange(1 << 16)
    storage.settle(samples, samples[:, 100:])
    np.testing.assert_array_equal(samples[0], np.arange(1 << 16))


def test_settling_leaves_memory_alone() -> None:
    samples = np.ones((2, 8), np.float32)
    storage.settle(samples[:, 2:])
    assert samples.all()


def test_a_full_temporary_disk_is_told_before_anything_is_written(
    small_memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage, "_reserve", full)
    with pytest.raises(UnwritableOutput, match=r"needs 1\.0 GB.*free"):
        storage.allocate(1, 250_000_000)


def test_where_room_cannot_be_reserved_it_is_counted(small_memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "unsupported")

    monkeypatch.setattr(os, "posix_fallocate", unknown, raising=False)
    assert storage.allocate(1, 4096).shape == (1, 4096)
    with pytest.raises(UnwritableOutput):
        storage.allocate(1, 1 << 50)


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(0, 200), st.integers(1, 3))
def test_growing_keeps_what_was_appended_whatever_was_expected(
    lengths: list[int], expected: int, channels: int
) -> None:
    whole = np.random.default_rng(0).standard_normal((sum(lengths), channels), np.float32)
    growing = storage.Growing(channels, expected)
    for stop, length in zip(np.cumsum(lengths, dtype=int), lengths, strict=True):
        growing.append(whole[stop - length : stop])
    result = growing.finish()
    np.testing.assert_array_equal(result, whole.T)
    assert result.flags.c_contiguous


def test_growing_passes_from_memory_to_a_file(small_memory: Path) -> None:
    whole = np.arange(10_000, dtype=np.float32)[:, None]
    growing = storage.Growing(1, 10)
    for start in range(0, 10_000, 100):
        growing.append(whole[start : start + 100])
    np.testing.assert_array_equal(growing.finish(), whole.T)


@given(st.integers(0, 1000), st.integers(1, 300))
def test_slices_cover_everything_once(length: int, frames: int) -> None:
    samples = np.zeros((2, length), np.float32)
    for part in storage.slices(samples, frames=frames):
        assert part.stop - part.start <= frames
        samples[:, part] += 1
    assert (samples == 1).all()


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_440_000_000, "1.4 GB"), (2e15, "2000.0 TB")],
)
def test_sizes_are_told_in_round_units(size: float, text: str) -> None:
    assert storage.size_text(size) == text


def test_walking_through_long_sound_gives_its_memory_back(small_memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[tuple[int, ...]] = []
    monkeypatch.setattr(storage, "_SETTLE", 100_000)
    monkeypatch.setattr(storage, "settle", lambda *tracks: settled.append(tuple(map(id, tracks))))
    short, long = storage.allocate(1, 10_000), storage.allocate(1, 90_000)
    for _ in storage.slices(short, frames=1000, beside=long):
        pass
    assert settled == [(id(short), id(long))] * 3
