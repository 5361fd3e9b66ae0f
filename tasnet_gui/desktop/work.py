"""The long work that the window asks for. The libraries behind it are imported inside, by the job that needs them
first: torch alone takes a second that the window must not wait for."""

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasnet_gui import places
from tasnet_gui.desktop import words
from tasnet_gui.desktop.inspection import Learned
from tasnet_gui.domain import AUDIBLE, REMIX, TRACKS, BadRequest, ModelCard, Progress, Recording, Remix, Separation

if TYPE_CHECKING:
    from tasnet_gui.analysis.edits import Edits
    from tasnet_gui.analysis.frames import FrameSpan
    from tasnet_gui.analysis.matching import Matching
    from tasnet_gui.analysis.measures import Measuring
    from tasnet_gui.audio.exports import Exported, ExportPlan
    from tasnet_gui.batch.items import BatchItem, Found
    from tasnet_gui.batch.memory import Resumable
    from tasnet_gui.batch.queue import Queue
    from tasnet_gui.batch.run import Running
    from tasnet_gui.engine.inside import Inside
    from tasnet_gui.engine.native import Channels, HighBand
    from tasnet_gui.engine.reference import Reference, Referring

Inspecting = Generator[Progress, None, "FrameSpan"]
Separating = Generator[Progress, None, "tuple[Separation, Inside | None]"]

MOST_LOOKED_AT = 10_000  # entries of a dropped folder


@dataclass(frozen=True)
class Opened:
    """A recording, and what the person should know of how it was chosen."""

    recording: Recording
    note: str = ""


@dataclass(frozen=True)
class Warmed:
    """Where "auto" or the chosen device would compute, known only once torch is there."""

    device: str = ""
    note: str = ""


def opening(paths: Sequence[Path]) -> Generator[Progress, None, Opened]:
    """Read the first recording among files and folders.

    Raises:
        UnreadableAudio: it cannot be read.
        BadRequest: none of them is a recording.
    """
    from tasnet_gui.audio.files import reading

    yield Progress(0.0, "Reading")
    path, note = _first(paths)
    recording = yield from reading(path)
    return Opened(recording, note)


def _first(paths: Sequence[Path]) -> tuple[Path, str]:
    """The file to open, and a sentence when something was left out."""
    if len(paths) == 1 and not os.path.isdir(paths[0]):
        return paths[0], ""  # whatever its name ends in: the reader knows better
    for path in paths:
        found = _in_folder(path) if os.path.isdir(path) else [path] if _is_audio(path) else []
        if found:
            return found[0], f"Opened {words.shown(found[0].name)}, the first of what was dropped."
    if len(paths) == 1:
        raise BadRequest(f"{words.shown(paths[0].name)} holds no recordings.", "Drop an audio file, or another folder.")
    raise BadRequest(f"None of these {len(paths)} files is a recording.", "Drop an audio file.")


def _in_folder(folder: Path) -> list[Path]:
    """The recordings directly inside, by name; not deeper, so that no loop of links can trap us."""
    entries = []
    for number, entry in enumerate(folder.iterdir()):
        if number == MOST_LOOKED_AT:
            break
        if _is_audio(entry):
            entries.append(entry)
    return sorted(path for path in entries if os.path.isfile(path))


def _is_audio(path: Path) -> bool:
    from tasnet_gui.audio.files import AUDIO_SUFFIXES

    return path.suffix.lower() in AUDIO_SUFFIXES


def examining(recording: Recording) -> Generator[Progress, None, int]:
    """In how many places the recording is clipped."""
    from tasnet_gui.analysis.clipping import counting_clipped

    return (yield from counting_clipped(recording.samples))


def matching(separation: Separation) -> "Generator[Progress, None, Matching]":
    """As analysis.matching does."""
    from tasnet_gui.analysis.matching import measuring
    from tasnet_gui.audio.remix import blocks

    names = (*TRACKS, REMIX) if separation.partial else TRACKS
    tracks = [blocks(separation, track, Remix(0.0, 0.0)) for track in names]
    return (yield from measuring(separation.recording, tracks))


def separating(
    recording: Recording,
    model: ModelCard,
    device: str,
    threads: int | None,
    begin: float | None = None,
    high_band: "HighBand" = "full",
    channels: "Channels" = "auto",
) -> Separating:
    """As engine.inside does, with what there is to look at; the first call imports torch."""
    yield Progress(0.0, "Loading PyTorch")
    from tasnet_gui.engine import inside
    from tasnet_gui.engine.device import require_torch

    require_torch()
    work = inside.looking(
        recording, model, device=device, threads=threads, begin=begin, high_band=high_band, channels=channels
    )
    return (yield from work)


def learning(model: ModelCard) -> Generator[Progress, None, Learned]:
    """The basis of a model, and the orders that need no recording."""
    yield Progress(0.0, "Loading the model")
    from tasnet_gui.analysis import orders
    from tasnet_gui.engine.inside import basis_of

    basis = basis_of(model)
    yield Progress(0.5)
    found = (orders.by_similarity(basis), orders.by_frequency(basis), orders.in_network(basis.filters))
    return Learned(basis, {order.name: order for order in found})


def inspecting(inside: "Inside", start: float, stop: float, device: str, threads: int | None) -> Inspecting:
    """As engine.spans does."""
    from tasnet_gui.engine import spans

    asked = inside.recording, inside.model, start, stop
    return (yield from spans.inspecting(*asked, inside=inside, device=device, threads=threads))


