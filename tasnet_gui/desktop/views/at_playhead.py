"""At the playhead: encode, mask, decode, with the numbers of this very moment."""

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from tasnet_gui.analysis.moment import Moment, at_moment
from tasnet_gui.desktop import words
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.views.filter_card import percent
from tasnet_gui.desktop.widgets.panel import Panel
from tasnet_gui.desktop.widgets.parts import label
from tasnet_gui.desktop.widgets.plot import Curve, Graph, Plot, around
from tasnet_gui.desktop.widgets.rows import row_at
from tasnet_gui.desktop.widgets.scrolling import Scrolling
from tasnet_gui.desktop.widgets.table import Table
from tasnet_gui.domain import SOURCES

if TYPE_CHECKING:
    from tasnet_gui.analysis.basis import Basis
    from tasnet_gui.analysis.orders import Order

EVERY = 50  # ms between two pictures while the playhead moves: more cannot be read
AROUND = 0.5  # seconds to either side that are wanted at full resolution
FORMULA = "<span style='font-size: large'><i>s</i><sub>k</sub> = <b>V</b> <b>D</b><sub>k</sub> <b>U</b> <i>x</i></span>"
WAITING = "Press Separate, then move the playhead to where you want to look."


class AtPlayheadView(Panel):
    """Six plots from the sound to the sources, in the order in which the network computes."""

    EXPLANATION: ClassVar = (
        "What the network computes at the playhead, on your own sound. Every 4 ms or so it takes a short window x, "
        "multiplies it with all basis functions (U x), drops what is negative, lets the masks D decide how much of "
        "each goes to speech and to noise, and turns both back into sound with the decoder's functions (V).",
        "The bars stand in the order of the rows, from the lowest at the left; click one to light its basis function "
        "up in every view. In the last plot all windows that overlap here are added up: the grey curve is the "
        "mixture, and blue and amber are what speech and noise are made of.",
    )

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._hint = label(WAITING, "muted", "What to do")
        self._hint.setWordWrap(True)
        self._formula = QLabel(FORMULA)
        self._formula.setTextFormat(Qt.TextFormat.RichText)
        self._formula.setAccessibleName("s k = V D k U x")
        self.tools.addWidget(self._formula)
        self.tools.addStretch(1)
        self._numbers = Table()
        names = ("Window", "Encoder", "Masks", "Masked", "Decoded", "Overlap-add")
        self.plots = tuple(Plot(name, 6.2) for name in names)
        for plot in self.plots[1:4]:
            plot.picked.connect(self._pick)
        self._page = page = Scrolling("At the playhead", "Scrolls through the steps of the computation")
        for widget in (self._hint, self._numbers, *self.plots):
            page.column.addWidget(widget)
        page.column.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page)
        self._later = QTimer(self, singleShot=True, interval=EVERY)
        self._later.timeout.connect(self.draw)

    def picture(self) -> QWidget:
        return self._page.page

    def show_playhead(self, seconds: float | None) -> None:
        if seconds is not None and seconds != self._seconds:
            self._seconds = seconds
            if not self._later.isActive():
                self._later.start()

    def show_palette(self, palette: Palette) -> None:
        super().show_palette(palette)
        for plot in self.plots:
            plot.show_palette(palette)

    @Slot()
    def draw(self) -> None:
        now = self.inspection
        if not self.active:
            return
        ready = now.inside is not None and now.learned is not None and now.order is not None
        for part in (self._numbers, *self.plots):
            part.setVisible(ready)
        self._hint.setVisible(not ready)
        if now.inside is None or now.learned is None or now.order is None:
            return
        duration = now.inside.recording.duration
        seconds = min(max(self._seconds, 0.0), duration)
        self.span_asked.emit(max(0.0, seconds - AROUND), min(duration, seconds + AROUND))
        if (span := now.covering(seconds, seconds)) is None:
            return  # it is being computed; what was there before stays
        moment = at_moment(span, now.learned.basis, seconds, span.channels.index(now.channel))
        self._numbers.show_rows(_numbers(moment))
        marks = tuple(float(row) + 0.5 for row in now.order.inverse[list(now.lit)]) if now.lit else ()
        for plot, graph in zip(self.plots, graphs(moment, now.learned.basis, now.order, marks), strict=True):
            plot.show_graph(graph)

    @Slot(float)
    def _pick(self, row: float) -> None:
        if (order := self.inspection.order) is not None:
            self.filters_asked.emit((int(order.forward[row_at(row / len(order), len(order))]),))


def _numbers(moment: Moment) -> list[tuple[str, str]]:
    level = 10 * np.log10(max(float(np.mean(np.square(moment.window))), 1e-20))
    energy = np.square(moment.masked).sum(1)
    share = energy / max(float(energy.sum()), 1e-20)
    active = int(np.count_nonzero(moment.w > 0.05 * max(float(moment.w.max()), 1e-12)))
    named = [f"{percent(float(part))} to {name}" for name, part in zip(SOURCES, share, strict=False)]
    return [
        ("Frame", f"no. {words.number(moment.frame)}, around {words.moment(moment.seconds)}"),
        ("Level of the window", words.level(float(level))),
        ("Basis functions", f"{active} of {len(moment.w)} above 5 % of the strongest"),
        ("Energy of w", ", ".join(named)),
    ]


def graphs(moment: Moment, basis: "Basis", order: "Order", marks: tuple[float, ...]) -> tuple[Graph, ...]:
    """The six steps, in order."""
    rows, times = np.arange(len(order)) + 0.5, basis.times
    x, y = (0.0, float(len(order))), (0.0, float(1000 * basis.kernel / basis.rate))
    sources = SOURCES[: len(moment.masks)]

    def curves(values: np.ndarray) -> tuple[Curve, ...]:
        return tuple(Curve(times, row, name, name) for name, row in zip(sources, values, strict=True))

    def apart(values: np.ndarray) -> tuple[Curve, ...]:
        """Speech upwards, noise downwards: one does not hide the other."""
        signs = zip(sources, values, (1, -1), strict=False)
        return tuple(Curve(rows, sign * row, name, name, bars=True) for name, row, sign in signs)

    product, w = order.apply(moment.product), order.apply(moment.w)
    masks, masked = order.apply(moment.masks, 1), order.apply(moment.masked, 1)
    encoder = Curve(rows, product, "disabled", "U x", bars=True), Curve(rows, w, "mixture", "w", bars=True)
    mixture = Curve(times, moment.window, "muted", "x")
    most = max(1.0, float(masks.max()))
    return (
        Graph("1  Window x", (mixture,), y, around(moment.window), "ms"),
        Graph("2  Encoder U x, rectified: w", encoder, x, around(product), "row", marks=marks),
        Graph("3  Masks D", apart(masks), x, (-most, most), "row", marks=marks, mirrored=True),
        Graph("4  Masked D w", apart(masked), x, around(masked), "row", marks=marks, mirrored=True),
        Graph("5  Decoded V D w", curves(moment.decoded), y, around(moment.decoded), "ms"),
        Graph("6  Added up", (mixture, *curves(moment.total)), y, around(moment.window, moment.total), "ms"),
    )
