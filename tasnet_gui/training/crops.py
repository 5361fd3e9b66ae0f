"""Stretches of clips at any speed, out of the one array that holds a corpus."""

import math

import torch
from torch import Tensor

from tasnet_gui.training.corpus import Clip, Corpus


class Crops:
    """Cuts stretches of a fixed length.

    Args:
        corpus: its sound lies where the stretches shall.
        frames: samples per stretch, T.
    """

    def __init__(self, corpus: Corpus, frames: int) -> None:
        self.sound, self.frames = corpus.sound, frames
        self._time = torch.arange(frames, dtype=torch.float64, device=corpus.sound.device)

    def cut(self, clip: Clip, place: float, speed: float, *, loop: bool) -> Tensor:
        """A stretch of a clip: T.

        A clip that is shorter than the stretch is repeated if `loop`, or stands somewhere in silence if not.

        Args:
            clip: what to cut from.
            place: 0..1, from the earliest possible start to the latest.
            speed: above 1 the clip plays faster, at a higher pitch.
            loop: what to do with a short clip.
        """
        slack = clip.length - self.frames * speed  # below 0: the clip is shorter
        start = place * (clip.length if loop and slack < 0 else slack)
        first = math.floor(start)
        piece = self._piece(clip, first, math.ceil(self.frames * speed) + 2, loop)
        # In float64: the fractions of float32 positions would jitter by 1/64 sample after ten seconds.
        position = torch.add(self._time.new_tensor(start - first), self._time, alpha=speed)
        whole = position.long()
        return torch.lerp(piece[whole], piece[1:][whole], (position - whole).float())

    def _piece(self, clip: Clip, first: int, size: int, loop: bool) -> Tensor:
        """Samples first..first+size of a clip, which may reach over its ends."""
        sound = self.sound[clip.start : clip.start + clip.length]
        stop = first + size
        if first >= 0 and stop <= clip.length:
            piece = sound[first:stop].float()
        elif loop:
            piece = sound.repeat(-(-stop // clip.length))[first:stop].float()
        else:
            piece = torch.zeros(size, device=sound.device)
            inside = sound[max(first, 0) : max(stop, 0)]
            piece[max(-first, 0) : max(-first, 0) + len(inside)] = inside
        return piece / 32768
