import numpy as np
import pytest
import torch

from tasnet_gui.training.corpus import Clip, Corpus
from tasnet_gui.training.crops import Crops

RATE = 16_000


def clip_of(samples: np.ndarray, frames: int) -> tuple[Crops, Clip]:
    stored = torch.from_numpy(np.round(samples * 32768).clip(-32768, 32767).astype(np.int16))
    return Crops(Corpus(stored, RATE, {}, {}, []), frames), Clip("a", "a", 0, len(stored))


def test_at_plain_speed_a_stretch_is_a_piece_of_the_clip() -> None:
    ramp = np.arange(1000) / 2000
    crops, clip = clip_of(ramp, 200)
    assert np.allclose(crops.cut(clip, 0.5, 1.0, loop=False), ramp[400:600], atol=1e-4)


@pytest.mark.parametrize("place", [0.0, 0.3, 1.0])
def test_a_short_clip_stands_whole_in_silence(place: float) -> None:
    crops, clip = clip_of(np.full(100, 0.5), 400)
    stretch = crops.cut(clip, place, 1.0, loop=False)
    assert len(stretch) == 400
    assert float(stretch.sum()) == pytest.approx(50, abs=0.5)


def test_a_short_clip_is_repeated_where_asked() -> None:
    crops, clip = clip_of(np.arange(100) / 200, 350)
    stretch = crops.cut(clip, 0.25, 1.0, loop=True)
    assert np.allclose(stretch, (25 + np.arange(350)) % 100 / 200, atol=1e-4)


@pytest.mark.parametrize("speed", [0.9, 1.1])
def test_speed_changes_the_pitch(speed: float) -> None:
    crops, clip = clip_of(0.5 * np.sin(2 * np.pi * 1000 * np.arange(2 * RATE) / RATE), RATE)
    spectrum = np.abs(np.fft.rfft(crops.cut(clip, 0.5, speed, loop=False).numpy()))
    assert int(spectrum.argmax()) == round(1000 * speed)


def test_between_samples_lies_what_lies_between_them() -> None:
    crops, clip = clip_of(np.arange(5000) / 32768, 1000)
    stretch = crops.cut(clip, 0.5, 1.03, loop=False).numpy() * 32768
    assert np.allclose(np.diff(stretch), 1.03, atol=1e-3)
