"""Mixtures at 48 kHz of speech and noise that are known: material for `benchmarks.highband` and `benchmarks.stereo`.

The speech is real: words that people recorded at 44.1 or 48 kHz for the language tutors klettres and ktuberling
(Debian packages klettres-data and ktuberling-data). The noise is real where Battle for Wesnoth brings ambience
(wesnoth-1.16-data) and otherwise made: hiss, rain, wind, a fan. Same seed, same mixtures.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from tasnet_gui.audio.resample import resample
from tasnet_gui.domain import Samples
from tasnet_gui.engine import library

RATE = 48_000
SECONDS = 8.0
GAP = 0.35  # seconds between words: pauses in which hiss is heard
WIDE = -25.0  # dB, from 4-8 kHz to 9-14 kHz: below it, a recording is no wide-band one
SNRS = (0.0, 5.0, 10.0)  # dB, of the speech between its pauses

SPEECH = (Path("/usr/share/klettres"), Path("/usr/share/ktuberling/sounds"))
NOISE = (Path("/usr/share/games/wesnoth/1.16/data/core/sounds/ambient"),)


class Mixture(NamedTuple):
    """One test, mono at RATE."""

    name: str
    speech: Samples  # [frames]
    noise: Samples
    snr: float  # dB

    @property
    def mixture(self) -> Samples:
        return self.speech + self.noise


def parser(about: str | None, count: int) -> argparse.ArgumentParser:
    """The options that all have in common that measure with these mixtures."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--count", type=int, default=count)
    made.add_argument("--model", default=library.DEFAULT)
    made.add_argument("--speech", type=Path, nargs="+", default=SPEECH)
    made.add_argument("--noise", type=Path, nargs="+", default=NOISE)
    return made


def mixtures(speech: Sequence[Path], noise: Sequence[Path], count: int, seed: int, odd: bool) -> Iterator[Mixture]:
    """So many mixtures.

    Args:
        speech: folders, one speaker in each folder below.
        noise: folders.
        count: how many.
        seed: of everything that is drawn.
        odd: of one half of the languages, or else of the other.
    """
    random = np.random.default_rng(seed)
    found = voices(speech)
    languages = sorted({_language(name) for name, _ in found})[int(odd) :: 2]
    speakers = [(name, files) for name, files in found if _language(name) in languages]
    recorded = [file for folder in noise for file in sorted(folder.glob("*.ogg"))]
    kinds: list[Path | Callable[[np.random.Generator], Samples]] = [*_MADE, *recorded]
    for number in range(count):
        folder, files = speakers[number % len(speakers)]
        kind = kinds[number % len(kinds)]
        snr = SNRS[number % len(SNRS)]
        words = _words([files[index] for index in random.permutation(len(files))])
        disturbance = _looped(_read(kind)) if isinstance(kind, Path) else kind(random)
        loud = np.abs(words) > 1e-3 * np.abs(words).max()
        active = np.convolve(loud, np.ones(480), "same") > 0  # within 5 ms of something
        gain = _rms(words[active]) / max(_rms(disturbance), 1e-9) / 10 ** (snr / 20)
        scale = np.float32(0.3 / np.abs(words).max())
        what = kind.stem if isinstance(kind, Path) else kind.__name__.strip("_")
        yield Mixture(f"{folder} + {what}", scale * words, (scale * gain * disturbance).astype(np.float32), snr)


def voices(folders: Sequence[Path]) -> list[tuple[str, list[Path]]]:
    """Every folder below with at least ten wide-band files, in one order."""
    found: dict[str, list[Path]] = {}
    for top in folders:
        for file in sorted([*top.rglob("*.ogg"), *top.rglob("*.wav")]):
            found.setdefault(str(file.parent.relative_to(top)), []).append(file)
    wide = ((name, [file for file in files[:40] if _wide(file)]) for name, files in sorted(found.items()))
    return [(name, files) for name, files in wide if len(files) >= 10]


def _language(name: str) -> str:
    return name.split("/")[0].split("_")[0]


def _wide(file: Path) -> bool:
    with soundfile.SoundFile(file) as sound:
        if sound.samplerate < 44_100 or not 0.2 * sound.samplerate < sound.frames < 4 * sound.samplerate:
            return False
    samples = _read(file)
    power = np.square(np.abs(np.fft.rfft(samples)))
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    low, high = (power[(frequencies > a) & (frequencies < b)].sum() for a, b in ((4e3, 8e3), (9e3, 14e3)))
    return bool(high > low * 10 ** (WIDE / 10))


def _read(file: Path) -> Samples:
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    mono = samples.mean(1, keepdims=True).T
    return resample(mono, rate, RATE, round(mono.shape[1] * RATE / rate))[0]


def _words(files: Sequence[Path]) -> Samples:
    """Words with pauses, SECONDS long."""
    frames, pause = round(SECONDS * RATE), np.zeros(round(GAP * RATE), np.float32)
    parts: list[Samples] = []
    for file in files * 20:
        word = _read(file)
        fade = np.minimum(1, np.arange(len(word)) / 480).astype(np.float32)
        parts += [word * fade * fade[::-1] / max(_rms(word), 1e-6), pause]
        if sum(map(len, parts)) >= frames:
            break
    return np.concatenate(parts)[:frames]


def _looped(sound: Samples) -> Samples:
    frames = round(SECONDS * RATE)
    return np.tile(sound, -(-frames // len(sound)))[:frames]


def _rms(sound: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def _coloured(random: np.random.Generator, shape: Callable[[Samples], Samples]) -> Samples:
    """Noise with a spectrum: shape(frequencies in Hz) is an amplitude."""
    spectrum = np.fft.rfft(random.standard_normal(round(SECONDS * RATE)))
    frequencies = np.fft.rfftfreq(round(SECONDS * RATE), 1 / RATE)
    return np.fft.irfft(spectrum * shape(np.maximum(frequencies, 20.0)), round(SECONDS * RATE)).astype(np.float32)


def _hiss(random: np.random.Generator) -> Samples:
    return _coloured(random, np.ones_like)


def _pink(random: np.random.Generator) -> Samples:
    return _coloured(random, lambda f: f**-0.5)


def _fan(random: np.random.Generator) -> Samples:
    """Air, and the hum of a motor."""
    time = np.arange(round(SECONDS * RATE)) / RATE
    hum = sum(np.sin(2 * np.pi * 97 * n * time) / n for n in range(1, 12))
    air = _coloured(random, lambda f: 1 / (1 + (f / 2_000) ** 1.5))
    return (air + 0.2 * _rms(air) * hum).astype(np.float32)


def _rain(random: np.random.Generator) -> Samples:
    """Drops: 600 clicks a second of all sizes, high-passed."""
    drops = np.zeros(round(SECONDS * RATE))
    drops[random.integers(0, len(drops), int(600 * SECONDS))] = random.exponential(size=int(600 * SECONDS))
    ring = np.diff(np.exp(-np.arange(200) / 30) * random.standard_normal(200))
    return np.convolve(drops, ring, "same").astype(np.float32)


def _wind(random: np.random.Generator) -> Samples:
    """Gusts of low noise, with some hiss in them."""
    gust = np.interp(np.arange(round(SECONDS * RATE)) / RATE, np.arange(10), random.uniform(0.2, 1.0, 10))
    return (gust**2 * _coloured(random, lambda f: f**-0.8)).astype(np.float32)


_MADE = (_hiss, _pink, _rain, _fan, _wind)
