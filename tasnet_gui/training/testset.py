"""What models are measured on: fixed mixtures of a corpus, or a person's own pairs of files."""

import csv
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tasnet_gui.analysis.measures import Truth
from tasnet_gui.analysis.scores import level
from tasnet_gui.audio import files
from tasnet_gui.domain import BadRequest, Recording, Samples, UnreadableAudio
from tasnet_gui.training.corpus import Clip, Corpus

COUNT = 200  # mixtures of the set that model cards tell of
SNR = (-5.0, 15.0)  # dB, uniform
SECONDS = 5.0  # at most
LEVEL = -26.0  # dBFS of every mixture
QUIET = -60.0  # dBFS; a stretch of the corpus below this is drawn again


@dataclass(frozen=True, eq=False)
class Item(Truth):
    """A mixture of a test set."""

    name: str


class Testset(Protocol):
    """Items by number, each made when it is asked for, so that a set takes no memory."""

    @property
    def about(self) -> dict[str, Any]:
        """What the set is, as plain values for reports and cards."""
        ...

    def __len__(self) -> int: ...

    def item(self, index: int) -> Item:
        """The item of that number, the same at every call.

        Raises:
            UnreadableAudio: a file of it cannot be read.
            BadRequest: its files do not belong together.
        """
        ...


class CorpusMixtures:
    """Mixtures of one split: each speaker as often as any other, at SNRs that are uniform in -5..15 dB.

    Each is decided by the seed and its number alone: the first 50 of 200 are the 50 of a shorter set. A mixture is as
    long as its stretch of speech; noise that is shorter is repeated.

    Args:
        corpus: the split.
        name: of the corpus and the split, for reports.
        count: how many.
        seed: another one makes other mixtures.
    """

    def __init__(self, corpus: Corpus, name: str, count: int = COUNT, seed: int = 1) -> None:
        if count < 1:
            raise BadRequest(f"{count} mixtures measure nothing.", "Ask for at least 1.")
        self.corpus, self.name, self.count, self.seed = corpus, name, count, seed

    @property
    def about(self) -> dict[str, Any]:
        return {
            "mixtures": self.count,
            "of": self.name,
            "seed": self.seed,
            "snr_db": list(SNR),
            "longest_seconds": SECONDS,
            "level_dbfs": LEVEL,
        }

    def __len__(self) -> int:
        return self.count

    def item(self, index: int) -> Item:
        draw = random.Random(f"{self.seed} mixture {index}")
        speech_clip, speech = self._stretch("speech", self.corpus.speech, index, draw, None)
        noise_clip, noise = self._stretch("noise", self.corpus.noise, index, draw, len(speech))
        snr = SNR[0] + (SNR[1] - SNR[0]) * draw.random()
        noise *= np.float32(10 ** ((level(speech) - level(noise) - snr) / 20))
        scale = np.float32(10 ** ((LEVEL - level(speech + noise)) / 20))
        speech, noise = scale * speech[None], scale * noise[None]
        name = f"{index:04} {Path(speech_clip.path).stem} + {Path(noise_clip.path).stem} at {snr:.1f} dB"
        return Item(Recording(speech + noise, self.corpus.rate), speech, noise, name)

    def _stretch(
        self, kind: str, groups: dict[str, list[Clip]], index: int, draw: random.Random, frames: int | None
    ) -> tuple[Clip, Samples]:
        """A stretch of a clip of the group whose turn it is: [frames], or as long as there is, up to SECONDS."""
        turn, place = divmod(index, len(groups))
        order = random.Random(f"{self.seed} {kind} {turn}")
        group = groups[sorted(sorted(groups), key=lambda _: order.random())[place]]
        for _ in range(100):
            clip = group[int(draw.random() * len(group))]
            size = min(clip.length, round(SECONDS * self.corpus.rate)) if frames is None else frames
            start = clip.start + int(draw.random() * (max(clip.length - size, 0) + 1))
            whole = self.corpus.sound[start : min(start + size, clip.start + clip.length)].numpy()
            sound = np.resize(whole, size).astype(np.float32) / np.float32(32768)
            if level(sound) > QUIET:
                return clip, sound
        raise BadRequest(f"The corpus holds only silence in {group[0].path} and what belongs to it.")


class Pairs:
    """The rows of a CSV file with the columns mixture, speech and, if it is known, noise: paths of sound files.

    Paths are relative to the CSV file. Any rate, any number of channels, but one of each per row. Where there is no
    noise file, the noise is what the speech leaves of the mixture.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                self._rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadRequest(f"The list of pairs {path} cannot be read ({error}).") from error
        if not self._rows or not {"mixture", "speech"} <= self._rows[0].keys():
            raise BadRequest(f"{path} lists no pairs.", "Its first line must be: mixture,speech,noise")

    @property
    def about(self) -> dict[str, Any]:
        return {"mixtures": len(self), "of": self.path.name}

    def __len__(self) -> int:
        return len(self._rows)

    def item(self, index: int) -> Item:
        row = self._rows[index]
        if not row["mixture"] or not row["speech"]:
            raise BadRequest(f"Row {index + 2} of {self.path.name} names no mixture or no speech.")
        mixture = self._read(row["mixture"])
        speech = self._like(mixture, row["speech"])
        noise = self._like(mixture, row["noise"]) if row.get("noise") else mixture.samples - speech
        return Item(mixture, speech, noise, row["mixture"])

    def _read(self, name: str) -> Recording:
        return files.read(self.path.parent / name)

    def _like(self, mixture: Recording, name: str) -> Samples:
        part = self._read(name)
        if (part.rate, part.samples.shape) != (mixture.rate, mixture.samples.shape):
            raise UnreadableAudio(
                f"{name} ({part.rate} Hz, {part.channels} channels, {part.frames} samples) does not fit its mixture "
                f"{mixture.name} ({mixture.rate} Hz, {mixture.channels} channels, {mixture.frames} samples).",
                "Cut and convert them alike.",
            )
        return part.samples
