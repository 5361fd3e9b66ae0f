"""What stands below pictures: as high as its words need, and scrolled where the window has no room for that."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from tasnet_gui.desktop.widgets.scrolling import Scrolling

FEWEST = 3.5  # lines that are always seen: one band of facts


class Footnotes(Scrolling):
    """Add to its `column`, and `fit` when what it says has changed."""

    def __init__(self, name: str, description: str, margin: int) -> None:
        super().__init__(name, description)
        self.column.setContentsMargins(margin, 0, margin, 8)
        self.column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def fit(self) -> None:
        """Ask for the height that it needs now."""
        self.column.invalidate()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        width = self.viewport().width() if self.isVisible() else 480
        return QSize(480, self.column.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, min(self.sizeHint().height(), round(self.fontMetrics().height() * FEWEST)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
