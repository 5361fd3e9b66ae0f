"""One message above the waveforms: an error with its next step, or a quiet confirmation. Never a window on a window."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from tasnet_gui.desktop.icons import icon
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import button, icon_size, label, named, role, tool
from tasnet_gui.domain import TasnetError

ERROR, TROUBLE, DONE, OFFER = "error", "trouble", "done", "offer"  # what a message is: trouble is one of playing

Offer = tuple[str, Callable[[], None]]  # what stands on a button, and what it does

_FOLDER = "Open the folder that holds the new files"
_BY_KEYBOARD = Qt.TextInteractionFlag.TextSelectableByKeyboard


class Banner(QFrame):
    """Hidden until there is something to say; stays until it is closed or something else is said."""

    acted = Signal()  # the message's own button
    closed = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setAccessibleName("Message")
        self._sign = QLabel()
        self._sign.setAccessibleName("Kind of message")
        self._what, self._todo = _text("What happened"), _text("What to do next")
        self._todo.setProperty("role", "muted")
        self._action = button("Show in folder", _FOLDER)
        self._action.clicked.connect(self._act)
        self._offered: Callable[[], None] | None = None  # what the button does when it is no news of an export
        self._refused: Callable[[], None] | None = None
        self._other = button("Not now", "Do without it")
        self._other.clicked.connect(self._refuse)
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
        row.addWidget(self._other)
        row.addWidget(self._action)
        row.addWidget(self._close)
        self._kind = DONE
        self.show_palette(palette)
        self.hide()

    @property
    def text(self) -> str:
        return f"{self._what.text()} {self._todo.text()}".strip()

    @Slot()
    def settle(self) -> None:
        """What was wrong is tried again: an error's message goes, a confirmation stays."""
        if self._kind in (ERROR, TROUBLE):
            self.dismiss()

    @Slot(bool)
    def show_playing(self, playing: bool) -> None:
        """There is sound: what was wrong with it is so no more."""
        if playing and self._kind == TROUBLE:
            self.dismiss()

    def move_on(self) -> None:
        """Another recording is looked at: what was told of the last one goes. A question waits for its answer."""
        if self._kind != OFFER:
            self.dismiss()

    @Slot(object)
    def show_error(self, error: TasnetError) -> None:
        self._show(ERROR, error.what, error.todo)

    def offer_way_out(self, text: str, about: str, act: Callable[[], None]) -> None:
        """Add a button to the error that is shown."""
        self._offered = act
        named(self._action, text.rstrip("\N{HORIZONTAL ELLIPSIS}"), about).setText(text)
        self._action.show()

    @Slot(str)
    def show_trouble(self, text: str) -> None:
        """What is wrong with playing, as one text."""
        self._show(TROUBLE, text)

    def show_done(self, what: str, detail: str = "", action: str = "") -> None:
        self._show(DONE, what, detail, action)

    def offer(self, what: str, detail: str, yes: Offer, no: Offer) -> None:
        """Say something with two answers, each a text and what it does; closing the message is neither."""
        self._show(OFFER, what, detail, yes[0], no[0])
        self._offered, self._refused = yes[1], no[1]
        self._action.setAccessibleDescription(yes[0])
        self._action.setToolTip("")

    @Slot()
    def _act(self) -> None:
        if self._offered:
            self._offered()
        else:
            self.acted.emit()

    @Slot()
    def _refuse(self) -> None:
        if self._refused:
            self._refused()

    def _show(self, kind: str, what: str, todo: str = "", action: str = "", other: str = "") -> None:
        self._kind = kind
        self._offered = self._refused = None
        role(self, "banner-error" if kind in (ERROR, TROUBLE) else "banner")
        self._what.setText(what)
        self._todo.setText(todo)
        self._todo.setVisible(bool(todo))
        self._action.setText(action)
        self._action.setVisible(bool(action))
        named(self._action, action or self._action.accessibleName(), _FOLDER)
        self._other.setAccessibleName(other or self._other.accessibleName())
        self._other.setText(other)
        self._other.setVisible(bool(other))
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
        wrong = self._kind in (ERROR, TROUBLE)
        sign = icon("alert", palette, palette.danger) if wrong else icon("done", palette, palette.accent)
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
