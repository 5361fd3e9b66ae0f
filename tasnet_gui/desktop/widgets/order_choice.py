"""Which filter stands in which row: one choice, shown wherever there are rows."""

from PySide6.QtCore import QSignalBlocker, QSize, Signal, Slot

from tasnet_gui.analysis.orders import ORDERS
from tasnet_gui.desktop.inspection import Inspection
from tasnet_gui.desktop.widgets.controls import Choice
from tasnet_gui.desktop.widgets.parts import named

LEAST = 8  # letters that must be seen


class Yielding(Choice):
    """A list that gives way where there is little room."""

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * LEAST + 40, super().minimumSizeHint().height())


class OrderChoice(Yielding):
    """Reports what was chosen; `show_inspection` says what is. Orders that need a result wait for it."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        named(self, "Order of the rows", "Which basis function stands in which row, in all views at once")
        for key, name in ORDERS.items():
            self.addItem(name, key)
        self.activated.connect(self._activated)

    def show_inspection(self, inspection: Inspection) -> None:
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(inspection.order.name if inspection.order else inspection.order_name))
        for index in range(self.count()):
            item = self.model().item(index)  # type: ignore[attr-defined]
            item.setEnabled(self.itemData(index) in inspection.orders)

    @Slot(int)
    def _activated(self, index: int) -> None:
        self.chosen.emit(self.itemData(index))
