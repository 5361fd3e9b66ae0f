"""Speech and noise of a separation that still runs, as they can be heard so far."""

import numpy as np

from tasnet_gui.audio.storage import allocate
from tasnet_gui.domain import SOURCES, Part, Samples

EDGE = 0.008  # seconds over which sound fades where nothing is finished beyond


class Patchwork:
    """Finished stretches in an otherwise silent sound.

    Their edges are faded until the stretch beyond arrives, so that a playhead that crosses them does not click.

    Args:
        channels: of the recording.
        frames: of the recording.
        rate: frames per second.

    Raises:
        UnwritableOutput: there is no room for tracks of this length.
    """

    def __init__(self, channels: int, frames: int, rate: int) -> None:
        self.tracks: dict[str, Samples] = {name: allocate(channels, frames) for name in SOURCES}
        self._frames = frames
        self._rise = np.linspace(0.0, 1.0, max(2, round(EDGE * rate)), dtype=np.float32)
        self._heads: dict[int, dict[str, Samples]] = {}  # by the frame where it begins: what it is without the fade
        self._tails: dict[int, dict[str, Samples]] = {}  # by the frame where it ends

    def add(self, part: Part) -> None:
        """A stretch is finished."""
        for name, samples in zip(SOURCES, (part.speech, part.noise), strict=True):
            self.tracks[name][:, part.start : part.stop] = samples
        edge = min(len(self._rise), (part.stop - part.start) // 2)
        if not self._restore(self._tails, part.start, before=True) and part.start > 0:
            self._heads[part.start] = self._fade(part.start, part.start + edge, self._rise[:edge])
        if not self._restore(self._heads, part.stop, before=False) and part.stop < self._frames:
            self._tails[part.stop] = self._fade(part.stop - edge, part.stop, self._rise[:edge][::-1])

    def _fade(self, start: int, stop: int, gain: Samples) -> dict[str, Samples]:
        """Fade frames [start, stop) of both tracks; returns what they were."""
        kept = {name: track[:, start:stop].copy() for name, track in self.tracks.items()}
        for track in self.tracks.values():
            track[:, start:stop] *= gain
        return kept

    def _restore(self, edges: dict[int, dict[str, Samples]], frame: int, before: bool) -> bool:
        """Undo the fade of the edge at this frame; whether there was one, which means that a neighbour is finished."""
        kept = edges.pop(frame, None)
        for name, samples in (kept or {}).items():
            start = frame - samples.shape[1] if before else frame
            self.tracks[name][:, start : start + samples.shape[1]] = samples
        return kept is not None
