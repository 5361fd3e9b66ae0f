"""What a seam between two pieces of a long recording sounds like: how far its level steps, and whether it clicks.

    python -m benchmarks.seam [--model NAME] [--seconds 150]

Six scenes of speech without pauses, two voices of the demo at a time, in noise that stays as it is. Each is separated
in pieces, as long recordings are, and as a whole. By how much the pieces are louder than the whole is measured second
by second; the step at a border is the most by which that changes from one second to the next around it. Beside it
stand how loud the quieter of these two seconds is, re the mean of the track, and by how much the pieces differ in all:
outside the fade, over three seconds. A click would show as a jump of the difference between two samples, in percent of
the largest in the track itself. For comparison, the same is measured in the middle of the pieces, where no seam is.
"""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tasnet_gui.audio.files import read
from tasnet_gui.domain import SOURCES, ModelCard, Recording, Samples, finish
from tasnet_gui.engine import library
from tasnet_gui.engine.compute import Compute
from tasnet_gui.engine.device import Device, thread_count, using_threads
from tasnet_gui.engine.rates import FADE, Source, Work
from tasnet_gui.engine.segments import plan
from tasnet_gui.engine.separate import separating
from tasnet_gui.places import shipped

RATE = 16_000
GOAL = 0.5  # dB
AROUND = 3  # seconds on both sides of a border

SCENES = {  # the noise, and by how many dB speech is louder
    "a train": ("train", 4.0),
    "a loud train": ("train", -3.0),
    "white noise": ("white", 5.0),
    "pink noise": ("pink", 0.0),
    "wind": ("brown", 3.0),
    "mains hum": ("hum", 10.0),
}


class Seam(NamedTuple):
    """What was measured of one track at one place."""

    second: int
    border: bool  # between two pieces, or in the middle of one
    track: str
    step: float  # dB
    level: float  # dB, of the quieter of the two seconds between which the step is, re the mean of the track
    differ: float  # dB, the two pieces
    click: float  # percent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="speech-noise")
    parser.add_argument("--seconds", type=int, default=150)
    options = parser.parse_args()
    card, found = library.card(options.model), []
    print(f"{'':14s} {'':8s}  track   step, dB   at, dB   pieces differ, dB   jump, %")
    with using_threads(thread_count()):
        for name, sound in scenes(options.seconds):
            for seam in seams(card, sound):
                found.append(seam)
                where = f"{'seam' if seam.border else 'none'} {seam.second:4d}s"
                print(
                    f"{name:14s} {where:>9s}  {seam.track:6s} {seam.step:8.2f} {seam.level:9.1f} {seam.differ:14.2f}"
                    f" {seam.click:15.2f}"
                )
    for border, where in ((True, "at the seams"), (False, "away from seams")):
        steps = [seam.step for seam in found if seam.border is border]
        below = sum(step < GOAL for step in steps)
        print(f"{where}: the largest step is {max(steps):.2f} dB; {below} of {len(steps)} are below {GOAL:g} dB")


def scenes(seconds: int) -> Iterator[tuple[str, Samples]]:
    """Name and mixture, [1, frames] at 16 kHz."""
    folder = shipped("resources") / "demo"
    mixture, speech = (read(folder / name).samples[0] for name in ("interview.flac", "interview-reference.flac"))
    frames = seconds * RATE
    noises = {"train": mixture - speech} | {name: coloured(name, frames) for name in ("white", "pink", "brown", "hum")}
    speech = np.resize(speech + np.roll(speech, round(6.2 * RATE)), frames)  # one speaks where the other pauses
    for name, (kind, louder) in SCENES.items():
        noise = np.resize(noises[kind], frames)
        gain = 10 ** (-louder / 20) * np.std(speech) / np.std(noise)
        yield name, (0.5 * (speech + gain * noise))[None].astype(np.float32)


def coloured(kind: str, frames: int) -> Samples:
    """Noise whose power falls with 0, 1 or 2 powers of the frequency, or hum; the same every time."""
    dice, frequencies = np.random.default_rng(0), np.fft.rfftfreq(frames, 1 / RATE)
    if kind == "hum":
        time = np.arange(frames) / RATE
        tones = sum(np.sin(2 * np.pi * 50 * n * time) / n for n in range(1, 20))
        return np.asarray(tones + 0.05 * dice.standard_normal(frames), np.float32)
    slope = {"white": 0.0, "pink": 0.5, "brown": 1.0}[kind]
    spectrum = np.fft.rfft(dice.standard_normal(frames)) / np.maximum(frequencies, 30) ** slope
    return np.fft.irfft(spectrum, frames).astype(np.float32)


def seams(card: ModelCard, sound: Samples) -> Iterator[Seam]:
    """What is found at every border, and in the middle between two, of a mixture, [1, frames], in both tracks."""
    recording = Recording(sound, RATE)
    cut = finish(separating(recording, card, device="cpu"))
    speech = done(Compute(card, Device("cpu")).whole(sound))
    whole = {"speech": speech[0], "noise": sound[0] - speech[0]}
    for start, stop in plan(Source(recording, card.rate), causal=False)[1:]:
        for second, border in ((start, True), ((start + stop) // 2, False)):
            for track in SOURCES:
                yield Seam(second, border, track, *compared(cut.track(track)[0], whole[track], second))


def compared(cut: Samples, whole: Samples, second: int) -> tuple[float, float, float, float]:
    """One track in pieces and as a whole, both [frames], around a second: the rest of a `Seam`."""
    here = slice((second - AROUND) * RATE, (second + AROUND) * RATE)
    seconds = whole[here].reshape(-1, RATE)
    level = 10 * np.log10(np.square(seconds).mean(1) / np.square(whole).mean())
    louder = 10 * np.log10(np.square(cut[here].reshape(-1, RATE)).mean(1) / np.square(seconds).mean(1))
    steps = np.abs(np.diff(louder))
    at = int(steps.argmax())
    differ = abs(outside(cut, whole, second, 1) - outside(cut, whole, second, -1))
    jump = np.abs(np.diff(cut[here] - whole[here])).max() / np.abs(np.diff(whole[here])).max()
    return float(steps[at]), float(level[at : at + 2].min()), differ, 100 * float(jump)


def outside(cut: Samples, whole: Samples, second: int, side: int) -> float:
    """By how many dB the piece on one side is louder than the whole, over the three seconds next to the fade."""
    edges = sorted(round((second + side * (FADE / 2 + beyond)) * RATE) for beyond in (0, 3))
    return float(10 * np.log10(np.square(cut[slice(*edges)]).sum() / np.square(whole[slice(*edges)]).sum()))


def done(work: Work) -> Samples:
    """What work returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Samples = end.value
            return result


if __name__ == "__main__":
    main()
