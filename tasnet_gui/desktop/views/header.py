"""The bar above the waveforms: what is open, with which model, and the one next step."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.session import State
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.action import ActionPlace
from tasnet_gui.desktop.widgets.device_button import DeviceButton
from tasnet_gui.desktop.widgets.model_switch import ModelSwitch
from tasnet_gui.desktop.widgets.parts import Elided, Folding, button
from tasnet_gui.domain import Progress


class Header(QFrame):
    """Reports what was asked for and decides nothing."""

    open_asked = Signal()
    separate_asked = Signal()
    export_asked = Signal()
    cancel_asked = Signal()
    model_chosen = Signal(str)
    device_chosen = Signal(str)
    threads_chosen = Signal(int)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._open = button("Open\N{HORIZONTAL ELLIPSIS}", "Choose another audio file", key="Ctrl+O")
        self._name = Elided("", "title", name="Recording")
        self._facts = Elided("", "secondary", Qt.TextElideMode.ElideRight, "Rate, channels, duration and format")
        self._models = ModelSwitch()
        self.action = ActionPlace(palette)
        self.device = DeviceButton(palette)
        self._connect()
        right = Folding(self._models, self._next_step(), spacing=20)
        self._folding = Folding(self._file(), right, spacing=20)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 12)
        column.addWidget(self._folding)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _connect(self) -> None:
        self._open.clicked.connect(self.open_asked)
        self._models.chosen.connect(self.model_chosen)
        self.action.separate_asked.connect(self.separate_asked)
        self.action.export_asked.connect(self.export_asked)
        self.action.cancel_asked.connect(self.cancel_asked)
        self.device.device_chosen.connect(self.device_chosen)
        self.device.threads_chosen.connect(self.threads_chosen)

    def _file(self) -> QWidget:
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self._name)
        texts.addWidget(self._facts)
        texts.addStretch(1)
        self._name.setMinimumHeight(self._open.sizeHint().height())  # beside the controls, the facts beside the notes
        block = QWidget()
        row = QHBoxLayout(block)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self._open, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        return block

    def _next_step(self) -> QWidget:
        block = QWidget()
        column = QVBoxLayout(block)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)  # the device line has a margin of its own
        column.addWidget(self.action)
        column.addWidget(self.device, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        column.addStretch(1)
        return block

    @property
    def in_order(self) -> tuple[QWidget, ...]:
        """Its parts as the eye meets them."""
        return self._open, self._models, self.action, self.device

    def show_state(self, state: State) -> None:
        if recording := state.recording:
            self._name.setText(words.shown(recording.name))
            self._facts.setText(words.facts(recording))
        self._open.setEnabled(not state.task)
        self._models.show_state(state)
        self.action.show_state(state)
        self.device.show_state(state)
        self._folding.fold()

    def show_progress(self, progress: Progress) -> None:
        self.action.show_progress(progress)

    def show_palette(self, palette: Palette) -> None:
        self.action.show_palette(palette)
        self.device.show_palette(palette)
