"""How numbers, names and results are put into words for the screen."""

import math
import os
from pathlib import Path

from PySide6.QtCore import QLocale

from tasnet_gui.audio.names import shown as shown
from tasnet_gui.domain import Recording, Remix, Separation

_CHANNELS = {1: "mono", 2: "stereo"}


def folder(path: Path) -> str:
    """A whole path fit for a label, part by part; the person's home is "~"."""
    home = Path.home()
    if path.is_relative_to(home):
        path = Path("~") / path.relative_to(home)
    return os.sep.join(shown(part) for part in path.parts).replace(os.sep * 2, os.sep, 1)


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


def span(seconds: float) -> str:
    """8 ms, 2.04 s."""
    if seconds < 0.9995:
        decimals = 0 if abs(seconds * 1000 - round(seconds * 1000)) < 0.005 else 1
        return f"{number(1000 * seconds, decimals)} ms"
    return f"{number(seconds, 2)} s"


def rate(hertz: int) -> str:
    """44.1 kHz, 48 kHz, 22.05 kHz."""
    decimals = next((n for n in range(3) if hertz % 10 ** (3 - n) == 0), 3)
    return f"{number(hertz / 1000, decimals)} kHz"


def hertz(value: float) -> str:
    """440 Hz, 1.25 kHz."""
    return f"{number(value)} Hz" if value < 1000 else f"{number(value / 1000, 2)} kHz"


def level(decibels: float) -> str:
    """A level re full scale, with a real minus."""
    if decibels <= -199:
        return "silent"
    return f"{number(round(decibels, 1) + 0.0, 1)} dBFS".replace("-", "\N{MINUS SIGN}")  # no minus before a zero


def gain(decibels: float) -> str:
    """+3 dB, −12.5 dB, off."""
    if decibels == -math.inf:
        return "off"
    tenths = round(decibels, 1) + 0.0
    text = number(tenths, 0 if tenths == round(tenths) else 1).replace("-", "\N{MINUS SIGN}")
    return f"{'+' if tenths > 0 else ''}{text} dB"


def remix(remix: Remix) -> str:
    """What it is made of: speech 0 dB, noise −12 dB."""
    return f"speech {gain(remix.speech_db)}, noise {gain(remix.noise_db)}"


def loudness(lufs: float) -> str:
    """−23.4 LUFS."""
    return f"{number(lufs, 1)} LUFS".replace("-", "\N{MINUS SIGN}")


def matched(lufs: float | None) -> str:
    """What there is to say once everything is heard equally loud."""
    if lufs is None:
        return "This recording is too short or too quiet for its loudness to be measured; levels stay as they are."
    return f"All tracks are heard at {loudness(lufs)}. Exports keep their own levels."


def moment(seconds: float) -> str:
    """A place in the recording to the millisecond."""
    minutes, rest = divmod(round(max(seconds, 0.0) * 1000), 60_000)
    return f"{minutes}:{'0' if rest < 10_000 else ''}{number(rest / 1000, 3)}"


def channel(number: int, count: int) -> str:
    """Left, right, or channel 3."""
    return ("Left", "Right")[number] if count == 2 else f"Channel {number + 1}"


def channels(count: int) -> str:
    """Mono, stereo, 6 channels."""
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


def clipped(places: int) -> str:
    """What there is to know of a recording that was too loud for what recorded it; empty if it was not."""
    if not places:
        return ""
    where = "in one place" if places == 1 else f"in {number(places)} places"
    return f"The recording is clipped {where}."


def sum_error(separation: Separation) -> str:
    """How well the parts add up to the whole."""
    whole = "the mixture below the model's limit" if separation.partial else "mixture"
    if math.isinf(separation.null_db):
        return f"Speech + noise = {whole}, exactly."
    level = number(math.ceil(separation.null_db)).replace("-", "\N{MINUS SIGN}")
    return f"Speech + noise = {whole} within {level} dB."


def summary(separation: Separation) -> str:
    """What there is to know of a result."""
    return " ".join(sentence(note) for note in (*separation.notes, sum_error(separation)))


def speed(separation: Separation) -> str:
    """Separated in 4.1 s (62 times real time) on the CPU."""
    device = "the CPU" if separation.device == "cpu" else "the GPU"
    took = f"Separated in {number(separation.seconds, 1)} s"
    if separation.speed <= 0:
        return f"{took} on {device}."
    times = number(separation.speed, 1 if separation.speed < 10 else 0)
    return f"{took} on {device}, {times}\N{MULTIPLICATION SIGN} real time."


def sentence(text: str) -> str:
    """With a full stop, if it has none."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
