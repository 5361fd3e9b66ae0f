"""Sound that never ends, at any rate: in comes the mixture, out comes one of its tracks, as early as it is known."""

import numpy as np

from tasnet_gui.audio.remix import remixed
from tasnet_gui.audio.resample import Resampler
from tasnet_gui.audio.usable import make_usable
from tasnet_gui.domain import REMIX, ModelCard, Remix, Samples
from tasnet_gui.engine.compute import consistent_network
from tasnet_gui.engine.stream import Streamer


class Pipe:
    """`feed` blocks of the mixture, then `flush`: as many frames come out as went in.

    What lies above the model's band (8 kHz for a 16 kHz model) counts as noise here: how it is to be shared out shows
    only later. speech + noise = mixture all the same.

    Args:
        model: a causal one, loaded on the CPU.
        rate: of the sound, in Hz.
        channels: each is separated by itself.
        track: "speech", "noise" or "remix".
        remix: what the track of this name is.

    Raises:
        ModelError: the weights are damaged, or the model is not causal.
    """

    def __init__(
        self, model: ModelCard, rate: int, channels: int, track: str = "speech", remix: Remix | None = None
    ) -> None:
        self.streamer = Streamer(consistent_network(model, "cpu"), channels)
        self.track, self.remix = track, remix or Remix()
        self._down = Resampler(channels, rate, model.rate)
        self._up = Resampler(channels, model.rate, rate)
        self._mixture = np.zeros((channels, 0), np.float32)  # what is not answered yet

    @property
    def latency(self) -> int:
        """Frames at the sound's rate that went in and have not come out."""
        return self._mixture.shape[1]

    def feed(self, block: Samples) -> Samples:
        """Take in a block.

        Args:
            block: [channels, frames], any number of frames. What is no level counts as silence, as in files.

        Returns:
            What is known now: [channels, some frames].
        """
        block = np.array(block, np.float32)
        make_usable(block)  # here above all: a causal model never forgets what it has heard
        self._mixture = np.concatenate([self._mixture, block], 1)
        return self._answer(self._up.feed(self.streamer.feed(self._down.feed(block))[0]))

    def flush(self) -> Samples:
        """The end: what is still owed, [channels, frames]."""
        rest = np.concatenate([self.streamer.feed(self._down.flush()), self.streamer.flush()], -1)[0]
        speech = np.concatenate([self._up.feed(rest), self._up.flush()], 1)
        missing = self.latency - speech.shape[1]  # to 16 kHz and back, lengths are rounded twice
        return self._answer(np.pad(speech, ((0, 0), (0, max(0, missing)))))

    def _answer(self, speech: Samples) -> Samples:
        """The track where speech is known: [channels, frames]."""
        known = min(speech.shape[1], self.latency)
        mixture, self._mixture = self._mixture[:, :known], self._mixture[:, known:]
        speech = speech[:, :known]
        if self.track == "speech":
            return speech
        noise = mixture - speech
        return remixed(speech, noise, self.remix) if self.track == REMIX else noise
