"""A finished file once more: its sound, and what was made of it, read from its results instead of computed again."""

from collections.abc import Generator
from pathlib import Path

import numpy as np

from tasnet_gui.audio.files import reading
from tasnet_gui.audio.storage import allocate, slices
from tasnet_gui.batch import remote
from tasnet_gui.batch.items import BatchItem, Outcome
from tasnet_gui.domain import SOURCES, Progress, Recording, Samples, Separation, TasnetError
from tasnet_gui.engine import library
from tasnet_gui.engine.native import Native
from tasnet_gui.engine.rates import Source

# Containers whose sound is not what was written, or need not be.
_LOSSY = ("MP3", "MPEG", "OGG", "M4A", "MP4", "MOV", "MKV", "WEBM")


def revisiting(item: BatchItem) -> Generator[Progress, None, tuple[Recording, Separation | None]]:
    """Read the recording of an item and, where its results tell it exactly enough, its separation; None where not.

    One of the two sources is enough: the other is what is left of the recording.

    Raises:
        UnreadableAudio: the recording itself cannot be read.
    """
    recording = yield from reading(item.path)
    outcome = item.outcome
    if outcome is None or outcome.gain_db:
        return recording, None
    try:
        model = library.card(item.options.model)
        source, found = yield from _source(outcome)
    except TasnetError:
        return recording, None
    same = found is not None and (found.rate, found.samples.shape) == (recording.rate, recording.samples.shape)
    if found is None or not same or found.container in _LOSSY or model.sha256 != outcome.sha256:
        return recording, None
    sound = Source(recording, model.rate, Native(item.options.high_band))
    rest = yield from _rest(sound, found.samples)
    speech, noise = (found.samples, rest) if source == "speech" else (rest, found.samples)
    null_db = outcome.null_db if outcome.null_db is not None else -float("inf")
    done = outcome.device, outcome.device_note, outcome.seconds, null_db, outcome.notes
    return recording, Separation(recording, model, speech, noise, *done, partial=sound.partial)


def _source(outcome: Outcome) -> Generator[Progress, None, tuple[str, Recording | None]]:
    """The first of the sources that was written to this machine's disks."""
    for source in SOURCES:
        path = outcome.outputs.get(source)
        if path and not remote.is_url(path):
            return source, (yield from reading(Path(path)))
    return "", None


def _rest(sound: Source, part: Samples) -> Generator[Progress, None, Samples]:
    """What is left of what was taken apart without a part."""
    channels, frames = part.shape
    rest = allocate(channels, frames)
    for block in slices(sound.recording.samples, part, rest):
        np.subtract(sound.whole(block.start, block.stop), part[:, block], out=rest[:, block])
        yield Progress(block.stop / frames, "Reading")
    return rest