def editing(
    separation: Separation, inside: "Inside", edits: "Edits", device: str, threads: int | None
) -> Generator[Progress, None, Separation]:
    """As engine.edits does."""
    from tasnet_gui.engine import edits as engine

    return (yield from engine.editing(separation, inside, edits, device=device, threads=threads))


def referring(recording: Recording, speech: Path, noise: Path | None) -> "Referring":
    """As engine.reference does."""
    from tasnet_gui.engine import reference

    return (yield from reference.referring(recording, speech, noise))


def scoring(separation: Separation, reference: "Reference") -> "Measuring":
    """As engine.reference does."""
    from tasnet_gui.engine import reference as engine

    return (yield from engine.scoring(separation, reference))


def warming(device: str) -> Generator[Progress, None, Warmed]:
    """Import torch while the person looks at the waveform, and find out where it would compute."""
    yield Progress(0.0)
    from tasnet_gui.engine.device import choose

    found = choose(device)
    return Warmed(found.name, found.note)


def exporting(separation: Separation, plan: "ExportPlan") -> Generator[Progress, None, "Exported"]:
    """As audio.exports does."""
    from tasnet_gui.audio import exports

    return (yield from exports.exporting(separation, plan))


def measuring_peaks(
    separation: Separation, span: tuple[float, float] | None, remix: Remix
) -> Generator[Progress, None, dict[str, float]]:
    """How loud each track is there, as audio.levels does."""
    from tasnet_gui.audio import levels, plans

    return (yield from levels.measuring_peaks(plans.cut(separation, span)[0], AUDIBLE, remix))


def searching(paths: Sequence[Path]) -> "Generator[Progress, None, tuple[Found, ...]]":
    """As batch.scan does."""
    from tasnet_gui.batch import scan

    return (yield from scan.scanning(paths))


def measuring(queue: "Queue") -> Generator[Progress, None, None]:
    """As batch.lengths does."""
    from tasnet_gui.batch import lengths

    yield from lengths.measuring(queue)


def revisiting(item: "BatchItem") -> "Generator[Progress, None, tuple[Opened, Separation | None]]":
    """As batch.revisit does."""
    from tasnet_gui.batch import revisit

    recording, separation = yield from revisit.revisiting(item)
    return Opened(recording), separation


def batching(queue: "Queue", gently: bool = False) -> "Running":
    """As batch.run does, in a process of low priority if `gently`; the first call imports torch."""
    from tasnet_gui.batch import run
    from tasnet_gui.engine.device import require_torch

    require_torch()
    return (yield from run.running(queue, low_priority=gently))


def new_queue() -> "Queue":
    """An empty queue that is remembered on disk."""
    from tasnet_gui.batch import memory

    return memory.new_queue()


def resume_queue(path: Path) -> "Queue":
    """The queue of a batch that was interrupted."""
    from tasnet_gui.batch import memory

    return memory.resume_queue(path)


def resumable() -> "Sequence[Resumable]":
    """The batches that were interrupted, the latest first."""
    if not any(places.batch_folder().glob("*.jsonl")):
        return ()  # as nearly always; nothing has to be imported to know it
    from tasnet_gui.batch import memory

    return memory.resumable()


def discard(path: Path) -> None:
    """Forget a batch that was interrupted."""
    from tasnet_gui.batch import memory

    memory.discard(path)


def cards() -> list[ModelCard]:
    """The models at hand."""
    from tasnet_gui.engine import library

    return library.cards()


def demo() -> Path:
    """The bundled recording."""
    return places.shipped("resources") / "demo" / "interview.flac"


@dataclass(frozen=True)
class Work:
    """The engine's door, as functions that a test can replace."""

    opening: Callable[[Sequence[Path]], Generator[Progress, None, Opened]] = opening
    examining: Callable[[Recording], Generator[Progress, None, int]] = examining
    separating: Callable[..., Separating] = separating
    matching: "Callable[[Separation], Generator[Progress, None, Matching]]" = matching
    learning: Callable[[ModelCard], Generator[Progress, None, Learned]] = learning
    inspecting: Callable[..., Inspecting] = inspecting
    editing: Callable[..., Generator[Progress, None, Separation]] = editing
    referring: "Callable[[Recording, Path, Path | None], Referring]" = referring
    scoring: "Callable[[Separation, Reference], Measuring]" = scoring
    warming: Callable[[str], Generator[Progress, None, Warmed]] = warming
    exporting: Callable[..., Generator[Progress, None, Any]] = exporting
    measuring_peaks: Callable[..., Generator[Progress, None, dict[str, float]]] = measuring_peaks
    cards: Callable[[], list[ModelCard]] = cards
    searching: "Callable[[Sequence[Path]], Generator[Progress, None, tuple[Found, ...]]]" = searching
    measuring: "Callable[[Queue], Generator[Progress, None, None]]" = measuring
    revisiting: "Callable[[BatchItem], Generator[Progress, None, tuple[Opened, Separation | None]]]" = revisiting
    batching: "Callable[[Queue, bool], Running]" = batching
    new_queue: "Callable[[], Queue]" = new_queue
    resume_queue: "Callable[[Path], Queue]" = resume_queue
    resumable: "Callable[[], Sequence[Resumable]]" = resumable
    discard: Callable[[Path], None] = discard
