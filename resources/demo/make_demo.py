"""Mixes the demo recording from a corpus folder: two voices on a train. Deterministic, so anyone can repeat it.

    python resources/demo/make_demo.py CORPUS [OUTPUT_FOLDER]

All three sounds belong to the corpus's test split: no shipped model has heard them. ATTRIBUTION.md names their authors.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 16_000  # Hz
VOICES = (  # in the order in which they speak
    "speech/librispeech-resemblyzer/ls7511/7511-102419-0000.opus",
    "speech/librispeech-resemblyzer/ls254/254-12312-0000.opus",
)
NOISE = "noise/max-audio-classifier/train.opus"
NOISE_START = 1.9  # seconds; the horn before it would cover the first word
ALONE = 1.0  # seconds of noise alone before and after the speech
PAUSE = 0.6  # seconds between the voices
SPEECH_DBFS = -21.0  # RMS of each voice over the frames in which it speaks
SNR_DB = 4.0

Mono = NDArray[np.float64]


def _read(path: Path) -> Mono:
    samples, rate = soundfile.read(path, dtype="float64")
    if rate != RATE or samples.ndim != 1:
        raise SystemExit(f"{path} is not {RATE} Hz mono.")
    return np.asarray(samples)


def _active_rms(voice: Mono) -> float:
    """RMS of the 20 ms frames within 40 dB of the loudest one: pauses do not count as quiet speech."""
    size = RATE // 50
    power = np.square(voice[: len(voice) // size * size]).reshape(-1, size).mean(axis=1)
    return float(np.sqrt(power[power > power.max() * 1e-4].mean()))


def mix(corpus: Path) -> tuple[Mono, Mono]:
    """The mixture and the speech in it, both [frames] at 16 kHz and at the same scale."""
    pieces = [np.zeros(round(ALONE * RATE))]
    for name in VOICES:
        voice = _read(corpus / name)
        pieces += [voice * 10 ** (SPEECH_DBFS / 20) / _active_rms(voice), np.zeros(round(PAUSE * RATE))]
    pieces[-1] = np.zeros(round(ALONE * RATE))
    speech = np.concatenate(pieces)

    start = round(NOISE_START * RATE)
    noise = _read(corpus / NOISE)[start : start + len(speech)]
    if len(noise) < len(speech):
        raise SystemExit(f"{NOISE} is too short.")
    noise = noise * 10 ** ((SPEECH_DBFS - SNR_DB) / 20) / np.sqrt(np.mean(noise**2))
    return speech + noise, speech


def main() -> None:
    """Write interview.flac and interview-reference.flac."""
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    folder = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent
    mixture, speech = mix(Path(sys.argv[1]))
    peak = np.abs(mixture).max()
    if peak >= 0.9:
        raise SystemExit(f"The mixture peaks at {peak:.2f}: too loud.")
    for name, samples in (("interview.flac", mixture), ("interview-reference.flac", speech)):
        soundfile.write(folder / name, samples, RATE, subtype="PCM_16")
        print(f"{name}: {len(samples) / RATE:.1f} s, peak {np.abs(samples).max():.2f}")


if __name__ == "__main__":
    main()
