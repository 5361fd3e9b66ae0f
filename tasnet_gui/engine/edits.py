"""Masks you can play: what an edit sounds like at the recording's own rate, at once, and the whole recording edited.

Importing this file does not import torch, and hearing an edit does not either: it is decoding only.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.edits import Edits, edited_speech, stretches
from tasnet_gui.analysis.frames import FrameSpan
from tasnet_gui.audio.storage import allocate, settle, slices
from tasnet_gui.domain import Part, Progress, Recording, Samples, Separation
from tasnet_gui.engine.inside import Inside, basis_of
from tasnet_gui.engine.native import Native
from tasnet_gui.engine.rates import Source
from tasnet_gui.engine.spans import MARGIN, inspecting, longest_span
from tasnet_gui.engine.steps import ended

RESAMPLED = 0.1  # seconds; more than the resampler's filter is long
AT_ONCE = 20.0  # seconds that are edited together, at most

Result = TypeVar("Result")


def heard(recording: Recording, span: FrameSpan, basis: Basis, edits: Edits, native: Native | None = None) -> Part:
    """Speech and noise of a stretch after all edits, at the recording's rate: of [span.start, span.stop).

    Speech + noise = mixture to float32 rounding. Without edits it is what the separation says, to 1e-5 of full scale;
    above the model's band, for channels that share their masks only when the span has all of them.

    Args:
        recording: the one that the span is of.
        span: what `inspecting` returned.
        basis: of the span's model.
        edits: in the order they were made.
        native: what was decided on rate and channels, as `Inside` has it.

    Returns:
        The channels of the span.
    """
    source, piece = _source(recording, span, native)
    speech = ended(source.raised(piece, span.mixture, edited_speech(span, basis, edits)))
    start, here = _place(recording, span)
    speech = speech[:, here]
    return Part(start, speech, source.whole(start, start + speech.shape[1]) - speech)


def editing(
    separation: Separation, inside: Inside, edits: Edits, *, device: str = "auto", threads: int | None = None
) -> Generator[Progress, None, Separation]:
    """The whole separation after all edits, for export; stretches that no edit touches keep every bit.

    The network runs again over the stretches that are touched. Closing it leaves nothing behind.

    Args:
        separation: what the network said; it is not changed.
        inside: of the same separation.
        edits: in the order they were made.
        device: as in `separating`.
        threads: as in `separating`.

    Raises:
        BadRequest: an edit names a filter that the model does not have.
        DeviceError: the device cannot be used, or there is not enough memory.
    """
    recording, model = separation.recording, separation.model
    yield Progress(0.0, "Editing")
    basis = basis_of(model)
    speech, noise = (_copy(track) for track in (separation.speech, separation.noise))
    longest = min(AT_ONCE, longest_span(model, recording.channels))
    source = Source(recording, model.rate, inside.native or Native())
    around = reach(recording.rate, model.rate, inside.native)
    spans = list(_pieces(stretches(edits, recording.duration), recording.duration, longest, around))
    residual = 10 ** (separation.null_db / 20)
    for index, (start, stop) in enumerate(spans):
        work = inspecting(recording, model, start, stop, inside=inside, device=device, threads=threads)
        span = yield from _told(work, index / len(spans), (index + 1) / len(spans))
        part = heard(recording, span, basis, edits, inside.native)
        here = slice(part.start, part.stop)
        speech[:, here], noise[:, here] = part.speech, part.noise
        mixture = source.whole(part.start, part.stop)
        residual = max(residual, float(np.abs(mixture - (part.speech + part.noise)).max(initial=0.0)))
        settle(recording.samples, speech, noise)
    count = "1 edit" if len(edits) == 1 else f"{len(edits)} edits"
    return replace(
        separation,
        speech=speech,
        noise=noise,
        null_db=float(20 * np.log10(residual)) if residual else -float("inf"),
        notes=(*separation.notes, f"The masks were changed by hand ({count}).") if edits else separation.notes,
    )


def reach(rate: int, model_rate: int, native: Native | None = None) -> float:
    """How many seconds an edit can be heard beyond its stretch: by the resampler, or by the gains of the high band."""
    shared = rate > model_rate and (native or Native()).high_band == "full"
    return MARGIN if shared else RESAMPLED


def _pieces(
    stretches: list[tuple[float, float]], duration: float, longest: float, reach: float
) -> Iterator[tuple[float, float]]:
    """Stretches widened by what an edit reaches beyond them, and cut where they are too long."""
    for start, stop in stretches:
        begin, end = max(0.0, start - reach), min(duration, stop + reach)
        while begin < end:
            yield begin, min(begin + longest, end)
            begin += longest


def _source(recording: Recording, span: FrameSpan, native: Native | None = None) -> tuple[Source, Samples]:
    """The span's channels of a recording, and their samples over the span's whole seconds."""
    chosen = slice(span.channels[0], span.channels[-1] + 1)
    source = Source(replace(recording, samples=recording.samples[chosen]), span.grid.rate, native or Native())
    first = span.origin // span.grid.rate
    return source, source.read(first, -(-(span.origin + span.mixture.shape[1]) // span.grid.rate))


def _place(recording: Recording, span: FrameSpan) -> tuple[int, slice]:
    """Where what was asked for begins in the recording, and where it lies in the whole seconds around it; frames."""
    first = span.origin // span.grid.rate * recording.rate
    start, stop = round(span.start * recording.rate), min(round(span.stop * recording.rate), recording.frames)
    return start, slice(start - first, stop - first)


def _copy(track: Samples) -> Samples:
    copied = allocate(*track.shape)
    for part in slices(track, copied):
        copied[:, part] = track[:, part]
    return copied


def _told(work: Generator[Progress, None, Result], low: float, high: float) -> Generator[Progress, None, Result]:
    """Work that is a part of larger work: its 0..1 becomes low..high."""
    try:
        while True:
            try:
                progress = next(work)
            except StopIteration as end:
                result: Result = end.value
                return result
            yield Progress(low + (high - low) * progress.done, "Editing")
    finally:
        work.close()
