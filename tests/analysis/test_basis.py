import numpy as np
import pytest

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.orders import ORDERS, Order, by_energy, by_frequency, by_similarity, by_speech, in_network

RATE, LENGTH = 16_000, 64


def tones(hertz: list[float], phases: list[float] | None = None) -> Basis:
    """A basis of windowed tones."""
    time = np.arange(LENGTH) / RATE
    turns = np.array(phases if phases is not None else [0.0] * len(hertz))
    waves = np.hanning(LENGTH) * np.cos(2 * np.pi * (np.outer(hertz, time) + turns[:, None]))
    return Basis(waves.astype(np.float32), waves[::-1].astype(np.float32), RATE)


def test_the_centre_frequency_is_where_the_filter_listens() -> None:
    basis = tones([500.0, 1000.0, 3210.0, 7000.0])
    np.testing.assert_allclose(basis.centres, [500, 1000, 3210, 7000], atol=15)


def test_the_bandwidth_is_that_of_an_equal_rectangle() -> None:
    basis = tones([2000.0])
    # A Hann window has an equivalent noise bandwidth of 1.5 bins.
    assert basis.bandwidths[0] == pytest.approx(1.5 * RATE / LENGTH, rel=0.05)
    narrow = Basis(np.ones((1, LENGTH), np.float32), np.ones((1, LENGTH), np.float32), RATE)
    assert narrow.bandwidths[0] < basis.bandwidths[0]


def test_a_filter_that_is_nothing_has_no_bandwidth() -> None:
    silent = np.zeros((2, LENGTH), np.float32)
    basis = Basis(silent, silent, RATE)
    assert not basis.bandwidths.any()
    assert sorted(by_similarity(basis).forward) == [0, 1]


def test_spectra_have_the_points_of_the_transform() -> None:
    basis = tones([1000.0, 4000.0])
    frequencies, magnitudes = basis.encoder_spectra
    assert magnitudes.shape == (2, LENGTH // 2 + 1)
    assert (frequencies[0], frequencies[-1]) == (0, RATE / 2)
    assert frequencies[magnitudes.argmax(1)].tolist() == [1000, 4000]
    assert frequencies[basis.decoder_spectra.magnitudes.argmax(1)].tolist() == [4000, 1000]


def test_encoding_rectifies_if_the_network_does() -> None:
    basis = tones([1000.0, 1000.0], phases=[0.0, 0.5])
    product, w = basis.encode(basis.encoder[0])
    assert product[0] > 0 > product[1]
    assert w.tolist() == [product[0], 0.0]
    linear = Basis(basis.encoder, basis.decoder, RATE, rectified=False)
    np.testing.assert_array_equal(linear.encode(basis.encoder[0])[1], product)


def shuffled() -> Basis:
    """Twelve frequencies in four phases each, in a random order: what a network learns from."""
    hertz = np.repeat(np.linspace(250, 7750, 12), 4)
    phases = np.tile([0.0, 0.25, 0.5, 0.75], 12)
    mixed = np.random.default_rng(0).permutation(48)
    return tones(list(hertz[mixed]), list(phases[mixed]))


def test_similar_filters_stand_together_whatever_their_phase() -> None:
    basis = shuffled()
    centres = basis.centres[by_similarity(basis).forward]
    for group in centres.reshape(12, 4):
        assert np.ptp(group) < 200  # the frequencies are 682 Hz apart
    assert centres[:12].mean() < centres[-12:].mean()
    assert (np.diff(centres.reshape(12, 4).mean(1)) > 0).all()  # neighbours differ least


def test_groups_that_have_nothing_in_common_rise_with_frequency() -> None:
    first = [base + n for base in (20, 60, 100, 140, 180, 220) for n in range(5)]  # of two bins; neighbours share one
    bins = np.random.default_rng(2).permutation(first)
    turns = 2 * np.pi * np.arange(512) / 512
    waves = np.cos(np.outer(bins, turns)) + np.cos(np.outer(bins + 1, turns))
    basis = Basis(waves.astype(np.float32), waves.astype(np.float32), RATE)
    assert (np.diff(basis.centres[by_similarity(basis).forward].reshape(6, 5).mean(1)) > 0).all()


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_is_one_bijection(name: str) -> None:
    basis, values = shuffled(), np.random.default_rng(1).random(48).round(1)  # with ties
    order = {
        "similarity": lambda: by_similarity(basis),
        "frequency": lambda: by_frequency(basis),
        "energy": lambda: by_energy(values),
        "speech": lambda: by_speech(values),
        "network": lambda: in_network(48),
    }[name]()
    assert order.name == name
    assert sorted(order.forward) == list(range(48))
    np.testing.assert_array_equal(order.forward[order.inverse], np.arange(48))
    np.testing.assert_array_equal(order.inverse[order.forward], np.arange(48))
    rows = order.apply(basis.encoder)
    for row in (0, 17, 47):
        np.testing.assert_array_equal(rows[row], basis.encoder[order.forward[row]])
    np.testing.assert_array_equal(order.apply(basis.encoder.T, axis=1).T, rows)
    sorted_by = {"frequency": basis.centres, "energy": values, "speech": values}.get(name)
    if sorted_by is not None:
        assert (np.diff(order.apply(sorted_by)) >= 0).all()


def test_the_order_is_the_same_every_time() -> None:
    np.testing.assert_array_equal(by_similarity(shuffled()).forward, by_similarity(shuffled()).forward)


@pytest.mark.parametrize("forward", [[0, 0, 1], [1, 2, 3], [0, 2], [[0, 1], [2, 3]]])
def test_what_is_no_bijection_is_no_order(forward: list[int]) -> None:
    with pytest.raises(ValueError, match="exactly once"):
        Order("network", np.array(forward))


def test_nobody_can_change_an_order() -> None:
    given = np.arange(5)
    order = Order("network", given)
    given[:2] = 1, 0
    assert order.forward.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="read-only"):
        order.forward[0] = 3
    with pytest.raises(ValueError, match="read-only"):
        order.inverse[0] = 3


def test_a_basis_of_one_filter_has_an_order_too() -> None:
    assert by_similarity(tones([1000.0])).forward.tolist() == [0]
