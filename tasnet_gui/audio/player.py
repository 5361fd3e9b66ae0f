"""Play, pause, seek and loop over the tracks of a recording. Knows no device: a device's callback calls `fill`.

Two threads meet here without a lock. The GUI replaces one frozen `Order` (what is wanted); the audio callback replaces
one frozen `Report` (what is). Each is a single assignment, so neither side ever waits, and with no callback running at
all - no device - an order is simply kept, and `position` answers from it.

Wherever the playhead jumps (play, pause, seek, loop, other tracks), what sounded before goes on for 8 ms and fades out
while the new fades in. A jump ordered during such a fade waits for its end; of several, the last one counts.
"""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from tasnet_gui.audio.converter import RateConverter
from tasnet_gui.audio.mixer import Mixer
from tasnet_gui.audio.playhead import Order, Playhead, Stretch
from tasnet_gui.audio.tap import Tap
from tasnet_gui.domain import Mix, Samples

SHORTEST_LOOP = 0.020  # seconds; a loop must outlast its own crossfade


class Report(NamedTuple):
    """What is, as of the last call of `fill`."""

    number: int = 0  # the order it answers
    position: int = 0  # of the next frame to be rendered
    since: int = 0  # frames rendered since the jump
    looped: Stretch | None = None  # set once the playhead has wrapped
    ended: bool = False  # it came to its stop by itself
    block: int = 0  # frames the last call wrote, at the device's rate
    time: float = 0.0  # when that call began, on the clock


