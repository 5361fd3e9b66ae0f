"""A recording of any length in pieces, so that memory does not grow with it. Two ways to lay the pieces side by side.

Pieces begin and end at whole seconds. A piece that fails may be asked for again, or a shorter one in its place.
"""

import math
from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasnet_gui.domain import Samples
from tasnet_gui.engine.rates import MARGIN, Source, Work
from tasnet_gui.engine.steps import within

if TYPE_CHECKING:
    from tasnet_gui.engine.compute import Compute  # it imports torch, which this file's readers need not

SHORTEST = 4  # seconds; a network that cannot hold this much in memory is not run there


class Finished(NamedTuple):
    """A stretch of speech that will not change any more."""

    start: int  # frame of the recording
    speech: Samples  # [channels, frames] at the recording's rate


Piece = Generator[float, None, Finished]  # yields how much of it is done, 0..1


def length(source: Source, causal: bool) -> int:
    """How many seconds a piece should have.

    Non-causal: 30 s, beyond which gLN's statistics hardly change; time and memory are then dominated by the network.
    Causal: 10 s, the result being the same whatever the length. Less where the recording's own rate and channels
    would make a piece larger than 2^23 samples (32 MB), of which about six copies are alive at a time.
    """
    fits = (1 << 23) // (source.recording.rate * source.recording.channels)
    return max(SHORTEST, min(10 if causal else 30, fits))


class Crossfaded:
    """For a non-causal model: each piece is separated by itself, with context on both sides that is thrown away, and
    neighbours are crossfaded over one second around their border."""

    def __init__(self, source: Source, compute: "Compute") -> None:
        self.source = source
        self.compute = compute
        half_context = compute.net.config.receptive_field / 2
        self.stride = compute.net.config.stride
        self.margin = math.ceil(0.5 + MARGIN / 10 + half_context)  # the fade's half, the resampler, the convolutions
        # Pieces begin at seconds that are frames too, so that one count of frames runs through them all.
        self.step = self.stride // math.gcd(self.stride, source.model_rate)
        self.pieces = 0
        self.fading: Samples | None = None  # the end of the last piece, the first second of the next one's
        self.ahead: dict[tuple[int, int], Samples] = {}  # speech in pieces that were computed together with another

    def stop(self, start: int, seconds: int) -> int:
        """Where a piece of about so many seconds should end: half a piece is not worth its own context."""
        return start + seconds if start + 1.5 * seconds < self.source.seconds else self.source.seconds

    def heard(self, start: int, stop: int) -> Generator[float, None, tuple[int, Samples, Samples, Samples]]:
        """What the network says of [start, stop) seconds and the context around.

        Returns:
            The second at which the context begins, the mixture at the recording's rate and at the model's, its speech.
        """
        first_second = self._context(start, stop)[0]
        mixture = self.source.read(*self._context(start, stop))
        low = yield from within(0.0, 0.05, self.source.lowered(mixture))
        speech = self.ahead.pop((start, stop), None)
        if speech is None:
            speech = yield from within(0.05, 1.0, self._computed(start, stop, low))
        return first_second, mixture, low, speech

    def _context(self, start: int, stop: int) -> tuple[int, int]:
        """The seconds to be heard for a piece."""
        return max(0, start - self.margin) // self.step * self.step, stop + self.margin

    def _computed(self, start: int, stop: int, low: Samples) -> Work:
        """The speech in a piece, and on a GPU that in the next ones, which is kept until they are asked for."""
        lows, pieces = [low], [(start, stop)]
        while len(pieces) < self.compute.batch:
            following = pieces[-1][1], self.stop(pieces[-1][1], stop - start)
            if following[0] >= self.source.seconds or self._context(*following)[1] > self.source.seconds:
                break
            another = yield from self.source.lowered(self.source.read(*self._context(*following)))
            if another.shape != low.shape:
                break
            lows.append(another)
            pieces.append(following)
        frame = self._context(start, stop)[0] * self.source.model_rate // self.stride
        speech = yield from self.compute.whole(np.concatenate(lows), frame)
        here, *ahead = np.split(speech, len(lows))
        self.ahead = dict(zip(pieces[1:], ahead, strict=True))
        return here

    def piece(self, start: int, stop: int) -> Piece:
        """Separate [start, stop) seconds."""
        rate, end = self.source.recording.rate, self.source.recording.frames
        first_second, mixture, low, low_speech = yield from within(0.0, 0.9, self.heard(start, stop))
        speech = yield from within(0.9, 1.0, self.source.raised(mixture, low, low_speech))
        fade, half = rate, rate // 2
        begin = start * rate - half if start else 0
        close = end if stop >= self.source.seconds else stop * rate - half + fade
        speech = speech[:, begin - first_second * rate : close - first_second * rate]
        if self.fading is not None:
            rise = np.linspace(0, 1, fade, dtype=np.float32)
            speech[:, :fade] = self.fading * (1 - rise) + speech[:, :fade] * rise
        self.pieces += 1
        if close == end:
            return Finished(begin, speech)
        self.fading = speech[:, -fade:].copy()
        return Finished(begin, speech[:, :-fade])


