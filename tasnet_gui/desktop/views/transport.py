"""The bar below the waveforms: play, loop, the time, what is heard and how loud."""

import math

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.icons import icon
from tasnet_gui.desktop.session import State
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.meter import LevelMeter
from tasnet_gui.desktop.widgets.parts import Folding, button, icon_size, label, named, row_block, tool
from tasnet_gui.desktop.widgets.segments import Segment, Segments

HEAR = (
    Segment("mixture", "Mixture", "Hear the recording as it was", "1"),
    Segment("speech", "Speech", "Hear the speech alone", "2"),
    Segment("noise", "Noise", "Hear the noise alone", "3; or hold N"),
    Segment("remix", "Remix", "Hear speech with as much noise as the strength leaves", "4"),
)
QUIETEST = -48.0  # dB at the slider's second-lowest step; the lowest is silence
_STEPS = 100


def volume_of(step: int) -> float:
    """Linear gain of a slider step: even steps in dB, because that is how loudness is heard."""
    return 0.0 if step <= 0 else 10 ** (QUIETEST * (1 - step / _STEPS) / 20)


def step_of(volume: float) -> int:
    """The inverse of `volume_of`."""
    return 0 if volume <= 0 else max(1, round(_STEPS * (1 - 20 * math.log10(volume) / QUIETEST)))


class Transport(QFrame):
    """Reports what was asked for and decides nothing."""

    play_asked = Signal()
    start_asked = Signal()
    loop_asked = Signal(bool)
    hear_asked = Signal(str)
    volume_asked = Signal(float)
    inside_asked = Signal(bool)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._palette, self._playing, self._duration = palette, False, 0.0
        self.start = tool("Return to start", "Move the playhead to the start", key="Home")
        self.play = tool("Play", "Play or pause", "flat", key="P; Space stops and goes back")
        self.loop = tool("Loop", "Repeat the selection, or everything", key="L")
        self.loop.setCheckable(True)
        self._time, self._length = _digits("Playhead"), _digits("Duration")
        self._length.setProperty("role", "muted")
        self.meter = LevelMeter(palette)
        self.hear = Segments("Hear", "Which track is heard", HEAR)
        self.volume = _slider()
        self.inside = button("Look Inside", "See what the network made of this recording", key="I")
        self.inside.setCheckable(True)
        self._speaker = QLabel()
        self._speaker.setAccessibleName("Volume")
        self._connect()
        self._folding = Folding(self._left(), self._right(), spacing=24)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 20, 8)
        column.addWidget(self._folding)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.show_palette(palette)

    def _connect(self) -> None:
        self.start.clicked.connect(self.start_asked)
        self.play.clicked.connect(self.play_asked)
        self.loop.clicked.connect(self.loop_asked)
        self.hear.chosen.connect(self.hear_asked)
        self.volume.valueChanged.connect(self._volume_moved)
        self.inside.clicked.connect(self.inside_asked)

    def _left(self) -> QWidget:
        block, row = row_block(4)
        for widget in (self.start, self.play, self.loop):
            row.addWidget(widget)
        row.addSpacing(12)
        row.addWidget(self._time)
        row.addWidget(label("/", "muted", "of"))
        row.addWidget(self._length)
        row.addSpacing(12)
        row.addWidget(self.meter, 1)
        return block

    def _right(self) -> QWidget:
        block, row = row_block(4)
        row.addWidget(label("Hear", "muted"))
        row.addSpacing(4)
        row.addWidget(self.hear)
        row.addSpacing(20)
        row.addWidget(self._speaker)
        row.addWidget(self.volume)
        row.addSpacing(16)
        row.addWidget(self.inside)
        return block

    def show_state(self, state: State) -> None:
        if state.recording:
            self._duration = state.recording.duration
            self._length.setText(words.clock(self._duration))
            self._time.setMinimumWidth(self._time.fontMetrics().horizontalAdvance(self._length.text()))
        self.loop.setChecked(state.looping)
        for segment in HEAR[1:]:
            self.hear.button(segment.key).setEnabled(state.apart)
        self.hear.show_chosen(state.heard)
        self.volume.blockSignals(True)
        self.volume.setValue(step_of(state.mix.volume))
        self.volume.blockSignals(False)

    def show_position(self, seconds: float) -> None:
        self._time.setText(words.clock(min(seconds, self._duration)))

    def show_playing(self, playing: bool) -> None:
        self._playing = playing
        self.play.setAccessibleName("Pause" if playing else "Play")
        self._show_play()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        for control in (self.start, self.play, self.loop):
            control.setIconSize(icon_size(self))
        self.start.setIcon(icon("start", palette))
        self.loop.setIcon(icon("loop", palette))
        self.meter.show_palette(palette)
        self._speaker.setPixmap(icon("volume", palette, palette.muted).pixmap(icon_size(self), self.devicePixelRatio()))
        self._show_play()

    def _show_play(self) -> None:
        self.play.setIcon(icon("pause" if self._playing else "play", self._palette))

    @Slot(int)
    def _volume_moved(self, step: int) -> None:
        self.volume_asked.emit(volume_of(step))


def _digits(name: str) -> QLabel:
    """A time whose digits are all equally wide, so that nothing trembles while it runs."""
    made = label("0:00", "", name)
    font = made.font()
    if hasattr(font, "setFeature"):  # since Qt 6.7
        font.setFeature(QFont.Tag("tnum"), 1)
    made.setFont(font)
    made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def _slider() -> QSlider:
    made = named(QSlider(Qt.Orientation.Horizontal), "Volume", "How loud everything is played")
    made.setRange(0, _STEPS)
    made.setPageStep(10)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setFixedWidth(112)
    return made
