"""The stretch of time that is on the screen: one frozen value that every view of it shares."""

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QLocale

# Seconds from one label to the next, and into how many small parts it is cut: what a clock is divided into.
STEPS = (
    *((round(digit * 10.0**power, 6), parts) for power in range(-5, 1) for digit, parts in ((1, 5), (2, 4), (5, 5))),
    *((10.0, 5), (15.0, 3), (30.0, 3), (60.0, 6), (120.0, 4), (300.0, 5), (600.0, 5), (900.0, 3), (1800.0, 3)),
    *((3600.0 * hours, 4) for hours in (1, 2, 4, 12, 24, 48, 96)),
)


@dataclass(frozen=True)
class Timeline:
    """The visible span [start, stop) of a sound of `duration`, all in seconds. Never leaves the sound."""

    start: float = 0.0
    stop: float = 1.0
    duration: float = 1.0
    shortest: float = 1e-3  # the closest view

    @property
    def span(self) -> float:
        return self.stop - self.start

    @property
    def fits(self) -> bool:
        """Whether the whole sound is visible."""
        return self.span >= self.duration

    def x(self, seconds: float, width: float) -> float:
        """Where a moment lies in a picture of `width`."""
        return (seconds - self.start) / self.span * width

    def seconds(self, x: float, width: float) -> float:
        """The moment at `x` of a picture of `width`."""
        return self.start + x / max(width, 1) * self.span

    def shows(self, seconds: float) -> bool:
        return self.start <= seconds <= self.stop

    def showing(self, start: float, stop: float) -> "Timeline":
        """Another stretch, moved and shortened as far as the sound asks for."""
        span = min(max(stop - start, self.shortest), self.duration)
        middle = (start + stop) / 2
        start = min(max(middle - span / 2, 0.0), self.duration - span)
        return replace(self, start=start, stop=start + span)

    def fitted(self) -> "Timeline":
        return replace(self, start=0.0, stop=self.duration)

    def zoomed(self, factor: float, about: float) -> "Timeline":
        """`factor` times closer; the moment `about` stays where it is on the screen."""
        span = min(max(self.span / factor, self.shortest), self.duration)
        start = about - (about - self.start) / self.span * span
        start = min(max(start, 0.0), self.duration - span)
        return replace(self, start=start, stop=start + span)

    def scrolled(self, seconds: float) -> "Timeline":
        start = min(max(self.start + seconds, 0.0), self.duration - self.span)
        return replace(self, start=start, stop=start + self.span)

    def paged(self, seconds: float) -> "Timeline":
        """The page that has `seconds` near its left edge, as a turned page has the next word."""
        return self.scrolled(seconds - self.start - 0.05 * self.span)


def step(span: float, width: float, apart: float) -> tuple[float, int]:
    """Seconds between labels that are at least `apart` pixels from each other, and the small parts of that."""
    least = span / max(width, 1) * apart
    return next((found for found in STEPS if found[0] >= least), STEPS[-1])


def ticks(start: float, stop: float, step: float) -> list[float]:
    """The multiples of `step` in [start, stop]."""
    first, last = math.ceil(start / step - 1e-9), math.floor(stop / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def label(seconds: float, step: float, duration: float) -> str:
    """0:05, 12:30, 1:02:30; as many decimals as labels `step` apart need."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    scale = 10**decimals
    whole, part = divmod(round(abs(seconds) * scale), scale)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if duration >= 3600 else f"{minutes}:{second:02d}"
    return f"{text}{QLocale().decimalPoint()}{part:0{decimals}d}" if decimals else text


def unit(duration: float) -> str:
    """What the labels count, for the corner beside them."""
    return "h:min:s" if duration >= 3600 else "min:s"
