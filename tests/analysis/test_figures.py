import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.analysis import figures, tables
from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.compare import compare
from tasnet_gui.analysis.frames import FrameGrid, FrameSpan
from tasnet_gui.analysis.orders import Order, by_frequency, in_network
from tasnet_gui.analysis.pooler import Pooler
from tasnet_gui.analysis.pooling import Scale
from tasnet_gui.domain import TasnetError

N, L, K = 12, 16, 200
GRID = FrameGrid(8_000, L, 8, 8)
DOCUMENTED = (Path(__file__).resolve().parents[2] / "docs" / "DATA.md").read_text(encoding="utf-8")


def basis() -> Basis:
    time = np.arange(L) / 8000
    waves = np.sin(2 * np.pi * np.outer(np.linspace(300, 3700, N)[::-1], time) + 0.5).astype(np.float32)
    return Basis(waves, waves * 0.5, 8_000)


def span(speech: float = 0.75) -> FrameSpan:
    random = np.random.default_rng(0)
    w = random.random((1, N, K), dtype=np.float32)
    masks = np.full((1, 2, N, K), speech, np.float32)
    masks[:, 1] = 1 - speech
    return FrameSpan(GRID, 0.0, 0.2, (0,), 0, np.zeros((1, (K - 1) * 8), np.float32), 0, w, masks)


def pooler(speech: float = 0.75) -> Pooler:
    pooled, seen = Pooler(GRID, K, (1, 2, N), Scale(-120, 0, "dB"), Scale(0, 1)), span(speech)
    pooled.add(0, 0, seen.w[0].T, seen.masks[0].swapaxes(1, 2), np.ones(K, np.float32))
    pooled.settle(K)
    return pooled


