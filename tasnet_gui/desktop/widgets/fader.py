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
_WIDEST = 480  # px: 6 px for each dB; more would only be a longer way
_APART = 8  # px more between the end of the scale and the value, which are two things
_MANY = 100  # of the room in a row, while there is not enough


class Fader(QWidget):
    """Reports what the person moved it to; `show_level` says where it stands.

    Args:
        name: for those who do not see it.
        description: what it does.
        scale: the level of each step.
        ends: words for its two ends.
        what: whose level its words tell, where that is not plain.
    """

    moved = Signal(float)  # dB

    def __init__(
        self, name: str, description: str, scale: Scale, ends: tuple[str, str] = ("", ""), what: str = ""
    ) -> None:
        super().__init__()
        self._scale, self._description, self._what = scale, description, what
        self.slider = named(QSlider(Qt.Orientation.Horizontal), name, description)
        self.slider.setRange(0, len(scale) - 1)
        self.slider.setPageStep(_PAGE)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setMinimumWidth(112)
        self.slider.setMaximumWidth(_WIDEST)
        self.readout = label("", "muted", f"{name}, in dB")
        font = self.readout.font()
        font.setFeature(QFont.Tag("tnum"), 1)
        self.readout.setFont(font)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        left, right = (label(text, "secondary") for text in ends)
        for widget in (left, self.slider, right, self.readout):
            if widget is self.readout and ends[1]:
                row.addSpacing(_APART)
            row.addWidget(widget, _MANY if widget is self.slider else 0)
        row.addStretch(1)  # takes what the slider leaves
        for end in (left, right):
            end.setVisible(bool(end.text()))
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
        self.tell(decibels)

    def nearest(self, decibels: float) -> float:
        """The level of a step that is nearest to this one."""
        return min(self._scale, key=lambda step: _distance(step, decibels))

    def show_palette(self) -> None:
        """The font may have changed."""
        self.tell(self.level)

    @Slot(int)
    def _moved(self, step: int) -> None:
        self.tell(self._scale[step])
        self.moved.emit(self._scale[step])

    def tell(self, decibels: float) -> None:
        """Put a level into words."""
        text, longest = (f"{self._what} {words.gain(gain)}".strip() for gain in (decibels, -60.5))
        self.readout.setText(text)
        self.readout.setMinimumWidth(self.readout.fontMetrics().horizontalAdvance(longest))
        self.slider.setAccessibleDescription(f"{self._description}. Now {text}.")


def _distance(step: float, wanted: float) -> float:
    return 0.0 if step == wanted else abs(step - wanted)
