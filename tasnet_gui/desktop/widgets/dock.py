"""A dock with a quiet title bar: its name, what it means, and the buttons that every view has."""

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from tasnet_gui.desktop.icons import icon
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.panel import Panel
from tasnet_gui.desktop.widgets.parts import Elided, icon_size, label, tool

HELP_WIDTH = 46  # letters in a line


class TitleBar(QWidget):
    """The name on the left; help, detach and close on the right."""

    help_asked = Signal()
    save_asked = Signal()
    float_asked = Signal()
    close_asked = Signal()

    def __init__(self, title: str, tools: QLayout) -> None:
        super().__init__()
        self.title = Elided(title, "strong", Qt.TextElideMode.ElideRight)
        self.help = tool(f"What {title} shows", "What you see, and how to read it", "flat-small")
        self.help.setText("?")
        self.save = tool(f"Save {title}", "Save this view as a picture or as data", "flat-small")
        self.float = tool(f"Detach {title}", "Make a window of its own, or put it back", "flat-small")
        self.close_ = tool(f"Close {title}", "Hide this view", "flat-small")
        self.help.clicked.connect(self.help_asked)
        self.save.clicked.connect(self.save_asked)
        self.float.clicked.connect(self.float_asked)
        self.close_.clicked.connect(self.close_asked)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(16, 4, 8, 4)
        self.row.setSpacing(4)
        self.row.addWidget(self.title)
        self.row.addLayout(tools, 1)
        if tools.isEmpty():
            self.row.addStretch(1)
        self.row.addSpacing(8)
        for button in (self.help, self.save, self.float, self.close_):
            self.row.addWidget(button)

    def show_palette(self, palette: Palette) -> None:
        for button, name in ((self.save, "save"), (self.float, "detach"), (self.close_, "close")):
            button.setIconSize(icon_size(self) * 0.8)
            button.setIcon(icon(name, palette, palette.muted))
        side = self.float.sizeHint().height()
        self.help.setFixedSize(side, side)


class Dock(QDockWidget):
    """One view. Its title bar is the only thing around it."""

    save_asked = Signal(object)  # Panel

    def __init__(self, key: str, title: str, content: Panel, explanation: tuple[str, ...]) -> None:
        super().__init__(title)
        self.setObjectName(key)
        self.setAccessibleName(title)
        self.setAccessibleDescription(explanation[0])
        self._explanation = explanation
        self.bar = TitleBar(title, content.tools)
        self.setTitleBarWidget(self.bar)
        self.setWidget(content)
        self.bar.help_asked.connect(self.explain)
        content.setWindowTitle(title)
        self.bar.save_asked.connect(lambda: self.save_asked.emit(content))
        self.bar.float_asked.connect(self._float)
        self.bar.close_asked.connect(self.close)

    def show_tabbed(self, tabbed: bool) -> None:
        """Where a tab says the name, the title bar need not."""
        self.bar.title.setVisible(not tabbed)

    def show_palette(self, palette: Palette) -> None:
        self.bar.show_palette(palette)

    @Slot()
    def explain(self) -> None:
        """Show what one sees and how to read it."""
        card = HelpCard(self.windowTitle(), self._explanation, self)
        card.adjustSize()
        below = self.bar.help.mapToGlobal(QPoint(self.bar.help.width(), self.bar.help.height() + 4))
        free = self.screen().availableGeometry()
        left = max(free.left() + 8, min(below.x(), free.right() - 8) - card.width())
        top = below.y() if below.y() + card.height() < free.bottom() else below.y() - card.height() - 40
        card.move(left, max(free.top() + 8, top))
        card.show()
        card.setFocus()

    @Slot()
    def _float(self) -> None:
        self.setFloating(not self.isFloating())


class HelpCard(QFrame):
    """A note that goes away with the next click or key."""

    def __init__(self, title: str, paragraphs: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "note")
        self.setAccessibleName(f"About {title}")
        self.setAccessibleDescription(" ".join(paragraphs))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(8)
        column.addWidget(label(title, "title"))
        for paragraph in paragraphs:
            text = label(paragraph)
            text.setWordWrap(True)
            text.setFixedWidth(self.fontMetrics().averageCharWidth() * HELP_WIDTH)
            text.setFixedHeight(text.heightForWidth(text.width()))
            column.addWidget(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.close()
