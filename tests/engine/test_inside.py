import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tasnet_gui.analysis.filters import filter_activity, filter_card
from tasnet_gui.analysis.frames import FrameGrid
from tasnet_gui.analysis.orders import by_energy, by_similarity
from tasnet_gui.analysis.pooler import Pooler
from tasnet_gui.analysis.pooling import FACTOR, Scale, difference_scale, span_image
from tasnet_gui.domain import ModelCard, ModelError, Recording, Samples, finish
from tasnet_gui.engine import library
from tasnet_gui.engine.compute import Compute
from tasnet_gui.engine.device import Device
from tasnet_gui.engine.inside import Inside, basis_of, looking, starting_basis
from tasnet_gui.engine.separate import separate
from tasnet_gui.engine.spans import inspecting
from tasnet_gui.nets.config import ConvTasNetConfig

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


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> int:
    """The pictures may take 120 kB."""
    monkeypatch.setattr("tasnet_gui.engine.inside.BUDGET", 120_000)
    return 120_000


def inside_of(given: Recording, card: ModelCard) -> Inside:
    return finish(looking(given, card, device="cpu"))[1]


def pooled(values: Samples, pool: int) -> Samples:
    """Means over so many frames of [..., K]; the last may hold fewer."""
    starts = np.arange(0, values.shape[-1], pool)
    sizes = np.diff([*starts, values.shape[-1]])
    return np.add.reduceat(values.astype(np.float64), starts, -1) / sizes


@BOTH
@pytest.mark.parametrize("config", [{}, {"mask_activation": "relu"}, {"encoder_activation": "linear"}], ids=str)
def test_a_pooled_picture_is_the_pooling_of_the_full_masks(
    tiny_model: Models, hiss: Sounds, small_budget: int, causal: bool, config: dict[str, Any]
) -> None:
    card, sound = tiny_model(causal, **config), hiss(16_000, 3.3, channels=2)
    with torch.inference_mode():
        net = library.load(card)
        w = net.encode(torch.from_numpy(sound))
        masks = net.masks(w).numpy()
    pictures = inside_of(Recording(sound, 16_000), card).pictures
    assert pictures.pool > 5
    assert pictures.frames == w.shape[-1]
    assert pictures.nbytes <= small_budget
    scale = pictures.scales["w"]
    expected = (10 * np.log10(pooled(np.square(w.numpy()), pictures.pool).clip(1e-30))).clip(scale.low)
    np.testing.assert_allclose(scale.decode(pictures.w[0]), expected, rtol=0, atol=0.51 * scale.step)
    for index, name in enumerate(("speech", "noise")):
        scale = pictures.scales[name]
        expected = pooled(masks[:, index], pictures.pool).clip(scale.low, scale.high)
        # Float32 sums may round the other way at the border between two bytes.
        np.testing.assert_allclose(scale.decode(pictures.masks[name][0]), expected, rtol=0, atol=0.51 * scale.step)


@BOTH
def test_pieces_leave_no_trace_in_a_picture(
    tiny_model: Models, hiss: Sounds, pieces: Any, small_budget: int, causal: bool
) -> None:
    card, given = tiny_model(causal), Recording(hiss(44_100, 13.7), 44_100)
    whole = inside_of(given, card)
    pieces(4)
    cut = inside_of(given, card)
    assert len(cut.pieces) > 2
    for name in ("speech", "noise"):
        one, other = (inside.pictures.masks[name][0].astype(int) for inside in (whole, cut))
        assert one.any()
        # Non-causal pieces have their own gLN statistics.
        assert np.abs(one - other).max() <= (1 if causal else 12)
    np.testing.assert_allclose(cut.activity.w, whole.activity.w, rtol=1e-4)


def test_ten_minutes_fit_into_32_megabytes() -> None:
    for filters, stride, channels in ((384, 64, 1), (512, 16, 2)):
        grid, frames = FrameGrid(16_000, 2 * stride, stride, stride), 600 * 16_000 // stride
        pooler = Pooler(grid, frames, (channels, 2, filters), Scale(-120, 0, "dB"), Scale(0, 1))
        pooler.settle(frames)
        assert pooler.pictures().nbytes <= 32 * 2**20
        assert pooler.pictures().column_seconds < 0.1