class Player:
    """The playhead. All methods but `fill` belong to one thread (the GUI); `fill` belongs to the audio callback.

    When playing reaches the end it stops and returns to where it began, as audio editors do: the same key plays the
    same stretch again. Started with the playhead at the very end, it plays from the beginning.

    Args:
        clock: seconds, monotone; the time of the callback is taken from it.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._order = Order()
        self._report = Report()
        self._mix = Mix()
        self._loop: Stretch | None = None
        self._began = 0
        self._head = Playhead()
        self._device_rate = 0  # Hz; 0 until a device is open, which then runs at the recording's
        self._converter: RateConverter | None = None
        self._tap = Tap(48_000)
        self._output_peaks = np.zeros(2, np.float32)
        self._block_peaks = np.zeros(2, np.float32)

    # What is wanted: the GUI's side

    def load(self, tracks: Mapping[str, Samples], rate: int) -> None:
        """Another recording: tracks by name, each [channels, frames]. What played stops; the playhead goes to 0."""
        self._loop = None
        self._began = 0
        mixer = self._mixer(tracks, rate)
        self._jump(0, running=False, mixer=mixer, gains=self._mix.gains(mixer.names), loop=None)

    def replace(self, tracks: Mapping[str, Samples]) -> None:
        """The same recording with other tracks (its speech and noise came): playhead and playing stay as they are."""
        mixer = self._mixer(tracks, self.rate)
        self._order = self._order._replace(mixer=mixer, gains=self._mix.gains(mixer.names))

    def unload(self) -> None:
        """No recording."""
        self._loop = None
        self._jump(0, running=False, mixer=None, gains=(), loop=None)

    def play(self) -> None:
        """Play from the playhead; with a loop, from the loop's start unless the playhead is inside it."""
        start = self.position if self.position < self.frames else 0
        if self._loop and not self._loop[0] <= start < self._loop[1]:
            start = self._loop[0]
        self._start(start, self.frames, self._loop)

    def play_once(self, start: int, stop: int) -> None:
        """Play frames [start, stop) once, whatever the loop is."""
        start, stop = self._clamped(start), self._clamped(stop)
        if start < stop:
            self._start(start, stop, None)

    def pause(self) -> None:
        """Stop and stay where the playhead is."""
        if self.playing:
            self._jump(self.position, running=False)

    def stop(self) -> None:
        """Stop and return to where playing began."""
        if self.playing:
            self._jump(self._began, running=False)

    def seek(self, frame: int) -> None:
        """Move the playhead; playing goes on from there, beyond a stretch that was to be played once."""
        self._began = self._clamped(frame)
        self._jump(self._began, running=self.playing, stop=self.frames, loop=self._loop)

    def loop(self, start: int | None, stop: int | None = None) -> None:
        """Repeat frames [start, stop), at least 20 ms; `None` ends it. A playhead outside jumps in while playing."""
        self._loop = None if start is None or stop is None else self._loopable(start, stop)
        self._order = self._order._replace(loop=self._loop)
        if self._loop and self.playing and not self._loop[0] <= self.position < self._loop[1]:
            self.seek(self._loop[0])

    def set_mix(self, mix: Mix) -> None:
        """Change what is heard, within 8 ms and without a click."""
        self._mix = mix
        if mixer := self._order.mixer:
            self._order = self._order._replace(gains=mix.gains(mixer.names))

    def output(self, rate: int, channels: int, position: int | None = None) -> None:
        """Tell at what rate (Hz) and for how many channels `fill` will be called. Only while nobody calls it.

        What plays goes on from frame `position`, or from the one that would have been rendered next.
        """
        self._jump(self.position if position is None else self._clamped(position), running=self.playing)
        self._head = Playhead()
        self._device_rate, self._tap = rate, Tap(rate)
        self._report = self._report._replace(time=self._clock())
        converts = self.rate and rate != self.rate
        self._converter = RateConverter(self._render, self.rate, rate, channels) if converts else None

    # What is: for the GUI

    @property
    def rate(self) -> int:
        """Hz, of the recording."""
        return self._order.mixer.rate if self._order.mixer else 0

    @property
    def frames(self) -> int:
        return self._order.mixer.frames if self._order.mixer else 0

    @property
    def playing(self) -> bool:
        order, report = self._order, self._report
        return order.running and not (report.number == order.number and report.ended)

    @property
    def position(self) -> int:
        """The next frame to be rendered: 0 <= position <= frames. Ahead of the ear by the device's latency."""
        order, report = self._order, self._report
        if report.number != order.number:
            return order.start
        return self._began if report.ended else min(report.position, self.frames)

    def heard(self, latency: float) -> int:
        """The frame that leaves the loudspeaker now, given the device's latency in seconds.

        It runs on between two calls of `fill`, never past what was rendered and never before the last jump.
        """
        order, report = self._order, self._report
        if not self.playing or report.number != order.number:
            return self.position
        delay = report.block / (self._device_rate or self.rate) + latency + report.time - self._clock()
        if self._converter:
            delay += self._converter.delay
        lag = min(max(0, round(delay * self.rate)), report.since)
        frame = min(report.position, self.frames) - lag
        if report.looped and frame < report.looped[0]:
            start, stop = report.looped
            frame = start + (frame - start) % (stop - start)
        return max(0, frame)

    @property
    def silent_for(self) -> float:
        """Seconds since `fill` was last called, or since `output` said that it will be."""
        return self._clock() - self._report.time

    def peaks(self) -> dict[str, float]:
        """The highest |sample| since the last call, linear: of each track as it is heard, and of the "output"."""
        mixer = self._order.mixer
        if mixer is None:
            return {"output": 0.0}
        peaks = {name: float(peak) for name, peak in zip(mixer.names, mixer.peaks, strict=True)}
        peaks["output"] = float(self._output_peaks.max())
        mixer.peaks.fill(0.0)
        self._output_peaks.fill(0.0)
        return peaks

    def sounded(self, latency: float) -> tuple[Samples, int]:
        """What left the loudspeaker since the last call, [frames, 2], and its rate in Hz."""
        tap = self._tap
        return tap.read(latency), tap.rate

    # The audio callback's side

    def fill(self, out: Samples) -> None:
        """Write the next block, [frames, 1 or 2 channels]. Called from the audio callback: no lock, no Qt, no torch."""
        began = self._clock()
        if self._converter:
            self._converter.fill(out)
        else:
            self._render(out)
        self._meter(out)
        self._tap.write(out)
        head = self._head
        self._report = Report(head.number, head.position, head.since, head.looped, head.ended, out.shape[0], began)

    def _render(self, out: Samples) -> None:
        self._head.render(self._order, out)

    def _meter(self, out: Samples) -> None:
        block, peaks = self._block_peaks[: out.shape[1]], self._output_peaks[: out.shape[1]]
        np.maximum(peaks, np.maximum.reduce(out, axis=0, out=block), out=peaks)
        np.negative(np.minimum.reduce(out, axis=0, out=block), out=block)
        np.maximum(peaks, block, out=peaks)

    # Inside the GUI's side

    def _mixer(self, tracks: Mapping[str, Samples], rate: int) -> Mixer:
        mixer = Mixer(tracks, rate)
        mixer.aim(self._mix.gains(mixer.names), at_once=True)
        return mixer

    def _start(self, start: int, stop: int, loop: Stretch | None) -> None:
        if self.frames:
            self._began = start
            self._jump(start, running=True, stop=stop, loop=loop)

    def _jump(self, start: int, **changes: object) -> None:
        number = self._order.number + 1
        self._order = self._order._replace(number=number, start=start, **changes)  # type: ignore[arg-type]

    def _clamped(self, frame: int) -> int:
        return min(max(0, frame), self.frames)

    def _loopable(self, start: int, stop: int) -> Stretch | None:
        """The stretch inside the recording and no shorter than `SHORTEST_LOOP`; None where that is impossible."""
        shortest = round(SHORTEST_LOOP * self.rate)
        if self.frames < shortest or not shortest:
            return None
        start = min(self._clamped(start), self.frames - shortest)
        return start, max(self._clamped(stop), start + shortest)
