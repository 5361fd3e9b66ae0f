"""Which channels of a recording may share their masks, because they hold the same scene from two sides.

Two channels x and y agree by 2 <x, y> / (<x, x> + <y, y>): 1 when they are equal, 0 when they have nothing in common or
one is silent, -1 when one is the other upside down. Their mean is 10 log10((1 + a) / (1 - a)) dB above half their
difference. Where that is much, as with a voice in the middle, the mean says nearly all there is to say. Where a second
of the recording would cancel out in the mean, nothing is linked: what the network cannot hear it cannot judge.

Longer recordings are looked at in `MOST` seconds, evenly spaced, so that ten hours begin as fast as ten minutes.
"""

from collections.abc import Generator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.audio.storage import settle
from tasnet_gui.audio.usable import make_usable
from tasnet_gui.domain import Recording
from tasnet_gui.engine.native import Channels, Links

ENOUGH = 0.6  # the mean is 6 dB above half the difference
CANCELS = -0.6  # the mean is 6 dB below it
HEARD = 1e-4  # of the power of the loudest second: quieter ones, 40 dB below, cannot forbid anything
BLOCKS = 10  # of a hundredth of a second, looked at in each second: a tenth of the sound says how powers compare
MOST = 600  # seconds that are looked at: every one in ten minutes, one in a minute of ten hours
AT_ONCE = 60  # seconds between two pauses

# The first of each two neighbours that mirror each other, by the number of channels, in the order of WAV: left, right,
# centre, LFE, back left, back right, side left, side right. All others are by themselves.
PAIRS: dict[int, tuple[int, ...]] = {2: (0,), 3: (0,), 4: (0, 2), 5: (0, 3), 6: (0, 4), 7: (0, 5), 8: (0, 4, 6)}

Powers = NDArray[np.float64]  # [pairs, 3]: of the first, of the second, of both together


class Linked(NamedTuple):
    """What was decided, and why, as a sentence; empty when there was nothing to decide."""

    links: Links
    note: str = ""


class Agreement(NamedTuple):
    """How a pair of channels compares, -1..1."""

    overall: float
    least: float  # of the seconds that are loud enough to count

    def links(self, choice: Channels) -> bool:
        """Whether such a pair is to be linked."""
        return self.least > CANCELS and (choice == "linked" or self.overall >= ENOUGH)


def linking(recording: Recording, choice: Channels) -> Generator[float, None, Linked]:
    """Decide which channels share their masks. It looks at a tenth of at most `MOST` seconds, pausing now and then.

    Yields:
        How much is done, 0..1.
    """
    channels = recording.channels
    pairs = PAIRS.get(channels, ())
    if choice == "each" or not pairs:
        return Linked(Links.each(channels))
    agreements = yield from _agreements(recording, pairs)
    linked = [first for first, found in zip(pairs, agreements, strict=True) if found.links(choice)]
    seconds = {first + 1 for first in linked}
    sizes = tuple(2 if index in linked else 1 for index in range(channels) if index not in seconds)
    return Linked(Links(sizes), _note(channels, linked, agreements, choice))


def _agreements(recording: Recording, pairs: tuple[int, ...]) -> Generator[float, None, list[Agreement]]:
    rate, seconds = recording.rate, -(-recording.frames // recording.rate)
    looked_at = min(seconds, MOST)
    powers = np.zeros((looked_at, len(pairs), 3))
    for index in range(looked_at):
        powers[index] = _powers(recording, index * seconds // looked_at * rate, pairs)
        if index % AT_ONCE == AT_ONCE - 1:
            settle(recording.samples)
            yield index / looked_at
    return [_agreement(powers[:, index]) for index in range(len(pairs))]


def _powers(recording: Recording, start: int, pairs: tuple[int, ...]) -> Powers:
    """Of the second that begins at a frame; the blocks' means do not count, or an offset would look like agreement."""
    size = max(2, recording.rate // 100)
    piece = recording.samples[:, start : start + recording.rate]
    if piece.shape[1] >= size:
        apart = max(1, piece.shape[1] // size // BLOCKS) * size
        piece = np.lib.stride_tricks.sliding_window_view(piece, size, axis=1)[:, ::apart]
    else:
        piece = piece[:, None]
    usable = np.array(piece)
    make_usable(usable)
    sound = usable.astype(np.float64)
    sound -= sound.mean(-1, keepdims=True)
    return np.array([[(a * b).sum() for a, b in ((x, x), (y, y), (x, y))] for x, y in _couples(sound, pairs)])


def _couples(sound: Powers, pairs: tuple[int, ...]) -> list[tuple[Powers, Powers]]:
    return [(sound[first], sound[first + 1]) for first in pairs]


def _agreement(powers: Powers) -> Agreement:
    """Of one pair: [seconds, 3]."""
    total, both = powers[:, 0] + powers[:, 1], 2 * powers[:, 2]
    if not total.sum():
        return Agreement(0.0, 0.0)
    loud = total > HEARD * total.max()
    return Agreement(float(both.sum() / total.sum()), float((both[loud] / total[loud]).min()))


def _note(channels: int, linked: list[int], agreements: list[Agreement], choice: Channels) -> str:
    if channels == 2:
        return _note_of_two(bool(linked), agreements[0], choice)
    if not linked:
        return f"Each of the {channels} channels was separated by itself."
    named = " and ".join(f"{first + 1} and {first + 2}" for first in linked)
    return f"Channels {named} share one mask{'' if len(linked) == 1 else ' each'}; the others are by themselves."


def _note_of_two(linked: bool, agreement: Agreement, choice: Channels) -> str:
    alike = f"they agree by {max(0.0, agreement.overall):.0%}".replace("%", " %")
    if linked:
        return f"Left and right share one mask, so that voices keep their places ({alike})."
    if agreement.least <= CANCELS:
        return "Left and right were separated by themselves, because parts of them cancel each other out when added."
    return f"Left and right were separated by themselves, because they have little in common ({alike})."
