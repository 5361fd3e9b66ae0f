from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tasnet_gui.analysis.edits import MaskEdit, edited_masks, edited_speech, stretches
from tasnet_gui.analysis.frames import FrameSpan, effective
from tasnet_gui.domain import BadRequest, ModelCard, Recording, Samples, Separation, finish
from tasnet_gui.engine.edits import editing, heard
from tasnet_gui.engine.inside import Inside, basis_of, looking
from tasnet_gui.engine.separate import separate
from tasnet_gui.engine.spans import inspecting

Models = Callable[..., ModelCard]
Sounds = Callable[..., Samples]
BOTH = pytest.mark.parametrize("causal", [False, True], ids=["non-causal", "causal"])
EVERYTHING = tuple(range(32))  # the filters of the tiny network


def looked(given: Recording, card: ModelCard) -> tuple[Separation, Inside]:
    return finish(looking(given, card, device="cpu"))


def span_of(given: Recording, card: ModelCard, start: float, stop: float, **options: Any) -> FrameSpan:
    return finish(inspecting(given, card, start, stop, device="cpu", **options))


@BOTH
@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_without_edits_a_stretch_sounds_as_separated(
    tiny_model: Models, recording: Callable[..., Recording], causal: bool, rate: int
) -> None:
    given, card = recording(rate, 6.0, 2), tiny_model(causal)
    separation, inside = looked(given, card)
    for start, stop in ((0.0, 1.0), (2.34567, 4.1), (5.05, 6.0)):
        part = heard(given, span_of(given, card, start, stop, inside=inside), basis_of(card), ())
        assert part.start == round(start * rate)
        assert part.stop == round(stop * rate)
        for name, sound in (("speech", part.speech), ("noise", part.noise)):
            np.testing.assert_allclose(sound, separation.track(name)[:, part.start : part.stop], rtol=0, atol=2e-5)


