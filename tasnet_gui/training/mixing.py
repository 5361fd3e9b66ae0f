"""Mixtures of speech and noise, drawn on the fly where the network runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Generator, Tensor

from tasnet_gui.training import augment
from tasnet_gui.training.corpus import Clip, Corpus

Choice = TypeVar("Choice")

SILENT = 1e-4  # RMS below which a crop counts as silence: -80 dBFS


@dataclass(frozen=True)
class Mixing:
    """How often and how far things vary. Chances are per mixture, 0..1."""

    snr: tuple[float, float] = (-6.0, 18.0)  # dB
    level: tuple[float, float] = (-40.0, -12.0)  # dBFS of the mixture
    speed: tuple[float, float] = (0.9, 1.1)  # of speech; noise varies twice as far
    no_speech: float = 0.04
    no_noise: float = 0.04
    second_noise: float = 0.25
    babble: float = 0.08
    coloured: float = 0.12
    hum: float = 0.04
    room: float = 0.25
    equalise: float = 0.3
    band_limit: float = 0.1
    early: float = 0.06  # seconds of a room response that belong to the speech


@dataclass(frozen=True, eq=False)
class Batch:
    """mixture = speech + noise. All float32 [B, T]."""

    mixture: Tensor
    speech: Tensor
    noise: Tensor

    @property
    def sources(self) -> Tensor:
        """B, C, T: speech, then noise."""
        return torch.stack([self.speech, self.noise], 1)


class Mixer:
    """Draws batches from a corpus: by speaker and by recording, not by file, as a few voices hold most of the hours.

    Args:
        corpus: one split; its sound lies where the batches shall be made.
        frames: samples per mixture, T.
        mixing: what varies.
        random: decides everything that is drawn; lies on the corpus's device.
    """

    def __init__(self, corpus: Corpus, frames: int, mixing: Mixing, random: Generator) -> None:
        self.corpus, self.frames, self.mixing, self.random = corpus, frames, mixing, random
        self._speakers = list(corpus.speech.values())
        self._recordings = list(corpus.noise.values())
        self._rooms = self._responses(corpus)

    def draw(self, batch: int) -> Batch:
        """A fresh batch of `batch` mixtures."""
        m = self.mixing
        speech = self._some(m.equalise, augment.equalised, self._speech(batch, m.speed))
        noise = self._some(m.equalise, augment.equalised, self._noise(batch))
        speech, late = self._in_rooms(speech)
        snr = self._uniform(*m.snr, batch)
        speech, scale = _unit(speech)
        gain = 10 ** (-snr / 20)
        noise = _unit(noise)[0] * gain + late * scale
        no_speech, no_noise = self._chance(m.no_speech, batch), self._chance(m.no_noise, batch)
        speech = speech * ~no_speech
        noise = noise * (no_speech | ~no_noise)
        both = torch.stack([speech, noise])
        keep = self._chance(m.band_limit, batch)
        limited = augment.band_limited(both.transpose(0, 1).flatten(1), self.random) if keep.any() else None
        if limited is not None:
            both = torch.where(keep, limited.unflatten(1, (2, -1)).transpose(0, 1), both)
        return self._at_level(*both)

    def _at_level(self, speech: Tensor, noise: Tensor) -> Batch:
        level = 10 ** (self._uniform(*self.mixing.level, len(speech)) / 20)
        scale = level / augment.rms(speech + noise)
        speech, noise = speech * scale, noise * scale
        # A pair of silences has nothing to teach, and its loss has no useful gradient: it becomes faint noise.
        empty = augment.rms(speech + noise) < SILENT / 10
        if empty.any():
            noise = torch.where(empty, level * augment.coloured_noise(noise, self.random), noise)
        return Batch(speech + noise, speech, noise)

    def _speech(self, batch: int, speed: tuple[float, float]) -> Tensor:
        clips = [self._any(self._any(self._speakers)) for _ in range(batch)]
        return self._crops(clips, speed, loop=False)

    def _noise(self, batch: int) -> Tensor:
        m = self.mixing
        low, high = 2 * m.speed[0] - 1, 2 * m.speed[1] - 1
        noise = _unit(self._recorded(batch, (low, high)))[0]
        more = _unit(self._recorded(batch, (low, high)))[0] * 10 ** (self._uniform(-12, 0, batch) / 20)
        noise = torch.where(self._chance(m.second_noise, batch), noise + more, noise)
        kinds = (
            (m.babble, lambda x, random: self._babble(len(x))),
            (m.coloured, augment.coloured_noise),
            (m.hum, augment.mains_hum),
        )
        for chance, made in kinds:
            replaced = self._chance(chance, batch)
            if replaced.any():
                mix = 10 ** (self._uniform(-20, 20, batch) / 20)  # of the recorded noise below the made one
                noise = torch.where(replaced, _unit(made(noise, self.random))[0] + mix.clamp_max(1) * noise, noise)
        return noise

    def _recorded(self, batch: int, speed: tuple[float, float]) -> Tensor:
        return self._crops([self._any(self._any(self._recordings)) for _ in range(batch)], speed, loop=True)

    def _babble(self, batch: int) -> Tensor:
        voices = int(torch.randint(4, 9, (), generator=self.random, device=self.random.device))
        return torch.stack([_unit(self._speech(batch, self.mixing.speed))[0] for _ in range(voices)]).sum(0)

    def _in_rooms(self, speech: Tensor) -> tuple[Tensor, Tensor]:
        """Speech with its early reflections, and the late ones, which count as noise."""
        chosen = self._chance(self.mixing.room, len(speech))
        if self._rooms is None or not chosen.any():
            return speech, torch.zeros_like(speech)
        which = torch.randint(len(self._rooms), (len(speech),), generator=self.random, device=self.random.device)
        early = round(self.mixing.early * self.corpus.rate)
        whole, first = augment.in_room(speech, self._rooms[which], early)
        return torch.where(chosen, first, speech), torch.where(chosen, whole - first, 0.0)

    def _crops(self, clips: list[Clip], speed: tuple[float, float], loop: bool) -> Tensor:
        """A random stretch of each clip, its speed changed; shorter clips are looped, or stand alone in silence."""
        device = self.corpus.sound.device
        starts = torch.tensor([clip.start for clip in clips], device=device)[:, None]
        lengths = torch.tensor([clip.length for clip in clips], device=device)[:, None]
        rates = self._uniform(*speed, len(clips))
        span = self.frames * rates
        slack = lengths - span  # below 0: the clip is shorter than the crop
        room = lengths if loop else slack
        offset = self._uniform(0, 1, len(clips)) * torch.where(slack < 0, room, slack)
        position = offset + torch.arange(self.frames, device=device) * rates
        whole = position.floor()
        fraction = position - whole
        first = whole.long()
        values = []
        for index in (first, first + 1):
            inside = index.remainder(lengths) if loop else index.clamp(torch.zeros_like(lengths), lengths - 1)
            sound = self.corpus.sound[starts + inside].float() / 32768
            values.append(sound if loop else sound * (index == inside))
        return torch.lerp(values[0], values[1], fraction)

    def _responses(self, corpus: Corpus) -> Tensor | None:
        """All room responses from their direct sound on, at unit energy of it: R, 0.5 s."""
        length = corpus.rate // 2
        rows = []
        for clip in corpus.rooms:
            response = corpus.sound[clip.start : clip.start + clip.length].float() / 32768
            response = response[int(response.abs().argmax()) :][:length]
            row = torch.zeros(length, device=corpus.sound.device)
            row[: len(response)] = response / response.abs().max().clamp_min(1e-6)
            rows.append(row)
        return torch.stack(rows) if rows else None

    def _some(self, chance: float, change: augment.Change, x: Tensor) -> Tensor:
        return torch.where(self._chance(chance, len(x)), change(x, self.random), x)

    def _any(self, choices: Sequence[Choice]) -> Choice:
        return choices[int(torch.randint(len(choices), (), generator=self.random, device=self.random.device))]

    def _uniform(self, low: float, high: float, batch: int) -> Tensor:
        return augment.uniform(low, high, (batch, 1), self.random)

    def _chance(self, chance: float, batch: int) -> Tensor:
        return self._uniform(0, 1, batch) < chance


def _unit(x: Tensor) -> tuple[Tensor, Tensor]:
    """x at unit RMS, and the factor; silence stays silence."""
    level = augment.rms(x)
    factor = torch.where(level < SILENT, 0.0, 1 / level)
    return x * factor, factor