def test_the_coarser_levels_are_means_of_the_finer_ones(
    tiny_model: Models, recording: Callable[..., Recording]
) -> None:
    pictures = inside_of(recording(16_000, 2.0), tiny_model()).pictures
    fine, coarse = pictures.masks["speech"][:2]
    count = fine.shape[2] // FACTOR
    means = fine[:, :, : count * FACTOR].reshape(*fine.shape[:2], count, FACTOR).mean(-1)
    np.testing.assert_allclose(coarse[:, :, :count], means, rtol=0, atol=0.5)
    power = 10 ** (pictures.scales["w"].decode(pictures.w[0]) / 10)
    means = 10 * np.log10(power[:, :, : count * FACTOR].reshape(*fine.shape[:2], count, FACTOR).mean(-1))
    scale = pictures.scales["w"]
    np.testing.assert_allclose(scale.decode(pictures.w[1])[:, :, :count], means, rtol=0, atol=0.51 * scale.step)
    assert pictures.masks["speech"][-1].shape[2] <= FACTOR


@BOTH
def test_the_pooled_and_the_full_picture_of_a_stretch_agree(
    tiny_model: Models, recording: Callable[..., Recording], causal: bool
) -> None:
    given, card = recording(16_000, 3.0), tiny_model(causal)
    inside = inside_of(given, card)
    assert inside.pictures.pool == 1
    span = finish(inspecting(given, card, 0.5, 2.5, inside=inside, device="cpu"))
    for kind in inside.pictures.kinds:
        pool = inside.pictures.image(kind, 0.7, 1.9, 1555)
        full = span_image(span, inside.pictures.scales, kind, 0.7, 1.9, 1555)
        assert np.abs(pool.astype(int) - full).max() <= 1


