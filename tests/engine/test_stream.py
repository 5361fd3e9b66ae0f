import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tasnet_gui.domain import ModelError, Samples
from tasnet_gui.engine import stream
from tasnet_gui.engine.stream import State, Streamer
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet

Nets = Callable[..., ConvTasNet]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Blocks of a few samples are too little work to share: two threads would mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def noise(frames: int, channels: int = 1, level: float = 0.1, seed: int = 0) -> Samples:
    return level * np.random.default_rng(seed).standard_normal((channels, frames), dtype=np.float32)


@torch.inference_mode()
def whole(net: ConvTasNet, sound: Samples) -> Samples:
    """What the network says of the whole sound: [sources, channels, frames]."""
    return net(torch.from_numpy(sound)).transpose(0, 1).numpy()


def in_blocks(streamer: Streamer, sound: Samples, size: int) -> list[Samples]:
    blocks = [streamer.feed(sound[:, at : at + size]) for at in range(0, sound.shape[1], size)]
    return [*blocks, streamer.flush()]


@pytest.mark.parametrize("size", [1, 37, 480, 4096])
def test_blocks_of_any_size_say_what_the_whole_says(tiny_net: Nets, size: int) -> None:
    net, sound = tiny_net(causal=True), noise(600 if size == 1 else 9001, channels=2)
    told = np.concatenate(in_blocks(Streamer(net, channels=2), sound, size), -1)
    np.testing.assert_allclose(told, whole(net, sound), rtol=0, atol=1e-5 * np.abs(sound).max())


@pytest.mark.parametrize(
    "config",
    [
        {"stride": 16},  # no overlap
        {"stride": 4},  # four frames over each sample
        {"stride": 5, "kernel": 17},
        {"encoder_activation": "linear", "mask_activation": "softmax"},
        {"mask_activation": "relu", "mixture_consistency": False},
        {"block_kernel": 2},
        {"block_kernel": 1},
        {"block_kernel": 4, "sources": 1, "mixture_consistency": False},
        {"padding": "none"},
        {"padding": "none", "stride": 5, "mixture_consistency": False},
        {"padding": "centred", "kernel": 17, "stride": 8},
        {"skip": 0},
    ],
)
def test_every_causal_configuration_streams(tiny_net: Nets, config: dict[str, object]) -> None:
    net, sound = tiny_net(causal=True, **config), noise(1003)
    told = np.concatenate(in_blocks(Streamer(net), sound, 97), -1)
    np.testing.assert_allclose(told, whole(net, sound), rtol=0, atol=1e-5)


@given(sizes=st.lists(st.integers(0, 60), max_size=12))
def test_as_many_samples_come_out_as_went_in(sizes: list[int]) -> None:
    streamer, sound = Streamer(_SMALLEST), noise(sum(sizes))
    ends = np.cumsum([0, *sizes])
    told = [streamer.feed(sound[:, start:stop]) for start, stop in pairwise(ends)]
    assert sum(part.shape[-1] for part in [*told, streamer.flush()]) == sum(sizes)


_SMALLEST = ConvTasNet(
    ConvTasNetConfig(
        filters=8, kernel=6, stride=3, bottleneck=2, hidden=2, skip=2, blocks=2, repeats=1, causal=True, norm="cLN"
    )
).eval()


def test_a_sample_comes_back_at_most_one_window_later(tiny_net: Nets) -> None:
    net = tiny_net(causal=True)
    streamer, told = Streamer(net), 0
    for fed in range(1, 200):
        told += streamer.feed(noise(1)).shape[-1]
        assert fed - told < net.config.kernel


def test_a_plain_row_of_samples_comes_back_without_a_channel(tiny_net: Nets) -> None:
    streamer = Streamer(tiny_net(causal=True))
    assert streamer.feed(noise(160)[0]).shape == (2, 152)


def test_each_channel_is_separated_by_itself(tiny_net: Nets) -> None:
    net, sound = tiny_net(causal=True), noise(800, channels=3)
    together = np.concatenate(in_blocks(Streamer(net, channels=3), sound, 123), -1)
    for index in range(3):
        alone = np.concatenate(in_blocks(Streamer(net), sound[index : index + 1], 123), -1)
        np.testing.assert_allclose(together[:, index], alone[:, 0], rtol=0, atol=1e-6)


def test_a_fresh_sound_after_flush_or_reset_owes_nothing_to_the_last(tiny_net: Nets) -> None:
    streamer, sound = Streamer(tiny_net(causal=True)), noise(500)
    first = np.concatenate(in_blocks(streamer, sound, 100), -1)
    np.testing.assert_array_equal(np.concatenate(in_blocks(streamer, sound, 100), -1), first)
    streamer.feed(noise(333, seed=1))
    streamer.reset()
    np.testing.assert_array_equal(np.concatenate(in_blocks(streamer, sound, 100), -1), first)


def test_a_saved_state_can_be_taken_up_again(tiny_net: Nets) -> None:
    streamer, sound = Streamer(tiny_net(causal=True)), noise(500)
    streamer.feed(sound)
    state = streamer.state
    first = streamer.feed(sound)
    streamer.state = state
    np.testing.assert_array_equal(streamer.feed(sound), first)


@pytest.mark.parametrize("tile", [1 << 6, 1 << 18], ids=["in several tiles", "in one tile"])
def test_a_block_that_is_broken_off_leaves_no_trace(tiny_net: Nets, monkeypatch: pytest.MonkeyPatch, tile: int) -> None:
    monkeypatch.setattr(stream, "TILE", tile)
    streamer, sound = Streamer(tiny_net(causal=True), channels=2), noise(1500, channels=2)
    streamer.feed(sound)
    before = streamer.state
    for steps_done in (1, 4, 20):
        steps = streamer.feed_steps(sound)
        for _ in range(steps_done):
            next(steps, None)
        if steps_done < 20 or tile == 1 << 6:
            steps.close()
            same(streamer.state, before)
    streamer.state = before
    expected = streamer.feed(sound)
    streamer.state = before
    np.testing.assert_array_equal(streamer.feed(sound), expected)


