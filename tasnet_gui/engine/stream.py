"""The causal network on sound that comes in blocks of any size, equal to the whole-file run."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tasnet_gui.domain import ModelError, Samples
from tasnet_gui.engine import kernels
from tasnet_gui.engine.causal import Causal
from tasnet_gui.engine.codec import Codec
from tasnet_gui.engine.folding import fold
from tasnet_gui.engine.native import Links
from tasnet_gui.engine.steps import within
from tasnet_gui.nets.conv_tasnet import ConvTasNet, consistent

Steps = Generator[float, None, Samples]  # yields how much is done, 0..1, between blocks of the network
Watcher = Callable[[int, Tensor, Tensor], None]  # the first frame's number, w: B, K, N, masks: B, C, K, N

TILE = 1 << 18  # hidden values per tile and thread: 1 MB fits into a core's cache
GPU_TILE = 1 << 22  # on a GPU, which wants more at once


@dataclass(frozen=True)
class State:
    """All that the network remembers between two blocks. Its size does not depend on how much has been heard.

    Shapes: B channels of sound, G groups of them that share their masks, L kernel, S stride, C sources, H hidden, P
    block kernel, d dilation.
    """

    pending: Tensor  # B, mostly fewer than L: samples that do not fill the next frame yet, the padding before included
    overlap: Tensor  # B, C, L - S: the decoder's tail, to be added to the next frame
    sums: tuple[Tensor, ...]  # per norm: (2, G) float64, the running sums of its input and of its square
    history: tuple[Tensor, ...]  # per block: G, (P-1) d, H: the last inputs of its depthwise convolution
    frames: int = 0  # computed so far
    heard: int = 0  # samples fed

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return sum(part.nbytes for part in (self.pending, self.overlap, *self.sums, *self.history))

    def only(self, group: int, channels: slice) -> "State":
        """That of one group and its channels by themselves."""
        one = slice(group, group + 1)
        return replace(
            self,
            pending=self.pending[channels],
            overlap=self.overlap[channels],
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
    A call that fails or is broken off changes nothing. `state` may be kept and set again, also by a streamer on another
    device. Memory and time per block do not grow.

    Args:
        net: a causal network, in evaluation mode. It is not changed.
        channels: how many sounds are separated at once.
        links: which of them share their masks; each is by itself unless given.

    Raises:
        ModelError: the network is not causal.
    """

    def __init__(self, net: ConvTasNet, channels: int = 1, links: Links | None = None) -> None:
        if not net.config.causal:
            raise ModelError("A non-causal model needs the whole recording and cannot stream.", "Choose a causal one.")
        self.channels = channels
        self.links = links or Links.each(channels)
        self.watcher: Watcher | None = None
        self._install(net)
        self.reset()

    @property
    def state(self) -> State:
        """What is remembered: a copy."""
        past = tuple(
            past.remembered.unflatten(0, (past.frames, len(self.links.sizes))).transpose(0, 1).contiguous().clone()
            for past in self._causal.pasts
        )
        return State(
            pending=self._pending,
            overlap=self._overlap,
            sums=tuple(self._causal.sums[:, :, 0].clone()),
            history=past,
            frames=self._causal.frames,
            heard=self._heard,
        )

    @state.setter
    @torch.inference_mode()
    def state(self, state: State) -> None:
        causal = self._causal
        self._pending, self._overlap = state.pending.to(self._device), state.overlap.to(self._device)
        causal.sums.copy_(torch.stack(state.sums).unsqueeze(2))
        for past, history in zip(causal.pasts, state.history, strict=True):
            past.remembered = history.to(self._device).transpose(0, 1).flatten(0, 1)
        causal.frames, self._heard = state.frames, state.heard

    @torch.inference_mode()
    def reset(self) -> None:
        """Forget everything heard."""
        config, causal = self._net.config, self._causal
        self._pending = torch.zeros(self.channels, config.before, device=self._device)
        self._overlap = torch.zeros(self.channels, config.sources, config.kernel - config.stride, device=self._device)
        causal.sums.zero_()
        for past in causal.pasts:
            past.remembered = torch.zeros_like(past.remembered)
        causal.frames = self._heard = 0

    def feed(self, block: Samples) -> Samples:
        """Take in a block.

        Args:
            block: [channels, frames], or [frames] for one channel; any length, 0 included.

        Returns:
            What has become final, [sources, channels, some frames], or [sources, some frames].
        """
        with torch.inference_mode():  # once: entering it before every step takes a tenth of a small block's time
            return _finish(self._feed(block))

    def flush(self) -> Samples:
        """The end: return what is still owed, so that as many samples came out as went in, and start afresh.

        Returns:
            [sources, channels, some frames]
        """
        with torch.inference_mode():
            return _finish(self._flush())

    @torch.inference_mode()
    def feed_steps(self, block: Samples) -> Steps:
        """`feed` that pauses after every block of the network. Closing it leaves the state as it was."""
        return (yield from self._feed(block))

    @torch.inference_mode()
    def flush_steps(self) -> Steps:
        """`flush` that pauses after every block of the network. Closing it leaves the state as it was."""
        return (yield from self._flush())

    def _feed(self, block: Samples) -> Steps:
        sound = torch.from_numpy(np.array(block, np.float32, ndmin=2)).to(self._device)  # B, T
        estimates = yield from self._advance(sound)
        self._heard += sound.shape[1]
        return estimates[:, 0] if np.ndim(block) == 1 else estimates

    def _flush(self) -> Steps:
        config, owed = self._net.config, self._heard - self._told
        frames = config.frames(self._heard) if self._heard else 0
        missing = (frames - self._causal.frames - 1) * config.stride + config.kernel - self._pending.shape[1]
        silence = self._pending.new_zeros(self.channels, max(0, missing) if frames > self._causal.frames else 0)
        estimates = yield from self._advance(silence)
        estimates = np.concatenate([estimates, self._rest(owed - estimates.shape[-1])], -1)[..., :owed]
        self.reset()
        return estimates

    def _rest(self, length: int) -> Samples:
        """What the network says of the last samples when no further frame begins in them: the decoder's tail."""
        length = max(0, length)
        tail = F.pad(self._overlap, (0, length))[..., :length]  # B, C, T
        if self._net.config.mixture_consistency:
            tail = consistent(tail, F.pad(self._pending, (0, length))[..., :length])
        return tail.transpose(0, 1).cpu().numpy()

    @property
    def _told(self) -> int:
        """Samples returned: what is under the frames but for the padding before the sound."""
        return max(0, self._causal.frames * self._net.config.stride - self._net.config.before)

    def _install(self, net: ConvTasNet) -> None:
        self._net, self._device = net, net.encoder.weight.device
        on_cpu = self._device.type == "cpu"
        values = TILE * torch.get_num_threads() if on_cpu else GPU_TILE
        groups = len(self.links.sizes)
        self._tile = max(1, values // net.config.hidden // groups)  # frames
        self._causal = Causal(fold(net), kernels.best() if on_cpu else kernels.Plain(), groups)
        self._sizes = torch.tensor(self.links.sizes, device=self._device)
        self._mean = torch.from_numpy(self.links.weights).to(self._device)
        self._codec: Codec | None = None  # for channels that share their masks

    def _advance(self, sound: Tensor) -> Steps:
        """The estimates that become final with more sound (B, T); at the end all of it is remembered, or nothing."""
        config = self._net.config
        stretch = torch.cat([self._pending, sound], 1)  # B, T
        count = max(0, (stretch.shape[1] - config.kernel) // config.stride + 1)  # K
        starts = range(0, count, self._tile)
        before = self.state if len(starts) > 1 else None
        estimates = [np.zeros((config.sources, self.channels, 0), np.float32)]
        try:
            for start in starts:
                stop = min(start + self._tile, count)
                mixture = stretch[:, start * config.stride : (stop - 1) * config.stride + config.kernel]
                estimates.append((yield from within(start / count, stop / count, self._tile_steps(mixture))))
        except BaseException:
            if before:
                self.state = before
            raise
        self._pending = stretch[:, count * config.stride :].clone()  # a slice would keep the whole stretch alive
        return np.concatenate(estimates, -1)

    def _tile_steps(self, mixture: Tensor) -> Steps:
        """The estimates of whole frames: B, T."""
        config, causal = self._net.config, self._causal
        heard = mixture if self.links.alone else self._mean @ mixture  # G, T
        windows = heard.unfold(1, config.kernel, config.stride)  # G, K, L
        count = windows.shape[1]
        for index, _ in enumerate(causal.steps(windows.transpose(0, 1).flatten(0, 1))):
            yield (index + 1) / len(causal.pasts)
        codec, w, masks = self._applied(mixture, count)
        if self.watcher:
            w_by_channel, masks_too = (part.unflatten(0, (count, self.channels)) for part in (w, masks))
            self.watcher(causal.frames, w_by_channel.transpose(0, 1), masks_too.permute(1, 2, 0, 3))
        rows = count + -(-config.kernel // config.stride) - 1
        decoded = mixture.new_zeros(self.channels, config.sources, rows, config.stride)
        codec.decode(w, masks, decoded, 0)
        sound = decoded.flatten(2)[..., : mixture.shape[1]]  # B, C, T
        sound[..., : config.kernel - config.stride] += self._overlap
        ready = count * config.stride
        sources = sound[..., :ready]
        if config.mixture_consistency:
            sources = consistent(sources, mixture[:, :ready])
        # The first samples belong to the padding before the sound.
        sources = sources[..., max(0, config.before - causal.frames * config.stride) :]
        self._overlap = sound[..., ready:].clone()
        causal.keep()
        return sources.transpose(0, 1).cpu().numpy()

    def _applied(self, mixture: Tensor, count: int) -> tuple[Codec, Tensor, Tensor]:
        """What decodes a tile of so many frames, w (K*B, N) and masks (K*B, C, N) of all channels."""
        causal, config = self._causal, self._net.config
        if self.links.alone:
            return causal.codec, causal.w, causal.masks
        if self._codec is None or self._codec.rows < count * self.channels:
            self._codec = Codec(causal.net, causal.kernel, count * self.channels)
        windows = mixture.unfold(1, config.kernel, config.stride)  # B, K, L
        w = self._codec.encode(windows.transpose(0, 1).flatten(0, 1))
        masks = causal.masks.unflatten(0, (count, -1)).repeat_interleave(self._sizes, 1)  # K, B, C, N
        return self._codec, w, masks.flatten(0, 1)


def _finish(steps: Steps) -> Samples:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Samples = end.value
            return result
