"""Masks changed by hand: what is selected, and what can be done with it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.inspection import Inspection
from tasnet_gui.desktop.widgets.parts import Elided, Folding, button, label, named, row_block
from tasnet_gui.desktop.widgets.strip import Span


class HandBar(QWidget):
    """One line below the masks. It is there as soon as there are masks: one that came with the first row that is picked
    would move the rows away under the pointer."""

    edit_asked = Signal(str, float)
    undo_asked = Signal()
    restore_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lit: tuple[int, ...] = ()
        self._selection: Span | None = None
        self._what = Elided("", "", Qt.TextElideMode.ElideRight, "What is selected")
        self.solo = button("Solo", "Give only the lit rows to the speech; all others go to the noise")
        self.mute = button("Mute", "Take the lit rows out of the speech")
        self.set_ = button("Set mask", "Give the lit rows this share to the speech, and the rest to the noise")
        self.value = named(QSlider(Qt.Orientation.Horizontal), "Share of speech", "How much goes to the speech")
        self.value.setRange(0, 100)
        self.value.setValue(100)
        self.value.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.value.setFixedWidth(88)
        self._share = label("", "secondary", "Share of speech")
        self.undo = button("Undo", "Take the last edit back", key="Ctrl+Z")
        self._back, back = row_block()
        self.restore = button("As the network said", "Drop all edits of the masks")
        for widget in (self.undo, self.restore):
            back.addWidget(widget)
        back.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 8)
        column.addWidget(Folding(self._select(), self._back, spacing=16))
        self.solo.clicked.connect(lambda: self.edit_asked.emit("solo", 1.0))
        self.mute.clicked.connect(lambda: self.edit_asked.emit("mute", 1.0))
        self.set_.clicked.connect(lambda: self.edit_asked.emit("set", self.value.value() / 100))
        self.undo.clicked.connect(self.undo_asked)
        self.restore.clicked.connect(self.restore_asked)
        self.value.valueChanged.connect(self._show_share)
        self._show_share(100)
        self.hide()

    def _select(self) -> QWidget:
        block, row = row_block()
        row.addWidget(self._what, 1)
        for widget in (self.solo, self.mute, self.value, self._share, self.set_):
            row.addWidget(widget)
        return block

    @Slot(int)
    def _show_share(self, percent: int) -> None:
        self._share.setMinimumWidth(self._share.fontMetrics().horizontalAdvance("100 %") + 2)
        self._share.setText(f"{percent} %")

    def show_inspection(self, inspection: Inspection) -> None:
        self._lit = inspection.lit
        there = inspection.inside is not None
        self.setVisible(there)
        for control in (self.solo, self.mute, self.set_, self.value):
            control.setEnabled(bool(inspection.lit))
        self._back.setVisible(bool(inspection.edits))
        self._show_what()

    def show_selection(self, selection: Span | None) -> None:
        self._selection = selection
        self._show_what()

    def _show_what(self) -> None:
        count = len(self._lit)
        rows = (
            "1 row"
            if count == 1
            else f"{words.number(count)} rows"
            if count
            else "Click or drag in the masks to select rows"
        )
        if self._selection:
            start, stop = (words.clock(edge) for edge in self._selection)
            when = f"{start} to {stop}"
        else:
            when = "everywhere"
        self._what.setText(f"{rows}, {when}" if count else rows)
