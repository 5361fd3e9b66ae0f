"""Spectrograms of mixture, speech and noise, in one scale of colours."""

from collections.abc import Generator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QResizeEvent

from tasnet_gui.analysis.spectrogram import LEVELS, Key, RowScale, Spectrogram, frequencies
from tasnet_gui.desktop import words
from tasnet_gui.desktop.colours import Table, stretched, uniform
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.views.over_time import OverTime
from tasnet_gui.desktop.widgets.gutter import Gutter
from tasnet_gui.desktop.widgets.heatmap import Bytes, Heatmap
from tasnet_gui.desktop.widgets.segments import Segment, Segments
from tasnet_gui.desktop.widgets.timeline import Timeline
from tasnet_gui.domain import TRACKS, Progress

if TYPE_CHECKING:
    from tasnet_gui.domain import Samples

LOW, HIGH = -100.0, -10.0  # dBFS: what the colours span
LOWEST = {"log": 50.0, "linear": 0.0}  # Hz
HERTZ = {  # the most important first
    "log": (1000, 100, 5000, 200, 500, 2000, 50, 10_000, 20_000),
    "linear": (0, 4000, 8000, 12_000, 16_000, 20_000, 40_000, 80_000, 2000, 6000, 10_000, 14_000, 18_000),
}
SCALES = (
    Segment("log", "Log", "Frequencies as the ear has them: every octave equally high"),
    Segment("linear", "Linear", "Frequencies evenly, in kHz"),
)


class Tiles:
    """A spectrogram as a source of a heatmap."""

    def __init__(self, samples: "Samples", rate: int, rows: RowScale) -> None:
        self.spectrogram = Spectrogram(samples, rate)
        self.rows: RowScale = rows

    def image(self, start: float, stop: float, width: int, height: int) -> Bytes:
        low = LOWEST[self.rows]
        return self.spectrogram.image(start, stop, width, height, rows=self.rows, low=low)

    def ready(self, start: float, stop: float, width: int) -> bool:
        return not self.spectrogram.missing(start, stop, width)