def between(source: Source, start: int, stop: int) -> Work:
    """[start, stop) seconds of a recording at the model's rate, which fit seamlessly to those before and after."""
    first_second = max(0, start - MARGIN)
    around = yield from source.lowered(source.read(first_second, stop + MARGIN))
    new = around[:, (start - first_second) * source.model_rate :]
    return new if stop >= source.seconds else new[:, : (stop - start) * source.model_rate]


def plan(source: Source, way: "Crossfaded | Streamed", causal: bool) -> list[tuple[int, int]]:
    """The pieces that a recording is cut into when nothing gets in the way: [start, stop) seconds."""
    pieces: list[tuple[int, int]] = []
    while (start := pieces[-1][1] if pieces else 0) < source.seconds:
        pieces.append((start, way.stop(start, length(source, causal))))
    return pieces


class Streamed:
    """For a causal model: the network remembers, so the pieces only have to be resampled seamlessly. The result does
    not depend on where they were cut."""

    def __init__(self, source: Source, compute: "Compute") -> None:
        self.source = source
        self.compute = compute
        self.origin = 0  # the second at which `low` and `low_speech` begin
        self.low = np.zeros((source.recording.channels, 0), np.float32)  # the mixture at the model's rate
        self.low_speech = self.low  # a little shorter: the network owes the last window
        self.told = 0  # seconds

    def stop(self, start: int, seconds: int) -> int:
        """Where a piece of so many seconds should end."""
        return min(start + seconds, self.source.seconds)

    def piece(self, start: int, stop: int) -> Piece:
        """Hear [start, stop) seconds; what is finished then ends a second or two earlier."""
        rate, last = self.source.model_rate, stop >= self.source.seconds
        new = yield from within(0.0, 0.05, between(self.source, start, stop))
        new_speech = yield from within(0.05, 0.9, self.compute.stream(new, last))
        low = np.concatenate([self.low, new], 1)
        low_speech = np.concatenate([self.low_speech, new_speech], 1)
        heard = self.source.seconds if last else self.origin + low_speech.shape[1] // rate
        finished = yield from within(0.9, 1.0, self._finished(low, low_speech, heard, last))
        self.told = max(self.told, self.source.seconds if last else heard - MARGIN)
        keep = max(0, self.told - MARGIN)
        self.low, self.low_speech = (sound[:, (keep - self.origin) * rate :].copy() for sound in (low, low_speech))
        self.origin = keep
        return finished

    def _finished(self, low: Samples, low_speech: Samples, heard: int, last: bool) -> Piece:
        """What follows on the last stretch, up to where resampling needs no sound that is still to come."""
        rate = self.source.recording.rate
        known = slice(0, None if last else (heard - self.origin) * self.source.model_rate)
        mixture = self.source.read(self.origin, heard)
        speech = yield from self.source.raised(mixture, low[:, known], low_speech[:, known])
        stop = None if last else max(0, heard - MARGIN - self.origin) * rate
        return Finished(self.told * rate, speech[:, (self.told - self.origin) * rate : stop])
