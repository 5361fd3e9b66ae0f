"""Takes views along: as pictures with their axes, and as data. A file is written whole, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QSaveFile, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from tasnet_gui.domain import UnwritableOutput

SCALE = 2  # pixels of a PNG for each of the screen's: sharp in print
MARGIN = 12  # px around a view


@dataclass(frozen=True)
class Sheet:
    """A view on paper: what it is called, itself, and what its colours stand for."""

    title: str
    view: QWidget
    legend: QWidget | None = None

    @property
    def head(self) -> int:
        """The height of the line above the view, in px."""
        return self.view.fontMetrics().height() + MARGIN

    @property
    def size(self) -> QSize:
        return self.view.size() + QSize(2 * MARGIN, 2 * MARGIN + self.head)

    def draw(self, painter: QPainter) -> None:
        """Everything, on the ground that the window has now."""
        colours = QGuiApplication.palette()
        painter.fillRect(QRect(QPoint(), self.size), colours.window())
        painter.setFont(self.view.font())
        painter.setPen(colours.text().color())
        place = QRect(2 * MARGIN, MARGIN, self.view.width() - 2 * MARGIN, self.head - MARGIN)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.title)
        if self.legend is not None:
            left = self.size.width() - 2 * MARGIN - self.legend.width()
            self.legend.render(painter, QPoint(left, MARGIN), renderFlags=QWidget.RenderFlag.DrawChildren)
        self.view.render(painter, QPoint(MARGIN, MARGIN + self.head), renderFlags=QWidget.RenderFlag.DrawChildren)


def png(sheet: Sheet) -> bytes:
    """A sheet as a PNG."""
    image = QImage(sheet.size * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    painter = QPainter(image)
    sheet.draw(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def svg(sheet: Sheet) -> bytes:
    """A sheet as an SVG: words and lines stay words and lines, heatmaps are pictures inside."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(sheet.size)
    generator.setViewBox(QRect(QPoint(), sheet.size))
    generator.setResolution(sheet.view.logicalDpiX())  # else the words come out larger than on the screen
    generator.setTitle(sheet.title)
    painter = QPainter(generator)
    sheet.draw(painter)
    painter.end()
    return bytes(buffer.data().data())


PICTURES: dict[str, Callable[[Sheet], bytes]] = {".png": png, ".svg": svg}


def write(path: Path, content: bytes) -> None:
    """Put a file into its place in one step; what was there before stays until then.

    Raises:
        UnwritableOutput: it cannot be written there.
    """
    file = QSaveFile(str(path))
    done = file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(QByteArray(content)) == len(content)
    if not done or not file.commit():
        why = file.errorString()
        raise UnwritableOutput(f"{path.name} cannot be written ({why}).", "Choose another folder.")
