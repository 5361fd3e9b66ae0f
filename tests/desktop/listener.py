"""Plays a recording through the machine's sound, as the window does, and writes down what it gave to the device.

Not a test: test_sound_server.py runs it in a process of its own, since PortAudio reads the environment only once.
Prints one JSON object per line: {"playing": true} once it is under way, and at the end what became of it. With the name
of a device it plays there; told that the device is lost, it says so and plays on when it reads a line.
"""

import json
import sys

import numpy as np
from PySide6.QtCore import QCoreApplication, QTimer

from tasnet_gui.audio.player import Player
from tasnet_gui.desktop.playback import Playback
from tasnet_gui.domain import Mix, ModelCard, Recording, Samples, Separation

RATE = 48_000
SECONDS = 1.6
SWITCHES = {0.5: "speech", 1.0: "noise"}  # seconds: what is heard from then on


def parts() -> tuple[Samples, Samples]:
    """Speech and noise, [2, frames], such that no stretch resembles another."""
    dice = np.random.default_rng(7)
    shape = (2, round(RATE * SECONDS))
    return 0.2 * dice.standard_normal(shape, np.float32), 0.05 * dice.standard_normal(shape, np.float32)


class Listener(Player):
    """A player that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Samples] = []

    def fill(self, out: Samples) -> None:
        super().fill(out)
        self.blocks.append(out.copy())


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main(written: str, device: str = "") -> None:
    app = QCoreApplication([])
    player = Listener()
    playback = Playback(player=player)
    playback.choose_output(device)
    speech, noise = parts()
    recording = Recording(speech + noise, RATE)
    card = ModelCard("test", "Test", "", {"causal": False}, RATE, "", "MIT", None)  # type: ignore[arg-type]
    playback.show_recording(recording)
    playback.show_separation(Separation(recording, card, speech, noise))
    switches = dict(SWITCHES)
    failures: list[str] = []
    lost: list[float] = []

    def follow(seconds: float) -> None:
        for due in [due for due in switches if due <= seconds]:
            say(playing=True)
            playback.set_mix(Mix(solo=frozenset({switches.pop(due)})))

    def stopped(playing: bool) -> None:
        if not playing and (device == "" or not lost):  # what was rendered is still to be heard
            QTimer.singleShot(400, app.quit)

    def failed(why: str) -> None:
        failures.append(why)
        if device == "" or len(failures) > 1:
            app.quit()
        else:
            lost.append(playback.position)
            QTimer.singleShot(0, play_on)

    def play_on() -> None:
        say(lost=playback.position, outputs=playback.outputs())
        sys.stdin.readline()
        lost.clear()
        playback.play()

    playback.position_changed.connect(follow)
    playback.playing_changed.connect(stopped)
    playback.failed.connect(failed)
    QTimer.singleShot(0, playback.play)
    app.exec()
    say(failures=failures, position=playback.position, late=playback._speaker.underflows)
    playback.close()
    np.save(written, np.concatenate(player.blocks) if player.blocks else np.zeros((0, 2)))


if __name__ == "__main__":
    main(*sys.argv[1:])
