"""The icons, drawn as strokes on a 24 px square, in the colours of the palette at the size that is asked for."""

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from tasnet_gui import places
from tasnet_gui.desktop.theme import Palette

_FILLED = 'fill="{c}" stroke="{c}" stroke-width="1.5" stroke-linejoin="round"'
_STROKED = 'fill="none" stroke="{c}" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'

_DRAWINGS = {
    "play": (_FILLED, "M8 5.5 L18.5 12 L8 18.5 Z"),
    "pause": (_FILLED, "M7.5 6 H9.5 V18 H7.5 Z M14.5 6 H16.5 V18 H14.5 Z"),
    "start": (_FILLED, "M18 6.5 L9 12 L18 17.5 Z M6 6.5 V17.5"),
    "loop": (_STROKED, "M4 12 V11 A4 4 0 0 1 8 7 H19M16 4 L19 7 L16 10M20 12 V13 A4 4 0 0 1 16 17 H5M8 20 L5 17 L8 14"),
    "volume": (_STROKED, "M4 10 V14 H7 L12 18 V6 L7 10 Z M15.5 9 A4.2 4.2 0 0 1 15.5 15M18 6.5 A7.8 7.8 0 0 1 18 17.5"),
    "close": (_STROKED, "M7 7 L17 17 M17 7 L7 17"),
    "expand": (_STROKED, "M8 10.5 L12 14.5 L16 10.5"),
    "done": (_STROKED, "M5.5 12.5 L10 17 L18.5 7.5"),
    "back": (_STROKED, "M14.5 6.5 L9 12 L14.5 17.5"),
    "skip": (_STROKED, "M7 12.75 H17"),  # in the middle of a row of pixels at 16 px: sharp
    "detach": (_STROKED, "M10 6 H6 V18 H18 V14 M13 5.5 H18.5 V11 M18 6 L11 13"),
    "save": (_STROKED, "M12 4.5 V14.5 M7.5 10.5 L12 15 L16.5 10.5 M5 19 H19"),
    "alert": (_STROKED, "M12 4.5 L21 19.5 H3 Z M12 10.5 V14 M12 16.8 V17"),
}
NAMES = tuple(_DRAWINGS)


class _Strokes(QIconEngine):
    """Draws at any size and pixel ratio; greyed where the control is disabled."""

    def __init__(self, name: str, colour: str, disabled: str) -> None:
        super().__init__()
        self._name, self._colours = name, (colour, disabled)
        style, path = _DRAWINGS[name]
        self._renderers = [
            QSvgRenderer(
                QByteArray(
                    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
                    f'<path d="{path}" {style.format(c=c)}/></svg>'.encode()
                )
            )
            for c in self._colours
        ]

    def paint(self, painter: QPainter, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        self._renderers[mode == QIcon.Mode.Disabled].render(painter, QRectF(rect))  # type: ignore[call-overload]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, image.rect(), mode, state)
        painter.end()
        return QPixmap.fromImage(image)

    def clone(self) -> QIconEngine:
        return _Strokes(self._name, *self._colours)


def icon(name: str, palette: Palette, colour: str = "") -> QIcon:
    """One of NAMES, in the palette's text colour unless another is given."""
    return QIcon(_Strokes(name, colour or palette.text, palette.disabled))


def application_icon() -> QIcon:
    """The mark of the application, also in the title bar and the task list."""
    return QIcon(str(places.shipped("resources") / "icons" / "tasnet-studio.svg"))
