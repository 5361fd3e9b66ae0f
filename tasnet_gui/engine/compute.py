"""The network at work: on a GPU for as long as that goes well, otherwise on the CPU."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasnet_gui.domain import ModelCard, ModelError, Samples
from tasnet_gui.engine import kernels, library
from tasnet_gui.engine.device import Device, first_line
from tasnet_gui.engine.fast import Fast
from tasnet_gui.engine.native import Links
from tasnet_gui.engine.rates import Work
from tasnet_gui.engine.steps import counted, within
from tasnet_gui.engine.stream import State, Streamer
from tasnet_gui.engine.watch import Watch
from tasnet_gui.nets.conv_tasnet import ConvTasNet, Steps

AT_ONCE = 8  # pieces of 30 s that a GPU separates together


class TooLarge(Exception):
    """The piece does not fit into the device's memory."""


class Compute:
    """Runs one model over pieces of sound at the model's rate; only speech comes back: noise is the rest.

    A piece that fails for another reason than its size is repeated on the CPU, and so is everything after it.

    Args:
        model: whose network is to run.
        device: where to begin.
        links: which channels of all sounds to come share their masks; one channel unless given.
        watch: what is shown the encoder's output and the masks.
        bf16: let a GPU multiply in bfloat16.

    Raises:
        ModelError: the weights are missing or damaged.
    """

    def __init__(
        self,
        model: ModelCard,
        device: Device,
        links: Links | None = None,
        watch: Watch | None = None,
        bf16: bool = False,
    ) -> None:
        self.model = model
        self.device = device
        self.links = links or Links.each(1)
        self.watch = watch
        self.bf16 = bf16
        self.batch = AT_ONCE if device.name != "cpu" and watch is None else 1
        try:
            self._install(device.name)
        except RuntimeError as error:
            if device.name == "cpu":
                raise
            self.use_cpu(f"The model does not fit onto the GPU ({first_line(error)}).")
        if device.name == "mps" and self.net.config.norm == "cLN":
            self.use_cpu("Apple's GPUs have no float64, which the norms of this model need.")
        self._state: State | None = None
        self._streamer: Streamer | None = None

    @property
    def state(self) -> State | None:
        """What a causal model remembers of the pieces so far, on the CPU: a GPU that fails may never answer again.

        None before the first piece; and setting it to None forgets everything.
        """
        return self._state

    @state.setter
    def state(self, state: State | None) -> None:
        self._state, self._streamer = state, None

    def use_cpu(self, reason: str) -> None:
        """Go on with the CPU."""
        self.device, self.batch = Device("cpu", reason), 1
        self._streamer = None
        self._install("cpu")

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is computed inside is not watched, and leaves no trace in a causal model's memory."""
        kept = self.watch, self.state
        self.watch, self.state = None, None
        try:
            yield
        finally:
            self.watch, self.state = kept

    def whole(self, mixture: Samples, frame: int = 0) -> Work:
        """The speech in a piece, or in several of one length, each row by itself. It pauses between blocks.

        Each channel is scaled by a power of two, which is exact, to a peak in [0.5, 1): so quiet sound stays clear of
        the eps in the norms, and scaling the mixture scales the speech.

        Args:
            mixture: [channels, frames] at the model's rate; of several pieces one below the other.
            frame: the number of its first frame, for the watch.

        Raises:
            TooLarge: the piece does not fit into memory.
            ModelError: the network's answer is not finite, on the CPU either.
        """
        scaled, exponents = _scaled(mixture)
        heard = scaled if self.links.alone else _scaled(self.links.heard(mixture))[0]
        speech = yield from self._surely(lambda: self._whole(heard, scaled, exponents, frame))
        return np.ldexp(speech, exponents)

    def stream(self, mixture: Samples, last: bool) -> Work:
        """The speech that becomes final with the next piece, or the last one; for a causal model.

        No scaling here: a factor for the whole recording would need to know its end.

        Raises:
            TooLarge: the piece does not fit into memory; nothing has happened, a shorter one may follow.
            ModelError: the network's answer is not finite, on the CPU either.
        """
        return (yield from self._surely(lambda: self._stream(mixture, last)))

    def _install(self, device: str) -> None:
        if device == "cuda":
            torch.backends.cudnn.allow_tf32 = False  # torch's default is True, and costs three of the seven digits
        self.net = consistent_network(self.model, device)
        self.fast = Fast(self.net) if device == "cpu" and not self.model.causal else None

    def _surely(self, run: Callable[[], Work]) -> Work:
        """`run`, and if it fails on a GPU once more on the CPU."""
        try:
            return (yield from run())
        except (RuntimeError, TypeError, MemoryError, FloatingPointError) as error:
            if _is_memory(error):
                raise TooLarge from error
            if self.device.name == "cpu" and isinstance(error, FloatingPointError):
                raise ModelError(f"The model {self.model.name} failed: {error}.", "Choose another model.") from error
            if self.device.name == "cpu":
                raise
            trouble = first_line(error)
        if self.watch:
            self.watch.forget()
        self.use_cpu(f"The GPU failed ({trouble}), and the CPU took over.")
        return (yield from self._surely(run))

    @torch.inference_mode()
    def _whole(self, heard: Samples, mixture: Samples, exponents: NDArray[np.int32], frame: int) -> Work:
        batch = torch.from_numpy(heard)  # B, T
        applied = None if self.links.alone else self._apart(torch.from_numpy(mixture))
        if self.fast:
            show_tile = partial(self._show_tile, frame, exponents) if self.watch else None
            sources = yield from self.fast.steps(batch, show_tile, applied=applied)
        else:
            device = self.net.encoder.weight.device
            show = partial(self._show, 0, frame, exponents=exponents) if self.watch else None
            applied = applied and [sounds.to(device) for sounds in applied]
            steps = self.net.forward_steps(batch.to(device), show, applied)
            steps = _in_bf16(steps, self.device.name) if self.bf16 else steps
            sources = yield from counted(len(self.net.config.dilations), steps)  # B, C, T
        return _finite(sources[:, 0].cpu().numpy())

    def _apart(self, mixture: Tensor) -> list[Tensor]:
        """The groups of channels that share their masks, of one piece after the other."""
        return list(mixture.split(self.links.sizes * (len(mixture) // self.links.channels)))

    def _stream(self, mixture: Samples, last: bool) -> Work:
        streamer = self._streamer = self._streamer or self._streaming()
        try:
            told = yield from within(0.0, 0.9, streamer.feed_steps(mixture))
            if last:
                rest = yield from within(0.9, 1.0, streamer.flush_steps())
                told = np.concatenate([told, rest], -1)
            speech = _finite(told[0])
            self._state = streamer.state.to("cpu")
            return speech
        except BaseException:
            self._streamer = None  # another one goes on from what was remembered before this piece
            raise

    def _streaming(self) -> Streamer:
        streamer = Streamer(self.net, self.links.channels, self.links)
        if self._state:
            streamer.state = self._state
        if self.watch:
            unscaled = np.zeros((self.links.channels, 1), int)
            streamer.watcher = lambda first, w, masks: self._show(0, first, w, masks, unscaled)
        return streamer

    def _show(self, channel: int, frame: int, w: Tensor, masks: Tensor, exponents: NDArray[np.int32]) -> None:
        """Let the watch see a batch: w (B, K, N) as it is of the unscaled mixture, masks (B, C, K, N)."""
        assert self.watch is not None
        for index, exponent in enumerate(exponents):
            unscaled = np.ldexp(w[index].cpu().numpy(), exponent)
            self.watch.see(channel + index, frame, unscaled, masks[index].cpu().numpy())

    def _show_tile(
        self, frame: int, exponents: NDArray[np.int32], channel: int, first: int, w: Tensor, masks: Tensor
    ) -> None:
        """Let the watch see some frames of one channel: w (K, N), masks (C, K, N)."""
        self._show(channel, frame + first, w[None], masks[None], exponents[channel : channel + 1])


def preparing(model: ModelCard, device: Device) -> Iterator[None]:
    """Load what a `Compute` needs and keeps, in steps of some 0.1 s; then it is made at once.

    Raises:
        BadRequest: `TASNET_KERNEL` names no kernel that works here.
        ModelError: the weights are missing or damaged.
    """
    yield
    with suppress(RuntimeError):  # where it does not fit, `Compute` takes the CPU
        library.load(model, device.name)
    yield
    if device.name == "cpu" and not model.causal:
        kernels.best()
        yield


def consistent_network(model: ModelCard, device: str) -> ConvTasNet:
    """A model's network with outputs that sum to the mixture, whether or not it was trained to.

    Raises:
        ModelError: the weights are missing or damaged.
        RuntimeError: the device cannot hold it; torch's own.
    """
    net = copy.copy(library.load(model, device))
    net.config = replace(net.config, mixture_consistency=net.config.sources > 1)
    return net


def _in_bf16(steps: Steps, device: str) -> Steps:
    """Steps that multiply in bfloat16. In between, nobody else does."""
    while True:
        with torch.autocast(device, dtype=torch.bfloat16):
            try:
                next(steps)
            except StopIteration as end:
                result: Tensor = end.value
                return result.float()
        yield


def _scaled(sound: Samples) -> tuple[Samples, NDArray[np.int32]]:
    """Each channel scaled by 2^-exponent, and the exponents: [channels, 1]."""
    _, exponents = np.frexp(np.abs(sound).max(axis=1, keepdims=True, initial=0.0))
    exponents = exponents.clip(-100, 100)  # 2^100 is still a float32, and 2^-100 is silence
    return np.ldexp(sound, -exponents), exponents


def _finite(speech: Samples) -> Samples:
    if not np.isfinite(speech).all():
        raise FloatingPointError("its answer holds values that are not numbers")
    return speech


def _is_memory(error: BaseException) -> bool:
    """Whether a device ran out of memory. Only CUDA has a kind of error for it."""
    told = str(error)
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(
        words in told for words in ("out of memory", "allocate memory", "not enough memory")
    )
