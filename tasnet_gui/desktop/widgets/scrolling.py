"""A page that scrolls when it is longer than its dock."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from tasnet_gui.desktop.widgets.parts import named


class Scrolling(QScrollArea):
    """Add to its `column`."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__()
        named(self, name, description).setToolTip("")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page = page = QWidget()
        self.column = QVBoxLayout(page)
        self.column.setContentsMargins(16, 4, 16, 16)
        self.column.setSpacing(8)
        self.setWidget(page)
