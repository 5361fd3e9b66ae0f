"""What keeps a window on its screen: all of the page where there is room for it, otherwise a page that scrolls."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_OUTSIDE = 96  # px of the screen's height for the window's frame and its menu bar; with large text they need more


class Room(QScrollArea):
    """The page in it is never smaller than its parts need; the window is never made larger than its screen for that."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self.setAccessibleName("Page")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(page)

    def minimumSizeHint(self) -> QSize:
        around = QSize(0, max(_OUTSIDE, self.fontMetrics().height() * 4))
        return self.widget().minimumSizeHint().boundedTo(self.screen().availableSize() - around)

    def sizeHint(self) -> QSize:
        return self.widget().sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()  # the page needs more room, or less
        return super().eventFilter(watched, event)
