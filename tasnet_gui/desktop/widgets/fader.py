"""A slider whose steps are decibels, with its value in words beside it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.widgets.parts import label, named
from tasnet_gui.domain import LOUDEST, OFF, STRONGEST

Scale = tuple[float, ...]  # dB by step, from left to right

STRENGTH: Scale = (*(float(-step) for step in range(round(STRONGEST) + 1)), OFF)  # of the noise: mixture to speech only
LEVEL: Scale = (OFF, *(float(step) for step in range(-round(STRONGEST), round(LOUDEST) + 1)))
_PAGE = 6  # dB: half or twice the amplitude


class Fader(QWidget):
    """Reports what the person moved it to; `show_level` says where it stands."""

    moved = Signal(float)  # dB

    def __init__(self, name: str, description: str, scale: Scale) -> None:
        super().__init__()
        self._scale, self._description = scale, description
        self.slider = named(QSlider(Qt.Orientation.Horizontal), name, description)
        self.slider.setRange(0, len(scale) - 1)
        self.slider.setPageStep(_PAGE)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setMinimumWidth(112)
        self.readout = label("", "muted", f"{name}, in dB")
        font = self.readout.font()
        font.setFeature(QFont.Tag("tnum"), 1)
        self.readout.setFont(font)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self.readout)
        self.slider.valueChanged.connect(self._moved)
        self.show_level(scale[0])

    @property
    def level(self) -> float:
        """Where it stands, in dB."""
        return self._scale[self.slider.value()]

    def show_level(self, decibels: float) -> None:
        """Stand at the step nearest to a level; the words tell the level itself."""
        self.slider.blockSignals(True)
        self.slider.setValue(self._scale.index(self.nearest(decibels)))
        self.slider.blockSignals(False)
        self._tell(decibels)

    def nearest(self, decibels: float) -> float:
        """The level of a step that is nearest to this one."""
        return min(self._scale, key=lambda step: _distance(step, decibels))

    def show_palette(self) -> None:
        """The font may have changed."""
        self._tell(self.level)

    @Slot(int)
    def _moved(self, step: int) -> None:
        self._tell(self._scale[step])
        self.moved.emit(self._scale[step])

    def _tell(self, decibels: float) -> None:
        text = words.gain(decibels)
        self.readout.setText(text)
        self.readout.setMinimumWidth(self.readout.fontMetrics().horizontalAdvance(words.gain(-60.5)))
        self.slider.setAccessibleDescription(f"{self._description}. Now {text}.")


def _distance(step: float, wanted: float) -> float:
    return 0.0 if step == wanted else abs(step - wanted)
