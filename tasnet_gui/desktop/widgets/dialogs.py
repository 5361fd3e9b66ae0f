"""The small dialogs: the list of keys, what this application is, an unexpected error."""

from itertools import groupby

from PySide6.QtCore import QSize, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tasnet_gui import __version__, places
from tasnet_gui.desktop.commands import COMMANDS, ELSEWHERE, shown_keys
from tasnet_gui.desktop.icons import application_icon
from tasnet_gui.desktop.widgets.parts import button, label


def _closing(dialog: QDialog, *others: QWidget) -> QHBoxLayout:
    """The row with Close, the others to the left of it."""
    close = button("Close", "Close this window", key="Esc")
    close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    close.setDefault(True)
    close.clicked.connect(dialog.accept)
    row = QHBoxLayout()
    row.setSpacing(8)
    for other in others:
        row.addWidget(other)
    row.addStretch(1)
    row.addWidget(close)
    return row


def _column(dialog: QDialog, title: str) -> QVBoxLayout:
    dialog.setWindowTitle(title)
    dialog.setAccessibleName(title)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(20, 20, 20, 16)
    column.setSpacing(16)
    return column


class KeysDialog(QDialog):
    """All keys, read from the table of commands: what is not there cannot be pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = _column(self, "Keyboard Shortcuts")
        column.addWidget(label("Keyboard Shortcuts", "title", "Keyboard Shortcuts"))
        scroll = QScrollArea()
        scroll.setAccessibleName("List of keys")
        scroll.setAccessibleDescription("What each key does; the arrows scroll")
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # texts wrap instead
        scroll.setWidget(_key_list())
        column.addWidget(scroll, 1)
        column.addLayout(_closing(self))
        letter = self.fontMetrics().averageCharWidth()
        self.resize(QSize(max(560, 86 * letter), 640).boundedTo(self.screen().availableSize() * 0.9))


def _key_list() -> QWidget:
    lines = [(c.menu.strip("&"), shown_keys(c), _plain(c.text)) for c in COMMANDS if c.keys]
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(0, 0, 12, 0)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    for title, group in groupby([*lines, *ELSEWHERE], key=lambda line: line[0]):
        row = grid.rowCount()
        heading = label(title, "heading")
        heading.setContentsMargins(0, 12 if row > 1 else 0, 0, 2)
        grid.addWidget(heading, row, 0, 1, 2)
        for _, keys, text in group:
            row = grid.rowCount()
            what = label(text)
            what.setWordWrap(True)
            grid.addWidget(what, row, 0)
            grid.addWidget(label(keys, "muted"), row, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    grid.setRowStretch(grid.rowCount(), 1)
    return page


def _plain(text: str) -> str:
    return text.replace("&", "").rstrip("\N{HORIZONTAL ELLIPSIS}")


class AboutDialog(QDialog):
    """What this is, which version, under which licence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = _column(self, "About TasNet Studio")
        picture = QLabel()
        picture.setAccessibleName("Icon")
        picture.setPixmap(application_icon().pixmap(QSize(64, 64), self.devicePixelRatio()))
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addStretch(1)
        texts.addWidget(label("TasNet Studio", "hero"))
        texts.addWidget(label(f"Version {__version__}", "muted"))
        texts.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(picture)
        top.addLayout(texts, 1)
        column.addLayout(top)
        what = label(
            "Takes any recording apart into speech and noise with a Conv-TasNet, a convolutional network that works on "
            "the waveform itself. Everything is computed on this computer; nothing is sent anywhere.\n\n"
            "MIT licence. Built with PyTorch, Qt for Python, NumPy, libsndfile and libsoxr."
        )
        what.setWordWrap(True)
        what.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)
        column.addWidget(what)
        column.addLayout(_closing(self))


class UnexpectedDialog(QDialog):
    """An error nobody expected: go on, copy the report, or look at the log."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report = report
        column = _column(self, "Unexpected Error")
        column.addWidget(label("Something unexpected went wrong", "title"))
        what = label("The application goes on. If it behaves oddly, save your results and start it again.")
        what.setWordWrap(True)
        column.addWidget(what)
        text = QPlainTextEdit(report)
        text.setReadOnly(True)
        text.setAccessibleName("Report")
        text.setAccessibleDescription("What the interpreter says about the error")
        column.addWidget(text, 1)
        copy = button("Copy report", "Put the report on the clipboard")
        copy.clicked.connect(self._copy)
        folder = button("Open log folder", "Show the log in the file manager")
        folder.clicked.connect(open_log_folder)
        column.addLayout(_closing(self, copy, folder))
        self.resize(640, 400)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)


@Slot()
def open_log_folder() -> bool:
    """Show the log in the file manager; False if there is none."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(places.log_folder())))


def ask_whether_to_close(parent: QWidget, doing: str) -> bool:
    """The one question before work is thrown away."""
    dialog = QDialog(parent)
    column = _column(dialog, "Close TasNet Studio?")
    column.addWidget(label(f"{doing} is not finished", "title"))
    column.addWidget(label("Closing now stops it. Nothing is left half-written."))
    box = QDialogButtonBox()
    close = box.addButton("Stop and close", QDialogButtonBox.ButtonRole.AcceptRole)
    stay = box.addButton("Keep working", QDialogButtonBox.ButtonRole.RejectRole)
    close.setAccessibleDescription("Stop the work and close the window")
    stay.setAccessibleDescription("Go back and let the work finish")
    stay.setDefault(True)
    box.accepted.connect(dialog.accept)
    box.rejected.connect(dialog.reject)
    column.addWidget(box)
    stay.setFocus()
    return dialog.exec() == QDialog.DialogCode.Accepted
