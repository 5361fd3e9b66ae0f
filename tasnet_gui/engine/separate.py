"""The main job: a recording taken apart into speech and noise. Importing this file does not import torch."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from tasnet_gui.audio.names import shown
from tasnet_gui.audio.storage import allocate, settle
from tasnet_gui.domain import (
    DeviceError,
    ModelCard,
    Part,
    Progress,
    Recording,
    Separation,
    UnreadableAudio,
    finish,
)
from tasnet_gui.engine import device as devices
from tasnet_gui.engine.linking import Linked, linking
from tasnet_gui.engine.native import Channels, HighBand, Native, check
from tasnet_gui.engine.preview import previewing
from tasnet_gui.engine.rates import FADE, Source
from tasnet_gui.engine.segments import SHORTEST, Course, Crossfaded, Finished, Piece, Streamed, length
from tasnet_gui.engine.steps import within
from tasnet_gui.engine.watch import Watch

if TYPE_CHECKING:
    from tasnet_gui.engine.compute import Compute

Separating = Generator[Progress, None, Separation]

_ABOVE: dict[HighBand, str] = {
    "full": "above, speech and noise are shared out by how they compare just below",
    "model": "what lies above is in neither speech nor noise",
    "noise": "what lies above is all in noise",
}


def separate(
    recording: Recording,
    model: ModelCard,
    *,
    device: str = "auto",
    threads: int | None = None,
    bf16: bool = False,
    high_band: HighBand = "full",
    channels: Channels = "auto",
    progressed: Callable[[Progress], None] | None = None,
) -> Separation:
    """`separating`, run to its end."""
    work = separating(
        recording, model, device=device, threads=threads, bf16=bf16, high_band=high_band, channels=channels
    )
    return finish(work, progressed)


def separating(
    recording: Recording,
    model: ModelCard,
    *,
    device: str = "auto",
    threads: int | None = None,
    bf16: bool = False,
    high_band: HighBand = "full",
    channels: Channels = "auto",
    watch: Watch | None = None,
    begin: float | None = None,
) -> Separating:
    """Take a recording apart.

    Speech and noise come back at the recording's own rate, with its channels, and its exact length; speech + noise =
    recording to float32 rounding (with `high_band` "model": its part in the model's band). Silence stays silence.
    Memory does not grow with the recording beyond its tracks, which `audio.storage` keeps on disk when they are long.
    It yields at least after every block of the network, with each finished stretch as a `Part`; closing it leaves
    nothing behind.

    Where somebody listens, `begin`, the work begins. A model that is not causal takes the piece there first, then those
    behind it, then those before; a causal one must hear the beginning first. Where the piece would take long, a
    preview of a few seconds comes before all else (see `preview`). Every bit of the result is the same anyway.

    Args:
        recording: any rate and number of channels, at least one frame.
        model: what to take it apart with.
        device: "auto", "cpu", "cuda" or "mps". A GPU that fails on the way is replaced by the CPU, with a note.
        threads: of the CPU; None leaves one physical core to others.
        bf16: let a GPU multiply in bfloat16 when the model is not causal: the result is 52 dB from the exact one.
        high_band: what becomes of the sound above the model's band: "full" shares it between speech and noise, "model"
            leaves it out of both, "noise" leaves all of it in noise.
        channels: "each" separates every channel by itself, "linked" gives neighbours one mask, so that the stereo image
            stays, "auto" does so where they have enough in common (see `linking`).
        watch: what is shown the masks on the way.
        begin: seconds into the recording where somebody waits to hear it; None when nobody does.

    Raises:
        UnreadableAudio: the recording has no frames.
        BadRequest: one of the choices makes no sense.
        DeviceError: the device cannot be used, or there is not enough memory.
        ModelError: the model is damaged, or its answers are not numbers.
    """
    if recording.frames == 0:
        raise UnreadableAudio(f"{shown(recording.name)} contains no samples.", "Choose another recording.")
    check(high_band, channels)
    count = devices.thread_count(threads)
    yield Progress(0.0, "Loading the model")
    place = devices.choose(device)
    from tasnet_gui.engine.compute import Compute, preparing

    linked = yield from _told(linking(recording, channels), "Comparing the channels")
    source = Source(recording, model.rate, Native(high_band, linked.links))
    with devices.using_threads(count):
        for _ in preparing(model, place):
            yield Progress(0.0, "Loading the model")
        compute = Compute(model, place, linked.links, watch, bf16)
        separation = yield from _separating(source, model, compute, begin)
    return replace(separation, notes=(linked.note, *separation.notes)) if linked.note else separation


def _told(work: Generator[float, None, Linked], phase: str) -> Generator[Progress, None, Linked]:
    """Short work before the long one, told as its beginning."""
    with closing(work):
        while True:
            try:
                next(work)
            except StopIteration as end:
                linked: Linked = end.value
                return linked
            yield Progress(0.0, phase)


def _separating(source: Source, model: ModelCard, compute: "Compute", begin: float | None) -> Separating:
    from tasnet_gui.engine.compute import TooLarge

    clock, tracks = _Clock(), _Tracks(source)
    way = Streamed(source, compute) if model.causal else Crossfaded(source, compute)
    course = Course(source, length(source, model.causal), 0.0 if model.causal else begin or 0.0, FADE / 2)
    if begin is not None:
        with closing(previewing(source, compute, way, course, begin)) as previews:
            for preview in previews:
                yield Progress(0.0, "Separating", part=preview and tracks.preview(preview))
    while piece := course.next:
        start, stop = piece
        if compute.watch:
            compute.watch.begin(compute, start, stop)
        done, then = course.done / source.seconds, (course.done + stop - start) / source.seconds
        try:
            finished = yield from clock.told(within(done, then, way.piece(start, stop, course.end)))
        except TooLarge as error:
            if compute.batch > 1:
                compute.batch //= 2
            elif course.seconds > SHORTEST:
                course.seconds = max(SHORTEST, course.seconds // 2)
            elif compute.device.name != "cpu":
                compute.use_cpu("The GPU's memory is too small for this model, and the CPU took over.")
                course.seconds = length(source, model.causal)
            else:
                raise DeviceError(
                    f"There is not enough memory to separate {shown(source.recording.name)}.",
                    "Close other programs and try again.",
                ) from error
            continue
        yield clock.progress(then)  # three things that take 0.1 s each are no single step, or cancelling would wait
        if compute.watch:
            compute.watch.finish(compute, start, stop)
            yield clock.progress(then)
        yield clock.progress(then, tracks.take(finished))
        course.advance()
    return Separation(
        source.recording,
        model,
        tracks.speech,
        tracks.noise,
        device=compute.device.name,
        device_note=compute.device.note,
        seconds=clock.elapsed,
        null_db=tracks.null_db,
        notes=_notes(source, way),
        partial=source.partial,
    )


class _Clock:
    """Progress with the time that is left, from the speed so far."""

    def __init__(self) -> None:
        self.began = monotonic()

    @property
    def elapsed(self) -> float:
        return monotonic() - self.began

    def progress(self, done: float, part: Part | None = None) -> Progress:
        elapsed = self.elapsed
        # The first steps say nothing: buffers are allocated, kernels chosen.
        honest = elapsed > 0.5 and done > 0.02
        return Progress(done, "Separating", elapsed / done * (1 - done) if honest else None, part)

    def told(self, work: Piece) -> Generator[Progress, None, Finished]:
        """Work, with its fractions told as progress."""
        with closing(work):
            while True:
                try:
                    done = next(work)
                except StopIteration as end:
                    finished: Finished = end.value
                    return finished
                yield self.progress(done)


class _Tracks:
    """The result as it grows."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.speech, self.noise = (allocate(source.recording.channels, source.recording.frames) for _ in range(2))
        self.residual = 0.0  # the largest difference between the mixture and the sum

    def take(self, finished: Finished) -> Part | None:
        """Write a finished stretch of speech, and what it leaves of the mixture as noise."""
        start, stop = finished.start, finished.start + finished.speech.shape[1]
        if start == stop:
            return None
        mixture = self.source.whole(start, stop)
        speech, noise = self.speech[:, start:stop], self.noise[:, start:stop]
        speech[:] = finished.speech
        np.subtract(mixture, finished.speech, out=noise)
        self.residual = max(self.residual, float(np.abs(mixture - (speech + noise)).max()))
        settle(self.source.recording.samples, self.speech, self.noise)
        return Part(start, speech, noise)

    def preview(self, finished: Finished) -> Part:
        """A stretch that is only to be heard until the real one is finished."""
        start, stop = finished.start, finished.start + finished.speech.shape[1]
        return Part(start, finished.speech, self.source.whole(start, stop) - finished.speech, preview=True)

    @property
    def null_db(self) -> float:
        return float(20 * np.log10(self.residual)) if self.residual else -float("inf")


def _notes(source: Source, way: Crossfaded | Streamed) -> tuple[str, ...]:
    """What the person should know of the result."""
    notes = []
    if source.recording.rate > source.model_rate:
        above = _ABOVE[source.native.high_band]
        notes.append(f"The model works up to {source.model_rate / 2000:g} kHz; {above}.")
    if isinstance(way, Crossfaded) and way.pieces > 1:
        notes.append(f"The recording was separated in {way.pieces} pieces, crossfaded over one second.")
    return tuple(notes)
