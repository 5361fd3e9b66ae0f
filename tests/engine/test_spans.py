from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tasnet_gui.analysis.frames import FrameSpan, effective, tracks
from tasnet_gui.analysis.moment import at_moment
from tasnet_gui.domain import BadRequest, DeviceError, ModelCard, Recording, Samples, finish
from tasnet_gui.engine import library
from tasnet_gui.engine.compute import Compute
from tasnet_gui.engine.device import Device
from tasnet_gui.engine.inside import Inside, basis_of, looking, receptive_field
from tasnet_gui.engine.separate import separate
from tasnet_gui.engine.spans import inspecting, longest_span
from tasnet_gui.nets.conv_tasnet import ConvTasNet

Models = Callable[..., ModelCard]
Sounds = Callable[..., Samples]
BOTH = pytest.mark.parametrize("causal", [False, True], ids=["non-causal", "causal"])


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`pieces(seconds)` sets how long the pieces are."""

    def cut(seconds: int) -> None:
        for file in ("separate", "segments"):
            monkeypatch.setattr(f"tasnet_gui.engine.{file}.length", lambda *_: seconds)

    return cut


@torch.inference_mode()
def whole(card: ModelCard, sound: Samples) -> tuple[Samples, Samples]:
    """What the network makes of a whole sound at its own rate: w [channels, N, K] and masks [channels, C, N, K]."""
    net = library.load(card)
    w = net.encode(torch.from_numpy(sound))
    return w.numpy(), net.masks(w).numpy()


def span_of(given: Recording, card: ModelCard, start: float, stop: float, **options: Any) -> FrameSpan:
    return finish(inspecting(given, card, start, stop, device="cpu", **options))


def inside_of(given: Recording, card: ModelCard) -> Inside:
    return finish(looking(given, card, device="cpu"))[1]


@BOTH
def test_a_stretch_holds_what_the_whole_run_says(tiny_model: Models, hiss: Sounds, causal: bool) -> None:
    card, sound = tiny_model(causal), hiss(16_000, 5.0, channels=2)
    w, masks = whole(card, sound)
    span = span_of(Recording(sound, 16_000), card, 2.2, 2.9)
    here = slice(span.first, span.first + span.frames)
    np.testing.assert_allclose(span.w, w[..., here], rtol=0, atol=1e-5 * np.abs(w).max())
    np.testing.assert_allclose(span.masks, masks[..., here], rtol=0, atol=1e-5)
    assert span.times[0] < 2.2
    assert span.times[-1] > 2.9
    assert span.covers(2.3, 2.9)
    assert not span.covers(2.1, 2.9)


@BOTH
@pytest.mark.parametrize(
    "config",
    [
        {},
        {"stride": 12},  # no divisor of the rate: pieces have to begin at every third second
        {"sources": 1, "mixture_consistency": False},
        {"padding": "centred", "mask_activation": "relu"},
        {"padding": "none", "encoder_activation": "linear"},
    ],
    ids=str,
)
def test_masks_times_encoder_output_decoded_is_the_separated_track(
    tiny_model: Models, hiss: Sounds, pieces: Any, causal: bool, config: dict[str, Any]
) -> None:
    pieces(4)
    card, given = tiny_model(causal, **config), Recording(hiss(16_000, 13.3, channels=2), 16_000)
    separation, inside = finish(looking(given, card, device="cpu"))
    for start, stop in ((0.0, 1.0), (5.3, 7.0), (3.2, 4.4), (12.1, 13.3)):
        span = span_of(given, card, start, stop, inside=inside)
        low, high = (round(second * 16_000) for second in span.seconds)
        sounds = tracks(span, basis_of(card).decoder)
        for index, name in enumerate(("speech", "noise")):
            expected = separation.track(name)[:, low:high]
            # In the second around a seam the masks are crossfaded, not the sound: 2e-5 of full scale at most.
            np.testing.assert_allclose(sounds[:, index], expected, rtol=0, atol=3e-5)


@BOTH
def test_a_stretch_is_the_same_with_and_without_what_the_separation_left(
    tiny_model: Models, hiss: Sounds, pieces: Any, causal: bool
) -> None:
    pieces(4)
    card, given = tiny_model(causal), Recording(hiss(16_000, 9.0), 16_000)
    with_it = span_of(given, card, 7.0, 8.5, inside=inside_of(given, card))
    without = span_of(given, card, 7.0, 8.5)
    np.testing.assert_allclose(with_it.masks, without.masks, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(with_it.mixture, without.mixture)


@BOTH
def test_one_channel_can_be_looked_at_alone(tiny_model: Models, hiss: Sounds, pieces: Any, causal: bool) -> None:
    pieces(4)
    card, given = tiny_model(causal), Recording(hiss(44_100, 9.0, channels=3), 44_100)
    inside = inside_of(given, card)
    every, one = (span_of(given, card, 6.0, 7.0, inside=inside, channel=channel) for channel in (None, 1))
    assert (every.channels, one.channels) == ((0, 1, 2), (1,))
    np.testing.assert_allclose(one.masks[0], every.masks[1], rtol=0, atol=1e-5)
    np.testing.assert_allclose(one.w[0], every.w[1], rtol=0, atol=1e-5)


def test_a_causal_stretch_is_taken_up_at_the_last_mark(tiny_model: Models, hiss: Sounds, pieces: Any) -> None:
    pieces(2)
    card, given = tiny_model(causal=True), Recording(hiss(16_000, 20.0), 16_000)
    inside = inside_of(given, card)
    assert [mark.second for mark in inside.marks] == list(range(2, 20, 2))
    frames = 0

    def count(net: object, arguments: tuple[torch.Tensor], result: torch.Tensor) -> None:
        nonlocal frames
        frames += result.shape[1]

    library.load(card).encoder.register_forward_hook(count)
    span_of(given, card, 17.0, 18.0, inside=inside)
    assert frames * 8 < 5 * 16_000  # 4 of the 18 seconds


def test_marks_take_bounded_memory(
    tiny_model: Models, hiss: Sounds, pieces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces(1)
    monkeypatch.setattr("tasnet_gui.engine.inside.MARKS", 8_000)  # bytes
    inside = inside_of(Recording(hiss(16_000, 30.0), 16_000), tiny_model(causal=True))
    assert len(inside.marks) >= 2
    assert sum(mark.state.nbytes for mark in inside.marks) <= 8_000
    gaps = np.diff([0, *(mark.second for mark in inside.marks), 30])
    assert gaps.max() <= 2 * gaps.min() + 1


def test_too_long_and_empty_stretches_are_refused(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    card, given = tiny_model(filters=4096), recording(16_000, 3.0)
    assert longest_span(card) < 3.0
    with pytest.raises(BadRequest, match="at most"):
        span_of(given, card, 0.0, 3.0)
    for start, stop in ((1.0, 1.0), (2.0, 1.0), (5.0, 6.0)):
        with pytest.raises(BadRequest, match="empty"):
            span_of(given, card, start, stop)


def test_a_stretch_as_long_as_can_be_is_taken_wherever_it_begins(tiny_model: Models) -> None:
    card, given = tiny_model(filters=4096), Recording(np.zeros((1, 60 * 16_000), np.float32), 16_000)
    longest = longest_span(card)
    begins = [begin for begin in np.linspace(1.0, 50.0, 999) if begin + longest - begin > longest]
    assert begins  # where doubles round it up
    for begin in begins:
        work = inspecting(given, card, begin, begin + longest, device="cpu")
        assert next(work).done == 0.0  # it was taken
        work.close()


@BOTH
@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_where_a_gpu_is_too_small_the_cpu_takes_over(
    tiny_model: Models, hiss: Sounds, pieces: Any, monkeypatch: pytest.MonkeyPatch, causal: bool, device: str
) -> None:
    pieces(4)
    card, given = tiny_model(causal), Recording(hiss(16_000, 12.0), 16_000)
    expected = span_of(given, card, 5.0, 11.0)
    name, runs = ("_stream" if causal else "_whole"), 0
    original = getattr(Compute, name)

    def run(self: Compute, *arguments: Any) -> Any:
        nonlocal runs
        result = yield from original(self, *arguments)
        runs += 1
        if runs == 2 and self.device.name == device:
            raise MemoryError
        return result

    monkeypatch.setattr(Compute, name, run)
    monkeypatch.setattr("tasnet_gui.engine.device.choose", lambda *_: Device(device))
    monkeypatch.setattr(library, "load", lambda model, device, load=library.load: load(model, "cpu"))
    if device == "cpu":
        with pytest.raises(DeviceError, match="not enough memory"):
            finish(inspecting(given, card, 5.0, 11.0))
        return
    span = finish(inspecting(given, card, 5.0, 11.0))
    np.testing.assert_allclose(span.w, expected.w, rtol=0, atol=1e-5)
    np.testing.assert_allclose(span.masks, expected.masks, rtol=0, atol=1e-5)


@BOTH
def test_closing_half_way_leaves_nothing_behind(
    tiny_model: Models, recording: Callable[..., Recording], causal: bool
) -> None:
    threads = torch.get_num_threads()
    asked = recording(44_100, 3.0), tiny_model(causal), 1.0, 2.0
    steps = sum(1 for _ in inspecting(*asked, device="cpu", threads=1))
    work = inspecting(*asked, device="cpu", threads=1)
    for _ in range(steps - 1):
        next(work)
    work.close()
    assert torch.get_num_threads() == threads
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("config", [{}, {"stride": 4}, {"stride": 16}, {"encoder_activation": "linear"}], ids=str)
@pytest.mark.parametrize("seconds", [0.0, 0.3217, 0.5, 0.9999])
def test_the_numbers_at_the_playhead_are_the_networks_own(
    tiny_model: Models, recording: Callable[..., Recording], config: dict[str, Any], seconds: float
) -> None:
    card, given = tiny_model(**config), recording(16_000, 1.0, 2)
    w, masks = whole(card, given.samples)
    span, basis = span_of(given, card, 0.0, 1.0), basis_of(card)
    moment = at_moment(span, basis, seconds, channel=1)
    k = moment.frame
    assert abs(moment.seconds - seconds) <= span.grid.stride / 2 / 16_000 + 1e-9
    np.testing.assert_allclose(moment.w, w[1, :, k], rtol=0, atol=1e-5)
    np.testing.assert_allclose(moment.product, basis.encoder @ moment.window, rtol=0, atol=1e-6)
    np.testing.assert_allclose(moment.masks, masks[1, :, :, k], rtol=0, atol=1e-5)
    np.testing.assert_allclose(moment.masked, masks[1, :, :, k] * w[1, :, k], rtol=0, atol=1e-5)
    np.testing.assert_allclose(moment.decoded, moment.masked @ basis.decoder, rtol=0, atol=1e-6)
    np.testing.assert_allclose(moment.parts[:, moment.numbers.index(k)], moment.decoded, rtol=0, atol=1e-5)
    separation = separate(given, card, device="cpu")
    begin = span.grid.begin(k)
    positions = np.arange(begin, begin + span.grid.kernel)
    real = (positions >= 0) & (positions < given.frames)
    np.testing.assert_array_equal(moment.window[real], given.samples[1, positions[real]])
    assert not moment.window[~real].any()
    for index, name in enumerate(("speech", "noise")):
        np.testing.assert_allclose(
            moment.tracks[index, real], separation.track(name)[1, positions[real]], rtol=0, atol=1e-5
        )


def test_no_moment_outside_of_the_stretch(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    card = tiny_model()
    span = span_of(recording(16_000, 2.0), card, 0.5, 1.0)
    with pytest.raises(BadRequest):
        at_moment(span, basis_of(card), 1.2)


@BOTH
def test_the_effective_masks_are_those_that_the_tracks_were_made_with(
    tiny_model: Models, recording: Callable[..., Recording], causal: bool
) -> None:
    card, given = tiny_model(causal), recording(16_000, 1.0)
    span, decoder = span_of(given, card, 0.0, 1.0), basis_of(card).decoder
    masks = effective(span.masks)
    np.testing.assert_allclose(masks.sum(1), 1, rtol=0, atol=1e-6)
    lost = span.mixture - span.decode(span.w, decoder)
    expected = span.decode(masks * span.w[:, None], decoder) + lost[:, None] / 2
    np.testing.assert_allclose(tracks(span, decoder), expected, rtol=0, atol=1e-6)


@BOTH
def test_the_receptive_field_is_what_an_impulse_shows(tiny_net: Callable[..., ConvTasNet], causal: bool) -> None:
    net = tiny_net(causal)
    for module in list(net.modules()):  # norms hear everything, as two numbers; without them the convolutions are left
        for name, child in list(module.named_children()):
            if "Norm" in type(child).__name__:
                setattr(module, name, torch.nn.Identity())
    frames = 100
    w = torch.rand(1, 32, frames)
    other = w.clone()
    other[:, :, 50] += 1.0
    changed = (net.masks(w) != net.masks(other)).any(2).any(1)[0].nonzero()[:, 0]
    assert len(changed) == net.config.receptive_field_frames
    card = ModelCard("net", "", "", net.config.as_dict(), 16_000, "", "", None)  # type: ignore[arg-type]
    # Frame 50 is the last (the first) thing that the first (the last) changed frame hears.
    grid = span_grid(card)
    for frame in (int(changed[0]), int(changed[-1])):
        low, high = (round(second * 16_000) for second in receptive_field(card, grid.centre(frame)))
        first, last = grid.begin(50), grid.begin(50) + grid.kernel
        assert low == first or high == last
        assert low <= first
        assert last <= high


def span_grid(card: ModelCard) -> Any:
    from tasnet_gui.engine.watch import grid_of

    return grid_of(card)


def test_the_encoder_output_has_the_level_of_the_sound(tiny_model: Models, hiss: Sounds) -> None:
    card = tiny_model()
    loud = Recording(4.0 * hiss(16_000, 1.0), 16_000)
    quiet = replace(loud, samples=loud.samples / 1024)
    first, second = (span_of(given, card, 0.0, 1.0) for given in (loud, quiet))
    np.testing.assert_allclose(second.w * 1024, first.w, rtol=1e-5, atol=1e-6)
