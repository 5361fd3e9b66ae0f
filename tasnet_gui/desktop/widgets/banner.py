"""One message above the waveforms: an error with its next step, or a quiet confirmation. Never a window on a window."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from tasnet_gui.desktop.icons import icon
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import button, icon_size, label, role, tool
from tasnet_gui.domain import TasnetError

_BY_KEYBOARD = Qt.TextInteractionFlag.TextSelectableByKeyboard


class Banner(QFrame):
    """Hidden until there is something to say; stays until it is closed or something else is said."""

    acted = Signal()  # the message's one button
    closed = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setAccessibleName("Message")
        self._sign = QLabel()
        self._sign.setAccessibleName("Kind of message")
        self._what, self._todo = _text("What happened"), _text("What to do next")
        self._todo.setProperty("role", "muted")
        self._action = button("Show in Folder", "Open the folder that holds the new files")
        self._action.clicked.connect(self.acted)
        self._close = tool("Close message", "Close this message", key="Esc")
        self._close.clicked.connect(self.dismiss)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self._what)
        texts.addWidget(self._todo)
        row = QHBoxLayout(self)
        row.setContentsMargins(13, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self._sign)
        row.addLayout(texts, 1)
        row.addWidget(self._action)
        row.addWidget(self._close)
        self._error = False
        self.show_palette(palette)
        self.hide()

    @property
    def text(self) -> str:
        return f"{self._what.text()} {self._todo.text()}".strip()

    @Slot()
    def settle(self) -> None:
        """What was wrong is tried again: an error's message goes, a confirmation stays."""
        if self._error:
            self.dismiss()

    @Slot(object)
    def show_error(self, error: TasnetError) -> None:
        self._show(error.what, error.todo, error=True)

    @Slot(str)
    def show_trouble(self, text: str) -> None:
        """An error as one text."""
        self._show(text, "", error=True)

    def show_done(self, what: str, detail: str = "", action: str = "") -> None:
        self._show(what, detail, error=False, action=action)

    def _show(self, what: str, todo: str, error: bool, action: str = "") -> None:
        self._error = error
        role(self, "banner-error" if error else "banner")
        self._what.setText(what)
        self._todo.setText(todo)
        self._todo.setVisible(bool(todo))
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setAccessibleDescription(self.text)
        self.show_palette(self._palette)
        self.show()

    @Slot()
    def dismiss(self) -> None:
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        sign = icon("alert", palette, palette.danger) if self._error else icon("done", palette, palette.accent)
        self._sign.setPixmap(sign.pixmap(icon_size(self), self.devicePixelRatio()))
        self._close.setIconSize(icon_size(self))
        self._close.setIcon(icon("close", palette, palette.muted))


def _text(name: str) -> QLabel:
    made = label(name=name)
    made.setWordWrap(True)
    made.setAccessibleDescription("Can be selected and copied")
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | _BY_KEYBOARD)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return made
