"""The masks and the encoder's output: basis function x time, at the lanes' time axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import QSignalBlocker, Slot

from tasnet_gui.analysis.edits import MaskEdit
from tasnet_gui.analysis.pooling import MaskPictures, Scale, span_image
from tasnet_gui.analysis.tables import npz, picture_arrays, picture_csv, span_arrays, span_csv
from tasnet_gui.desktop import words
from tasnet_gui.desktop.colours import Table, difference, stretched, uniform
from tasnet_gui.desktop.inspection import Inspection
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.views.over_time import OverTime
from tasnet_gui.desktop.widgets.controls import Choice
from tasnet_gui.desktop.widgets.gutter import Gutter
from tasnet_gui.desktop.widgets.hand import HandBar
from tasnet_gui.desktop.widgets.heatmap import Bytes
from tasnet_gui.desktop.widgets.legend import Scale as LegendScale
from tasnet_gui.desktop.widgets.mask_strip import MaskStrip
from tasnet_gui.desktop.widgets.order_choice import OrderChoice, Yielding
from tasnet_gui.desktop.widgets.parts import named
from tasnet_gui.desktop.widgets.rows import fitted, row_at
from tasnet_gui.desktop.widgets.strip import Span
from tasnet_gui.desktop.widgets.timeline import Timeline

if TYPE_CHECKING:
    from tasnet_gui.analysis.orders import Order
    from tasnet_gui.engine.inside import Inside

LONGEST = 20.0  # seconds on the screen, up to which full resolution is worth a run of the network
TITLES = {  # of every kind of picture: its name, what it counts, its source
    "speech": ("Speech mask", "basis function", "speech"),
    "noise": ("Noise mask", "basis function", "noise"),
    "difference": ("Difference", "speech \N{MINUS SIGN} noise", ""),
    "w": ("Encoder", "output w", "mixture"),
}
SHOWS = {
    "masks": "Both masks",
    "difference": "Speech \N{MINUS SIGN} noise mask",
    "w": "Encoder's output",
    "all": "Masks and encoder",
}
KINDS = {"masks": ("speech", "noise"), "difference": ("difference",), "w": ("w",), "all": ("speech", "noise", "w")}


MOST_LOOKED_AT = 2000  # columns, to find out how loud w is in a recording


def w_range(pictures: MaskPictures) -> tuple[float, float]:
    """The bytes between which nearly all of a recording's w lies; the colours span these."""
    w = pictures.w[0]
    seen = w[:, :, :: max(1, w.shape[2] // MOST_LOOKED_AT)]
    low, high = np.percentile(seen[seen > 0] if (seen > 0).any() else seen, (5, 99.9))
    return float(low), max(float(high), float(low) + 16)


@cache
def _levels(bounds: tuple[float, float]) -> Table:
    return stretched(uniform("magma"), *bounds)


BY_HAND: dict[str, Callable[[float], float]] = {  # what a speech mask set by hand makes of every picture
    "speech": lambda value: value,
    "noise": lambda value: 1 - value,
    "difference": lambda value: 2 * value - 1,
}


def write_edits(
    rows: Bytes, kind: str, scale: Scale, edits: Sequence[MaskEdit], order: "Order", shown: tuple[float, float]
) -> None:
    """Draw masks changed by hand into a picture [rows, columns] of the network's own."""
    start, stop = shown
    middles = start + (np.arange(rows.shape[1]) + 0.5) * (stop - start) / rows.shape[1]
    for edit in edits:
        named = np.zeros(len(order), bool)
        named[order.inverse[list(edit.filters)]] = True
        value = BY_HAND[kind](edit.value if edit.action == "set" else 0.0)
        here = slice(*np.searchsorted(middles, (edit.start, edit.stop)))
        rows[~named if edit.action == "solo" else named, here] = scale.encode(np.array(value))


@dataclass(frozen=True, eq=False)
class Picture:
    """One kind of picture of an inspection, as a source of a heatmap."""

    kind: str
    inspection: Inspection

    def image(self, start: float, stop: float, width: int, height: int) -> Bytes:
        now, inside = self.inspection, self.inspection.inside
        assert inside is not None
        pictures = inside.pictures
        fine = (stop - start) / width < pictures.column_seconds
        if fine and (span := now.covering(max(0.0, start), min(stop, inside.recording.duration))):
            channel = span.channels.index(now.channel)
            rows = span_image(span, pictures.scales, self.kind, start, stop, width, channel, now.order)
        else:
            rows = pictures.image(self.kind, start, stop, width, now.channel, now.order)
        if now.edits and now.order is not None and self.kind in BY_HAND:
            write_edits(rows, self.kind, pictures.scales[self.kind], now.edits, now.order, (start, stop))
        return fitted(rows, height, loudest=self.kind == "w")

    def ready(self, start: float, stop: float, width: int) -> bool:
        return True


class MasksView(OverTime):
    """Up to three heatmaps with the same rows."""

    EXPLANATION: ClassVar = (
        "Every row is one of the network's basis functions, every column a moment. A mask says how much of that "
        "basis function goes to the source: bright is all of it, dark is nothing. The encoder's output w is what the "
        "masks are multiplied with.",
        "Where speech is, the speech mask lights up in stripes and the noise mask goes dark. The difference shows it "
        "at one look: blue rows go to speech, amber rows to noise. Click a row to light it up in every view, drag "
        "over rows and time to select them for playing. The rows stand in the same order everywhere; choose it above.",
    )

    def __init__(self) -> None:
        super().__init__()
        self._timeline = Timeline()
        self._show = "masks"
        self._ranged: tuple[Inside, tuple[float, float]] | None = None  # for which result the colours of w are made
        self.show_ = named(Yielding(), "Pictures", "What is shown")
        for key, name in SHOWS.items():
            self.show_.addItem(name, key)
        self.order = OrderChoice()
        self.channel = named(Choice(), "Channel", "Which channel of the recording is shown")
        self.show_.activated.connect(self._chosen)
        self.order.chosen.connect(self.order_asked)
        self.channel.activated.connect(self.channel_asked)
        self.channel.hide()
        for number in range(3):
            strip = MaskStrip(f"Masks {number + 1}")
            strip.filters_asked.connect(self.filters_asked)
            self.add(strip, Gutter(""))
        self.lay_out([self.show_, self.order, self.channel])
        self.hand = HandBar()
        self.hand.edit_asked.connect(self.edit_asked)
        self.hand.undo_asked.connect(self.undo_asked)
        self.hand.restore_asked.connect(self.restore_asked)
        self.column.addWidget(self.hand)

    def choose(self, show: str) -> None:
        """Show other pictures."""
        self._show = show
        self.show_.setCurrentIndex(self.show_.findData(show))
        self.draw()

    @Slot(int)
    def _chosen(self, index: int) -> None:
        self.choose(self.show_.itemData(index))

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the pictures show, from top to bottom."""
        known = self.inspection.inside.pictures.kinds if self.inspection.inside else tuple(TITLES)
        return tuple(kind for kind in KINDS[self._show] if kind in known)

    # What is shown

    def _show_channels(self) -> None:
        recording = self.inspection.recording
        count = recording.channels if recording else 1
        if self.channel.count() != count:
            self.channel.clear()
            self.channel.addItems([words.channel(number, count) for number in range(count)])
        with QSignalBlocker(self.channel):
            self.channel.setCurrentIndex(self.inspection.channel)
        self.channel.setVisible(count > 1)

    def draw(self) -> None:
        now = self.inspection
        if not self.active:
            return
        self.order.show_inspection(now)
        self._show_channels()
        there = now.inside is not None and now.order is not None
        for number, (strip, gutter) in enumerate(zip(self.heatmaps, self.gutters, strict=True)):
            shown = number < len(self.kinds)
            strip.setVisible(shown)
            gutter.setVisible(shown)
            self.grid.setRowStretch(number, 1 if shown else 0)
            if not shown or not isinstance(strip, MaskStrip):
                continue
            kind = self.kinds[number]
            gutter.show_title(*TITLES[kind])
            strip.setAccessibleName(TITLES[kind][0])
            strip.show_table(self._table(kind))
            strip.show_rows(now.order, now.lit)
            strip.show_source(Picture(kind, now) if there else None, self._hint())
            if now.order is not None:
                last = len(now.order)
                marks = [round(part * last) for part in (0, 0.5, 1, 0.25, 0.75)]
                gutter.show_ticks([(mark / last, words.number(mark)) for mark in marks])
        self.hand.show_inspection(now)
        self._show_legend()
        self._want()

    def _hint(self) -> str:
        return "" if self.inspection.separation else "Press Separate to see what the network makes of this recording"

    def _table(self, kind: str) -> Table:
        if kind == "difference":
            return difference(self.palette_)
        inside = self.inspection.inside
        return _levels(self._w_range(inside)) if kind == "w" and inside else uniform("viridis")

    def _w_range(self, inside: "Inside") -> tuple[float, float]:
        if self._ranged is None or self._ranged[0] is not inside:
            self._ranged = inside, w_range(inside.pictures)
        return self._ranged[1]

    def _show_legend(self) -> None:
        """One bar for the masks, and one for w where both are shown."""
        if (inside := self.inspection.inside) is not None:
            kinds = dict.fromkeys("mask" if kind in ("speech", "noise") else kind for kind in self.kinds)
            self.legend.show_scales([self._scale(inside, kind) for kind in kinds])

    def _scale(self, inside: "Inside", kind: str) -> LegendScale:
        if kind == "difference":
            return self._table(kind), "noise", "speech"
        scale = inside.pictures.scales["speech" if kind == "mask" else kind]
        ends = (scale.low, scale.high)
        if kind == "w":
            first, last = self._w_range(inside)
            ends = scale.low + first * scale.step, scale.low + last * scale.step
        low, high = (words.number(value).replace("-", "\N{MINUS SIGN}") for value in ends)
        names = {"mask": "mask", "w": f"{scale.unit} of w"} if len(self.kinds) > 2 else {"w": scale.unit}
        return uniform("magma" if kind == "w" else "viridis"), low, f"{high} {names.get(kind, '')}".strip()

    def show_timeline(self, timeline: Timeline) -> None:
        super().show_timeline(timeline)
        self._timeline = timeline
        self._want()

    def show_selection(self, selection: Span | None) -> None:
        super().show_selection(selection)
        self.hand.show_selection(selection)

    def _want(self) -> None:
        """Ask for full resolution where the pooled pictures are coarser than the screen."""
        inside, timeline = self.inspection.inside, self._timeline
        if inside is None or not self.active or timeline.span > LONGEST:
            return
        if (
            timeline.span / max(1, self.heatmaps[0].width()) < inside.pictures.column_seconds
            and inside.pictures.pool > 1
        ):
            self.span_asked.emit(timeline.start, timeline.stop)

    def show_palette(self, palette: Palette) -> None:
        super().show_palette(palette)
        self.draw()

    def tables(self) -> dict[str, Callable[[], bytes]]:
        """At full resolution where it is at hand for all that is seen, else pooled."""
        now, line = self.inspection, self._timeline
        if now.inside is None or now.order is None:
            return {}
        inside, order, channel = now.inside, now.order, now.channel
        if inside.pictures.pool > 1 and (span := now.covering(line.start, line.stop)):
            return {".npz": lambda: npz(span_arrays(span, order)), ".csv": lambda: span_csv(span, order, channel)}
        return {
            ".npz": lambda: npz(picture_arrays(inside.pictures, inside.activity, order)),
            ".csv": lambda: picture_csv(inside.pictures, order, channel),
        }

    # Under the pointer

    def words_at(self, row: int, seconds: float, place: float) -> str:
        now, inside = self.inspection, self.inspection.inside
        if inside is None or now.order is None or now.learned is None:
            return ""
        kind, pictures = self.kinds[row], inside.pictures
        number = int(now.order.forward[row_at(place, len(now.order))])
        half = pictures.column_seconds / 2
        byte = pictures.image(kind, seconds - half, seconds + half, 1, now.channel)[number]
        value = float(pictures.scales[kind].decode(byte)[0])
        shown = words.number(value, 0 if kind == "w" else 2).replace("-", "\N{MINUS SIGN}")
        centre = words.hertz(float(now.learned.basis.centres[number]))
        unit = f" {pictures.scales[kind].unit}".rstrip()
        return "   ".join((words.moment(seconds), f"no. {number}, {centre}", f"{shown}{unit}"))