@pytest.mark.parametrize("block", [1, 7, 512])
def test_a_stretch_drawn_block_by_block_is_the_stretch(
    tiny_model: Models, recording: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr("tasnet_gui.analysis.pooling.BLOCK", block)
    given, card = recording(16_000, 2.0), tiny_model()
    scales = inside_of(given, card).pictures.scales
    span = finish(inspecting(given, card, 0.5, 1.5, device="cpu"))
    first, last = (int(np.searchsorted(span.times, edge)) for edge in (0.6, 1.4))
    width = last - first
    edges = span.grid.centre(span.first + first - 0.5), span.grid.centre(span.first + last - 0.5)
    for kind, values in (("speech", span.masks[0, 0]), ("noise", span.masks[0, 1])):
        expected = scales[kind].encode(values[:, first:last])
        for _ in range(2):  # the second time from what is remembered
            np.testing.assert_array_equal(span_image(span, scales, kind, *edges, width), expected)
    beyond = span_image(span, scales, "difference", edges[0] - 5, edges[0] - 4, 10)
    assert (beyond == 128).all()


def test_row_i_is_the_same_filter_in_every_picture(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    given, card = recording(16_000, 1.0), tiny_model()
    inside, basis = inside_of(given, card), basis_of(card)
    order = by_similarity(basis)
    assert order.forward.tolist() != list(range(32))
    span = finish(inspecting(given, card, 0.0, 1.0, device="cpu"))
    spectra = order.apply(basis.encoder_spectra.magnitudes)
    for row, number in enumerate(order.forward):
        assert order.inverse[number] == row
        np.testing.assert_array_equal(order.apply(basis.encoder)[row], basis.encoder[number])
        np.testing.assert_array_equal(order.apply(basis.decoder)[row], basis.decoder[number])
        np.testing.assert_array_equal(spectra[row], basis.encoder_spectra.magnitudes[number])
        for kind in inside.pictures.kinds:
            for image in (
                partial(inside.pictures.image, kind, 0.1, 0.8, 200),
                partial(span_image, span, inside.pictures.scales, kind, 0.1, 0.8, 200),
            ):
                np.testing.assert_array_equal(image(order=order)[row], image()[number])
    loudest = int(inside.activity.w[0].argmax())
    assert by_energy(inside.activity.w[0]).forward[-1] == loudest
    activity = inside.pictures.activity(loudest)
    np.testing.assert_array_equal(activity, inside.pictures.w[0][0, loudest])


def test_beyond_the_recording_a_picture_shows_silence(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    given, card = recording(16_000, 1.0), tiny_model()
    inside = inside_of(given, card)
    span = finish(inspecting(given, card, 0.0, 1.0, device="cpu"))
    for kind, nothing in {"w": 0, "speech": 0, "noise": 0, "difference": 128}.items():
        for image in (
            inside.pictures.image(kind, -1.0, 3.0, 400),
            span_image(span, inside.pictures.scales, kind, -1.0, 3.0, 400),
        ):
            assert image.shape == (32, 400)
            assert (image[:, :98] == nothing).all()
            assert (image[:, 202:] == nothing).all()
            assert (image[:, 100:200] != nothing).mean() > 0.5
    assert abs(difference_scale(inside.pictures.scales["speech"]).decode(np.array([128], np.uint8))[0]) < 0.005


@BOTH
def test_energies_are_those_of_the_masked_coefficients(
    tiny_model: Models, recording: Callable[..., Recording], causal: bool
) -> None:
    given, card = recording(16_000, 2.0, 2), tiny_model(causal)
    inside = inside_of(given, card)
    with torch.inference_mode():
        net = library.load(card)
        w = net.encode(torch.from_numpy(given.samples))
        masked = (net.masks(w) * w.unsqueeze(1)).square().sum(-1).numpy()  # channels, C, N
    activity = inside.activity
    np.testing.assert_allclose(activity.w, w.square().sum(-1), rtol=1e-4)
    np.testing.assert_allclose(activity.speech, masked[:, 0], rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(activity.noise, masked[:, 1], rtol=1e-4, atol=1e-9)
    for track in ("w", "speech", "noise"):
        assert activity.share_of(track, channel=1).sum() == pytest.approx(1)
    share = activity.speech_share(channel=1)
    assert share.min() >= 0
    assert share.max() <= 1
    np.testing.assert_allclose(share, masked[1, 0] / np.maximum(masked[1].sum(0), 1e-30), rtol=1e-3, atol=1e-6)


def test_silence_has_shares_and_pictures_too(tiny_model: Models) -> None:
    inside = inside_of(Recording(np.zeros((1, 16_000), np.float32), 16_000), tiny_model())
    assert not inside.pictures.w[0].any()
    assert not inside.activity.share_of("speech").any()
    assert not inside.activity.speech_share().any()


def test_a_network_that_knows_speech_only_has_no_noise_picture(
    tiny_model: Models, recording: Callable[..., Recording]
) -> None:
    inside = inside_of(recording(), tiny_model(sources=1, mixture_consistency=False))
    assert inside.pictures.kinds == ("w", "speech")
    assert not inside.activity.noise.any()


@BOTH
def test_a_piece_that_fails_on_the_way_is_counted_once(
    tiny_model: Models, hiss: Sounds, pieces: Any, monkeypatch: pytest.MonkeyPatch, causal: bool
) -> None:
    card, given = tiny_model(causal), Recording(hiss(16_000, 12.0), 16_000)
    pieces(12)
    expected = inside_of(given, card)
    name, runs = ("_stream" if causal else "_whole"), 0
    original = getattr(Compute, name)

    def run(self: Compute, *arguments: Any) -> Any:
        nonlocal runs
        result = yield from original(self, *arguments)
        runs += 1
        if runs == 1:
            raise MemoryError
        return result

    monkeypatch.setattr(Compute, name, run)
    inside = inside_of(given, card)
    assert inside.pieces != expected.pieces
    np.testing.assert_allclose(inside.activity.w, expected.activity.w, rtol=1e-4)


def test_what_a_failing_gpu_showed_is_forgotten(
    tiny_model: Models, hiss: Sounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, given = tiny_model(), Recording(hiss(16_000, 2.0), 16_000)
    expected = inside_of(given, card)
    original = Compute._whole

    def run(self: Compute, *arguments: Any) -> Any:
        result = yield from original(self, *arguments)
        if self.device.name == "cuda":
            raise RuntimeError("it was too hot")
        return result

    monkeypatch.setattr(Compute, "_whole", run)
    monkeypatch.setattr("tasnet_gui.engine.device.choose", lambda *_: Device("cuda"))
    monkeypatch.setattr(library, "load", lambda model, device, load=library.load: load(model, "cpu"))
    separation, inside = finish(looking(given, card))
    assert "too hot" in separation.device_note
    np.testing.assert_allclose(inside.activity.w, expected.activity.w, rtol=1e-5)
    np.testing.assert_array_equal(inside.pictures.masks["speech"][0], expected.pictures.masks["speech"][0])
    span, other = (finish(inspecting(given, card, 0.5, 1.0)) for _ in range(2))
    np.testing.assert_array_equal(span.w, other.w)
    assert span.masks.max() <= 1.0


def test_stretches_of_any_length_make_the_same_picture() -> None:
    random = np.random.default_rng(0)
    w, masks = random.random((1000, 8), np.float32), random.random((2, 1000, 8), np.float32)
    pictures = []
    for cuts in ([0, 1000], [0, 1, 77, 78, 500, 999, 1000], [*range(0, 1000, 64), 1000]):
        pooler = Pooler(FrameGrid(16_000, 16, 8, 8), 1000, (1, 2, 8), Scale(-120, 0, "dB"), Scale(0, 1), 5_000)
        assert pooler.pool > 5
        for start, stop in itertools.pairwise(cuts):
            pooler.add(0, start, w[start:stop], masks[:, start:stop], np.ones(stop - start, np.float32))
        pooler.settle(1000)
        pictures.append(pooler.pictures())
    for picture in pictures[1:]:
        for kind in ("speech", "noise"):
            difference = picture.masks[kind][0].astype(int) - pictures[0].masks[kind][0]
            assert np.abs(difference).max() <= 1


def test_cancelling_leaves_the_recording_as_it_was(tiny_model: Models, recording: Callable[..., Recording]) -> None:
    given, card = recording(44_100, 2.0), tiny_model()
    steps = sum(1 for _ in looking(given, card, device="cpu"))
    work = looking(given, card, device="cpu")
    for _ in range(steps // 2):
        next(work)
    work.close()
    assert not torch.is_inference_mode_enabled()
    assert np.isfinite(separate(given, card, device="cpu").speech).all()


def test_the_basis_is_the_networks_and_cannot_be_changed(tiny_model: Models) -> None:
    card = tiny_model(encoder_activation="linear")
    basis, net = basis_of(card), library.load(card)
    np.testing.assert_array_equal(basis.encoder, net.encoder.weight.numpy())
    np.testing.assert_array_equal(basis.decoder, net.decoder.weight.numpy())
    assert (basis.filters, basis.kernel, basis.rate, basis.rectified) == (32, 16, 16_000, False)
    with pytest.raises(ValueError, match="read-only"):
        basis.encoder[0, 0] = 1.0


def test_the_basis_that_training_begins_with_is_known() -> None:
    card = ModelCard("x", "", "", ConvTasNetConfig(filters=64, kernel=16, stride=8).as_dict(), 16_000, "", "", Path())
    start = starting_basis(card)
    assert start is not None
    assert start.encoder.shape == (64, 16)
    np.testing.assert_array_equal(start.encoder, start.decoder)
    odd = replace(card, config=ConvTasNetConfig(filters=65, kernel=16, stride=8).as_dict())
    assert starting_basis(odd) is None


def test_the_card_of_a_filter_tells_what_the_pictures_show(
    tiny_model: Models, recording: Callable[..., Recording]
) -> None:
    given, model = recording(16_000, 1.0, 2), tiny_model()
    inside, basis = inside_of(given, model), basis_of(model)
    known = filter_card(basis, 7)
    np.testing.assert_array_equal(known.encoder, basis.encoder[7])
    np.testing.assert_array_equal(known.decoder, basis.decoder[7])
    assert (known.centre, known.bandwidth) == (basis.centres[7], basis.bandwidths[7])
    assert known.encoder_magnitude.shape == known.frequencies.shape == (9,)
    did = filter_activity(inside.pictures, inside.activity, 7, channel=1)
    np.testing.assert_array_equal(inside.pictures.scales["w"].encode(did.w), inside.pictures.w[0][1, 7])
    assert did.seconds.shape == did.w.shape == did.speech_mask.shape
    every = [filter_activity(inside.pictures, inside.activity, number, channel=1) for number in range(32)]
    for share in ("share_of_mixture", "share_of_speech", "share_of_noise"):
        assert sum(getattr(one, share) for one in every) == pytest.approx(1)
    with pytest.raises(IndexError):
        filter_card(basis, 32)


def test_the_basis_of_a_damaged_model_is_refused(tiny_model: Models) -> None:
    card = tiny_model()
    (card.folder / card.weights).write_bytes(b"nothing")
    with pytest.raises(ModelError):
        basis_of(card)
