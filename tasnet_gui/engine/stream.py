"""The causal network on sound that comes in blocks of any size, equal to the whole-file run."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from tasnet_gui.domain import ModelError, Samples
from tasnet_gui.nets.conv_tasnet import Block, ConvTasNet, CumulativeLayerNorm, Depthwise, consistent

Steps = Generator[None, None, Samples]  # yields between blocks of the network, so that long work can be cancelled


@dataclass(frozen=True)
class State:
    """All that the network remembers between two blocks. Its size does not depend on how much has been heard.

    Shapes: B channels of sound, L kernel, S stride, C sources, H hidden, P block kernel, d dilation.
    """

    pending: Tensor  # B, mostly fewer than L: samples that do not fill the next frame yet, the padding before included
    overlap: Tensor  # B, C, L - S: the decoder's tail, to be added to the next frame
    sums: tuple[Tensor, ...]  # per norm: (2, B) float64, the running sums of its input and of its square
    history: tuple[Tensor, ...]  # per block: B, (P-1) d, H: the last inputs of its depthwise convolution
    frames: int = 0  # computed so far
    heard: int = 0  # samples fed
    told: int = 0  # samples returned

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return sum(part.nbytes for part in (self.pending, self.overlap, *self.sums, *self.history))

    def only(self, channel: int) -> "State":
        """That of one channel by itself."""
        one = slice(channel, channel + 1)
        return replace(
            self,
            pending=self.pending[one],
            overlap=self.overlap[one],
            sums=tuple(sums[:, one] for sums in self.sums),
            history=tuple(past[one] for past in self.history),
        )

    def to(self, device: str) -> "State":
        """The same on another device."""
        return replace(
            self,
            pending=self.pending.to(device),
            overlap=self.overlap.to(device),
            sums=tuple(sums.to(device) for sums in self.sums),
            history=tuple(past.to(device) for past in self.history),
        )


class Streamer:
    """`feed` blocks of sound, then `flush`: together the answers are what the whole-file network says.

    A sample comes back as soon as the last frame over it is complete: at most kernel - 1 samples after it was fed.
    A call that fails or is broken off changes nothing. `state` may be kept and set again, and `net` exchanged for a
    copy on another device.

    Args:
        net: a causal network, in evaluation mode. It is not changed.
        channels: how many sounds are separated at once, each by itself.

    Raises:
        ModelError: the network is not causal.
    """

    def __init__(self, net: ConvTasNet, channels: int = 1) -> None:
        if not net.config.causal:
            raise ModelError("A non-causal model needs the whole recording and cannot stream.", "Choose a causal one.")
        self.net = net
        self.channels = channels
        self.watcher: Callable[[int, Tensor, Tensor], None] | None = None  # the first frame's number, w, masks
        self.state = self._start()

    def reset(self) -> None:
        """Forget everything heard."""
        self.state = self._start()

    def feed(self, block: Samples) -> Samples:
        """Take in a block.

        Args:
            block: [channels, frames], or [frames] for one channel; any length, 0 included.

        Returns:
            What has become final, [sources, channels, some frames], or [sources, some frames].
        """
        return _finish(self.feed_steps(block))

    def flush(self) -> Samples:
        """The end: return what is still owed, so that as many samples came out as went in, and start afresh.

        Returns:
            [sources, channels, some frames]
        """
        return _finish(self.flush_steps())

    def feed_steps(self, block: Samples) -> Steps:
        """`feed` that pauses after every block of the network. Closing it leaves the state as it was."""
        sound = torch.from_numpy(np.atleast_2d(np.asarray(block, np.float32)))  # B, T
        estimates, state = yield from self._advance(self.state, sound)
        self.state = state
        return estimates[:, 0] if np.ndim(block) == 1 else estimates

    def flush_steps(self) -> Steps:
        """`flush` that pauses after every block of the network. Closing it leaves the state as it was."""
        config, state = self.net.config, self.state
        frames = config.frames(state.heard) if state.heard else 0
        missing = (frames - state.frames - 1) * config.stride + config.kernel - state.pending.shape[-1]
        silence = torch.zeros(self.channels, max(0, missing) if frames > state.frames else 0)
        estimates, after = yield from self._advance(state, silence)
        rest = self._rest(after, state.heard - after.told)
        self.state = self._start()
        return np.concatenate([estimates, rest], -1)[..., : state.heard - state.told]

    @torch.inference_mode()
    def _rest(self, state: State, length: int) -> Samples:
        """What the network says of the last samples when no further frame begins in them: the decoder's tail."""
        length = max(0, length)
        tail = nn.functional.pad(state.overlap, (0, length))[..., :length]  # B, C, T
        if self.net.config.mixture_consistency:
            tail = consistent(tail, nn.functional.pad(state.pending, (0, length))[..., :length])
        return tail.transpose(0, 1).cpu().numpy()

    def _start(self) -> State:
        config = self.net.config
        past = [(config.block_kernel - 1) * dilation for dilation in config.dilations]
        return State(
            pending=torch.zeros(self.channels, config.before),
            overlap=torch.zeros(self.channels, config.sources, config.kernel - config.stride),
            sums=(torch.zeros(2, self.channels, dtype=torch.float64),) * (1 + 2 * len(past)),
            history=tuple(torch.zeros(self.channels, frames, config.hidden) for frames in past),
        )

    @torch.inference_mode()
    def _advance(self, state: State, sound: Tensor) -> Generator[None, None, tuple[Samples, State]]:
        """The estimates that become final with `sound` (B, T), and the state after it."""
        config, device = self.net.config, self.net.encoder.weight.device
        stretch = torch.cat([state.pending.to(device), sound.to(device)], 1)  # B, T
        frames = max(0, (stretch.shape[1] - config.kernel) // config.stride + 1)  # K
        state = replace(state, heard=state.heard + sound.shape[1])
        if frames == 0:
            return np.zeros((config.sources, self.channels, 0), np.float32), replace(state, pending=stretch)
        ready = frames * config.stride
        w = self.net.encoder(stretch[:, : ready - config.stride + config.kernel])  # B, K, N
        masks, sums, history = yield from self._masks(w, state)  # B, C, K, N
        if self.watcher:
            self.watcher(state.frames, w, masks)
        decoded = self.net.decoder(masks * w.unsqueeze(1))  # B, C, T
        decoded[..., : config.kernel - config.stride] += state.overlap.to(device)
        sources = decoded[..., :ready]
        if config.mixture_consistency:
            sources = consistent(sources, stretch[:, :ready])
        # The first samples belong to the padding before the sound.
        sources = sources[..., max(0, config.before - state.frames * config.stride) :]
        state = replace(
            state,
            pending=stretch[:, ready:].clone(),  # clones: a slice would keep the whole stretch alive
            overlap=decoded[..., ready:].clone(),
            sums=sums,
            history=history,
            frames=state.frames + frames,
            told=state.told + sources.shape[-1],
        )
        return sources.transpose(0, 1).cpu().numpy(), state

    def _masks(
        self, w: Tensor, state: State
    ) -> Generator[None, None, tuple[Tensor, tuple[Tensor, ...], tuple[Tensor, ...]]]:
        """The masks of new frames w (B, K, N), with the norms' sums and the blocks' histories after them."""
        separator = self.net.separator
        norms = _Norms(state)
        history: list[Tensor] = []
        x = separator.bottleneck(norms(separator.norm, w))  # B, K, F
        total: Tensor | float = 0.0
        for block, past in zip(separator.blocks, state.history, strict=True):
            x, skip, past_after = _block(cast(Block, block), x, past.to(x.device), norms)
            total = total + skip
            history.append(past_after)
            yield
        return separator.activate(total if separator.skips else x), tuple(norms.sums), tuple(history)


class _Norms:
    """The cumulative norms of one stretch, called in the network's order; keeps their sums for the next stretch."""

    def __init__(self, state: State) -> None:
        self.frames = state.frames
        self.before = iter(state.sums)
        self.sums: list[Tensor] = []

    def __call__(self, module: nn.Module, x: Tensor) -> Tensor:  # B, K, F -> B, K, F
        norm = cast(CumulativeLayerNorm, module)  # a causal config allows no other
        first, after = self.frames + 1, self.frames + x.shape[1] + 1
        seen = x.shape[2] * torch.arange(first, after, device=x.device, dtype=torch.float64)  # K
        each = torch.stack([x.sum(-1), x.square().sum(-1)]).double()  # 2, B, K
        sums = next(self.before).to(x.device).unsqueeze(-1) + each.cumsum(-1)  # 2, B, K
        self.sums.append(sums[..., -1].clone())
        mean, power = sums / seen  # B, K
        scale = (power - mean.square()).clamp_min(0).add(norm.eps).rsqrt()  # B, K
        shift = (-mean * scale).float().unsqueeze(-1)  # B, K, 1
        return torch.addcmul(norm.bias, torch.addcmul(shift, x, scale.float().unsqueeze(-1)), norm.weight)


def _block(block: Block, x: Tensor, past: Tensor, norms: _Norms) -> tuple[Tensor, Tensor | float, Tensor]:
    """`Block.forward` with what came before in place of zeros: x, skip, and the past of the next stretch."""
    y = norms(block.norm_1, block.activation_1(block.expand(x)))  # B, K, H
    y = torch.cat([past, y], 1)  # B, past + K, H
    past_after = y[:, y.shape[1] - past.shape[1] :].clone()
    y = norms(block.norm_2, block.activation_2(_depthwise(block.depthwise, y)))  # B, K, H
    return *block.paths(x, y), past_after


def _depthwise(conv: Depthwise, y: Tensor) -> Tensor:
    """The dilated convolution without padding, one multiply-add per tap. y: B, past + K, H; returns B, K, H."""
    taps = conv.weight.shape[1]
    frames = y.shape[1] - (taps - 1) * conv.dilation
    total: Tensor = conv.bias
    for tap in range(taps):
        total = torch.addcmul(total, y[:, tap * conv.dilation :][:, :frames], conv.weight[:, tap])
    return total


def _finish(steps: Steps) -> Samples:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Samples = end.value
            return result
