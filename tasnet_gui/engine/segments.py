"""A recording of any length in pieces, so that memory does not grow with it. Two ways to lay the pieces side by side.

Pieces begin and end at whole seconds. A piece that fails may be asked for again, or a shorter one in its place.
"""

import math
from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasnet_gui.domain import Samples
from tasnet_gui.engine.rates import FADE, MARGIN, Source, Work
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


def cut(start: int, end: int, seconds: int) -> int:
    """Where a piece of about so many seconds should end: half a piece is not worth its own context."""
    return start + seconds if start + 1.5 * seconds < end else end


class Course:
    """The pieces that are still to be done: from the one where somebody listens to the end, then those before it.

    However often a piece is asked for, and wherever the listener is, the pieces are the same.

    Args:
        source: the recording.
        seconds: how long a piece should be; may be changed on the way.
        begin: seconds into the recording.
        lead: seconds that a piece needs before its own sound is heard alone.
    """

    def __init__(self, source: Source, seconds: int, begin: float = 0.0, lead: float = 0.0) -> None:
        self.seconds, self.total, self.done = seconds, source.seconds, 0
        starts = [0]
        while (end := cut(starts[-1], self.total, seconds)) < self.total and end + lead <= begin:
            starts.append(end)
        self._stretches = [piece for piece in ((starts[-1], self.total), (0, starts[-1])) if piece[0] < piece[1]]

    @property
    def next(self) -> tuple[int, int] | None:
        """The piece to be done now, [start, stop) seconds; None at the end."""
        if not self._stretches:
            return None
        start, end = self._stretches[0]
        return start, cut(start, end, self.seconds)

    @property
    def end(self) -> int:
        """The second up to which pieces follow each other from here."""
        return self._stretches[0][1]

    def advance(self) -> None:
        """The next piece is done."""
        assert self.next
        start, stop = self.next
        self.done += stop - start
        end = self._stretches[0][1]
        self._stretches[:1] = [(stop, end)] if stop < end else []


