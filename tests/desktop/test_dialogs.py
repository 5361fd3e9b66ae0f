from PySide6.QtWidgets import QApplication, QLabel, QScrollArea

from tasnet_gui.desktop.widgets.dialogs import KeysDialog


def test_every_key_is_seen_without_scrolling_sideways(qtbot, qapp: QApplication) -> None:
    before = qapp.font()
    for percent in (100, 200):
        font = qapp.font()
        font.setPointSizeF(before.pointSizeF() * percent / 100)
        qapp.setFont(font)
        try:
            dialog = KeysDialog()
            qtbot.addWidget(dialog)
            dialog.show()
            area = dialog.findChild(QScrollArea)
            qtbot.waitUntil(lambda area=area: area.widget().width() == area.viewport().width())
            for text in area.widget().findChildren(QLabel):
                assert text.geometry().right() <= area.widget().width(), text.text()
                assert text.width() >= (0 if text.wordWrap() else text.sizeHint().width()), text.text()
        finally:
            qapp.setFont(before)
