"""Separating from where somebody listens: the same result, sooner there."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tasnet_gui.domain import ModelCard, Part, Progress, Recording, Samples, Separation, finish
from tasnet_gui.engine import preview
from tasnet_gui.engine.inside import Inside, looking
from tasnet_gui.engine.separate import separate, separating

Models = Callable[..., ModelCard]
Sounds = Callable[..., Samples]
BOTH = pytest.mark.parametrize("causal", [False, True], ids=["non-causal", "causal"])


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 4 s, and previews of 2 s wherever they are possible at all."""
    for file in ("separate", "segments"):
        monkeypatch.setattr(f"tasnet_gui.engine.{file}.length", lambda *_: 4)
    monkeypatch.setattr(preview, "FIRST", 2)
    monkeypatch.setattr(preview, "WARM_UP", 1)
    monkeypatch.setattr(preview, "WORTH", 0.0)


def parts_of(given: Recording, card: ModelCard, begin: float | None) -> tuple[Separation, list[Part]]:
    told: list[Progress] = []
    result = finish(separating(given, card, device="cpu", begin=begin), told.append)
    return result, [progress.part for progress in told if progress.part]


@BOTH
@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("begin", [0.0, 4.2, 7.9, 13.0, 22.9, 99.0])
def test_every_bit_of_the_result_is_the_same_wherever_the_playhead_is(
    tiny_model: Models, hiss: Sounds, pieces: None, causal: bool, rate: int, begin: float
) -> None:
    given, card = Recording(hiss(rate, 22.3, 2), rate), tiny_model(causal)
    expected = separate(given, card, device="cpu")
    result, parts = parts_of(given, card, begin)
    for name in ("speech", "noise"):
        np.testing.assert_array_equal(result.track(name), expected.track(name))
    assert result.notes == expected.notes
    exact = sorted((part for part in parts if not part.preview), key=lambda part: part.start)
    assert [part.start for part in exact] == [0, *(part.stop for part in exact[:-1])]
    np.testing.assert_array_equal(np.concatenate([part.speech for part in exact], 1), expected.speech)


@pytest.mark.parametrize("begin", [0.0, 3.9, 4.2, 9.0, 22.2])
def test_the_piece_under_the_playhead_is_computed_first(
    tiny_model: Models, hiss: Sounds, pieces: None, begin: float
) -> None:
    _, parts = parts_of(Recording(hiss(16_000, 22.3), 16_000), tiny_model(), begin)
    first, second = [part for part in parts if not part.preview][:2]
    in_a_fade = begin in (3.9, 4.2)  # which two pieces have a part in
    assert (first.start if not in_a_fade else second.start) <= begin * 16_000 < max(first.stop, second.stop)


@BOTH
@pytest.mark.parametrize("begin", [0.0, 4.2, 13.0, 22.2])
def test_a_preview_of_the_playheads_surroundings_comes_before_all_else(
    tiny_model: Models, hiss: Sounds, pieces: None, causal: bool, begin: float
) -> None:
    given, card = Recording(hiss(44_100, 22.3, 2), 44_100), tiny_model(causal)
    result, parts = parts_of(given, card, begin)
    first = parts[0]
    assert first.preview
    assert first.start <= begin * 44_100 < first.stop
    np.testing.assert_allclose(first.speech + first.noise, given.samples[:, first.start : first.stop], atol=1e-6)
    expected = result.speech[:, first.start : first.stop]
    assert np.std(first.speech - expected) < 0.05 * np.std(expected)


def test_previews_go_on_for_as_long_as_the_real_result_takes(
    tiny_model: Models, hiss: Sounds, pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter((0.0, 1.0))  # 2 s of preview took 1 s, so 14 s of sound before the playhead will take more than 4 s
    monkeypatch.setattr(preview, "monotonic", lambda: next(clock))
    _, parts = parts_of(Recording(hiss(16_000, 22.3), 16_000), tiny_model(causal=True), 10.0)
    previews = [part for part in parts if part.preview]
    assert [part.start for part in previews] == [9 * 16_000, 11 * 16_000]
    assert previews[-1].stop > 14 * 16_000


@BOTH
def test_short_recordings_need_no_preview(tiny_model: Models, hiss: Sounds, causal: bool) -> None:
    _, parts = parts_of(Recording(hiss(16_000, 9.0), 16_000), tiny_model(causal), 5.0)
    assert not any(part.preview for part in parts)


def test_nobody_listening_nothing_is_previewed(tiny_model: Models, hiss: Sounds, pieces: None) -> None:
    _, parts = parts_of(Recording(hiss(16_000, 22.3), 16_000), tiny_model(), None)
    assert not any(part.preview for part in parts)
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]


@BOTH
def test_what_there_is_to_look_at_is_the_same_too(
    tiny_model: Models, hiss: Sounds, pieces: None, monkeypatch: pytest.MonkeyPatch, causal: bool
) -> None:
    monkeypatch.setattr("tasnet_gui.engine.inside.BUDGET", 120_000)
    given, card = Recording(hiss(16_000, 22.3, 2), 16_000), tiny_model(causal)

    def inside(begin: float | None) -> Inside:
        return finish(looking(given, card, device="cpu", begin=begin))[1]

    expected = inside(None)
    assert expected.pictures.pool > 5
    for begin in (5.0, 13.0, 21.0):
        found = inside(begin)
        assert found.pieces == expected.pieces
        for kind, picture in expected.pictures.masks.items():
            np.testing.assert_array_equal(found.pictures.masks[kind][0], picture[0])
        np.testing.assert_array_equal(found.pictures.w[0], expected.pictures.w[0])
        np.testing.assert_allclose(found.activity.speech, expected.activity.speech)


@BOTH
def test_cancelling_in_a_preview_leaves_nothing_behind(
    tiny_model: Models, hiss: Sounds, pieces: None, causal: bool
) -> None:
    given, card = Recording(hiss(16_000, 22.3), 16_000), tiny_model(causal)
    expected, _ = parts_of(given, card, None)
    for steps in range(1, 6):
        work: Any = separating(given, card, device="cpu", begin=13.0)
        for _ in range(steps):
            next(work)
        work.close()
    np.testing.assert_array_equal(parts_of(given, card, 13.0)[0].speech, expected.speech)
