"""A stretch of a recording at full resolution: the encoder's output and the masks, as they are in the whole run.

Importing this file does not import torch.
"""

import math
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from tasnet_gui.analysis.frames import Coefficients, FrameSpan
from tasnet_gui.domain import BadRequest, DeviceError, ModelCard, Progress, Recording
from tasnet_gui.engine import device as devices
from tasnet_gui.engine.inside import Inside
from tasnet_gui.engine.native import Links, Native
from tasnet_gui.engine.rates import Source
from tasnet_gui.engine.segments import Crossfaded, between, plan
from tasnet_gui.engine.steps import within
from tasnet_gui.engine.watch import config_of, frames_of, grid_of, weights

if TYPE_CHECKING:
    from tasnet_gui.engine.compute import Compute

LARGEST = 128 * 2**20  # bytes of w and masks
MARGIN = 0.5  # seconds around what is asked for: for the resampler and the gains above the model's band
_ROUNDING = 1e-6  # seconds: less than a frame, more than a double leaves of a sum of two
FEED = 10  # seconds of sound at a time, for a causal model

Inspecting = Generator[Progress, None, FrameSpan]
Work = Generator[float, None, None]
Result = TypeVar("Result")


def longest_span(model: ModelCard, channels: int = 1) -> float:
    """How many seconds can be looked at in full resolution at once."""
    config = config_of(model)
    each = 4 * channels * config.filters * (1 + config.sources) * config.rate / config.stride
    return float(max(1, math.floor(LARGEST / each) - 3))


def too_long(model: ModelCard, start: float, stop: float, channels: int = 1) -> bool:
    """Whether there are more seconds than that, apart from what rounding adds, which depends on where they begin."""
    return stop - start > longest_span(model, channels) + _ROUNDING


def inspecting(
    recording: Recording,
    model: ModelCard,
    start: float,
    stop: float,
    *,
    inside: Inside | None = None,
    channel: int | None = None,
    device: str = "auto",
    threads: int | None = None,
) -> Inspecting:
    """Compute encoder output and masks of [start, stop) seconds, with so much context that they are the whole run's.

    On the same device they equal the whole run's to 1e-5. Non-causal: the pieces that hold the stretch are computed
    again, up to 45 s each, as the norms look at whole pieces; in the second around a seam between two, masks are
    crossfaded as the sound is. Causal: from the last mark of `inside` on, or else from the beginning.

    Args:
        recording: what was separated.
        model: with what.
        start: seconds, clipped to the recording.
        stop: seconds, at most `longest_span` later.
        inside: of a separation of this recording with this model; without it, one that went undisturbed is assumed.
        channel: only this one; all unless given.
        device: as in `separating`.
        threads: as in `separating`.

    Raises:
        BadRequest: the stretch is empty or too long.
        DeviceError: the device cannot be used, or there is not enough memory.
        ModelError: the model is damaged.
    """
    start, stop = max(0.0, start), min(recording.duration, stop)
    chosen = _chosen(recording, inside, channel)
    heard = replace(recording, samples=recording.samples[chosen.group[1]]) if chosen.group else recording
    if not start < stop:
        raise BadRequest("There is nothing to look at in an empty stretch.", "Choose a part of the recording.")
    if too_long(model, start, stop, heard.channels):
        longest = longest_span(model, heard.channels)
        raise BadRequest(f"{stop - start:.0f} s of masks are too many at once.", f"Choose at most {longest:g} s.")
    count = devices.thread_count(threads)
    yield Progress(0.0, "Loading the model")
    place = devices.choose(device)
    from tasnet_gui.engine.compute import Compute

    channels = tuple(range(recording.channels)) if channel is None else (channel,)
    source = Source(heard, model.rate, chosen.native)
    first = max(0, math.floor(start - MARGIN))
    last = min(source.seconds, math.ceil(stop + MARGIN))
    with devices.using_threads(count):
        mixture = yield from _told(between(source, first, last), 0.0, 0.1)
        origin = first * model.rate
        begin, end = grid_of(model).over(origin, origin + mixture.shape[1])
        collector = _Collector(source, model, begin, min(end, frames_of(source, model)))
        compute = Compute(model, place, source.links, collector)
        if model.causal:
            run = partial(_streamed, source, compute, collector, first, inside, chosen.group)
        else:
            run = partial(_pieces, recording, source, compute, collector, inside)
        yield from _told(_within_memory(run, compute, collector), 0.1, 1.0)
    return FrameSpan(
        grid=grid_of(model),
        start=start,
        stop=stop,
        channels=channels,
        origin=origin,
        mixture=mixture[chosen.kept],
        first=begin,
        w=collector.w[chosen.kept].swapaxes(1, 2),
        masks=collector.masks[chosen.kept].swapaxes(2, 3),
    )


class _Chosen(NamedTuple):
    """What must be heard to know a channel, or all."""

    native: Native
    group: tuple[int, slice] | None  # its number and channels, when it is not all
    kept: slice  # what was asked for of it


