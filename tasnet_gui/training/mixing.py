"""Mixtures of speech and noise, drawn on the fly where the network runs."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from tasnet_gui.training import augment
from tasnet_gui.training.corpus import Clip, Corpus
from tasnet_gui.training.crops import Crops

SLOWEST = 0.5  # speed of speech at which noise, whose speed varies twice as far, would stand still
SILENT = 1e-4  # RMS below which a crop counts as silence: -80 dBFS


@dataclass(frozen=True)
class Mixing:
    """How often and how far things vary. Chances are per mixture, 0..1."""

    snr: tuple[float, float] = (-6.0, 18.0)  # dB
    level: tuple[float, float] = (-40.0, -12.0)  # dBFS of the mixture
    speed: tuple[float, float] = (0.9, 1.1)  # of speech, above SLOWEST; noise varies twice as far
    no_speech: float = 0.04
    no_noise: float = 0.04
    second_noise: float = 0.25
    babble: float = 0.08
    coloured: float = 0.12
    hum: float = 0.04
    clicks: float = 0.0
    room: float = 0.25
    equalise: float = 0.3
    band_limit: float = 0.1
    pause: float = 0.0  # of speech and, drawn for itself, of noise
    clip: float = 0.0  # of the mixture; what it does to it counts as noise, as the next does
    quantise: float = 0.0
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

    Every change is computed for those mixtures only that it falls upon.

    Args:
        corpus: one split; its sound lies where the batches shall be made.
        frames: samples per mixture, T.
        mixing: what varies.
        random: decides everything; it lies on the CPU, so that a GPU never waits for a decision.
    """

    def __init__(self, corpus: Corpus, frames: int, mixing: Mixing, random: Generator) -> None:
        self.mixing, self.random = mixing, random
        self.device = corpus.sound.device
        self._crops = Crops(corpus, frames)
        self._speakers = list(corpus.speech.values())
        self._recordings = list(corpus.noise.values())
        self._rooms = room_responses(corpus)
        self._early = round(mixing.early * corpus.rate)

    def draw(self, batch: int) -> Batch:
        """A fresh batch of `batch` mixtures."""
        m = self.mixing
        speech = self._some(m.equalise, augment.equalised, self._speech(batch))
        noise = self._some(m.equalise, augment.equalised, self._noise(batch))
        speech, noise = (self._some(m.pause, augment.paused, x) for x in (speech, noise))
        speech, late = self._in_rooms(speech)
        speech, scale = _unit(speech)
        noise = _unit(noise)[0] * self._decibels(-m.snr[1], -m.snr[0], batch)
        no_speech, no_noise = self._chosen(m.no_speech, batch), self._chosen(m.no_noise, batch)
        noise[[row for row in no_noise if row not in no_speech]] = 0.0
        late = late * scale
        late[[*no_speech, *no_noise]] = 0.0
        speech[no_speech] = 0.0
        both = self._some(m.band_limit, augment.band_limited, torch.cat([speech, noise + late], -1))
        return self._damaged(*self._at_level(*both.chunk(2, -1)))

    def _damaged(self, speech: Tensor, noise: Tensor) -> Batch:
        """What a recorder adds is no speech."""
        for chance, damage in ((self.mixing.clip, augment.clipped), (self.mixing.quantise, augment.quantised)):
            if rows := self._chosen(chance, len(speech)):
                noise[rows] = damage(speech[rows] + noise[rows], self._fresh()) - speech[rows]
        return Batch(speech + noise, speech, noise)

    def _at_level(self, speech: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        level = self._decibels(*self.mixing.level, len(speech))
        scale = level / augment.rms(speech + noise)
        speech, noise = speech * scale, noise * scale
        # A pair of silences has nothing to teach, and its loss has no useful gradient: it becomes faint noise.
        empty = augment.rms(speech + noise) < SILENT / 10
        if empty.any():
            noise = torch.where(empty, level * augment.coloured_noise(noise, self._fresh()), noise)
        return speech, noise

    def _speech(self, batch: int) -> Tensor:
        return self._cut(self._speakers, batch, self.mixing.speed, loop=False)

    def _recorded(self, batch: int) -> Tensor:
        low, high = self.mixing.speed
        return self._cut(self._recordings, batch, (2 * low - 1, 2 * high - 1), loop=True)

    def _noise(self, batch: int) -> Tensor:
        """Recorded noise, sometimes of two kinds at once, sometimes under a noise that is made."""
        m = self.mixing
        noise = _unit(self._recorded(batch))[0]
        if rows := self._chosen(m.second_noise, batch):
            noise[rows] += _unit(self._recorded(len(rows)))[0] * self._decibels(-12, 0, len(rows))
        kinds: tuple[tuple[float, augment.Change], ...] = (
            (m.babble, lambda x, random: self._babble(len(x))),
            (m.coloured, augment.coloured_noise),
            (m.hum, augment.mains_hum),
            (m.clicks, augment.clicks),
        )
        for chance, made in kinds:
            if rows := self._chosen(chance, batch):
                below = self._decibels(-20, 20, len(rows)).clamp_max(1)  # what is recorded is as loud or quieter
                noise[rows] = _unit(made(noise[rows], self._fresh()))[0] + below * noise[rows]
        return noise

    def _babble(self, batch: int) -> Tensor:
        voices = int(torch.randint(4, 9, (), generator=self.random))
        return torch.stack([_unit(self._speech(batch))[0] for _ in range(voices)]).sum(0)

    def _in_rooms(self, speech: Tensor) -> tuple[Tensor, Tensor]:
        """Speech with its early reflections, and the late ones, which count as noise."""
        late = torch.zeros_like(speech)
        rows = self._chosen(self.mixing.room, len(speech))
        if self._rooms is None or not rows:
            return speech, late
        rooms = self._rooms[[self._below(len(self._rooms)) for _ in rows]]
        whole, early = augment.in_room(speech[rows], rooms, self._early)
        speech[rows], late[rows] = early, whole - early
        return speech, late

    def _cut(self, groups: list[list[Clip]], batch: int, speed: tuple[float, float], loop: bool) -> Tensor:
        """A random stretch of a random clip of a random group, at a random speed; B of them: B, T."""
        rows = []
        for place, fast in torch.rand((batch, 2), generator=self.random).tolist():
            group = groups[self._below(len(groups))]
            clip = group[self._below(len(group))]
            rows.append(self._crops.cut(clip, place, speed[0] + (speed[1] - speed[0]) * fast, loop=loop))
        return torch.stack(rows)

    def _some(self, chance: float, change: augment.Change, x: Tensor) -> Tensor:
        """x, some rows of it changed."""
        if rows := self._chosen(chance, len(x)):
            x[rows] = change(x[rows], self._fresh())
        return x

    def _chosen(self, chance: float, batch: int) -> list[int]:
        """The rows that a chance falls upon."""
        return [row for row, drawn in enumerate(torch.rand(batch, generator=self.random).tolist()) if drawn < chance]

    def _below(self, count: int) -> int:
        return int(torch.randint(count, (), generator=self.random))

    def _decibels(self, low: float, high: float, batch: int) -> Tensor:
        """Gains that are uniform in dB: B, 1."""
        return 10 ** (augment.uniform(low, high, (batch, 1), self.random) / 20).to(self.device)

    def _fresh(self) -> Generator:
        """A generator where the sound lies, seeded by the one that decides."""
        seed = int(torch.randint(2**62, (), generator=self.random))
        return Generator(self.device).manual_seed(seed)


def room_responses(corpus: Corpus) -> Tensor | None:
    """All room responses from their direct sound on, which has the height 1: R, 0.5 s; None if there are none."""
    length = corpus.rate // 2
    rows = []
    for clip in corpus.rooms:
        response = corpus.sound[clip.start : clip.start + clip.length].float() / 32768
        response = response[int(response.abs().argmax()) :][:length]
        row = torch.zeros(length, device=corpus.sound.device)
        row[: len(response)] = response / response.abs().max().clamp_min(1e-6)
        rows.append(row)
    return torch.stack(rows) if rows else None


def _unit(x: Tensor) -> tuple[Tensor, Tensor]:
    """x at unit RMS, and the factor; silence becomes digital silence."""
    level = augment.rms(x)
    factor = torch.where(level < SILENT, 0.0, 1 / level)
    return x * factor, factor
