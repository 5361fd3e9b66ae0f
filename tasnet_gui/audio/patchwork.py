"""Speech and noise of a separation that still runs, as they can be heard so far."""

from collections.abc import Sequence

import numpy as np

from tasnet_gui.audio.storage import BLOCK, allocate
from tasnet_gui.domain import SOURCES, Part, Samples

EDGE = 0.008  # seconds over which sound fades where nothing is finished beyond
AHEAD = 0.25  # seconds behind the playhead that stay as they are, as they may be on their way to the ear


class Patchwork:
    """Finished stretches in an otherwise silent sound, and previews of stretches that are not finished.

    Edges are faded, to silence or into the preview there, until the stretch beyond arrives, so that a playhead that
    crosses them does not click. Neither does it when sound arrives where the playhead is.

    Args:
        channels: of the recording.
        frames: of the recording.
        rate: frames per second.

    Raises:
        UnwritableOutput: there is no room for tracks of this length.
    """

    def __init__(self, channels: int, frames: int, rate: int) -> None:
        self.tracks: dict[str, Samples] = {name: allocate(channels, frames) for name in SOURCES}
        self._frames, self._ahead = frames, round(AHEAD * rate)
        self._rise = np.linspace(0.0, 1.0, max(2, round(EDGE * rate)), dtype=np.float32)
        self._layers: tuple[list[Part], list[Part]] = ([], [])  # previews, and above them what is finished
        self._owed: list[tuple[int, int]] = []  # frames [start, stop) that the playhead did not allow to be drawn

    def add(self, part: Part, playhead: int | None = None) -> None:
        """A stretch is there. It must not change any more.

        Args:
            part: finished, or a preview.
            playhead: the frame that is rendered next, when it moves. From there on sound stays for a quarter of a
                second as it was, until the next part comes.
        """
        self._layers[not part.preview].append(part)
        edge = len(self._rise)
        owed, self._owed = [*self._owed, (max(0, part.start - edge), min(part.stop + edge, self._frames))], []
        for start, stop in owed:
            self._draw_around(start, stop, playhead)

    def _draw_around(self, start: int, stop: int, playhead: int | None) -> None:
        """Draw frames [start, stop) but for those that are being played."""
        edge = len(self._rise)
        first, last = (start, start) if playhead is None else (playhead - edge, playhead + self._ahead)
        first, last = (min(max(frame, start), stop) for frame in (first, last))
        self._draw(start, first)
        self._draw(last, stop)
        if first == last:
            return
        assert playhead is not None
        self._owed.append((first, last))
        frames = np.arange(first, last)
        away = np.maximum(playhead - frames, frames - (playhead + self._ahead - edge)) / edge
        new = away.clip(0, 1).astype(np.float32)  # what is being played keeps every bit
        for name, sound in self._sounds(first, last).items():
            track = self.tracks[name][:, first:last]
            track += new * (sound - track)

    def _draw(self, start: int, stop: int) -> None:
        """Draw frames [start, stop) as what is known says."""
        for begin in range(start, stop, BLOCK):
            end = min(begin + BLOCK, stop)
            for name, sound in self._sounds(begin, end).items():
                self.tracks[name][:, begin:end] = sound

    def _sounds(self, start: int, stop: int) -> dict[str, Samples]:
        """What is known of frames [start, stop) of both tracks."""
        channels = self.tracks["speech"].shape[0]
        sounds = {name: np.zeros((channels, stop - start), np.float32) for name in SOURCES}
        for layer in self._layers:
            for part in layer:
                first, last = max(start, part.start), min(stop, part.stop)
                if first >= last:
                    continue
                here, known = slice(first - start, last - start), slice(first - part.start, last - part.start)
                gain = self._gain(part, layer, known)
                for name, samples in zip(SOURCES, (part.speech, part.noise), strict=True):
                    below, sound = sounds[name][:, here], samples[:, known]
                    below[:] = sound if gain is None else np.where(gain == 1, sound, below + gain * (sound - below))
        return sounds

    def _gain(self, part: Part, layer: Sequence[Part], frames: slice) -> Samples | None:
        """How loud some frames of a part are; None where it is itself. It rises and falls where nothing joins it."""
        length = part.stop - part.start
        edge, gain = min(len(self._rise), length // 2), np.ones(frames.stop - frames.start, np.float32)
        rises, falls = frames.start < edge and part.start > 0, frames.stop > length - edge and part.stop < self._frames
        if rises := rises and not any(other.stop == part.start for other in layer):
            rise = self._rise[frames.start : min(edge, frames.stop)]
            gain[: len(rise)] = rise
        if falls := falls and not any(other.start == part.stop for other in layer):
            fall = self._rise[:edge][::-1][max(0, frames.start - length + edge) : edge - length + frames.stop]
            gain[len(gain) - len(fall) :] = fall
        return gain if rises or falls else None