class Crossfaded:
    """For a non-causal model: each piece is separated by itself, with context on both sides that is thrown away, and
    neighbours are crossfaded around their border as soon as both are there, in whatever order they come."""

    def __init__(self, source: Source, compute: "Compute") -> None:
        self.source = source
        self.compute = compute
        half_context = compute.net.config.receptive_field / 2
        self.stride = compute.net.config.stride
        self.margin = math.ceil(FADE / 2 + MARGIN / 10 + half_context)  # the fade, the resampler, the convolutions
        # Pieces begin at seconds that are frames too, so that one count of frames runs through them all.
        self.step = self.stride // math.gcd(self.stride, source.model_rate)
        self.pieces = 0
        self.sides: dict[int, Samples] = {}  # by the second of a border: the fade as the piece on one side has it
        self.ahead: dict[tuple[int, int], Samples] = {}  # speech in pieces that were computed together with another

    def heard(
        self, start: int, stop: int, end: int = 0
    ) -> Generator[float, None, tuple[int, Samples, Samples, Samples]]:
        """What the network says of [start, stop) seconds and the context around.

        Args:
            start: of the piece.
            stop: of the piece.
            end: up to where pieces of this length follow, which a GPU may compute together with this one.

        Returns:
            The second at which the context begins, the mixture at the recording's rate and at the model's, its speech.
        """
        first_second = self._context(start, stop)[0]
        mixture = self.source.read(*self._context(start, stop))
        low = yield from within(0.0, 0.05, self.source.lowered(mixture))
        speech = self.ahead.pop((start, stop), None)
        if speech is None:
            speech = yield from within(0.05, 1.0, self._computed(start, stop, low, end))
        return first_second, mixture, low, speech

    def _context(self, start: int, stop: int) -> tuple[int, int]:
        """The seconds to be heard for a piece."""
        return max(0, start - self.margin) // self.step * self.step, stop + self.margin

    def _computed(self, start: int, stop: int, low: Samples, end: int) -> Work:
        """The speech in a piece, and on a GPU that in the next ones, which is kept until they are asked for."""
        lows, pieces = [low], [(start, stop)]
        while len(pieces) < self.compute.batch and pieces[-1][1] < end:
            following = pieces[-1][1], cut(pieces[-1][1], end, stop - start)
            if self._context(*following)[1] > self.source.seconds:
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

    def piece(self, start: int, stop: int, end: int) -> Piece:
        """Separate [start, stop) seconds; pieces follow up to `end`. What is not finished yet are the fades to
        neighbours that are still to come."""
        rate, last = self.source.recording.rate, stop >= self.source.seconds
        fade = round(FADE * rate)
        half = fade // 2
        first, close = start * rate - half if start else 0, stop * rate - half + fade
        first, speech = yield from self._between(
            start, stop, end, first, self.source.recording.frames if last else close
        )
        self.pieces += 1
        if not last:
            speech = self._joined(stop, speech, slice(-fade, None), np.linspace(1, 0, fade, dtype=np.float32))
        if start:
            length = speech.shape[1]
            speech = self._joined(start, speech, slice(0, fade), np.linspace(0, 1, fade, dtype=np.float32))
            first += length - speech.shape[1]
        return Finished(first, speech)

    def alone(self, start: int, stop: int) -> Piece:
        """The same without regard to any neighbours."""
        rate, frames = self.source.recording.rate, self.source.recording.frames
        return Finished(*(yield from self._between(start, stop, 0, start * rate, min(stop * rate, frames))))

    def _between(
        self, start: int, stop: int, end: int, first: int, close: int
    ) -> Generator[float, None, tuple[int, Samples]]:
        """`first`, and frames [first, close) of the recording as the piece of [start, stop) seconds has them."""
        second, mixture, low, low_speech = yield from within(0.0, 0.9, self.heard(start, stop, end))
        speech = yield from within(0.9, 1.0, self.source.raised(mixture, low, low_speech))
        begin = second * self.source.recording.rate
        return first, speech[:, first - begin : close - begin]

    def _joined(self, border: int, speech: Samples, where: slice, gain: Samples) -> Samples:
        """A piece faded into its neighbour, or if that is still to come, without the fade, which waits for it."""
        other = self.sides.pop(border, None)
        faded = speech[:, where] * gain
        if other is None:
            self.sides[border] = faded
            return speech[:, : where.start] if where.stop is None else speech[:, where.stop :]
        speech[:, where] = faded + other
        return speech


def between(source: Source, start: int, stop: int) -> Work:
    """[start, stop) seconds of a recording at the model's rate, which fit seamlessly to those before and after."""
    first_second = max(0, start - MARGIN)
    around = yield from source.lowered(source.read(first_second, stop + MARGIN))
    new = around[:, (start - first_second) * source.model_rate :]
    return new if stop >= source.seconds else new[:, : (stop - start) * source.model_rate]


def plan(source: Source, causal: bool) -> list[tuple[int, int]]:
    """The pieces that a recording is cut into when nothing gets in the way: [start, stop) seconds."""
    pieces, course = [], Course(source, length(source, causal))
    while course.next:
        pieces.append(course.next)
        course.advance()
    return pieces


class Streamed:
    """For a causal model: the network remembers, so the pieces only have to be resampled seamlessly. The result does
    not depend on where they were cut.

    Args:
        source: the recording.
        compute: runs the model, which has heard nothing yet.
        origin: the second at which it begins to hear.
        told: the second from which on its answers count.
    """

    def __init__(self, source: Source, compute: "Compute", origin: int = 0, told: int = 0) -> None:
        self.source = source
        self.compute = compute
        self.origin = origin  # the second at which `low` and `low_speech` begin
        self.low = np.zeros((source.recording.channels, 0), np.float32)  # the mixture at the model's rate
        self.low_speech = self.low  # a little shorter: the network owes the last window
        self.told = told  # seconds

    def piece(self, start: int, stop: int, end: int = 0) -> Piece:
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
