"""The first sound: a few seconds from where somebody listens, before the piece that holds them is computed.

A piece of 30 s takes a second on a fast core and three on a slow one, and a causal model has to hear everything before
the playhead first. So a short stretch is computed by itself to begin with, and the real result replaces it when it is
there. It is not the same: the norms of a non-causal model look at the stretch alone, those of a causal model at the
stretch and the `WARM_UP` before it.
"""

import math
from collections.abc import Callable, Generator
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING

from tasnet_gui.engine.rates import MARGIN, Source
from tasnet_gui.engine.segments import Course, Crossfaded, Finished, Piece, Streamed

if TYPE_CHECKING:
    from tasnet_gui.engine.compute import Compute

FIRST = 4  # seconds; with the context around they are computed in a quarter of the time that a piece takes
WARM_UP = 4  # seconds that a causal model hears before: twice the reach of the shipped one's convolutions
OWED = MARGIN + 1  # seconds that a causal model must hear beyond what it answers for: see `Streamed.piece`
LONGEST = 60  # seconds that may follow when the real result takes longer than the first ones last
WORTH = 2.0  # a preview comes when the real result takes so many times as long
BEFORE = 0.5  # seconds before the playhead

Preview = Generator[Finished | None, None, None]  # yields None while nothing is new


def previewing(source: Source, compute: "Compute", way: Crossfaded | Streamed, course: Course, begin: float) -> Preview:
    """Stretches to be heard for the time being, or none where the real ones come soon enough.

    Args:
        source: the recording.
        compute: runs the model.
        way: of the separation that follows.
        course: of the separation that follows.
        begin: where somebody listens, in seconds.
    """
    from tasnet_gui.engine.compute import TooLarge

    start = max(0, min(math.floor(begin - BEFORE), source.seconds - 1))
    stop = min(start + FIRST, source.seconds)
    around, awaited = _costs(way, course, begin)
    if awaited < WORTH * (FIRST + around):
        return
    with compute.aside():
        stretch = _stretches(source, compute, way, start)
        try:
            began = monotonic()
            yield from _quietly(stretch(start, stop))
            pace = (monotonic() - began) / (stop - start + around)
            needed = begin + 1.5 * pace * (awaited + stop - start + around)  # as far as the playhead comes meanwhile
            if needed > stop < source.seconds:
                yield from _quietly(stretch(stop, min(math.ceil(needed), stop + LONGEST, source.seconds)))
        except TooLarge:
            return  # the separation itself will try with less


def _costs(way: Crossfaded | Streamed, course: Course, begin: float) -> tuple[float, float]:
    """How many seconds must be heard besides those of a preview, and before the real result at `begin` is there."""
    if isinstance(way, Streamed):
        return WARM_UP + OWED, begin + course.seconds
    assert course.next
    start, stop = course.next
    return 2 * way.margin, stop - start + 2 * way.margin


def _stretches(
    source: Source, compute: "Compute", way: Crossfaded | Streamed, start: int
) -> Callable[[int, int], Piece]:
    """What computes [start, stop) seconds; the stretches follow each other."""
    if isinstance(way, Crossfaded):
        return way.alone
    first, origin = start, max(0, start - WARM_UP)
    warm = Streamed(source, compute, origin, first)

    def stretch(start: int, stop: int) -> Piece:
        heard = origin if start == first else start + OWED
        return warm.piece(heard, min(stop + OWED, source.seconds))

    return stretch


def _quietly(work: Piece) -> Preview:
    """Work that only tells of its result."""
    with closing(work):
        while True:
            try:
                next(work)
            except StopIteration as end:
                yield end.value
                return
            yield None
