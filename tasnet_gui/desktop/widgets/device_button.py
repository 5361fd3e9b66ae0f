"""Where the network computes, and with how many threads: a quiet line that opens a menu."""

import sys

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QColor, QIcon, QPaintEvent
from PySide6.QtWidgets import QMenu, QStyle, QStyleOptionToolButton, QStylePainter, QToolButton

from tasnet_gui.desktop.icons import icon
from tasnet_gui.desktop.session import State
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import named, press
from tasnet_gui.engine.device import physical_cores, thread_count

NAMES = {"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"}
GPU = "mps" if sys.platform == "darwin" else "cuda"
_MEANINGS = {
    "auto": "Automatic: the GPU if one works, otherwise the CPU",
    "cpu": "CPU",
    "cuda": "NVIDIA GPU (CUDA)",
    "mps": "Apple GPU (Metal)",
}


def device_line(state: State) -> str:
    """CPU, 1 thread; or what was asked for, as long as nobody knows better."""
    device = state.warmed.device or state.device
    if device != "cpu":
        return NAMES.get(device, device)
    threads = thread_count(state.threads or None)
    return f"CPU, {threads} thread" if threads == 1 else f"CPU, {threads} threads"


class DeviceButton(QToolButton):
    """Reports what was chosen; `show_state` says what is."""

    device_chosen = Signal(str)
    threads_chosen = Signal(int)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        press(named(self, "Device", "Where the network computes"))
        self._menu = QMenu(self)
        self._devices = self._group([(key, _MEANINGS[key]) for key in ("auto", "cpu", GPU)], self._menu)
        self._devices.triggered.connect(self._device_triggered)
        self._menu.addSeparator()
        threads = self._menu.addMenu("CPU threads")
        counts = range(1, physical_cores() + 1)
        choices = [(0, f"Automatic ({thread_count()})"), *((count, str(count)) for count in counts)]
        self._threads = self._group(choices, threads)
        self._threads.triggered.connect(self._threads_triggered)
        self.setMenu(self._menu)
        self.show_palette(palette)

    def _group(self, choices: list, menu: QMenu) -> QActionGroup:
        group = QActionGroup(self)
        for key, text in choices:
            action = menu.addAction(text)
            action.setData(key)
            action.setCheckable(True)
            group.addAction(action)
        return group

    @property
    def device_menu(self) -> QMenu:
        """The same menu, for the menu bar."""
        return self._menu

    def show_state(self, state: State) -> None:
        self.setText(device_line(state))
        self.setEnabled(not state.task)
        self.setAccessibleDescription(f"Where the network computes: {self.text()}. {state.warmed.note}".strip())
        self.setToolTip(" ".join(filter(None, ("Where the network computes.", state.warmed.note))))
        for group, key in ((self._devices, state.device), (self._threads, state.threads)):
            for action in group.actions():
                action.setChecked(action.data() == key)

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    # The style would put the arrow before the text, and a gap between them.

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + metrics.height() + 12, metrics.height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text, option.icon = "", QIcon()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        side = self.fontMetrics().height()
        inside = self.rect().adjusted(4, 0, -4, 0)
        lit = self.underMouse() and self.isEnabled()
        colour = self._palette.disabled if not self.isEnabled() else self._palette.text if lit else self._palette.muted
        painter.setPen(QColor(colour))
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        arrow = QRect(inside.right() - side + 2, inside.center().y() - side // 2 + 1, side, side)
        icon("expand", self._palette, colour).paint(painter, arrow)

    @Slot(QAction)
    def _device_triggered(self, action: QAction) -> None:
        self.device_chosen.emit(action.data())

    @Slot(QAction)
    def _threads_triggered(self, action: QAction) -> None:
        self.threads_chosen.emit(action.data())
