"""The learned basis: every encoder and decoder function as a waveform and as a spectrum, in the shared order."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from tasnet_gui.analysis.tables import basis_arrays, basis_csv, npz
from tasnet_gui.desktop import words
from tasnet_gui.desktop.colours import signed, uniform
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.gutter import Gutter
from tasnet_gui.desktop.widgets.legend import Legend
from tasnet_gui.desktop.widgets.matrix import Matrix
from tasnet_gui.desktop.widgets.order_choice import OrderChoice
from tasnet_gui.desktop.widgets.panel import Panel
from tasnet_gui.desktop.widgets.parts import label
from tasnet_gui.desktop.widgets.rows import Bytes

NARROW = 0.36  # of the gutter beside the lanes: only numbers stand here


class BasisView(Panel):
    """As Fig. 3 of the paper, but with one order for all four pictures."""

    EXPLANATION: ClassVar = (
        "What the network learned to listen for. Every row is one basis function, left for the encoder (U), right "
        "for the decoder (V): first its waveform, then how strong it is at every frequency. Each row is drawn at its "
        "own full strength.",
        "In the order of similarity, and even more in that of the centre frequency, a bright line climbs through the "
        "spectra: the network has learned a filter bank by itself, usually with more functions for low frequencies "
        "than for high ones. Row by row the decoder answers the encoder. Click a row to light it up in every view.",
    )

    def __init__(self) -> None:
        super().__init__()
        self.order = OrderChoice()
        self.order.chosen.connect(self.order_asked)
        self.tools.addWidget(self.order, 1)
        self.gutter = Gutter("")
        self.gutter.setFixedWidth(round(self.fontMetrics().averageCharWidth() * 6))
        self._axis = label("row", "secondary", "What the height counts")
        self._axis.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.legend = Legend()
        self.matrices = (
            Matrix("Encoder U", "The waveforms of the encoder's basis functions"),
            Matrix("Spectrum", "The strength of the encoder's basis functions at every frequency"),
            Matrix("Decoder V", "The waveforms of the decoder's basis functions"),
            Matrix("Spectrum", "The strength of the decoder's basis functions at every frequency"),
        )
        row = QHBoxLayout()
        row.setSpacing(6)
        side = QVBoxLayout()
        line = self.fontMetrics().height()
        side.setContentsMargins(0, line + 2, 0, 0)
        side.setSpacing(0)
        side.addWidget(self.gutter)
        side.addWidget(self._axis)
        self._axis.setFixedHeight(line + 2)
        row.addLayout(side)
        for matrix in self.matrices:
            matrix.filters_asked.connect(self.filters_asked)
            row.addWidget(matrix, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 16, 12)
        column.setSpacing(4)
        column.addLayout(row, 1)
        column.addWidget(self.legend)
        self._drawn: tuple[object, object, object] | None = None

    def tables(self) -> dict[str, Callable[[], bytes]]:
        now = self.inspection
        if now.learned is None or now.order is None:
            return {}
        basis, order = now.learned.basis, now.order
        return {".npz": lambda: npz(basis_arrays(basis, order)), ".csv": lambda: basis_csv(basis, order)}

    def show_palette(self, palette: Palette) -> None:
        super().show_palette(palette)
        for part in (self.gutter, self.legend, *self.matrices):
            part.show_palette(palette)
        self.draw()

    def draw(self) -> None:
        now = self.inspection
        self.order.show_inspection(now)
        if not self.active or now.learned is None or now.order is None:
            return
        basis, order = now.learned.basis, now.order
        key = (basis, order, self.palette_)
        if self._drawn != key:
            self._drawn = key
            ms, khz = f"{words.span(basis.kernel / basis.rate)}", f"{words.number(basis.rate / 2000)} kHz"
            waves, shades = signed(self.palette_), uniform("magma")
            functions = (basis.encoder, basis.decoder)
            spectra = (basis.encoder_spectra.magnitudes, basis.decoder_spectra.magnitudes)
            for matrix, values in zip(self.matrices[::2], functions, strict=True):
                matrix.show_rows(order.apply(centred(values)), waves, ("0", ms))
            for matrix, values in zip(self.matrices[1::2], spectra, strict=True):
                matrix.show_rows(order.apply(upward(values)), shades, ("0", khz))
            minus = "\N{MINUS SIGN}1"
            self.legend.show_scales([(waves, minus, "1 of its peak"), (shades, "0", "1 of its peak")])
            marks = [round(part * len(order)) for part in (0, 0.5, 1, 0.25, 0.75)]
            self.gutter.show_ticks([(mark / len(order), words.number(mark)) for mark in marks])
        for matrix in self.matrices:
            matrix.show_lit(order, now.lit)


def centred(values: NDArray[np.floating]) -> Bytes:
    """Rows of numbers as bytes, each at its own full strength; 0 becomes 128."""
    return np.rint(128 + 127 * values / _strongest(values)).astype(np.uint8)


def upward(values: NDArray[np.floating]) -> Bytes:
    """Rows of magnitudes as bytes, each at its own full strength."""
    return np.rint(255 * values / _strongest(values)).astype(np.uint8)


def _strongest(values: NDArray[np.floating]) -> NDArray[np.floating]:
    strongest: NDArray[np.floating] = np.maximum(np.abs(values).max(1, keepdims=True), 1e-12)
    return strongest
