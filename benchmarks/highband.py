"""What becomes of the sound above the model's band, in numbers: mixtures at 48 kHz through a 16 kHz model.

    python -m benchmarks.highband [--count 24] [--model speech-noise] [--speech DIR ...] [--noise DIR ...]

For every choice of the high band, and for the plain gain that the same moment has everywhere: log-spectral distance to
the true speech from 0 to 8 kHz and from 8 to 16 kHz, SI-SDR of everything, and how much of the mixture's high band is
left in the pauses. Means over the mixtures of `benchmarks.wideband`; --others takes the other half of the languages.
"""

from collections.abc import Generator

import numpy as np

from benchmarks import wideband
from benchmarks.wideband import RATE, Mixture
from tasnet_gui.analysis.scores import si_sdr
from tasnet_gui.domain import ModelCard, Recording, Samples
from tasnet_gui.engine import highband, library
from tasnet_gui.engine.highband import Parts
from tasnet_gui.engine.native import HighBand
from tasnet_gui.engine.separate import separate

SEED = 7
WIDTH = 960  # frames of 20 ms
FLOOR = 1e-4  # of the mean power of the speech in a band: what is 40 dB below it counts as silence
PAUSE = 1e-5  # of the largest power of the speech above the model's band
CHOICES: tuple[tuple[str, HighBand, bool], ...] = (
    ("full: smooth in time and frequency", "full", False),
    ("full: one gain for all frequencies", "full", True),
    ("noise, model: the model's band only", "noise", False),
)


def main() -> None:
    """Measure and print."""
    parser = wideband.parser(__doc__, 24)
    parser.add_argument("--others", action="store_true")
    options = parser.parse_args()
    if not any(folder.is_dir() for folder in options.speech):
        print("No wide-band speech is here: install Debian's klettres-data and ktuberling-data, or say --speech DIR.")
        return
    card = library.card(options.model)
    mixtures = list(wideband.mixtures(options.speech, options.noise, options.count, SEED, not options.others))
    print(f"{len(mixtures)} mixtures, model {card.name}")
    print(f"{'':40}{'LSD 0-8':>9}{'LSD 8-16':>9}{'SI-SDR':>9}{'pauses':>9}")
    for name, choice, plain in CHOICES:
        rows = np.array([_measured(mixture, card, choice, plain) for mixture in mixtures])
        print(f"{name:40}" + "".join(f"{value:9.2f}" for value in np.nanmean(rows, 0)))


def _measured(mixture: Mixture, card: ModelCard, choice: HighBand, plain: bool) -> list[float]:
    recording = Recording(mixture.mixture[None], RATE)
    shared = highband.speech_in
    try:
        highband.speech_in = _one_gain if plain else shared
        speech = separate(recording, card, device="cpu", threads=1, high_band=choice).speech[0]
    finally:
        highband.speech_in = shared
    powers = [_powers(sound) for sound in (speech, mixture.speech, mixture.mixture)]
    estimate, target, before = (power[:, (_HERTZ > 8_300)].sum(1) for power in powers)
    pauses = target < PAUSE * target.max()
    left = 10 * np.log10((estimate[pauses].sum() + 1e-20) / (before[pauses].sum() + 1e-20)) if pauses.any() else np.nan
    distances = [_distance(powers[0], powers[1], low, high) for low, high in ((0, 8_000), (8_000, 16_000))]
    return [*distances, si_sdr(speech, mixture.speech) or 0.0, float(left)]


def _one_gain(parts: Parts, rate: int, model_rate: int) -> Generator[float, None, Samples]:
    """What `highband` did before it looked at the high band itself."""
    share = yield from highband.sharing(parts.low, parts.low_speech, model_rate, min(rate, model_rate) / 2)
    drawn: Samples = parts.high * highband.spread(share, rate, parts.high.shape[1])
    return drawn


_HERTZ = np.fft.rfftfreq(WIDTH, 1 / RATE)


def _powers(sound: Samples) -> Samples:
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, (WIDTH // 2, WIDTH)), WIDTH)[:: WIDTH // 2]
    powers: Samples = np.square(np.abs(np.fft.rfft(frames * np.sqrt(np.hanning(WIDTH + 1)[:-1]))))
    return powers


def _distance(estimate: Samples, target: Samples, low: float, high: float) -> float:
    """Log-spectral distance in dB: the root mean square over frequencies, and its mean over frames."""
    band = np.abs(_HERTZ - (low + high) / 2) < (high - low) / 2
    floor = FLOOR * target[:, band].mean()
    difference = 10 * np.log10((estimate[:, band] + floor) / (target[:, band] + floor))
    return float(np.sqrt(np.square(difference).mean(1)).mean())


if __name__ == "__main__":
    main()
