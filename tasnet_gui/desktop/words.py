"""How numbers, names and results are put into words for the screen."""

import math
from pathlib import Path

from PySide6.QtCore import QLocale

from tasnet_gui.domain import Recording, Separation

_CHANNELS = {1: "mono", 2: "stereo"}


def shown(text: str | Path) -> str:
    """A file name fit for a label: bytes that are no text become U+FFFD, control characters a visible picture."""
    return "".join(_visible(letter) for letter in str(text))


def _visible(letter: str) -> str:
    code = ord(letter)
    if 0xD800 <= code < 0xE000:  # how Python carries a byte that is no text
        return "\N{REPLACEMENT CHARACTER}"
    if code < 0x20:
        return chr(0x2400 + code)  # U+240A is the picture of a line feed
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else letter


def number(value: float, decimals: int = 0) -> str:
    """With the decimal point of the person's locale."""
    return QLocale().toString(float(value), "f", decimals)


def clock(seconds: float, tenths: bool = True) -> str:
    """0:41.2, 12:41.0 or 1:02:03.4; rounds down, as clocks do."""
    ticks = max(0, math.floor(seconds * 10 + 1e-6))
    whole, tenth = divmod(ticks, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{text}{QLocale().decimalPoint()}{tenth}" if tenths else text


def time_left(seconds: float | None) -> str:
    """Coarse on purpose: an estimate that counts every second is a lie told often."""
    if seconds is None:
        return ""
    if seconds < 1:
        return "almost done"
    if seconds < 10:
        return f"{math.ceil(seconds)} s left"
    if seconds < 55:
        return f"{math.ceil(seconds / 5) * 5} s left"
    if seconds < 3600:
        return f"{math.ceil(seconds / 60)} min left"
    return f"{number(seconds / 3600, 1)} h left"


def rate(hertz: int) -> str:
    """44.1 kHz, 48 kHz, 22.05 kHz."""
    decimals = next((n for n in range(3) if hertz % 10 ** (3 - n) == 0), 3)
    return f"{number(hertz / 1000, decimals)} kHz"


def channels(count: int) -> str:
    return _CHANNELS.get(count, f"{count} channels")


def facts(recording: Recording) -> str:
    """48 kHz, stereo, 12:41, FLAC."""
    parts = (
        rate(recording.rate),
        channels(recording.channels),
        clock(recording.duration, tenths=recording.duration < 60),
        recording.container,
    )
    return "  \N{MIDDLE DOT}  ".join(parts)


def opened(recording: Recording) -> str:
    """What there is to know after opening: what was replaced, what the reader worked around."""
    found = list(recording.notes)
    replaced = recording.replaced
    if replaced and not any("replaced" in note for note in found):
        what = "1 sample was not a number and became" if replaced == 1 else f"{replaced} samples were not numbers and became"
        found.append(f"{what} silence.")
    return " ".join(found) or "Ready."


def sum_error(separation: Separation) -> str:
    """How well the parts add up to the whole."""
    if math.isinf(separation.null_db):
        return "Speech + noise = mixture, exactly."
    level = number(math.ceil(separation.null_db)).replace("-", "\N{MINUS SIGN}")
    return f"Speech + noise = mixture within {level} dB."


def speed(separation: Separation) -> str:
    """Separated in 4.1 s (62 times real time) on the CPU."""
    device = {"cpu": "the CPU", "cuda": "the GPU", "mps": "the GPU"}.get(separation.device.split(":")[0], separation.device)
    took = f"Separated in {number(separation.seconds, 1)} s"
    if separation.speed <= 0:
        return f"{took} on {device}."
    times = number(separation.speed, 1 if separation.speed < 10 else 0)
    return f"{took} on {device}, {times}\N{MULTIPLICATION SIGN} real time."


def sentence(text: str) -> str:
    """With a full stop, if it has none."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
