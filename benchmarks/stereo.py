"""Stereo with one mask for both sides, or one for each: how good, and where voices are afterwards.

    python -m benchmarks.stereo [--count 12] [--model speech-noise] [--speech DIR ...] [--noise DIR ...]

A voice stands between the loudspeakers, up to 4 dB louder in one of them, in noise that both sides have in common by a
half. Prints what "auto" decides, SI-SDR (mean of both sides), the error of the level difference between the sides of
the speech in dB (mean over stretches of 0.1 s in which somebody speaks), and seconds per minute of sound.
"""

import numpy as np

from benchmarks import wideband
from benchmarks.highband import SEED
from benchmarks.wideband import RATE, Mixture
from tasnet_gui.analysis.scores import si_sdr
from tasnet_gui.domain import ModelCard, Recording, Samples
from tasnet_gui.engine import library
from tasnet_gui.engine.native import CHANNELS, Channels
from tasnet_gui.engine.separate import separate

LOUDER = 4.0  # dB
COMMON = 0.5  # of the noise's power


def main() -> None:
    """Measure and print."""
    options = wideband.parser(__doc__, 12).parse_args()
    if not any(folder.is_dir() for folder in options.speech):
        print("No wide-band speech is here: install Debian's klettres-data and ktuberling-data, or say --speech DIR.")
        return
    card, random = library.card(options.model), np.random.default_rng(SEED)
    scenes = [
        _scene(mixture, random.uniform(-LOUDER, LOUDER))
        for mixture in wideband.mixtures(options.speech, options.noise, options.count, SEED, odd=True)
    ]
    print(f"{len(scenes)} scenes, model {card.name}")
    print(f"{'':10}{'linked':>9}{'SI-SDR':>9}{'place':>9}{'s/min':>9}")
    for choice in CHANNELS:
        rows = np.array([_measured(*scene, card, choice) for scene in scenes])
        print(f"{choice:10}" + "".join(f"{value:9.2f}" for value in rows.mean(0)))


def _scene(mixture: Mixture, louder: float) -> tuple[Samples, Samples]:
    """Speech and noise, [2, frames] each."""
    gains = np.array([10 ** (louder / 40), 10 ** (-louder / 40)], np.float32)
    other = np.roll(mixture.noise, 2 * RATE)
    both = [np.sqrt(COMMON) * mixture.noise + np.sqrt(1 - COMMON) * np.roll(other, side * RATE) for side in (0, 1)]
    return gains[:, None] * mixture.speech, np.array(both, np.float32)


def _measured(speech: Samples, noise: Samples, card: ModelCard, choice: Channels) -> list[float]:
    result = separate(Recording(speech + noise, RATE), card, device="cpu", threads=1, channels=choice)
    scores = [si_sdr(estimate, target) or 0.0 for estimate, target in zip(result.speech, speech, strict=True)]
    powers = [_powers(sound) for sound in (result.speech, speech)]
    spoken = powers[1].sum(0) > 1e-3 * powers[1].sum(0).max()
    places = [10 * np.log10(power[0, spoken] / power[1, spoken]) for power in powers]
    linked = "share one mask" in " ".join(result.notes)
    minutes = speech.shape[1] / RATE / 60
    return [
        float(linked),
        float(np.mean(scores)),
        float(np.abs(places[0] - places[1]).mean()),
        result.seconds / minutes,
    ]


def _powers(sound: Samples) -> Samples:
    """Of stretches of 0.1 s: [2, stretches]."""
    size = RATE // 10
    stretches = sound[:, : sound.shape[1] // size * size].reshape(2, -1, size)
    powers: Samples = np.square(stretches).sum(-1) + np.float32(1e-12)
    return powers


if __name__ == "__main__":
    main()
