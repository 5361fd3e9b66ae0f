"""Two models on the same recording: their speech masks over frequency and time, and where they differ."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QTimer, Slot

from tasnet_gui.analysis.compare import Comparison, compare
from tasnet_gui.desktop import verdict, words
from tasnet_gui.desktop.colours import signed, uniform
from tasnet_gui.desktop.inspection import Inspection, Result
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.views.over_time import OverTime
from tasnet_gui.desktop.widgets.facts import Column, Facts
from tasnet_gui.desktop.widgets.footnotes import Footnotes
from tasnet_gui.desktop.widgets.gutter import Gutter
from tasnet_gui.desktop.widgets.heatmap import Bytes, Heatmap
from tasnet_gui.desktop.widgets.rows import fitted, row_at
from tasnet_gui.desktop.widgets.table import wrapped
from tasnet_gui.desktop.widgets.timeline import Timeline
from tasnet_gui.domain import Progress
from tasnet_gui.nets.config import ConvTasNetConfig

COLUMNS = 2400  # of a comparison: three screens, so that scrolling shows the next one at once
MISSING = "Separate with another model as well: then both are compared here"
MARGIN = 16  # px at the sides of what stands below the pictures
KILOHERTZ = (4, 0, 8, 2, 6, 12, 16, 20)  # the most important first


@dataclass(frozen=True, eq=False)
class Stretch:
    """One part of a comparison as a source of a heatmap: bytes that are moved until new ones are made."""

    rows: Bytes  # [bands, columns]
    times: tuple[float, float]

    def image(self, start: float, stop: float, width: int, height: int) -> Bytes:
        middles = start + (np.arange(width) + 0.5) * (stop - start) / width
        first, last = self.times
        columns = np.floor((middles - first) / (last - first) * self.rows.shape[1]).astype(np.int64)
        picture = self.rows[:, columns.clip(0, self.rows.shape[1] - 1)]
        picture[:, (columns < 0) | (columns >= self.rows.shape[1])] = 0
        return fitted(picture, height)

    def ready(self, start: float, stop: float, width: int) -> bool:
        return True


GAP = 4  # px: the highest number of one picture must not touch the lowest of the one above


class CompareView(OverTime):
    """The model that is chosen, another one, and the difference of the two."""

    EXPLANATION: ClassVar = (
        "What two models take for speech in the same recording. As each has basis functions of its own, rows are "
        "frequencies here: bright is what goes to speech, dark what goes to noise. The third picture is the first "
        "minus the second: purple where only the first takes it for speech, green where only the second does.",
        "A model that looks ahead (non-causal) is surer where words begin; one that does not (causal) needs a moment "
        "to notice them. Below stand how far each looks ahead, its RTF (computing time over duration) and, when the "
        "true speech is known, its scores; in brackets what it gained over the recording itself. Compare by ear, too: "
        "switching the model above is instant once both have separated.",
    )

    def __init__(self) -> None:
        super().__init__()
        self._timeline = Timeline()
        self._job: Job | None = None
        self._pair: tuple[Result, ...] = ()
        self._shown: Comparison | None = None
        self._underway: tuple[object, ...] = ()
        self._facts = Facts("Look-ahead, speed and scores")
        self._against = wrapped("", "secondary")
        self._against.setAccessibleName("What the scores are measured against")
        for name in ("First model", "Second model", "Difference"):
            self.add(Heatmap(f"{name}: share of speech"), Gutter(name, "kHz"))
        self.lay_out([])
        self.grid.setVerticalSpacing(GAP)
        self._below = Footnotes(
            "Facts of both models", "Look-ahead, speed and scores; scrolls where they do not fit", MARGIN
        )
        self._below.column.addWidget(self._facts)
        self._below.column.addWidget(self._against)
        self._below.column.addStretch(1)
        self.grid.addWidget(self._below, 91, 0, 1, 2)
        self._soon = QTimer(self, singleShot=True, interval=60)
        self._soon.timeout.connect(self._compute)

    # What is shown

    def show_inspection(self, inspection: Inspection) -> None:
        pair = _pair(inspection)
        if [id(result.inside) for result in pair] != [id(result.inside) for result in self._pair]:
            self._shown, self._underway = None, ()
        self._pair = pair
        super().show_inspection(inspection)

    def show_timeline(self, timeline: Timeline) -> None:
        super().show_timeline(timeline)
        self._timeline = timeline
        self._soon.start()

    def show_palette(self, palette: Palette) -> None:
        super().show_palette(palette)
        self._facts.show_palette(palette)
        if self.active:
            self.draw()

    def draw(self) -> None:
        known = len(self._pair) == 2
        self._facts.show_facts([result.separation.model.title for result in self._pair], self._columns())
        self._facts.setVisible(known)
        self._against.setVisible(known)
        self._against.setText(verdict.against(self.inspection))
        self._below.setVisible(known)
        self._below.fit()
        if not known:
            hints = ("", MISSING if self.inspection.separation else "Press Separate, then choose another model", "")
            for heatmap, hint in zip(self.heatmaps, hints, strict=True):
                heatmap.show_source(None, hint)
            return
        titles = (*(result.separation.model.title for result in self._pair), "Difference")
        for gutter, title, heatmap in zip(self.gutters, titles, self.heatmaps, strict=True):
            gutter.show_title(title, "kHz", "")
            heatmap.setAccessibleName(f"{title}: share of speech")
            heatmap.show_table(signed(self.palette_) if title == "Difference" else uniform("viridis"))
            if self._shown is None:
                heatmap.show_source(None)
        first, second = titles[:2]
        difference = signed(self.palette_), f"speech only: {second}", first
        self.legend.show_scales([(uniform("viridis"), "noise", "speech"), difference])
        self._soon.start()

    def _columns(self) -> list[Column]:
        """What there is to know of both models, in numbers."""
        ahead, rtf = zip(*map(costs, self._pair), strict=True) if self._pair else ((), ())
        columns: list[Column] = [("Look-ahead", ahead), ("RTF", rtf)]
        if self.inspection.reference is not None:
            scores = [result.scores for result in self._pair]
            columns += [
                (score.title, [verdict.said(score, values) for values in scores]) for score in verdict.known(scores)
            ]
        return columns

    def show_gutter(self, width: int) -> None:
        super().show_gutter(width)
        self._facts.show_gutter(width - MARGIN)

    # Computing

    @Slot()
    def _compute(self) -> None:
        """Compare a stretch somewhat longer than what is seen."""
        if not self.active or len(self._pair) != 2:
            return
        first, second = self._pair
        if first.learned is None or second.learned is None:
            return
        line, margin = self._timeline, self._timeline.span
        start, stop = max(0.0, line.start - margin), min(line.duration, line.stop + margin)
        key = (first.inside, second.inside, start, stop, self.inspection.channel)
        if key == self._underway:
            return
        if self._job is not None:
            self._job.cancelled.set()
        self._underway = key
        models = (first.inside.pictures, first.learned.basis), (second.inside.pictures, second.learned.basis)
        channel = self.inspection.channel

        def work() -> Generator[Progress, None, Comparison]:
            yield Progress(0.0)
            return compare(*models, start, stop, COLUMNS, channel)

        def finished(comparison: Comparison) -> None:
            if key == self._underway:
                self._show(comparison, (start, stop))

        self._job = Job("", "", work(), finished=finished)
        self.work_asked.emit(self._job)

    def _show(self, comparison: Comparison, times: tuple[float, float]) -> None:
        self._shown = comparison
        for heatmap, rows in zip(self.heatmaps, _pictures(comparison), strict=True):
            heatmap.show_source(Stretch(rows, times))
        highest = float(comparison.edges[-1]) / 1000
        ticks = [(khz / highest, words.number(khz)) for khz in KILOHERTZ if khz <= highest]
        for gutter in self.gutters:
            gutter.show_ticks(ticks)

    # Under the pointer

    def words_at(self, row: int, seconds: float, place: float) -> str:
        shown = self._shown
        if shown is None or not len(shown.times):
            return ""
        values = (shown.first, shown.second, shown.difference)[row]
        column = int(np.abs(shown.times - seconds).argmin())
        band = row_at(place, len(values))
        value = float(values[band, column])
        said = "no basis function here" if np.isnan(value) else words.number(value, 2).replace("-", "\N{MINUS SIGN}")
        middle = float(shown.edges[band] + shown.edges[band + 1]) / 2
        parts = [words.moment(seconds), words.hertz(middle), said]
        if row == 2:
            parts.append(f"{words.number(float(shown.over_time[column]), 2)} on average over all frequencies")
        return "   ".join(parts)


def _pictures(comparison: Comparison) -> tuple[Bytes, ...]:
    """As bytes: 0..1 of the masks, -1..1 of the difference; nothing where a model has no basis function."""
    difference = (comparison.difference + 1) / 2
    filled = (
        np.where(np.isnan(values), empty, values)
        for values, empty in ((comparison.first, 0.0), (comparison.second, 0.0), (difference, 0.5))
    )
    return tuple(np.rint(values.clip(0, 1) * 255).astype(np.uint8) for values in filled)


def _pair(inspection: Inspection) -> tuple[Result, ...]:
    """The chosen model's result and another one's."""
    chosen = [result for result in inspection.results if result.inside is inspection.inside]
    others = [result for result in inspection.results if result.inside is not inspection.inside]
    return (*chosen[:1], *others[:1])


def costs(result: Result) -> tuple[str, str]:
    """What a model costs: how far it looks ahead, and its RTF."""
    model, separation = result.separation.model, result.separation
    ahead = words.span(ConvTasNetConfig.from_dict(dict(model.config)).look_ahead)
    if not separation.speed:
        return ahead, "\N{EN DASH}"
    speed = words.number(separation.speed, 1 if separation.speed < 10 else 0)
    return ahead, f"{words.number(1 / separation.speed, 3)} ({speed}\N{MULTIPLICATION SIGN})"
