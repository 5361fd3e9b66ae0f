"""Masks changed by hand: which filters, when, and what becomes of them; undone by taking the edit away again.

An edit sets the speech mask of its filters, and the noise mask to what is left of 1: what speech loses, noise gets.
The unedited masks are the `effective` ones, which add up to 1 as well. So with E the edited masks

    speech = V (E w) + g (x - V w) / 2        noise = x - speech

where g is 1 in frames that no edit touches (there it is the network's own answer) and 0 in those that one does: what
encoder and decoder lose between them, about -25 dB of the mixture, then goes to noise, and "solo" lets through nothing
but the soloed filters. Speech + noise is the mixture, whatever was edited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.frames import Coefficients, FrameSpan, effective, overlap_add
from tasnet_gui.domain import BadRequest, Samples

Action = Literal["solo", "mute", "set"]


@dataclass(frozen=True)
class MaskEdit:
    """One change. Edits are kept in a tuple and applied in order; undo is the tuple without the last.

    Raises:
        BadRequest: it names no filter, no stretch of time, or a value outside 0..1.
    """

    filters: tuple[int, ...]  # their numbers in the network, not rows of an order; kept sorted
    action: Action  # "solo": every other filter goes to noise; "mute": these do; "set": these get `value`
    start: float = 0.0  # seconds; a frame belongs to the stretch that its middle lies in
    stop: float = inf
    value: float = 1.0  # of the speech mask, for "set"

    def __post_init__(self) -> None:
        """Check, and bring the filters into order."""
        object.__setattr__(self, "filters", tuple(sorted({int(number) for number in self.filters})))
        if not self.filters or self.filters[0] < 0:
            raise BadRequest("Nothing is selected to be changed.", "Select rows of the masks first.")
        if self.action not in get_args(Action):
            raise BadRequest(f"Masks cannot be changed by {self.action!r}.", f"Use {', '.join(get_args(Action))}.")
        if not self.start < self.stop:
            raise BadRequest(f"From {self.start:g} to {self.stop:g} s there is nothing to change.")
        if not 0 <= self.value <= 1:
            raise BadRequest(f"A mask of {self.value:g} is impossible.", "Choose a value from 0 to 1.")


Edits = Sequence[MaskEdit]


def stretches(edits: Edits, duration: float) -> list[tuple[float, float]]:
    """The stretches of a recording that edits touch, in seconds: sorted, apart."""
    joined: list[tuple[float, float]] = []
    for start, stop in sorted((max(0.0, edit.start), min(duration, edit.stop)) for edit in edits):
        if start >= stop:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined


def edited_masks(span: FrameSpan, edits: Edits) -> Coefficients:
    """The speech masks of a stretch after all edits: [channels, N, K]. Without edits, the effective ones.

    Raises:
        BadRequest: an edit names a filter that the network does not have.
    """
    masks = effective(span.masks)[:, 0].copy()
    filters = masks.shape[1]
    for edit in edits:
        if edit.filters[-1] >= filters:
            raise BadRequest(f"The network has no filter {edit.filters[-1]}; it has {filters}.")
        named = np.zeros(filters, bool)
        named[list(edit.filters)] = True
        value = edit.value if edit.action == "set" else 0.0
        masks[:, ~named if edit.action == "solo" else named, _frames(span, edit)] = value
    return masks


def touched(span: FrameSpan, edits: Edits) -> NDArray[np.bool_]:
    """Which frames of a stretch an edit touches: [K]."""
    frames = np.zeros(span.frames, bool)
    for edit in edits:
        frames[_frames(span, edit)] = True
    return frames


def edited_speech(span: FrameSpan, basis: Basis, edits: Edits) -> Samples:
    """The speech of a stretch after all edits, at the model's rate: [channels, samples]; noise is the rest.

    It is decoding only: 10 s take some 20 ms. Outside of the touched frames it is the network's own answer.
    """
    speech = span.decode(edited_masks(span, edits) * span.w, basis.decoder)
    sources = len(span.sources)
    if sources > 1:
        lost = span.mixture - span.decode(span.w, basis.decoder)
        speech += lost * (_untouched(span, edits) / np.float32(sources))
    return speech


def _frames(span: FrameSpan, edit: MaskEdit) -> slice:
    """The frames of an edit, as columns of the span."""
    times = span.times
    return slice(int(np.searchsorted(times, edit.start)), int(np.searchsorted(times, edit.stop)))


def _untouched(span: FrameSpan, edits: Edits) -> NDArray[np.float32]:
    """How far every sample lies under untouched frames, 0..1, with a ramp as long as a frame: [samples]."""
    grid = span.grid
    window = np.hanning(grid.kernel + 2)[1:-1].astype(np.float32)
    free = ~touched(span, edits)
    if free.all():
        return np.ones(span.mixture.shape[1], np.float32)
    total, untouched = (
        overlap_add(window * frames.astype(np.float32)[:, None], grid.stride) for frames in (np.ones_like(free), free)
    )
    begin = span.origin - grid.begin(span.first)
    share = np.divide(untouched, total, out=np.ones_like(total), where=total > 0)[begin:][: span.mixture.shape[1]]
    return np.pad(share, (0, span.mixture.shape[1] - len(share)), constant_values=1.0)
