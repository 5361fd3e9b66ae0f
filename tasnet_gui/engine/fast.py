"""The network on a whole sound, computed on a CPU as fast as its matrix products allow, and exactly.

The plain network passes over memory for every norm, activation and sum. Here norms are folded into the linear maps
behind them (see `folding`), and what is left of a block happens on tiles of frames that stay in the cache:

    forwards     residual and skip path of the block before, 1x1 convolution, PReLU; statistics of norm 1
    backwards    depthwise convolution, PReLU; statistics of norm 2

One buffer holds the hidden channels. The backward sweep writes a little behind where it reads, by as many frames as
the convolutions look ahead, and the forward sweep moves everything back: as they run in opposite directions, nothing
is overwritten that is still needed.
"""

from collections.abc import Callable, Generator, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from tasnet_gui.engine import kernels
from tasnet_gui.engine.codec import Codec
from tasnet_gui.engine.folding import FoldedBlock, FoldedNet, Linear, fold
from tasnet_gui.engine.statistics import Cumulative, Global, IllConditioned, Statistics
from tasnet_gui.nets.conv_tasnet import ConvTasNet, consistent

TILE = 1 << 18  # hidden values per tile on one thread: 1 MB fits into a core's cache
PAUSE = 1 << 28  # multiplications between two pauses: 5 ms of a fast core, 50 ms of a slow one

Show = Callable[[int, int, Tensor, Tensor], None]  # channel, first frame, w: K, N, masks: C, K, N; gone afterwards
Bring = Callable[[slice], Tensor]  # finishes the frames of the buffer of residual path and skips, and returns them


class Fast:
    """Runs one network over whole sounds; the results differ from the network's own by less than 2e-5 of the largest.

    Args:
        net: in evaluation mode, on the CPU. Its weights are copied.
        kernel: for the matrix products; the best one unless given.
    """

    def __init__(self, net: ConvTasNet, kernel: kernels.Plain | None = None) -> None:
        self.plain = net
        self.net = fold(net)
        self.kernel = kernel or kernels.best()
        self._room: _Room | None = None

    def steps(
        self, mixture: Tensor, show: Show | None = None, applied: Sequence[Tensor] | None = None
    ) -> Generator[float, None, Tensor]:
        """Take mixtures apart, one channel after the other, pausing every few milliseconds.

        Args:
            mixture: B, T.
            show: is shown encoder output and masks on the way.
            applied: B times F, T: the sounds that the masks of each mixture are applied to, instead of itself.

        Yields:
            How much is done, 0..1.

        Returns:
            The sources: B, C, T, where B counts the sounds that masks were applied to.
        """
        sources: list[Tensor] = []
        first = 0  # of the sounds that masks are applied to
        for index, sound in enumerate(mixture):
            sounds = sound[None] if applied is None else applied[index]
            run = _Run(self, first, sound, sounds, show)
            try:
                for done in run.paused():
                    yield (index + done) / len(mixture)
            except IllConditioned:
                sources.append(self._plainly(first, sound, sounds, show))
            else:
                sources.append(run.sources)
            first += len(sounds)
        with torch.inference_mode():
            return torch.cat(sources)

    def room(self, frames: int) -> "_Room":
        """Buffers for so many frames. They stay for the next run."""
        if self._room is None or self._room.frames < frames:
            self._room = None  # before the new ones are made
            self._room = _Room(self.net, self.kernel, frames)
        return self._room

    @torch.inference_mode()
    def _plainly(self, first: int, sound: Tensor, sounds: Tensor, show: Show | None) -> Tensor:
        """What the plain network says: F, C, T. For sounds so short or so odd that norms cannot be folded."""
        masks = self.plain.masks(self.plain.encode(sound[None]))  # 1, C, N, K
        w = self.plain.encode(sounds)  # F, N, K
        for index in range(len(sounds) if show else 0):
            assert show is not None
            show(first + index, 0, w[index].T, masks[0].transpose(1, 2))
        sources = self.plain.decode(masks * w.unsqueeze(1), len(sound))
        return consistent(sources, sounds) if self.net.config.mixture_consistency else sources