@pytest.mark.parametrize("config", [{}, {"sources": 1, "mixture_consistency": False}], ids=["two sources", "one"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_edited_speech_and_noise_add_up_to_the_mixture(
    tiny_model: Models, recording: Callable[..., Recording], config: dict[str, Any], rate: int
) -> None:
    given, card = recording(rate, 2.0, 2), tiny_model(**config)
    edits = (
        MaskEdit((3, 1, 7), "solo", 0.2, 0.9),
        MaskEdit((5,), "mute"),
        MaskEdit((0, 30), "set", 1.1, 1.5, value=0.7),
    )
    part = heard(given, span_of(given, card, 0.0, 2.0), basis_of(card), edits)
    np.testing.assert_allclose(part.speech + part.noise, given.samples, rtol=0, atol=1e-6)
    assert np.abs(part.speech - heard(given, span_of(given, card, 0.0, 2.0), basis_of(card), ()).speech).max() > 0.01


def test_an_edit_changes_its_own_rows_and_frames_only(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    span = span_of(recording(16_000, 2.0), tiny_model(), 0.0, 2.0)
    before = edited_masks(span, ())
    np.testing.assert_array_equal(before, effective(span.masks)[:, 0])
    inside = (span.times >= 0.5) & (span.times < 1.0)
    for action, value in (("mute", 0.0), ("set", 0.25)):
        after = edited_masks(span, [MaskEdit((2, 9), action, 0.5, 1.0, value=value)])  # type: ignore[arg-type]
        assert (after[0][np.ix_([2, 9], inside)] == value).all()
        changed = (after != before)[0]
        assert not changed[:, ~inside].any()
        assert not np.delete(changed, [2, 9], axis=0).any()
    solo = edited_masks(span, [MaskEdit((2, 9), "solo", 0.5, 1.0)])[0]
    np.testing.assert_array_equal(solo[[2, 9]], before[0][[2, 9]])
    assert not np.delete(solo, [2, 9], axis=0)[:, inside].any()
    np.testing.assert_array_equal(solo[:, ~inside], before[0][:, ~inside])


def test_what_is_muted_altogether_is_silent_and_goes_to_noise(
    tiny_model: Models, recording: Callable[..., Recording]
) -> None:
    given, card = recording(16_000, 2.0), tiny_model()
    part = heard(given, span_of(given, card, 0.0, 2.0), basis_of(card), [MaskEdit(EVERYTHING, "mute")])
    assert not part.speech.any()
    np.testing.assert_array_equal(part.noise, given.samples)


def test_solo_lets_through_nothing_but_the_soloed_filters(
    tiny_model: Models, recording: Callable[..., Recording]
) -> None:
    given, card = recording(16_000, 2.0), tiny_model()
    span, basis = span_of(given, card, 0.0, 2.0), basis_of(card)
    speech = edited_speech(span, basis, [MaskEdit((4, 11), "set"), MaskEdit((4, 11), "solo")])
    alone = span.decode(span.w[:, [4, 11]], basis.decoder[[4, 11]])
    np.testing.assert_allclose(speech, alone, rtol=0, atol=1e-6)


def test_taking_an_edit_away_undoes_it_to_the_bit(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    given, card = recording(48_000, 2.0), tiny_model()
    span, basis = span_of(given, card, 0.5, 1.5), basis_of(card)
    history: list[tuple[MaskEdit, ...]] = [()]
    for edit in (MaskEdit((1, 2), "mute"), MaskEdit((8,), "solo", 0.6, 0.9), MaskEdit((1,), "set", value=0.5)):
        history.append((*history[-1], edit))
    sounds = [heard(given, span, basis, edits).speech for edits in history]
    assert len({sound.tobytes() for sound in sounds}) == len(sounds)
    for edits, sound in reversed(list(zip(history, sounds, strict=True))):
        np.testing.assert_array_equal(heard(given, span, basis, edits).speech, sound)


@BOTH
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_the_edited_whole_is_the_edited_parts_and_keeps_the_rest(
    tiny_model: Models, hiss: Sounds, monkeypatch: pytest.MonkeyPatch, causal: bool, rate: int
) -> None:
    monkeypatch.setattr("tasnet_gui.engine.edits.AT_ONCE", 0.7)  # seconds
    given, card = Recording(hiss(rate, 4.0, channels=2), rate), tiny_model(causal)
    separation, inside = looked(given, card)
    before = separation.speech.copy()
    edits = (MaskEdit((1, 2, 3, 4), "mute", 0.5, 1.5), MaskEdit((9,), "set", 1.4, 2.0, value=1.0))
    result = finish(editing(separation, inside, edits, device="cpu"))
    np.testing.assert_array_equal(separation.speech, before)
    np.testing.assert_allclose(result.speech + result.noise, given.samples, rtol=0, atol=1e-6)
    assert result.null_db < -120
    assert "2 edits" in result.notes[-1]
    reach = 0.15 if rate == 16_000 else 0.55  # seconds: the gains above the model's band look around
    touched = slice(max(0, int((0.5 - reach) * rate)), int((2.0 + reach) * rate))
    part = heard(given, span_of(given, card, 0.0, 4.0, inside=inside), basis_of(card), edits)
    np.testing.assert_allclose(result.speech[:, touched], part.speech[:, touched], rtol=0, atol=2e-5)
    np.testing.assert_array_equal(result.speech[:, : touched.start], before[:, : touched.start])
    np.testing.assert_array_equal(result.speech[:, touched.stop :], before[:, touched.stop :])
    assert np.abs(result.speech - before).max() > 0.01
    same = finish(editing(separation, inside, (), device="cpu"))
    np.testing.assert_array_equal(same.speech, before)
    assert same.notes == separation.notes


def test_an_edit_beyond_the_end_and_one_to_the_very_end_are_no_trouble(
    tiny_model: Models, recording: Callable[..., Recording]
) -> None:
    given, card = recording(44_100, 1.03), tiny_model()
    separation, inside = looked(given, card)
    edits = (MaskEdit(EVERYTHING, "mute", 0.9), MaskEdit(EVERYTHING, "mute", 5.0, 6.0))
    result = finish(editing(separation, inside, edits, device="cpu"))
    assert not result.speech[:, int(0.95 * 44_100) :].any()


def test_touching_stretches_become_one() -> None:
    edits = [MaskEdit((1,), "mute", *span) for span in ((3.0, 4.0), (0.0, 1.0), (0.5, 2.0), (9.0, 12.0), (20.0, 30.0))]
    assert stretches(edits, 10.0) == [(0.0, 2.0), (3.0, 4.0), (9.0, 10.0)]


@pytest.mark.parametrize(
    "values",
    [
        ((), "mute"),
        ((-1,), "mute"),
        ((1,), "double"),
        ((1,), "mute", 2.0, 2.0),
        ((1,), "set", 0.0, 1.0, 1.5),
        ((1,), "set", 0.0, 1.0, float("nan")),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(values: tuple[Any, ...]) -> None:
    with pytest.raises(BadRequest):
        MaskEdit(*values)


def test_a_filter_that_the_network_does_not_have_is_refused(
    tiny_model: Models, recording: Callable[..., Recording]
) -> None:
    span = span_of(recording(16_000, 1.0), tiny_model(), 0.0, 1.0)
    with pytest.raises(BadRequest, match="no filter 32"):
        edited_masks(span, [MaskEdit((3, 32), "mute")])


def test_looking_inside_changes_nothing_of_the_result(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    given, card = recording(44_100, 3.0, 2), tiny_model()
    np.testing.assert_array_equal(looked(given, card)[0].speech, separate(given, card, device="cpu").speech)