def same(state: State, other: State) -> None:
    assert (state.frames, state.heard) == (other.frames, other.heard)
    for name in ("pending", "overlap"):
        torch.testing.assert_close(getattr(state, name), getattr(other, name), rtol=0, atol=0)
    for name in ("sums", "history"):
        for part, other_part in zip(getattr(state, name), getattr(other, name), strict=True):
            torch.testing.assert_close(part, other_part, rtol=0, atol=0)


@pytest.mark.parametrize("tile", [1 << 5, 1 << 9, 1 << 18])
def test_how_much_is_computed_at_once_makes_no_difference(
    tiny_net: Nets, monkeypatch: pytest.MonkeyPatch, tile: int
) -> None:
    monkeypatch.setattr(stream, "TILE", tile)
    net, sound = tiny_net(causal=True, blocks=5), noise(3001, channels=2)
    told = np.concatenate(in_blocks(Streamer(net, channels=2), sound, 1100), -1)
    np.testing.assert_allclose(told, whole(net, sound), rtol=0, atol=1e-5 * np.abs(sound).max())


def test_gains_of_zero_and_slopes_of_any_sign_stream(tiny_net: Nets) -> None:
    net = tiny_net(causal=True)
    for name, parameter in net.named_parameters():
        if "norm" in name:
            parameter.data[::3] = 0.0
        if "activation" in name:
            parameter.data[:] = -0.7 if name.endswith("1.weight") else 1.3
    sound = noise(2003)
    told = np.concatenate(in_blocks(Streamer(net), sound, 77), -1)
    np.testing.assert_allclose(told, whole(net, sound), rtol=0, atol=1e-5 * np.abs(sound).max())


def test_another_streamer_goes_on_from_what_one_remembers(tiny_net: Nets) -> None:
    net, sound = tiny_net(causal=True), noise(900)
    streamer, other = Streamer(net), Streamer(copy.deepcopy(net))
    first = streamer.feed(sound[:, :400])
    other.state = streamer.state
    told = np.concatenate([first, other.feed(sound[:, 400:]), other.flush()], -1)
    np.testing.assert_allclose(told, whole(net, sound), rtol=0, atol=1e-5)


def test_what_is_watched_is_what_the_network_says(tiny_net: Nets) -> None:
    net, sound = tiny_net(causal=True), noise(1000, channels=2)
    seen: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
    streamer = Streamer(net, channels=2)
    streamer.watcher = lambda first, w, masks: seen.update({first: (w.clone(), masks.clone())})
    in_blocks(streamer, sound, 300)
    w = net.encode(torch.from_numpy(sound))
    masks = net.masks(w)
    torch.testing.assert_close(torch.cat([seen[first][0] for first in sorted(seen)], 1), w.transpose(1, 2))
    torch.testing.assert_close(torch.cat([seen[first][1] for first in sorted(seen)], 2), masks.transpose(2, 3))


def test_the_state_does_not_grow(tiny_net: Nets) -> None:
    def size(streamer: Streamer) -> int:
        state = streamer.state
        tensors = [state.pending, state.overlap, *state.sums, *state.history]
        return sum(tensor.untyped_storage().nbytes() for tensor in tensors)  # with what a view would keep alive

    streamer = Streamer(tiny_net(causal=True))
    streamer.feed(noise(800))
    small = size(streamer)
    for _ in range(5):
        streamer.feed(noise(8000))
    assert size(streamer) == small


def test_small_blocks_need_no_more_room_as_time_goes_by(tiny_net: Nets) -> None:
    streamer, rooms = Streamer(tiny_net(causal=True)), set()
    for _ in range(300):
        streamer.feed(noise(32))
        rooms.add(tuple(past.rows.data_ptr() for past in streamer._causal.pasts))
    assert len(rooms) == 1


def test_an_hour_of_frames_loses_no_precision(tiny_net: Nets) -> None:
    net = tiny_net(causal=True, kernel=2, stride=1, filters=4, hidden=4, blocks=1)
    sound = noise(900_000)  # as many frames as an hour at 16 kHz has with a stride of 64
    told = np.concatenate(in_blocks(Streamer(net), sound, 150_000), -1)
    exact = whole(copy.deepcopy(net).double(), sound.astype(np.float64))
    np.testing.assert_allclose(told, exact, rtol=0, atol=1e-5 * np.abs(exact).max())


def test_after_an_hour_the_running_sums_still_take_in_every_frame(tiny_net: Nets) -> None:
    def taken_in(hours_before: bool) -> Samples:
        streamer = Streamer(tiny_net(causal=True))
        streamer.feed(noise(800, seed=1))
        if hours_before:
            sums = tuple(values * 2**16 for values in streamer.state.sums)
            streamer.state = replace(streamer.state, sums=sums, frames=streamer.state.frames * 2**16)
        before = streamer.state.sums[0]
        for block in np.split(noise(1600), 200, axis=1):
            streamer.feed(block)
        return (streamer.state.sums[0] - before).numpy()

    np.testing.assert_allclose(taken_in(True), taken_in(False), rtol=1e-6)


def test_a_network_that_hears_the_future_cannot_stream(tiny_net: Nets) -> None:
    with pytest.raises(ModelError, match="causal"):
        Streamer(tiny_net(causal=False))