class _Room:
    """The buffers of a run."""

    def __init__(self, net: FoldedNet, kernel: kernels.Plain, frames: int) -> None:
        config, new = net.config, net.encoder.new_empty
        self.frames = frames
        threads = torch.get_num_threads()
        shared = threads * min(threads, 2)  # several threads wait for each other after every operation: fewer of them
        self.tile = min(frames, max(64, TILE * shared // config.hidden))
        self.ahead = min(frames, max(block.offsets[-1] for block in net.blocks))
        self.paths = new(frames, net.width)  # residual path, skip sum
        self.hidden = new(frames + self.ahead, config.hidden)
        self.convolved = new(self.tile, config.hidden)
        self.codec = Codec(net, kernel, self.tile)


class _Run:
    """One sound on its way through the network, and those that its masks are applied to."""

    def __init__(self, fast: Fast, first: int, mixture: Tensor, sounds: Tensor, show: Show | None) -> None:
        self.net, self.kernel, self.config = fast.net, fast.kernel, fast.net.config
        self.first, self.sounds, self.show = first, sounds, show
        config, length = self.config, len(mixture)
        self.frames = config.frames(length)
        self.room = fast.room(self.frames)
        after = (self.frames - 1) * config.stride + config.kernel - config.before - length
        padding = config.before, after
        self.windows = F.pad(mixture, padding).unfold(0, config.kernel, config.stride)  # K, L
        self.masked = F.pad(sounds, padding).unfold(1, config.kernel, config.stride)  # F, K, L
        rows = self.frames + -(-config.kernel // config.stride) - 1
        self.decoded = mixture.new_zeros(len(sounds), config.sources, rows, config.stride)
        self.constant = torch.zeros(self.net.width, dtype=torch.float64)  # still to be added to residual and skips

    def paused(self) -> Iterator[float]:
        """Do it all, pausing now and then with how much is done.

        Raises:
            IllConditioned: the norms of this sound cannot be folded.
        """
        config = self.config
        in_block = config.hidden * (config.bottleneck + self.net.width)  # multiplications per frame
        at_end = config.filters * (config.kernel * (1 + config.sources) + config.sources * len(self.net.masks))
        frames_at_once = max(1, PAUSE // max(in_block, at_end))
        total = (2 * len(self.net.blocks) + 2) * self.frames
        work, done, due = self._all(), 0, frames_at_once
        while True:
            with torch.inference_mode():
                while done < due:
                    tile = next(work, None)
                    if tile is None:
                        return
                    done += tile.stop - tile.start
            due = done + frames_at_once
            yield done / total

    @property
    def sources(self) -> Tensor:
        """F, C, T."""
        config, length = self.config, self.sounds.shape[1]
        sound = self.decoded.flatten(2)[..., config.before :][..., :length]
        sources = F.pad(sound, (0, length - sound.shape[2]))  # too short only without padding
        return consistent(sources, self.sounds) if config.mixture_consistency else sources

    def _all(self) -> Iterator[slice]:
        """Every sweep, a tile at a time."""
        norm = self._statistics()
        yield from self._encode(norm)
        bring = self._bottleneck(norm)
        for block in self.net.blocks:
            norm_1, norm_2 = self._statistics(), self._statistics()
            yield from self._forwards(block, bring, norm_1)
            yield from self._backwards(block, norm_1, norm_2)
            bring = self._paths(block, norm_2)
        yield from self._decode(bring)

    def _encode(self, norm: Statistics) -> Iterator[slice]:
        """Encoder, and bottleneck but for what its norm is not known for yet."""
        width = self.config.bottleneck
        for tile in self._tiles():
            w = self.room.codec.encode(self.windows[tile])
            norm.add(w, tile.start)
            norm.apply(w, tile.start)
            paths = self.room.paths[tile]
            paths[:, width:] = 0.0
            self.kernel.product(w, self.net.bottleneck.weight, paths[:, :width])
            yield tile

    def _forwards(self, block: FoldedBlock, bring: Bring, norm: Statistics) -> Iterator[slice]:
        """The block's input, 1x1 convolution, PReLU."""
        width, hidden = self.config.bottleneck, self.room.hidden
        bias = (block.expand_bias + self.constant[:width] @ block.expand.double()).float()
        for tile in self._tiles():
            paths = bring(tile)
            y = self.kernel.affine(paths[:, :width], block.expand, bias, hidden[tile], block.slope_1)
            norm.add(y, tile.start)
            norm.apply(y, tile.start)
            yield tile

    def _backwards(self, block: FoldedBlock, norm_1: Statistics, norm_2: Statistics) -> Iterator[slice]:
        """Depthwise convolution behind norm 1, PReLU.

        What the convolution sees before the beginning and behind the end is 0 after the norm, not before it.
        """
        mean, scale = norm_1.settle()
        hidden, ahead, frames = self.room.hidden, self.room.ahead, self.frames
        shift = block.bias_1 - mean * scale * block.gain_1  # H: what a 0 becomes in the norm
        taps = (block.taps * block.gain_1 * scale).float()  # P, H
        edges = (block.taps * shift).float()  # P, H
        bias = (block.taps_bias + (block.taps * shift).sum(0)).float()
        here = block.offsets.index(0)
        for tile in reversed(self._tiles()):
            y = torch.addcmul(bias, hidden[tile], taps[here], out=self.room.convolved[: tile.stop - tile.start])
            for offset, tap, edge in zip(block.offsets, taps, edges, strict=True):
                if offset == 0:
                    continue
                first = min(max(tile.start, -offset), tile.stop)
                last = max(min(tile.stop, frames - offset), first)
                if first < last:
                    seen = hidden[first + offset : last + offset]
                    y[first - tile.start : last - tile.start].addcmul_(seen, tap)
                if first > tile.start:
                    y[: first - tile.start] -= edge
                if last < tile.stop:
                    y[last - tile.start :] -= edge
            bent = hidden[tile.start + ahead : tile.stop + ahead]
            torch._C._nn.leaky_relu(y, block.slope_2, out=bent)
            norm_2.add(bent, tile.start)
            yield tile

    def _decode(self, bring: Bring) -> Iterator[slice]:
        """Masks and decoder. w is computed again: keeping it would cost more memory than this costs time."""
        codec, columns = self.room.codec, self.net.mask_columns
        constant = self.constant[columns].float()
        for tile in self._tiles():
            masks = codec.masks(bring(tile)[:, columns], constant)  # K, C, N
            last = len(self.sounds) - 1
            for index, windows in enumerate(self.masked):
                w = codec.encode(windows[tile])  # K, N
                if self.show:
                    self.show(self.first + index, tile.start, w, masks.transpose(0, 1))
                kept = masks if index == last else masks.clone()  # decoding changes them
                codec.decode(w, kept, self.decoded[index : index + 1], tile.start)
            yield tile

    def _bottleneck(self, norm: Statistics) -> Bring:
        """What is left to do of the bottleneck."""
        columns = slice(0, self.config.bottleneck)
        scale = self._behind(self.net.bottleneck, norm, columns)

        def bring(tile: slice) -> Tensor:
            paths = self.room.paths[tile]
            paths[:, columns].mul_(scale)
            return paths

        return bring

    def _paths(self, block: FoldedBlock, norm: Statistics) -> Bring:
        """Residual and skip path behind norm 2."""
        weight = block.paths.weight * self._behind(block.paths, norm, block.columns)
        ahead = self.room.ahead

        def bring(tile: slice) -> Tensor:
            y = self.room.hidden[tile.start + ahead : tile.stop + ahead]
            norm.apply(y, tile.start)
            self.kernel.accumulate(self.room.paths[tile, block.columns], y, weight)
            return self.room.paths[tile]

        return bring

    def _behind(self, linear: Linear, norm: Statistics, columns: slice) -> float:
        """Add a linear map's constant; returns the factor for its weights."""
        mean, scale = norm.settle()
        self.constant[columns] += linear.constant - mean * scale * linear.row
        return scale

    def _statistics(self) -> Statistics:
        """Those of the next norm."""
        return Global(self.config.eps) if self.config.norm == "gLN" else Cumulative(self.frames, self.config.eps)

    def _tiles(self) -> list[slice]:
        size = self.room.tile
        return [slice(start, min(start + size, self.frames)) for start in range(0, self.frames, size)]
