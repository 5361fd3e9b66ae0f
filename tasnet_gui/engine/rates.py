"""Between the recording's rate and the model's, in pieces that begin and end at whole seconds.

Whole seconds are the one grid that every two rates share: resampled pieces laid side by side there fit to the sample.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np

from tasnet_gui.audio.resample import resample
from tasnet_gui.audio.usable import make_usable
from tasnet_gui.domain import Recording, Samples
from tasnet_gui.engine import highband
from tasnet_gui.engine.native import Links, Native
from tasnet_gui.engine.steps import within

MARGIN = 1  # seconds that a piece to be resampled reaches beyond what is used: far more than the filter is long
FADE = 1.0  # seconds of crossfade between two pieces of a non-causal model

Work = Generator[float, None, Samples]  # yields how much of it is done, 0..1


@dataclass(frozen=True)
class Source:
    """A recording as the model wants to hear it, piece by piece."""

    recording: Recording
    model_rate: int
    native: Native = field(default_factory=Native)

    @property
    def links(self) -> Links:
        """Which channels share their masks."""
        links, channels = self.native.links, self.recording.channels
        return links if links.channels == channels else Links.each(channels)

    @property
    def partial(self) -> bool:
        """Whether speech and noise add up to the model's band of the recording only."""
        return self.native.high_band == "model" and self.recording.rate > self.model_rate

    @property
    def seconds(self) -> int:
        """Whole seconds that hold the recording; the last may be partial."""
        return -(-self.recording.frames // self.recording.rate)

    def read(self, start: int, stop: int) -> Samples:
        """The recording between two seconds, at its own rate: a copy, [channels, frames]. What is no level is 0."""
        return self.frames(start * self.recording.rate, stop * self.recording.rate)

    def frames(self, start: int, stop: int) -> Samples:
        """The same between two frames."""
        piece = np.array(self.recording.samples[:, start:stop], np.float32)
        make_usable(piece)
        return piece

    def lowered(self, piece: Samples) -> Work:
        """A piece at the model's rate. It pauses after every channel."""
        rate, channels = self.recording.rate, len(piece)
        if rate == self.model_rate:
            return piece
        low = np.empty((channels, -(-piece.shape[1] * self.model_rate // rate)), np.float32)
        for index in range(channels):
            low[index] = resample(piece[index : index + 1], rate, self.model_rate, low.shape[1])[0]
            yield (index + 1) / channels
        return low

    def raised(self, piece: Samples, low: Samples, low_speech: Samples) -> Work:
        """The speech in a piece at the recording's own rate. It pauses after every channel, and within the high band.

        Args:
            piece: the mixture at the recording's rate, [channels, frames].
            low: the same at the model's rate.
            low_speech: the model's estimate at the model's rate.
        """
        rate, (channels, frames) = self.recording.rate, piece.shape
        if rate == self.model_rate:
            return low_speech
        speech, high = np.empty_like(piece), np.empty_like(piece)
        shared = self.native.high_band == "full" or rate < self.model_rate  # below it, only what resampling lost
        for index in range(channels):
            both = np.stack([low_speech[index], low[index]])
            speech[index], known = resample(both, self.model_rate, rate, frames)
            np.subtract(piece[index], known, out=high[index])
            yield (index + 1) / channels * (0.5 if shared else 1.0)
        for group in self.links.groups if shared else ():
            parts = highband.Parts(high[group], low[group], low_speech[group])
            share = 0.5 + group.start / channels / 2, 0.5 + group.stop / channels / 2
            above = yield from within(*share, highband.speech_in(parts, rate, self.model_rate))
            speech[group] += above
            yield share[1]
        return speech

    def whole(self, start: int, stop: int) -> Samples:
        """What speech and noise add up to between two frames: the recording, or the model's band of it."""
        if not self.partial:
            return self.frames(start, stop)
        rate = self.recording.rate
        first = max(0, start // rate - MARGIN)
        piece = self.read(first, -(-stop // rate) + MARGIN)
        low = resample(piece, rate, self.model_rate, -(-piece.shape[1] * self.model_rate // rate))
        known = resample(low, self.model_rate, rate, piece.shape[1])
        return known[:, start - first * rate : stop - first * rate]
