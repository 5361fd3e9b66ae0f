"""The seam between two pieces of a long recording, with the model that is shipped: what `benchmarks.seam` measures."""

import numpy as np
import pytest

from benchmarks import seam
from tasnet_gui.engine import library


@pytest.fixture
def one_scene(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """The loud train for 60 s."""
    monkeypatch.setattr(seam, "SCENES", {"a loud train": seam.SCENES["a loud train"]})
    return next(seam.scenes(60))[1]


def test_no_seam_steps_by_half_a_decibel_or_clicks(one_scene: np.ndarray) -> None:
    found = list(seam.seams(library.card("speech-noise"), one_scene))
    assert {(place.second, place.track) for place in found if place.border} == {(30, "speech"), (30, "noise")}
    for place in found:
        assert place.step < seam.GOAL
        assert place.differ < 0.2
        assert place.click < 3.0


def test_a_step_and_a_click_would_be_seen() -> None:
    whole = np.random.default_rng(0).standard_normal(20 * seam.RATE).astype(np.float32)
    cut = whole.copy()
    cut[10 * seam.RATE :] *= 1.1
    step, _, differ, _ = seam.compared(cut, whole, 10)
    assert step == pytest.approx(20 * np.log10(1.1), abs=0.01)
    assert differ == pytest.approx(20 * np.log10(1.1), abs=0.01)
    cut = whole.copy()
    cut[10 * seam.RATE :] += 1.0
    assert seam.compared(cut, whole, 10)[3] > 10