def _chosen(recording: Recording, inside: Inside | None, channel: int | None) -> _Chosen:
    native = (inside.native if inside else None) or Native(links=Links.each(recording.channels))
    if channel is None:
        return _Chosen(native, None, slice(None))
    group, around = native.links.around(channel)
    return _Chosen(native.only(group), (group, around), slice(channel - around.start, channel - around.start + 1))


def _streamed(
    source: Source,
    compute: "Compute",
    collector: "_Collector",
    first: int,
    inside: Inside | None,
    group: tuple[int, slice] | None,
) -> Work:
    """Run a causal model from the last mark before the stretch to the stretch's end."""
    second, compute.state = 0, None
    for mark in inside.marks if inside else ():
        if mark.second <= first and mark.state.frames <= collector.first:
            second = mark.second
            compute.state = mark.state if group is None else mark.state.only(*group)
    begin, end = second, collector.stop(source)
    while second < end:
        stop = min(second + FEED, end)
        low = yield from between(source, second, stop)
        share = (second - begin) / (end - begin), (stop - begin) / (end - begin)
        yield from within(*share, compute.stream(low, stop >= source.seconds))
        second = stop


def _pieces(
    recording: Recording, source: Source, compute: "Compute", collector: "_Collector", inside: Inside | None
) -> Work:
    """Run a non-causal model over every piece that has a part in the stretch."""
    way = Crossfaded(source, compute)
    whole = Source(recording, source.model_rate)  # all channels count when pieces are cut
    pieces = inside.pieces if inside else plan(whole, causal=False)
    needed = [piece for piece in pieces if collector.wants(piece)]
    for index, piece in enumerate(needed):
        collector.piece = piece
        yield from within(index / len(needed), (index + 1) / len(needed), way.heard(*piece))
        collector.add()


class _Collector:
    """A watch that keeps some frames at full resolution, crossfaded where pieces meet."""

    def __init__(self, source: Source, model: ModelCard, first: int, last: int) -> None:
        self.seconds, self.grid, self.causal = source.seconds, grid_of(model), model.causal
        self.first, self.last = first, last
        config = config_of(model)
        shape = source.recording.channels, last - first, config.filters
        self.w = np.zeros(shape, np.float32)  # channels, K, N
        self.masks = np.zeros((shape[0], config.sources, *shape[1:]), np.float32)  # channels, C, K, N
        self.piece = (0, source.seconds)
        self._faded: list[tuple[int, int, Coefficients, Coefficients]] = []  # channel, start: a piece, weighted

    def begin(self, compute: "Compute", start: int, stop: int) -> None:
        """Nothing to do: pieces are named by hand."""

    def finish(self, compute: "Compute", start: int, stop: int) -> None:
        """Nothing to do: pieces are named by hand."""

    def forget(self) -> None:
        self._faded.clear()

    def see(self, channel: int, first: int, w: Coefficients, masks: Coefficients) -> None:
        begin, end = max(first, self.first), min(first + len(w), self.last)
        if begin >= end:
            return
        known = slice(begin - first, end - first)
        here = slice(begin - self.first, end - self.first)
        if self.causal:
            self.w[channel, here], self.masks[channel, :, here] = w[known], masks[:, known]
            return
        share = weights(self.grid, begin, end - begin, self.piece, self.seconds)[:, None]
        self._faded.append((channel, here.start, w[known] * share, masks[:, known] * share))

    def add(self) -> None:
        """The piece is done: add what it has to say."""
        for channel, start, w, masks in self._faded:
            here = slice(start, start + len(w))
            self.w[channel, here] += w
            self.masks[channel, :, here] += masks
        self._faded.clear()

    def start_again(self) -> None:
        """Nothing counts that was added."""
        self._faded.clear()
        self.w[:], self.masks[:] = 0.0, 0.0

    def wants(self, piece: tuple[int, int]) -> bool:
        """Whether a piece counts in any of the frames."""
        return bool(weights(self.grid, self.first, self.last - self.first, piece, self.seconds).any())

    def stop(self, source: Source) -> int:
        """The second up to which the sound must be heard for the last frame to be complete."""
        end = self.grid.begin(self.last - 1) + self.grid.kernel
        return min(source.seconds, max(1, -(-end // source.model_rate)))


def _within_memory(run: Callable[[], Work], compute: "Compute", collector: "_Collector") -> Work:
    """The work, and if a GPU is too small for it once more on the CPU."""
    from tasnet_gui.engine.compute import TooLarge

    try:
        yield from run()
        return
    except TooLarge as error:
        if compute.device.name == "cpu":
            raise DeviceError("There is not enough memory to look inside.", "Close other programs.") from error
    compute.use_cpu("The GPU's memory is too small for this model, and the CPU took over.")
    collector.start_again()
    yield from _within_memory(run, compute, collector)


def _told(work: Generator[float, None, Result], low: float, high: float) -> Generator[Progress, None, Result]:
    """Work, with its fractions told as progress."""
    with closing(work):
        while True:
            try:
                done = next(work)
            except StopIteration as end:
                result: Result = end.value
                return result
            yield Progress(low + (high - low) * done, "Looking inside")