class SpectrogramsView(OverTime):
    """Three spectrograms, computed where one looks."""

    EXPLANATION: ClassVar = (
        "How loud every frequency is at every moment: time runs to the right as in the waveforms above, frequency "
        "upwards, and the brighter a point, the louder. All three pictures share one scale of colours, so that they "
        "can be compared.",
        "Speech shows as stacks of bright lines (the harmonics of vowels) and short bright clouds (consonants); "
        "steady noise as an even veil. What the network took for speech is missing in the noise, and the other way "
        "round. Point at a place to read time, frequency and level.",
    )

    def __init__(self) -> None:
        super().__init__()
        self._rows: RowScale = "log"
        self._tiles: dict[str, tuple[object, Tiles]] = {}
        self._job: Job | None = None
        self._timeline = Timeline()
        self._table: Table | None = None
        self.scale = Segments("Frequency axis", "How frequencies are spaced", SCALES)
        self.scale.show_chosen("log")
        self.scale.chosen.connect(self.choose_rows)
        for track in TRACKS:
            self.add(Heatmap(f"Spectrogram of the {track}"), Gutter(track.capitalize(), "Hz", track))
        self.lay_out([self.scale])
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._compute)

    @Slot(str)
    def choose_rows(self, rows: RowScale) -> None:
        """Space frequencies logarithmically or linearly."""
        self._rows = rows
        self.scale.show_chosen(rows)
        for _, tiles in self._tiles.values():
            tiles.rows = rows
        for heatmap in self.heatmaps:
            heatmap.refresh()
        self._show_ticks()

    # What is shown

    def draw(self) -> None:
        recording, separation = self.inspection.recording, self.inspection.separation
        if recording is None or not self.active:
            return
        if self._table is None:
            first, last = (LEVELS.encode(np.array([level]))[0] for level in (LOW, HIGH))
            self._table = stretched(uniform("magma"), float(first), float(last))
            low, high = (
                words.number(LOW).replace("-", "\N{MINUS SIGN}"),
                words.number(HIGH).replace("-", "\N{MINUS SIGN}"),
            )
            self.legend.show_scale(uniform("magma"), low, f"{high} dBFS")
        for track, heatmap in zip(TRACKS, self.heatmaps, strict=True):
            heatmap.show_table(self._table)
            samples = recording.samples if track == "mixture" else separation.track(track) if separation else None
            known = self._tiles.get(track)
            if samples is None:
                self._tiles.pop(track, None)
                heatmap.show_source(None, f"Press Separate to see the {track}")
            elif known is None or known[0] is not samples:
                tiles = Tiles(samples, recording.rate, self._rows)
                self._tiles[track] = samples, tiles
                heatmap.show_source(tiles)
        self._show_ticks()
        self._soon.start()

    def _show_ticks(self) -> None:
        if (recording := self.inspection.recording) is None:
            return
        edges = frequencies(2, LOWEST[self._rows], recording.rate / 2, self._rows)
        low, high = float(edges[0]), float(edges[-1])
        near = [hertz for hertz in HERTZ[self._rows] if low <= hertz <= high]
        places = [self._place(hertz, low, high) for hertz in near]
        names = [f"{words.number(hertz / 1000)}k" if hertz >= 1000 else words.number(hertz) for hertz in near]
        for gutter in self.gutters:
            gutter.show_ticks(list(zip(places, names, strict=True)))

    def _place(self, hertz: float, low: float, high: float) -> float:
        if self._rows == "log":
            return float(np.log(hertz / low) / np.log(high / low))
        return (hertz - low) / (high - low)

    def show_timeline(self, timeline: Timeline) -> None:
        super().show_timeline(timeline)
        self._timeline = timeline
        self._soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._soon.start()

    # Computing

    @Slot()
    def _compute(self) -> None:
        """Have the tiles made that are missing here; those of another place are given up."""
        if not self.active:
            return
        wanted = [(tiles.spectrogram, key) for tiles, keys in self._missing() for key in keys]
        if self._job is not None:
            self._job.cancelled.set()  # its end begins the next one
        elif wanted:
            job = Job("", "", making(wanted))
            job.progressed, job.finished, job.stopped = self._progressed, self._ended, self._ended
            job.failed = self._ended
            self._job = job
            self.work_asked.emit(job)

    def _missing(self) -> list[tuple[Tiles, list[Key]]]:
        width = max(1, round(self.heatmaps[0].width() * self.devicePixelRatioF()))
        start, stop = self._timeline.start, self._timeline.stop
        return [(tiles, tiles.spectrogram.missing(start, stop, width)) for _, tiles in self._tiles.values()]

    def _progressed(self, progress: Progress) -> None:
        for heatmap in self.heatmaps:
            heatmap.update()

    def _ended(self, news: object = None) -> None:
        failed = isinstance(news, Exception)
        self._job = None
        for heatmap in self.heatmaps:
            heatmap.update()
        if not failed:
            self._soon.start()

    # Under the pointer

    def words_at(self, row: int, seconds: float, place: float) -> str:
        known = self._tiles.get(TRACKS[row])
        recording = self.inspection.recording
        if known is None or recording is None:
            return ""
        low, high = LOWEST[self._rows], recording.rate / 2
        hertz = low * (high / low) ** place if self._rows == "log" else low + (high - low) * place
        spectrogram = known[1].spectrogram
        zoom = spectrogram.zoom(self._timeline.start, self._timeline.stop, self.heatmaps[row].width())
        level = spectrogram.level(seconds, hertz, zoom)
        return "   ".join((words.moment(seconds), words.hertz(hertz), words.level(level)))


def making(wanted: list[tuple[Spectrogram, Key]]) -> Generator[Progress, None, None]:
    """Compute tiles, one after the other."""
    for number, (spectrogram, key) in enumerate(wanted):
        spectrogram.compute(key)
        yield Progress((number + 1) / len(wanted))
