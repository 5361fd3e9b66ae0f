"""A film that was written is opened once more before anybody is told that it is there."""

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from zlib import crc32

import numpy as np

from tasnet_gui.audio import film
from tasnet_gui.audio.track import Track
from tasnet_gui.domain import Recording, Samples, UnwritableOutput

_ALIKE = 0.5  # correlation: an encoder at low rates leaves 0.9 of speech and 0.7 of hiss; another sound has none
_LATE = 0.1  # seconds that the sound may end before or after what was meant: a packet, and the clock of the container
_SILENT = 1e-7  # mean square under which there is nothing to compare


class Check:
    """What must be found.

    Args:
        checksums: of the pictures' packets, by stream.
        start: seconds on the film's clock where the sound begins.
        recording: whose sound it was.
    """

    def __init__(self, checksums: dict[int, list[int]], start: Fraction, recording: Recording) -> None:
        self._checksums, self._start, self._recording = checksums, start, recording

    def run(self, path: Path, meant: Iterator[Samples]) -> Iterator[float]:
        """Look, telling how far it is, 0..1.

        Raises:
            UnwritableOutput: it is not what was meant.
        """
        failed = UnwritableOutput(
            "The film that was written is not what it was meant to be, so it was thrown away.",
            "The disk may be failing: choose another folder, or export the tracks as sound files.",
        )
        try:
            yield from self._pictures(path, failed)
            yield from self._sound(path, meant, failed)
        except (film.library().FFmpegError, film.Damage, film.NoSound) as error:
            raise failed from error

    def _pictures(self, path: Path, failed: UnwritableOutput) -> Iterator[float]:
        found: dict[int, list[int]] = {index: [] for index in self._checksums}
        with film.opened(path, failed) as (source, kind), closing(film.open_container(source, kind)) as container:
            for packet in container.demux(*(container.streams[index] for index in found)):
                if packet.size:
                    found[packet.stream.index].append(crc32(packet))
                    yield source.progress / 2
        if found != self._checksums:
            raise failed

    def _sound(self, path: Path, meant: Iterator[Samples], failed: UnwritableOutput) -> Iterator[float]:
        likeness = _Likeness()
        with film.opened(path, failed) as (source, kind), closing(Track(source, kind)) as track:
            same = (track.samplerate, track.channels) == (self._recording.rate, self._recording.channels)
            offset = round((track.start - self._start) * track.samplerate)
            block = np.empty((1 << 16, track.channels), np.float32)
            for wanted in self._shifted(meant, offset, track):
                found = track.read(wanted.shape[1], block[: wanted.shape[1]])
                if same:
                    likeness.add(found.T, wanted[:, : len(found)])
                yield 0.5 + source.progress / 2
            while len(track.read(len(block), block)):
                yield 1.0
            end = track.start + Fraction(track.position, track.samplerate)
        due = self._start + Fraction(self._recording.frames, self._recording.rate)
        if abs(end - due) > _LATE or not likeness.high:
            raise failed

    def _shifted(self, meant: Iterator[Samples], offset: int, track: Track) -> Iterator[Samples]:
        """What was meant, from where the new sound begins."""
        if offset < 0:
            yield np.zeros((self._recording.channels, min(-offset, 1 << 16)), np.float32)
        for samples in meant:
            skipped = min(max(offset, 0), samples.shape[1])
            offset -= skipped
            if skipped < samples.shape[1]:
                yield samples[:, skipped:]


class _Likeness:
    """The correlation of two sounds."""

    def __init__(self) -> None:
        self._products = np.zeros(3)
        self._frames = 0

    def add(self, found: Samples, meant: Samples) -> None:
        one, other = found.astype(np.float64), meant.astype(np.float64)
        self._products += (one * other).sum(), (one * one).sum(), (other * other).sum()
        self._frames += one.size

    @property
    def high(self) -> bool:
        """Whether they are one sound, as far as there is any."""
        both, one, other = self._products
        return bool(other < _SILENT * self._frames or both > _ALIKE * np.sqrt(one * other))
