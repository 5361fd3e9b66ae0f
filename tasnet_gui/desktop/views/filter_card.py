"""The filter card: everything about one basis function, on this recording."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tasnet_gui.analysis.basis import Spectra
from tasnet_gui.desktop import words
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.panel import Panel
from tasnet_gui.desktop.widgets.parts import button, label
from tasnet_gui.desktop.widgets.plot import Curve, Graph, Plot
from tasnet_gui.desktop.widgets.scrolling import Scrolling
from tasnet_gui.desktop.widgets.table import Table

if TYPE_CHECKING:
    from tasnet_gui.analysis.basis import Basis
    from tasnet_gui.engine.inside import Inside

COLUMNS = 400  # of the activity along the recording
RANGE = 60.0  # dB that it spans, downwards from its peak
QUIET = "Click a row in the masks or in the basis to see one basis function."


class FilterCardView(Panel):
    """Waveforms, spectra, numbers, and when it is active."""

    EXPLANATION: ClassVar = (
        "One basis function on its own: how it listens (encoder) and how it sounds (decoder), at which frequencies, "
        "how active it is along the recording, and how its energy is shared between speech and noise.",
        "The centre frequency is where its spectrum is highest; the bandwidth is that of a rectangle with the same "
        "area. If the blue curve stays close to the grey one, the network gives this basis function to speech at "
        "that moment; if the amber one does, to noise. Choose another one in the masks or in the basis.",
    )

    def __init__(self) -> None:
        super().__init__()
        self._title = label(QUIET, "muted", "Basis function")
        self._title.setWordWrap(True)
        self.alone = button("Hear alone", "Play only what this basis function hears, in the selection or everywhere")
        self.solo = button("Solo", "Give only this basis function to the speech; all others go to the noise")
        self.mute = button("Mute", "Take this basis function out of the speech")
        for control, action in ((self.alone, "alone"), (self.solo, "solo"), (self.mute, "mute")):
            control.clicked.connect(lambda _=False, action=action: self.edit_asked.emit(action, 1.0))
            self.tools.addWidget(control)
        self.tools.addStretch(1)
        self._numbers = Table()
        self._waves, self._spectra = Plot("Waveforms"), Plot("Spectra")
        self._activity = Plot("Activity along the recording", 7.5)
        self._page = Scrolling("Filter card", "Scrolls through all that is known of this basis function")
        for widget in (self._title, self._numbers, self._waves, self._spectra, self._activity):
            self._page.column.addWidget(widget)
        self._page.column.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._page)

    def picture(self) -> QWidget:
        return self._page.page

    def show_palette(self, palette: Palette) -> None:
        super().show_palette(palette)
        for plot in (self._waves, self._spectra, self._activity):
            plot.show_palette(palette)

    def draw(self) -> None:
        now = self.inspection
        known = now.learned is not None and now.order is not None and bool(now.lit)
        for part in (self._numbers, self._waves, self._spectra):
            part.setVisible(known)
        for control in (self.alone, self.solo, self.mute):
            control.setEnabled(known and now.inside is not None)
        self._activity.setVisible(known and now.inside is not None)
        if not known or now.learned is None or now.order is None:
            self._title.setText(QUIET)
            return
        number, basis = now.lit[-1], now.learned.basis
        others = f", the last of {len(now.lit)} that are lit" if len(now.lit) > 1 else ""
        self._title.setText(f"Basis function no. {number}{others}, in row {int(now.order.inverse[number])}.")
        self._numbers.show_rows(_numbers(basis, now.inside, now.channel, number))
        self._waves.show_graph(_waves(basis, number))
        self._spectra.show_graph(_spectra(basis, number))
        if now.inside is not None:
            self._activity.show_graph(_activity(now.inside, now.channel, number))


def _numbers(basis: "Basis", inside: "Inside | None", channel: int, number: int) -> Sequence[tuple[str, str]]:
    rows = [
        ("Centre frequency", words.hertz(float(basis.centres[number]))),
        ("Bandwidth", words.hertz(float(basis.bandwidths[number]))),
    ]
    if inside is None:
        return rows
    shares = [float(inside.activity.share_of(track, channel)[number]) for track in ("w", "speech", "noise")]
    favours = float(inside.activity.speech_share(channel)[number])
    names = ("Of all energy here", "Of the speech's energy", "Of the noise's energy")
    rows += [(name, percent(share)) for name, share in zip(names, shares, strict=True)]
    rows.append(("Its own energy", "{} to speech, {} to noise".format(*parts(favours))))
    return rows


def percent(share: float) -> str:
    """12 %, 0.34 %."""
    value = 100 * share
    return f"{words.number(value, 0 if value >= 10 else 1 if value >= 1 else 2)} %"


def parts(share: float) -> tuple[str, str]:
    """A share and the rest, as precise as each other, so that they add up: 2.5 % and 97.5 %."""
    least = min(share, 1 - share)
    decimals = 0 if least >= 0.1 or least < 0.0005 else 1
    first = round(100 * share, decimals)
    return f"{words.number(first, decimals)} %", f"{words.number(100 - first, decimals)} %"


def _waves(basis: "Basis", number: int) -> Graph:
    encoder, decoder = basis.encoder[number], basis.decoder[number]
    scaled = [wave / max(float(np.abs(wave).max()), 1e-12) for wave in (encoder, decoder)]
    curves = (
        Curve(basis.times, scaled[0], "accent", "encoder"),
        Curve(basis.times, scaled[1], "muted", "decoder"),
    )
    return Graph("Waveforms", curves, (0.0, float(1000 * basis.kernel / basis.rate)), (-1.0, 1.0), "ms")


def _spectra(basis: "Basis", number: int) -> Graph:
    def curve(spectra: Spectra, colour: str, name: str) -> Curve:
        values = spectra.magnitudes[number]
        return Curve(spectra.frequencies / 1000, values / max(float(values.max()), 1e-12), colour, name)

    curves = curve(basis.encoder_spectra, "accent", "encoder"), curve(basis.decoder_spectra, "muted", "decoder")
    return Graph("Spectra", curves, (0.0, basis.rate / 2000), (0.0, 1.0), "kHz")


def _activity(inside: "Inside", channel: int, number: int) -> Graph:
    """The level of w and of what the masks let through of it, the loudest in each of some 400 columns."""
    pictures = inside.pictures
    level = pictures.scales["w"].decode(pictures.activity(number, "w", channel))
    tracks = {"mixture": level}
    for source in pictures.masks:
        mask = np.abs(pictures.scales[source].decode(pictures.activity(number, source, channel)))
        tracks[source] = level + 20 * np.log10(np.maximum(mask, 1e-6))
    starts = np.unique(np.linspace(0, len(level) - 1, min(COLUMNS, len(level))).astype(int))
    times = pictures.start + (starts + 0.5) * pictures.column_seconds
    loudest = {name: np.maximum.reduceat(values, starts) for name, values in tracks.items()}
    top = float(np.ceil(max(values.max() for values in loudest.values()) / 10) * 10)
    labels = {"mixture": "w", "speech": "to speech", "noise": "to noise"}
    curves = tuple(Curve(times, values, name, labels[name]) for name, values in loudest.items())
    duration = max(inside.recording.duration, 1e-3)
    return Graph("Activity", curves, (0.0, duration), (top - RANGE, top), "s", "dB")
