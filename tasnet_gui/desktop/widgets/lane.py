"""One track over time: its waveform on a quiet ground, or a hint where there is nothing yet."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.analysis.peaks import Pyramid
from tasnet_gui.desktop.widgets.picking import PickingStrip
from tasnet_gui.desktop.widgets.waveform import Look, draw

SILENCED = 0.4  # opacity of a track that somebody silenced


class Lane(PickingStrip):
    """The waveform of "mixture", "speech" or "noise"."""

    solo_asked = Signal(str)
    mute_asked = Signal(str)
    hear_asked = Signal(str)

    def __init__(self, track: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.track = track
        self._pyramid: Pyramid | None = None
        self._rate = 1
        self._full = 1.0
        self._hint = ""
        self._silenced = False
        self._picture: tuple[tuple[object, ...], QImage] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"{track.capitalize()} waveform")
        self.setAccessibleDescription(
            "Click to move the playhead, drag to select. S solo, M mute, Enter to hear only this track, "
            "Up and Down zoom, Left and Right scroll, Shift with Left and Right select."
        )

    def sizeHint(self) -> QSize:
        return QSize(900, 150)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 56)

    # What is shown

    def show_sound(self, pyramid: Pyramid | None, rate: int, full: float) -> None:
        """Draw this sound from now on; call again when it has grown. `full` is the level that reaches the edges."""
        self._pyramid, self._rate, self._full = pyramid, rate, full
        self.update()

    def show_hint(self, hint: str) -> None:
        """What to say while there is no sound."""
        if hint != self._hint:
            self._hint = hint
            self.update()

    def show_silenced(self, silenced: bool) -> None:
        if silenced != self._silenced:
            self._silenced = silenced
            self.update()

    # Painting

    def paint_content(self, painter: QPainter) -> None:
        super().paint_content(painter)
        self.paint_grid(painter)
        middle = QRectF(0, round(self.height() / 2), self.width(), 1)
        painter.fillRect(middle, QColor(self.palette_.grid).darker(108))
        if self._pyramid is None or self._pyramid.empty:
            self._paint_hint(painter)
        else:
            painter.setOpacity(SILENCED if self._silenced else 1.0)
            painter.drawImage(QPointF(0, 0), self._waveform(self._pyramid))
            painter.setOpacity(1.0)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(self.palette_.background))

    def _waveform(self, pyramid: Pyramid) -> QImage:
        """The picture, drawn anew only when something that it shows has changed."""
        scale = self.devicePixelRatioF()
        look = Look(
            start=self.timeline.start * self._rate,
            stop=self.timeline.stop * self._rate,
            width=max(round(self.width() * scale), 1),
            height=max(round(self.height() * scale), 1),
            scale=scale,
            full=self._full * 1.04,  # a peak at full level does not touch the neighbour
            colour=self.palette_.source(self.track),
        )
        key = (look, id(pyramid), pyramid.version)
        if self._picture is None or self._picture[0] != key:
            image = draw(pyramid, look)
            image.setDevicePixelRatio(scale)
            self._picture = key, image
        return self._picture[1]

    def _paint_hint(self, painter: QPainter) -> None:
        if not self._hint:
            return
        font = QFont(self.font())
        painter.setFont(font)
        painter.setPen(QColor(self.palette_.muted))
        box = painter.boundingRect(QRectF(self.rect()), int(Qt.AlignmentFlag.AlignCenter), self._hint)
        painter.fillRect(box.adjusted(-12, -4, 12, 4), QColor(self.palette_.surface))  # the zero line makes room
        painter.drawText(QRectF(self.rect()), int(Qt.AlignmentFlag.AlignCenter), self._hint)

    # What the user does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Only what is about this very lane; the rest is the view's."""
        asked = {
            Qt.Key.Key_S: self.solo_asked,
            Qt.Key.Key_M: self.mute_asked,
            Qt.Key.Key_Return: self.hear_asked,
            Qt.Key.Key_Enter: self.hear_asked,
        }.get(Qt.Key(event.key()))
        super().keyPressEvent(event)
        if asked is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or event.isAutoRepeat():
            event.ignore()
        elif self.isEnabled():
            event.accept()
            asked.emit(self.track)