def loaded(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return dict(file)


def order() -> Order:
    return by_frequency(basis())


@pytest.mark.parametrize("kind", ["basis", "pictures", "span"])
def test_every_key_of_an_npz_file_is_documented_and_comes_back(kind: str) -> None:
    arrays = {
        "basis": lambda: tables.basis_arrays(basis(), order()),
        "pictures": lambda: tables.picture_arrays(pooler().pictures(), pooler().activity(), order()),
        "span": lambda: tables.span_arrays(span(), order()),
    }[kind]()
    read = loaded(tables.npz(arrays))
    assert read.keys() == arrays.keys()
    for name, values in arrays.items():
        assert f"`{name}`" in DOCUMENTED
        np.testing.assert_array_equal(read[name], values)
    np.testing.assert_array_equal(read["order"], order().forward)


def test_bytes_of_a_picture_mean_what_is_documented() -> None:
    read = loaded(tables.npz(tables.picture_arrays(pooler().pictures(), pooler().activity(), order())))
    low, high = read["mask_speech_range"]
    np.testing.assert_allclose(low + read["mask_speech"] * (high - low) / 255, 0.75, atol=0.002)
    low, high = read["w_range"]
    expected = (20 * np.log10(span().w)).clip(-120)
    np.testing.assert_allclose(low + read["w"] * (high - low) / 255, expected, atol=0.25)
    np.testing.assert_allclose(read["times"], [GRID.centre(k) for k in range(K)])


def test_csv_lines_are_the_rows_of_the_basis() -> None:
    names, *lines = tables.basis_csv(basis(), order()).decode().splitlines()
    assert names.split(",")[:5] == ["row", "filter", "centre_hz", "bandwidth_hz", "encoder_0"]
    values = np.array([line.split(",") for line in lines], np.float64)
    assert values.shape == (N, 4 + 2 * L)
    np.testing.assert_array_equal(values[:, 1], order().forward)
    assert (np.diff(values[:, 2]) > 0).all()
    np.testing.assert_allclose(values[:, 4 : 4 + L], order().apply(basis().encoder), rtol=1e-6)


@pytest.mark.parametrize("pooled", [True, False])
def test_csv_lines_of_masks_are_moments(pooled: bool) -> None:
    content = tables.picture_csv(pooler().pictures(), order()) if pooled else tables.span_csv(span(), order())
    names, *lines = content.decode().splitlines()
    assert names.split(",")[0] == "seconds"
    assert names.split(",")[1] == f"w_{order().forward[0]}"
    assert names.split(",")[-1] == f"noise_{order().forward[-1]}"
    values = np.array([line.split(",") for line in lines], np.float64)
    assert values.shape == (K, 1 + 3 * N)
    np.testing.assert_allclose(values[:, 1 + N : 1 + 2 * N], 0.75, atol=0.002)
    np.testing.assert_allclose(values[:, 0], span().times, atol=1e-6)


def test_numbers_come_back_from_csv_as_they_were_however_late_their_moment() -> None:
    late = replace(span(), first=36_000_007)  # after ten hours, 1 ms apart
    lines = tables.span_csv(late, order()).decode().splitlines()[1:]
    values = np.array([line.split(",") for line in lines], np.float64)
    np.testing.assert_allclose(values[:, 0], late.times, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(values[:, 1 : 1 + N].astype(np.float32), order().apply(late.w[0]).T)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_figures_are_drawn_and_always_the_same(suffix: str) -> None:
    pictures = pooler().pictures()
    images = {kind: pictures.image(kind, 0.0, 0.2, 100, 0, order()) for kind in pictures.kinds}

    def drawn() -> list[bytes]:
        both = (
            figures.basis_figure(basis(), order(), "costs 5 $ and 6 $"),
            figures.masks_figure(images, pictures.scales, 0.0, 0.2, order(), "x"),
        )
        return [figures.rendered(figure, suffix) for figure in both]

    once = drawn()
    start = {".png": b"\x89PNG", ".svg": b"<?xml"}[suffix]
    assert all(content.startswith(start) for content in once)
    assert once == drawn()


def test_every_axis_of_a_figure_has_a_name() -> None:
    pictures = pooler().pictures()
    images = {kind: pictures.image(kind, 0.0, 0.2, 100, 0, order()) for kind in pictures.kinds}
    for figure in (
        figures.basis_figure(basis(), order(), "x"),
        figures.masks_figure(images, pictures.scales, 0.0, 0.2, order(), "x"),
    ):
        words = " ".join(axis.get_xlabel() + axis.get_ylabel() for axis in figure.axes)
        assert "Time (" in words
        assert "centre frequency" in words
        assert all(axis.get_ylabel() or axis.get_title() for axis in figure.axes)


def test_a_figure_shows_row_i_of_the_order_at_the_same_height_everywhere() -> None:
    figure = figures.basis_figure(basis(), order(), "x")
    encoder, spectra, decoder, _ = (axis.images[0].get_array() for axis in figure.axes if axis.images)
    np.testing.assert_allclose(encoder, order().apply(basis().encoder))
    np.testing.assert_allclose(decoder, order().apply(basis().decoder))
    np.testing.assert_allclose(spectra, order().apply(basis().encoder_spectra.magnitudes))


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(TasnetError, match=r"tasnet-studio\[figures\]"):
        figures.basis_figure(basis(), in_network(N), "x")


def test_two_models_are_compared_band_by_band() -> None:
    one, other = ((pooler(speech).pictures(), basis()) for speech in (0.75, 0.25))
    comparison = compare(one, other, 0.0, 0.19, 50)
    known = np.isfinite(comparison.difference)
    assert 8 < known.any(1).sum() <= N  # bands that hold a filter
    np.testing.assert_allclose(comparison.first[known], 0.75, atol=0.003)
    np.testing.assert_allclose(comparison.difference[known], 0.5, atol=0.005)
    np.testing.assert_allclose(comparison.over_time, 0.5, atol=0.005)
    assert comparison.times.shape == (50,)
    assert not compare(one, one, 0.0, 0.19, 50).over_time.any()
