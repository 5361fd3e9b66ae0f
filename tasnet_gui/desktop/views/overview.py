"""The whole recording in one narrow strip, with the visible span framed. Drag the frame, or its edges."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.analysis.peaks import Pyramid
from tasnet_gui.desktop.widgets.strip import TINT, TimeStrip, tinted
from tasnet_gui.desktop.widgets.timeline import Timeline
from tasnet_gui.desktop.widgets.waveform import Look, draw, full_level

GRIP = 6  # px to either side of an edge of the frame
NARROWEST = 8  # px: a frame that can still be seen and taken hold of


class Overview(TimeStrip):
    """Shows everything; `timeline` is the whole, `visible` what the lanes show."""

    show_asked = Signal(float, float)  # seconds: show this span

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.visible = Timeline()
        self._pyramid: Pyramid | None = None
        self._rate = 1
        self._picture: tuple[tuple[object, ...], QImage] | None = None
        self._held: tuple[str, float, Timeline] | None = None  # which part of the frame, where, what it showed
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Overview")
        self.setAccessibleDescription(
            "The whole recording with the visible part framed. Drag the frame to scroll, its edges to zoom; "
            "Left and Right scroll, Up and Down zoom."
        )

    def sizeHint(self) -> QSize:
        return QSize(900, max(44, round(self.fontMetrics().height() * 2.2)))

    def show_visible(self, timeline: Timeline) -> None:
        """Frame what the lanes show."""
        self.visible = timeline
        self.show_timeline(timeline.fitted())
        self.update()

    def show_sound(self, pyramid: Pyramid | None, rate: int) -> None:
        self._pyramid, self._rate = pyramid, rate
        self.update()

    # Painting

    def paint_content(self, painter: QPainter) -> None:
        super().paint_content(painter)
        painter.fillRect(QRectF(0, self.height() // 2, self.width(), 1), QColor(self.palette_.grid))
        if self._pyramid is not None:
            painter.drawImage(QPointF(0, 0), self._waveform(self._pyramid))
        if not self.visible.fits:
            self._paint_frame(painter)

    def _paint_frame(self, painter: QPainter) -> None:
        left, right = self._frame()
        outside = tinted(self.palette_.background, 0.72)
        painter.fillRect(QRectF(0, 0, left, self.height()), outside)
        painter.fillRect(QRectF(right, 0, self.width() - right, self.height()), outside)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.palette_.muted), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(left + 0.75, 0.75, right - left - 1.5, self.height() - 1.5), 3, 3)

    def paint_selection(self, painter: QPainter) -> None:
        if self.selection:
            left, right = (self.x_of(edge) for edge in self.selection)
            painter.fillRect(
                QRectF(left, 0, max(right - left, 1), self.height()), tinted(self.palette_.selection, TINT)
            )

    def _waveform(self, pyramid: Pyramid) -> QImage:
        scale = self.devicePixelRatioF()
        look = Look(
            start=0,
            stop=self.timeline.duration * self._rate,
            width=max(round(self.width() * scale), 1),
            height=max(round(self.height() * scale), 1),
            scale=scale,
            full=full_level(pyramid.peak) * 1.1,
            colour=self.palette_.mixture,
        )
        key = (look, id(pyramid), pyramid.version)
        if self._picture is None or self._picture[0] != key:
            image = draw(pyramid, look)
            image.setDevicePixelRatio(scale)
            self._picture = key, image
        return self._picture[1]

    def _frame(self) -> tuple[float, float]:
        """Left and right of the frame in px, never too narrow to see."""
        left, right = self.x_of(self.visible.start), self.x_of(self.visible.stop)
        more = max(NARROWEST - (right - left), 0) / 2
        return max(left - more, 0.0), min(right + more, float(self.width()))

    # What the user does

    def _part(self, x: float) -> str:
        """What of the frame is under the mouse."""
        left, right = self._frame()
        if right - left > 3 * GRIP and not self.visible.fits:
            if abs(x - left) <= GRIP:
                return "left"
            if abs(x - right) <= GRIP:
                return "right"
        return "frame" if left <= x <= right else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        part = self._part(x)
        if not part:  # beside the frame: it jumps there, and is in the hand at once
            middle, half = self.seconds(x), self.visible.span / 2
            self.show_asked.emit(middle - half, middle + half)
            part = "frame"
        self._held = part, self.seconds(x), self.visible

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._held is None:
            on_edge = self._part(x) in ("left", "right")
            self.setCursor(Qt.CursorShape.SizeHorCursor if on_edge else Qt.CursorShape.ArrowCursor)
            return
        part, from_, shown = self._held
        moved = self.seconds(x) - from_
        if part == "frame":
            moved = shown.scrolled(moved).start - shown.start
            self.show_asked.emit(shown.start + moved, shown.stop + moved)
        elif part == "left":
            self.show_asked.emit(min(max(shown.start + moved, 0.0), shown.stop - shown.shortest), shown.stop)
        else:
            right = max(min(shown.stop + moved, shown.duration), shown.start + shown.shortest)
            self.show_asked.emit(shown.start, right)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None
