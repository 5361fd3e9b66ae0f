"""Between the recording's rate and the model's, in pieces that begin and end at whole seconds.

Whole seconds are the one grid that every two rates share: resampled pieces laid side by side there fit to the sample.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from tasnet_gui.audio.resample import resample
from tasnet_gui.domain import Recording, Samples
from tasnet_gui.engine import highband

MARGIN = 1  # seconds that a piece to be resampled reaches beyond what is used: far more than the filter is long
FADE = 1.0  # seconds of crossfade between two pieces of a non-causal model

Work = Generator[float, None, Samples]  # yields how much of it is done, 0..1


@dataclass(frozen=True)
class Source:
    """A recording as the model wants to hear it, piece by piece."""

    recording: Recording
    model_rate: int

    @property
    def seconds(self) -> int:
        """Whole seconds that hold the recording; the last may be partial."""
        return -(-self.recording.frames // self.recording.rate)

    def read(self, start: int, stop: int) -> Samples:
        """The recording between two seconds, at its own rate: a copy, [channels, frames]. What is no number is 0."""
        return self.frames(start * self.recording.rate, stop * self.recording.rate)

    def frames(self, start: int, stop: int) -> Samples:
        """The same between two frames."""
        piece = np.array(self.recording.samples[:, start:stop], np.float32)
        return np.nan_to_num(piece, copy=False, nan=0.0, posinf=0.0, neginf=0.0)

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
        """The speech in a piece at the recording's own rate. It pauses twice per channel.

        Args:
            piece: the mixture at the recording's rate, [channels, frames].
            low: the same at the model's rate.
            low_speech: the model's estimate at the model's rate.
        """
        rate, (channels, frames) = self.recording.rate, piece.shape
        if rate == self.model_rate:
            return low_speech
        speech = np.empty_like(piece)
        highest = min(rate, self.model_rate) / 2
        for index in range(channels):
            both = np.stack([low_speech[index], low[index]])
            heard, known = resample(both, self.model_rate, rate, frames)
            yield (index + 0.5) / channels
            share = highband.gains(low[index], low_speech[index], self.model_rate, highest)
            speech[index] = heard + highband.spread(share, rate, frames) * (piece[index] - known)
            yield (index + 1) / channels
        return speech
