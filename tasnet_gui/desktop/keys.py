"""Keys without Ctrl belong to the window (Space plays) unless the control under the keyboard needs them itself."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QLineEdit, QSlider, QWidget

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_OWN: tuple[tuple[type[QWidget], tuple[Qt.Key, ...]], ...] = (
    (QAbstractButton, (Qt.Key.Key_Space, *_ARROWS)),
    (QComboBox, (Qt.Key.Key_Space, *_ARROWS, *_ENDS)),
    (QSlider, (*_ARROWS, *_ENDS)),
    (QAbstractItemView, (*_ARROWS, *_ENDS)),
)
COMPARE = Qt.Key.Key_A


def needs(widget: QObject, key: int) -> bool:
    """Whether a focused control uses this key itself."""
    return any(isinstance(widget, kind) and key in keys for kind, keys in _OWN)


class Keys(QObject):
    """Watches the application's keys: courtesy towards controls, Enter on a button, and the key held to compare."""

    compare_began = Signal()
    compare_ended = Signal()

    def __init__(self, app: QApplication, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._comparing = False
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate and watched is self._window:
            self._end()  # the release of the key goes to another window
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget) or watched.window() is not self._window:
            return False
        if kind == QEvent.Type.ShortcutOverride:
            return self._override(watched, event)
        typing = isinstance(watched, QLineEdit)
        if event.key() == COMPARE and not event.modifiers() and watched.hasFocus() and not typing:
            return self._compare(event)
        if kind == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return _press(watched)
        return False

    def _override(self, watched: QWidget, event: QKeyEvent) -> bool:
        if not event.modifiers() and needs(watched, event.key()):
            event.accept()
            return True
        if isinstance(watched, QAbstractItemView) and event.matches(QKeySequence.StandardKey.SelectAll):
            event.accept()  # all rows, not all of the recording
            return True
        return False

    def _compare(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return True
        if event.type() == QEvent.Type.KeyPress and not self._comparing:
            self._comparing = True
            self.compare_began.emit()
        elif event.type() == QEvent.Type.KeyRelease:
            self._end()
        return True

    def _end(self) -> None:
        if self._comparing:
            self._comparing = False
            self.compare_ended.emit()


def _press(watched: QWidget) -> bool:
    if isinstance(watched, QAbstractButton) and watched.hasFocus() and watched.isEnabled():
        watched.click()
        return True
    return False
