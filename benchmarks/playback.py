"""The share of its period that the audio callback takes: three tracks, 48 kHz stereo, blocks of 512 frames; and how
long a switch from one track to another takes.

    python -m benchmarks.playback [--blocks 2000]

A callback that takes longer than its period (10.7 ms) is heard as a gap; the aim is to stay below 25 %, always. So the
worst block counts, in time of the processor: by the clock it tells more of what else the machine was doing.
"""

import argparse
import gc
from statistics import median
from time import perf_counter, thread_time

import numpy as np

from tasnet_gui.audio.devices import LATENCY
from tasnet_gui.audio.player import Player
from tasnet_gui.domain import TRACKS, Mix

RATE = 48_000
BLOCK = 512
PERIOD = BLOCK / RATE  # seconds
SECONDS = 60

CASES = {
    "the mixture alone": (Mix(), 2, RATE),
    "speech and noise": (Mix(mute=frozenset({"mixture"})), 2, RATE),
    "speech and noise, at half volume": (Mix(mute=frozenset({"mixture"}), volume=0.5), 2, RATE),
    "speech and noise of a 5.1 recording": (Mix(mute=frozenset({"mixture"})), 6, RATE),
    "speech and noise, device at 44.1 kHz": (Mix(mute=frozenset({"mixture"})), 2, 44_100),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=2000)
    blocks = parser.parse_args().blocks
    print(f"share of a period of {PERIOD * 1e3:.1f} ms: median and worst of {blocks} blocks, worst by the clock")
    for name, (mix, channels, device_rate) in CASES.items():
        show(name, measure(_player(mix, channels, device_rate), blocks))
    show("speech and noise, as a remix", measure(_player(Mix(solo=frozenset(TRACKS[1:])), 2, RATE), blocks))
    show("solo switched at every block", measure(_player(Mix(), 2, RATE), blocks, switching=True))
    show("a seek at every block", measure(_player(Mix(), 2, RATE), blocks, seeking=True))
    first, last = switch()
    print(f"a switch begins {first * 1e3:.1f} ms after it was asked for and is over after {last * 1e3:.1f} ms at most;")
    print(f"the device adds its own latency, of which {LATENCY * 1e3:.0f} ms are asked for")


def measure(player: Player, blocks: int, switching: bool = False, seeking: bool = False) -> list[tuple[float, float]]:
    """Seconds that each block took, of the processor and by the clock."""
    out, taken = np.empty((BLOCK, 2), np.float32), []
    gc.disable()  # as everywhere where single calls are measured
    for block in range(blocks):
        if switching:
            player.set_mix(Mix(solo=frozenset({TRACKS[block % 3]})))
        if seeking:
            player.seek(block * 977 % player.frames)
        began, clock = thread_time(), perf_counter()
        player.fill(out)
        taken.append((thread_time() - began, perf_counter() - clock))
    gc.enable()
    return taken


def switch() -> tuple[float, float]:
    """Seconds from the order to the first sample of the new track and to the last of the old, as the device gets them.

    The order is given just after a callback, so a whole block passes first: the longest that it can take.
    """
    ones = np.ones((2, RATE), np.float32)
    player = Player()
    player.load({"mixture": ones, "speech": ones, "noise": 0 * ones}, RATE)
    player.set_mix(Mix(solo=frozenset({"noise"})))
    player.output(RATE, 2)
    player.play()
    out = np.empty((BLOCK, 2), np.float32)
    for _ in range(10):
        player.fill(out)
    player.set_mix(Mix(solo=frozenset({"speech"})))
    heard = []
    for _ in range(4):
        player.fill(out)
        heard.append(out[:, 0].copy())
    after = np.concatenate(heard)
    first, last = int(np.argmax(after > 0)), int(np.argmax(after >= 1))
    return (BLOCK + first) / RATE, (BLOCK + last) / RATE


def show(name: str, taken: list[tuple[float, float]]) -> None:
    """One line."""
    processor, clock = zip(*taken, strict=True)
    shares = [100 * seconds / PERIOD for seconds in (median(processor), max(processor), max(clock))]
    print(f"{name:38s} {shares[0]:6.2f} % {shares[1]:6.2f} % {shares[2]:6.2f} %")


def _player(mix: Mix, channels: int, device_rate: int) -> Player:
    dice, shape = np.random.default_rng(0), (channels, RATE * SECONDS)
    speech, noise = (0.1 * dice.standard_normal(shape, np.float32) for _ in range(2))
    player = Player()
    player.load({"mixture": speech + noise, "speech": speech, "noise": noise}, RATE)
    player.set_mix(mix)
    player.output(device_rate, 2)
    player.loop(0, player.frames)
    player.play()
    return player


if __name__ == "__main__":
    main()
