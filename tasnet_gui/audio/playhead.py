"""The playhead as the audio callback moves it: follows orders, wraps at loops, fades wherever it jumps."""

from typing import NamedTuple

import numpy as np

from tasnet_gui.audio.mixer import CHUNK, Mixer
from tasnet_gui.domain import Samples

FADE = 0.008  # seconds of crossfade where the playhead jumps

Stretch = tuple[int, int]  # frames [start, stop)


class Order(NamedTuple):
    """What the person wants. `number` grows with every jump of the playhead, and only then."""

    number: int = 0
    mixer: Mixer | None = None
    running: bool = False
    start: int = 0  # where the jump goes
    stop: int = 0  # where playing ends, unless it loops
    loop: Stretch | None = None
    gains: tuple[float, ...] = ()


class Playhead:
    """Renders what sounds at the playhead and, for 8 ms after a jump, what sounded before it.

    A jump is a change of place (play, seek, loop joint), of tracks, or between sound and silence. Only one crossfade
    runs at a time: an order that comes meanwhile is followed when it is over, and a loop joint runs over until then.
    """

    def __init__(self) -> None:
        self.number = -1  # of the order that is followed
        self.position = 0  # of the next frame; may run past the end of the recording by one fade
        self.since = 0  # frames since the last ordered jump
        self.looped: Stretch | None = None  # the loop, once it has wrapped
        self.sounding = False
        self.ended = False  # it came to its stop by itself
        self._order = Order()
        self._mixer: Mixer | None = None
        self._limit = 0  # where this run ends or wraps
        self._back: Stretch | None = None  # the loop to wrap in
        self._leaving: Mixer | None = None  # what sounded before the jump, and where it has come to
        self._leaving_at = 0
        self._fade = self._left = 0  # frames of the crossfade in all, and still to come
        # One column per channel, since NumPy allocates a buffer to broadcast a column over another.
        self._count = np.repeat(np.arange(1, CHUNK + 1, dtype=np.float32)[:, np.newaxis], 2, axis=1)
        self._curve = np.empty((CHUNK, 2), np.float32)
        self._scratch = np.empty((CHUNK, 2), np.float32)

    def render(self, order: Order, out: Samples) -> None:
        """Write the next block, [frames, 1 or 2 channels], and move on."""
        done, frames = 0, out.shape[0]
        while done < frames:
            if order is not self._order:
                self._follow(order)
            if self.sounding and self.position >= self._limit and not self._left:
                self._wrap()
            step = min(frames - done, self._reach())
            self._render(out[done : done + step])
            done += step

    def _follow(self, order: Order) -> None:
        jump = order.number != self.number
        if new := jump or order.mixer is not self._mixer:
            if self._left:
                return
            self._jump(order.mixer, order.running if jump else self.sounding, order.start if jump else self.position)
        if order.mixer:
            unheard = self._leaving is not order.mixer and (new or not self.sounding)
            order.mixer.aim(order.gains, at_once=unheard)
        if jump:
            self.number, self.since, self.looped, self.ended = order.number, 0, None, False
        if jump or (order.loop, order.stop) != (self._order.loop, self._order.stop):
            self._aim(order, jump)
        self._order = order

    def _aim(self, order: Order, jump: bool) -> None:
        """Where this run ends. A loop that was set just as the playhead passed its end still catches it."""
        self._limit, self._back = order.stop, None
        if order.loop and (not jump or order.start < order.loop[1]):
            self._limit, self._back = order.loop[1], order.loop

    def _wrap(self) -> None:
        if self._back is None:
            self._jump(self._mixer, False, self.position)
            self.ended = True
        else:
            self._jump(self._mixer, True, self._back[0])
            self.looped = self._back

    def _jump(self, mixer: Mixer | None, sounding: bool, position: int) -> None:
        """Leave what sounds now to its fade, and begin anew."""
        self._leaving, self._leaving_at = (self._mixer if self.sounding else None), self.position
        self._mixer, self.sounding, self.position = mixer, sounding and mixer is not None, position
        rate = mixer.rate if mixer else self._leaving.rate if self._leaving else 0
        self._fade = self._left = round(FADE * rate) if self._leaving or self.sounding else 0

    def _reach(self) -> int:
        """Frames that can be rendered before anything changes."""
        reach = min(CHUNK, self._left) if self._left else CHUNK
        if self.sounding and self.position < self._limit:
            reach = min(reach, self._limit - self.position)
        return reach

    def _render(self, out: Samples) -> None:
        frames = out.shape[0]
        if self._mixer and self.sounding:
            self._mixer.render(out, self.position)
            self.position += frames
            self.since += frames
        else:
            out.fill(0.0)
        if self._left:
            self._crossfade(out)
        if self._mixer:
            self._mixer.advance(frames)

    def _crossfade(self, out: Samples) -> None:
        frames, channels = out.shape
        curve = self._curve[:frames, :channels]
        np.multiply(self._count[:frames, :channels], 1 / self._fade, out=curve)
        curve += 1 - self._left / self._fade
        out *= curve
        if self._leaving:
            before = self._scratch[:frames, :channels]
            self._leaving.render(before, self._leaving_at)
            self._leaving_at += frames
            np.subtract(1.0, curve, out=curve)
            before *= curve
            out += before
            if self._leaving is not self._mixer:
                self._leaving.advance(frames)
        self._left -= frames
        if not self._left:
            self._leaving = None
