"""The bar of the remix: how much of the noise stays, the two faders behind it, and equal loudness for listening."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.session import State
from tasnet_gui.desktop.widgets.fader import LEVEL, STRENGTH, Fader
from tasnet_gui.desktop.widgets.parts import Folding, button, label, row_block

_MATCH = "Match loudness"
_MEASURING = "Measuring\N{HORIZONTAL ELLIPSIS}"


class RemixBar(QFrame):
    """Reports what was asked for and decides nothing."""

    speech_moved = Signal(float)  # dB
    noise_moved = Signal(float)  # dB
    match_asked = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setAccessibleName("Remix")
        about = "How much noise stays in the remix: from the mixture to speech only"
        self.strength = Fader("Strength", about, STRENGTH, ("Mixture", "Speech only"), "noise")
        self.speech = Fader("Speech in the remix", "How loud the speech of the remix is", LEVEL)
        self.noise = Fader("Noise in the remix", "How loud the noise of the remix is", LEVEL)
        self.faders = button("Faders", "Set speech and noise of the remix by themselves")
        self.faders.setCheckable(True)
        about = (
            "Hear all tracks equally loud, to compare how they sound and not how loud they are. Exports do not change"
        )
        self.match = button(_MATCH, about, key="E")
        self.match.setCheckable(True)
        self._both = QWidget()
        self._arrange()
        self.strength.moved.connect(self.noise_moved)
        self.noise.moved.connect(self.noise_moved)
        self.speech.moved.connect(self.speech_moved)
        self.faders.toggled.connect(self._both.setVisible)
        self.match.clicked.connect(self._match_clicked)

    def _arrange(self) -> None:
        strength, row = row_block()
        row.addWidget(label("Strength", "muted"))
        row.addWidget(self.strength, 1)
        others, row = row_block()
        row.addWidget(self.faders)
        row.addWidget(self.match)
        row.addStretch(1)
        both = QHBoxLayout(self._both)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(24)
        for name, fader in (("Speech", self.speech), ("Noise", self.noise)):
            half, row = row_block()
            row.addWidget(label(name, "muted"))
            row.addWidget(fader, 1)
            both.addWidget(half, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 20, 0)
        column.setSpacing(8)
        column.addWidget(self._both)  # above, so that the button that unfolds it stays under the mouse
        column.addWidget(Folding(strength, others, spacing=24))
        self._both.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_state(self, state: State) -> None:
        remix = state.mix.remix
        self.strength.show_level(min(0.0, remix.noise_db))
        self.strength.tell(remix.noise_db)
        self.noise.show_level(remix.noise_db)
        self.speech.show_level(remix.speech_db)
        for control in (self.strength, self.speech, self.noise, self.faders):
            control.setEnabled(state.apart)
        self.match.setEnabled(state.separation is not None)
        self.match.setChecked(state.matching)
        self.match.setText(_match_text(state))

    def show_palette(self) -> None:
        """The font may have changed."""
        for fader in (self.strength, self.speech, self.noise):
            fader.show_palette()
        texts = (_MATCH, _MEASURING, _equal(-60.5))
        self.match.setMinimumWidth(max(map(self.match.fontMetrics().horizontalAdvance, texts)) + 28)

    @Slot()
    def _match_clicked(self) -> None:
        self.match_asked.emit(self.match.isChecked())


def _match_text(state: State) -> str:
    leveller = state.mix.leveller
    if not state.matching or state.separation is None:
        return _MATCH
    if leveller is None:
        return _MEASURING
    return _MATCH if leveller.target is None else _equal(leveller.target)


def _equal(lufs: float) -> str:
    return f"Equal at {words.loudness(lufs)}"
