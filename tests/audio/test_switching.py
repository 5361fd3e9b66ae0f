"""Nothing that is switched while it plays clicks: what was played is recorded, and its largest step measured."""

import random
from dataclasses import dataclass

import numpy as np
import pytest

from tasnet_gui.audio.player import Player
from tasnet_gui.domain import OFF, Mix, Remix, Samples

RATE = 48_000
FRAMES = 20 * RATE
SHORTEST, LONGEST = 0.005, 0.010  # seconds of a ramp: below, a step is heard; above, a switch is late
SPEECH, NOISE = 0.5, -0.25  # levels that stand still: whatever moves in the output is a ramp


@dataclass(frozen=True)
class Fixed:
    """Equal loudness by gains that were agreed upon."""

    whole: float
    rest: float
    target: float | None = -23.0

    def factor(self, mixture: float, speech: float, noise: float) -> float:
        return self.whole if mixture else self.rest


MATCHED = Fixed(0.5, 1.8)
SWITCHES = {
    "keys": [Mix(solo=frozenset({name})) for name in ("mixture", "speech", "noise", "remix")],
    "solo": [Mix(), Mix(solo=frozenset({"speech"})), Mix(solo=frozenset({"speech", "noise"}))],
    "mute": [Mix(), Mix(mute=frozenset({"speech"})), Mix(mute=frozenset({"mixture"}))],
    "gain": [Mix(volume=volume) for volume in (0.0, 0.2, 1.0)],
    "strength": [
        Mix(solo=frozenset({"remix"}), remix=Remix.of_strength(s)) for s in (0.0, 3.0, 12.0, 60.0, float("inf"))
    ],
    "faders": [
        Mix(solo=frozenset({"remix"}), remix=Remix(*levels)) for levels in ((0, 0), (6, -20), (OFF, 0), (0, OFF))
    ],
    "loudness match": [
        Mix(solo=frozenset({name}), leveller=leveller) for name in ("mixture", "noise") for leveller in (None, MATCHED)
    ],
}
SWITCHES["everything"] = [mix for mixes in SWITCHES.values() for mix in mixes]


@pytest.fixture
def player() -> Player:
    player = Player()
    level = np.ones((2, FRAMES), np.float32)
    player.load({"mixture": (SPEECH + NOISE) * level, "speech": SPEECH * level, "noise": NOISE * level}, RATE)
    player.play()
    return player


def pulled(player: Player, frames: int, block: int) -> Samples:
    out = np.empty((frames, 2), np.float32)
    for start in range(0, frames, block):
        player.fill(out[start : start + block])
    return out


def sounds(mix: Mix) -> float:
    """The level that a mix settles at."""
    gains = mix.gains(("mixture", "speech", "noise"))
    return float(np.dot(gains, (SPEECH + NOISE, SPEECH, NOISE)))


def steepest(mixes: list[Mix]) -> float:
    """The largest step from one sample to the next that ramps of `SHORTEST` allow between any two of these mixes."""
    levels = np.abs([SPEECH + NOISE, SPEECH, NOISE])
    gains = np.array([mix.gains(("mixture", "speech", "noise")) for mix in mixes])
    return float((np.ptp(gains, axis=0) * levels).sum() / (SHORTEST * RATE))


@pytest.mark.parametrize("kind", SWITCHES)
def test_a_switch_is_a_ramp(player: Player, kind: str) -> None:
    dice, mixes = random.Random(3), SWITCHES[kind]
    player.set_mix(mixes[0])
    pulled(player, RATE // 20, 480)
    heard = []
    for _ in range(120):
        player.set_mix(dice.choice(mixes))
        heard.append(pulled(player, dice.choice((1, 37, 480, 2400)), dice.choice((37, 480, 1024))))
    step = np.abs(np.diff(np.concatenate(heard), axis=0)).max()
    assert 0 < step <= steepest(mixes) * 1.001


@pytest.mark.parametrize("kind", SWITCHES)
def test_a_switch_is_over_soon_and_ends_where_it_should(player: Player, kind: str) -> None:
    for mix in (*SWITCHES[kind], *reversed(SWITCHES[kind])):
        player.set_mix(mix)
        pulled(player, round(LONGEST * RATE), 480)
        np.testing.assert_allclose(pulled(player, 480, 480), sounds(mix), atol=1e-6)


def test_a_strength_that_is_dragged_glides(player: Player) -> None:
    player.set_mix(Mix(solo=frozenset({"remix"}), remix=Remix.of_strength(0)))
    heard = [pulled(player, 4800, 480)]
    for strength in np.linspace(0, 60, 240):  # four seconds of a hand's way, 60 times a second
        player.set_mix(Mix(solo=frozenset({"remix"}), remix=Remix.of_strength(strength)))
        heard.append(pulled(player, 800, 480))
    out = np.concatenate(heard)[960:]
    one = 1 - 10 ** (-60 / 239 / 20)  # what the largest of these steps takes from the gain
    assert np.abs(np.diff(out, axis=0)).max() <= abs(NOISE) * one / (SHORTEST * RATE) * 1.01
