"""Which model takes the recording apart: side by side while they are few, a list when they are many."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from tasnet_gui.desktop.session import State
from tasnet_gui.desktop.widgets.controls import Choice
from tasnet_gui.desktop.widgets.parts import Elided, named
from tasnet_gui.desktop.widgets.segments import Segment, Segments
from tasnet_gui.domain import ModelCard

SIDE_BY_SIDE = 2  # models that stand beside each other; more become a list
LONGEST = 28  # letters of a model's title


def meaning(model: ModelCard) -> str:
    """In plain words first; the field's word stands behind."""
    if model.causal:
        return "Never listens ahead, as live use needs it (causal)"
    return "Listens ahead for the best result (non-causal)"


def details(model: ModelCard) -> str:
    """All that the card says, for a tooltip."""
    return " ".join(filter(None, (f"{meaning(model)}.", model.description)))


class ModelSwitch(QWidget):
    """Reports what was chosen; `show_state` says what is."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._models: tuple[ModelCard, ...] = ()
        self._segments = Segments("Model", "Which model takes the recording apart")
        self._list = named(Choice(), "Model", "Which model takes the recording apart")
        self._list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._segments.chosen.connect(self.chosen)
        self._list.activated.connect(self._activated)
        self._meaning = Elided("", "secondary", name="What the chosen model does")
        self._pages = QStackedLayout()
        self._pages.addWidget(self._segments)
        self._pages.addWidget(self._list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._pages)
        column.addWidget(self._meaning)
        column.addStretch(1)

    def show_state(self, state: State) -> None:
        if state.models != self._models:
            self._models = state.models
            self._fill()
        name = state.model.name if state.model else ""
        self._segments.show_chosen(name)
        self._list.setCurrentIndex(self._list.findData(name))
        self._meaning.setText(meaning(state.model) if state.model else "No model is installed")
        self._segments.setEnabled(not state.task)
        self._list.setEnabled(not state.task)

    def _fill(self) -> None:
        few = len(self._models) <= SIDE_BY_SIDE
        self._segments.show_segments([Segment(m.name, _title(m), details(m)) for m in self._models] if few else [])
        self._list.clear()
        for model in self._models:
            self._list.addItem(_title(model), model.name)
        self._pages.setCurrentWidget(self._segments if few else self._list)
        self.setVisible(bool(self._models))

    @Slot(int)
    def _activated(self, index: int) -> None:
        self.chosen.emit(self._list.itemData(index))


def _title(model: ModelCard) -> str:
    return model.title if len(model.title) <= LONGEST else f"{model.title[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
