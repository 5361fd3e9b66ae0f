"""A word to somebody who is looking elsewhere."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from tasnet_gui.desktop.icons import application_icon

_SHOWN = 10_000  # ms


def notify(parent: QWidget, title: str, text: str) -> bool:
    """Show a notification of the desktop; False where there is no place for it."""
    if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
        return False
    tray = QSystemTrayIcon(application_icon(), parent)
    tray.messageClicked.connect(parent.activateWindow)
    tray.show()
    tray.showMessage(title, text, application_icon(), _SHOWN)
    QTimer.singleShot(_SHOWN, tray, tray.deleteLater)
    return True
