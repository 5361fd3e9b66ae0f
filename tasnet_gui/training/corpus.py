"""A corpus as one array: decoded once, kept as int16 on disk, mapped into memory by whoever needs it."""

import glob
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Generator
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tasnet_gui.audio import files, resample
from tasnet_gui.domain import BadRequest, Progress
from tasnet_gui.training import manifest

ATTRIBUTION = "ATTRIBUTION.md"  # who made the recordings, where a corpus says so

_COLUMNS = ("path", "kind", "speaker", "recording", "split")


@dataclass(frozen=True)
class Clip:
    """One file of the corpus: where its samples lie in the array."""

    path: str  # relative to the corpus
    group: str  # who speaks, or which recording it is: what a draw chooses first
    start: int
    length: int


@dataclass(frozen=True, eq=False)
class Corpus:
    """The clips of one split, by kind and group, over one array of int16 samples."""

    sound: Tensor  # int16 [samples]
    rate: int
    speech: dict[str, list[Clip]]  # by speaker
    noise: dict[str, list[Clip]]  # by recording
    rooms: list[Clip]  # room impulse responses

    def to(self, device: torch.device) -> "Corpus":
        """The same corpus with its sound on another device, so that no step waits for data."""
        return Corpus(self.sound.to(device), self.rate, self.speech, self.noise, self.rooms)

    @property
    def hours(self) -> dict[str, float]:
        """Hours of speech and of noise."""
        kinds = {"speech": self.speech, "noise": self.noise}
        return {
            kind: sum(clip.length for clips in groups.values() for clip in clips) / self.rate / 3600
            for kind, groups in kinds.items()
        }


def opening(folder: Path, split: str, cache: Path, rate: int = 16_000) -> Generator[Progress, None, Corpus]:
    """Open one split of the corpus in `folder`, decoding it into `cache` unless it lies there as its files are now.

    Raises:
        BadRequest: there is no manifest, it makes no sense, or it lists nothing of this split.
    """
    rows = [{key: row.get(key, "") for key in _COLUMNS} for row in manifest.read(folder) if row["split"] == split]
    if not any(row["kind"] == "speech" for row in rows) or not any(row["kind"] == "noise" for row in rows):
        raise BadRequest(f"{folder / manifest.MANIFEST} lists no speech or no noise for the split {split!r}.")
    place = [str(folder.resolve()), split, rate]
    name = f"{split}-{_digest(place)}"
    stem = f"{name}-{_digest([rows, [_stamp(folder / row['path']) for row in rows]])}"
    sound_file, index_file = cache / f"{stem}.int16", cache / f"{stem}.json"
    clips = _cached(sound_file, index_file)
    if clips is None:
        cache.mkdir(parents=True, exist_ok=True)
        clips = yield from _decoding(folder, rows, rate, sound_file, index_file)
        _forget(cache, f"{glob.escape(name)}-*", but=stem)
        _forget(cache, glob.escape(f"{split}-{_digest([*place, rows])}"))  # as versions before 0.2 called it
    sound = torch.from_numpy(np.memmap(sound_file, np.int16, mode="r+"))
    groups: dict[str, dict[str, list[Clip]]] = {"speech": defaultdict(list), "noise": defaultdict(list)}
    rooms = []
    for row, clip in zip(rows, clips, strict=True):
        if clip.length == 0:
            continue
        if row["kind"] == "rir":
            rooms.append(clip)
        else:
            groups[row["kind"]][clip.group].append(clip)
    return Corpus(sound, rate, dict(groups["speech"]), dict(groups["noise"]), rooms)


@dataclass(frozen=True)
class Holding:
    """What a split has from one source."""

    kind: str
    source: str
    files: int
    hours: float
    licences: list[str]


def holdings(folder: Path, split: str) -> list[Holding]:
    """What a split is made of, by kind and source, as far as its manifest tells."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in manifest.read(folder):
        if row["split"] == split:
            groups[row["kind"], row.get("source", "")].append(row)
    return [
        Holding(
            kind,
            source,
            len(rows),
            round(sum(float(row.get("duration_s") or 0) for row in rows) / 3600, 3),
            sorted({row["licence"] for row in rows if row.get("licence")}),
        )
        for (kind, source), rows in sorted(groups.items())
    ]


def _decoding(
    folder: Path, rows: list[dict[str, str]], rate: int, sound_file: Path, index_file: Path
) -> Generator[Progress, None, list[Clip]]:
    """Decode the files one behind the other; the index is written last, so that a half-written cache is never used."""
    clips: list[Clip] = []
    start = 0
    part = sound_file.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            for number, row in enumerate(rows):
                samples = _mono(folder / row["path"], rate)
                np.round(samples * 32767).clip(-32768, 32767).astype(np.int16).tofile(out)
                group = row["speaker"] if row["kind"] == "speech" else row["recording"]
                clips.append(Clip(row["path"], group or row["path"], start, len(samples)))
                start += len(samples)
                yield Progress((number + 1) / len(rows), "Decoding the corpus")
        part.replace(sound_file)
    finally:
        part.unlink(missing_ok=True)
    index_part = index_file.with_suffix(f".{os.getpid()}.part")
    index_part.write_text(json.dumps([astuple(clip) for clip in clips]), encoding="utf-8")
    index_part.replace(index_file)
    return clips


def _cached(sound_file: Path, index_file: Path) -> list[Clip] | None:
    """The clips of a cache that is whole; None when there is none."""
    try:
        clips = [Clip(*entry) for entry in json.loads(index_file.read_text(encoding="utf-8"))]
        size = sound_file.stat().st_size
    except (OSError, ValueError, TypeError):
        return None
    return clips if size == 2 * sum(clip.length for clip in clips) else None


def _forget(cache: Path, pattern: str, but: str = "") -> None:
    """Delete caches with such names, but for one: what a corpus was before will not be asked for again."""
    for suffix in (".json", ".int16"):  # and nobody's unfinished files
        for path in cache.glob(pattern + suffix):
            if path.stem != but:
                with suppress(OSError):  # Windows keeps what somebody learns from
                    path.unlink()


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def _stamp(path: Path) -> list[int]:
    """What changes with a file's content; nothing when it is gone, of which decoding will tell."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return []
    return [status.st_size, status.st_mtime_ns]


def _mono(path: Path, rate: int) -> np.ndarray:
    recording = files.read(path)
    mono = recording.samples.mean(0, keepdims=True, dtype=np.float32)
    frames = max(1, round(recording.frames * rate / recording.rate))
    return resample.resample(mono, recording.rate, rate, frames)[0]
