"""Keys without Ctrl belong to the window (Space plays) unless the control under the keyboard needs them itself."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QSlider,
    QWidget,
)

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_OWN: tuple[tuple[type[QWidget], tuple[Qt.Key, ...]], ...] = (
    (QAbstractButton, (Qt.Key.Key_Space, *_ARROWS)),
    (QComboBox, (Qt.Key.Key_Space, *_ARROWS, *_ENDS)),
    (QSlider, (*_ARROWS, *_ENDS)),
    (QAbstractItemView, (*_ARROWS, *_ENDS)),
)
_TYPED_INTO = (QLineEdit, QComboBox, QAbstractItemView)  # letters mean text there, or the entry that begins with them
HELD = {Qt.Key.Key_A: "compare", Qt.Key.Key_N: "noise"}  # what is heard for as long as a key is held
TAB_HELD = 200  # ms after which Tab is held and no longer tapped: twice as long as a tap takes


def needs(widget: QObject, key: int) -> bool:
    """Whether a focused control uses this key itself."""
    return any(isinstance(widget, kind) and key in keys for kind, keys in _OWN)


class Keys(QObject):
    """Watches the application's keys: courtesy towards controls, Enter on a button, and keys held to listen.

    Tab goes to the next control, as everywhere. Only while `tab_compares` says that there is something to compare,
    a Tab that is held longer than a tap compares instead, and a tapped one moves on when it is let go.
    """

    held = Signal(str)  # one of HELD
    let_go = Signal()

    def __init__(self, app: QApplication, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.tab_compares: Callable[[], bool] = lambda: False
        self._holding: int | None = None  # the key that is held
        self._tapping = False  # Tab is on its way to do what it does everywhere
        self._tab = QTimer(self, interval=TAB_HELD, singleShot=True)
        self._tab.timeout.connect(self._hold_tab)
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate and isinstance(watched, QWidget) and self._ours(watched):
            self._let_go()  # the release of the key goes to another window
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget) or not self._ours(watched):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            return self._override(watched, event)
        if watched.hasFocus() and not isinstance(watched, _TYPED_INTO) and not event.modifiers():
            if event.key() in HELD:
                return self._hold(event)
            if event.key() == Qt.Key.Key_Tab and not self._tapping:
                return self._tab_moved(event)
        if kind == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return _press(watched)
        return False

    def _ours(self, widget: QWidget) -> bool:
        """Whether it is in the window or in a view that was taken out of it."""
        window = widget.window()
        if isinstance(window, QDockWidget):
            window = window.parentWidget().window()
        return window is self._window

    def _override(self, watched: QWidget, event: QKeyEvent) -> bool:
        if not event.modifiers() and needs(watched, event.key()):
            event.accept()
            return True
        if isinstance(watched, QAbstractItemView) and event.matches(QKeySequence.StandardKey.SelectAll):
            event.accept()  # all rows, not all of the recording
            return True
        return False

    def _hold(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return True
        if event.type() == QEvent.Type.KeyPress:
            self._begin(event.key())
        elif event.key() == self._holding:
            self._let_go()
        return True

    def _tab_moved(self, event: QKeyEvent) -> bool:
        """Whether this is about listening; else it is for Qt, as ever."""
        pressed, waiting = event.type() == QEvent.Type.KeyPress, self._tab.isActive()
        if self._holding == Qt.Key.Key_Tab:
            if not pressed and not event.isAutoRepeat():
                self._let_go()
            return True
        if pressed and waiting:
            self._hold_tab()  # it repeats itself: it is held
            return True
        if pressed and not event.isAutoRepeat() and self.tab_compares():
            self._tab.start()
            return True
        if not pressed and waiting and not event.isAutoRepeat():
            self._tab.stop()
            self._tap_tab()
            return True
        return waiting

    def _tap_tab(self) -> None:
        self._tapping = True
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            focused = QApplication.focusWidget()
            if focused is not None:
                QApplication.sendEvent(focused, QKeyEvent(kind, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier, "\t"))
        self._tapping = False

    @Slot()
    def _hold_tab(self) -> None:
        self._tab.stop()
        self._begin(Qt.Key.Key_Tab)

    def _begin(self, key: int) -> None:
        if self._holding is None:
            self._holding = key
            self.held.emit(HELD.get(Qt.Key(key), "compare"))

    def _let_go(self) -> None:
        self._tab.stop()
        if self._holding is not None:
            self._holding = None
            self.let_go.emit()


def _press(watched: QWidget) -> bool:
    if isinstance(watched, QAbstractButton) and watched.hasFocus() and watched.isEnabled():
        watched.click()
        return True
    return False
