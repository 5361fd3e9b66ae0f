"""The table of a queue: rows that can be selected, dragged, opened; their states drawn, not built of widgets."""

from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from tasnet_gui.batch.items import BatchItem
from tasnet_gui.desktop import words
from tasnet_gui.desktop.icons import icon
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import named
from tasnet_gui.desktop.widgets.queue_model import DURATION, ITEM, NAME, RESULTS, STATE, QueueModel, told

_EDGE = 20  # px left of a row's first cell, as everywhere on the page
_SIDE = 12  # px left and right of a cell's text
_STATE_LETTERS = "Done in 88.8 s, 88\N{MULTIPLICATION SIGN} real time"
_SIGNS = {"done": "done", "failed": "alert", "skipped": "skip", "cancelled": "skip"}


class QueueTable(QTableView):
    """Reports what the person wants of the selected rows."""

    open_asked = Signal(int)  # id
    folder_asked = Signal(int)  # id
    remove_asked = Signal()
    step_asked = Signal(int)  # -1: one row up; 1: down
    menu_asked = Signal(QPoint)  # global
    chosen = Signal()  # other rows are selected, or another one has the keyboard

    def __init__(self, model: QueueModel, palette: Palette) -> None:
        super().__init__()
        named(self, "Queue", "The files of the batch, each with its state").setToolTip("")
        self.queue = model
        self.setModel(model)
        self._delegate = _Delegate(palette, self)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        # A selection of its own: to paint a heading, Qt asks whether every single row is selected (0.4 s of 10,000).
        self.horizontalHeader().setSelectionModel(QItemSelectionModel(model, self))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.doubleClicked.connect(self._double_clicked)
        self.selectionModel().selectionChanged.connect(self.chosen)
        self.selectionModel().currentRowChanged.connect(self.chosen)
        self._measure()

    # What is selected

    def ids(self) -> list[int]:
        """The selected rows, from the top."""
        return [self.queue.item(row).id for row in self.rows()]

    def rows(self) -> list[int]:
        """Their places. Read from the stretches: Qt's own list of 10,000 rows takes 0.3 s."""
        selection = self.selectionModel().selection()
        ranges = [(part.top(), part.bottom()) for part in map(selection.at, range(selection.count()))]
        return sorted({row for first, last in ranges for row in range(first, last + 1)})

    def current(self) -> BatchItem | None:
        """The row that has the keyboard."""
        index = self.currentIndex()
        return self.queue.item(index.row()) if index.isValid() else None

    def show_palette(self, palette: Palette) -> None:
        self._delegate.show_palette(palette)
        self.viewport().update()

    # What the person does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step_asked.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (item := self.current()):
            self.open_asked.emit(item.id)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.currentIndex().isValid():
            self.menu_asked.emit(self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft()))
        else:
            self.menu_asked.emit(event.globalPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = self._folder_at(event.position().toPoint()) is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        if plain and (id_ := self._folder_at(event.position().toPoint())) is not None:
            self.folder_asked.emit(id_)

    def _folder_at(self, place: QPoint) -> int | None:
        """The row whose link to its results is at this place."""
        index = self.indexAt(place)
        if not index.isValid() or index.column() != RESULTS:
            return None
        item = self.queue.item(index.row())
        width = self.fontMetrics().horizontalAdvance(str(index.data() or ""))
        left = self.visualRect(index).left() + _SIDE
        return item.id if item.folder and left <= place.x() <= left + width else None

    @Slot(QModelIndex)
    def _double_clicked(self, index: QModelIndex) -> None:
        if index.column() != RESULTS:
            self.open_asked.emit(self.queue.item(index.row()).id)

    # Columns that fit

    def _measure(self) -> None:
        height = row_height(self.fontMetrics())
        self.verticalHeader().setDefaultSectionSize(height)
        self.setMinimumHeight(4 * height)
        self._share()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._share()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._measure()

    def _share(self) -> None:
        """Length takes what it needs; names, states and folders share the rest."""
        metrics, whole = self.fontMetrics(), self.viewport().width()
        length = metrics.horizontalAdvance("88:88:88") + 2 * _SIDE
        wanted = metrics.horizontalAdvance(_STATE_LETTERS) + metrics.height() + 3 * _SIDE
        state = min(max(wanted, round(0.36 * whole)), round(0.5 * whole))
        results = round(0.4 * (whole - length - state))
        for column, width in ((DURATION, length), (STATE, state), (RESULTS, results)):
            self.setColumnWidth(column, width)
        self.setColumnWidth(NAME, max(whole - length - state - results, 0))


def row_height(metrics: QFontMetrics) -> int:
    """Of a row, with room for a bar."""
    return metrics.height() + 14


class _Delegate(QStyledItemDelegate):
    """Draws a cell: states with a sign or a bar, results as a link."""

    def __init__(self, palette: Palette, parent: QTableView) -> None:
        super().__init__(parent)
        self._palette = palette

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, row_height(option.fontMetrics))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours, item = self._palette, index.data(ITEM)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_ground(painter, option)
        place = option.rect.adjusted(_EDGE if index.column() == NAME else _SIDE, 0, -_SIDE, 0)
        if index.column() == STATE:
            self._draw_state(painter, place, item)
        elif index.column() == DURATION:
            self._draw_text(painter, place, str(index.data()), colours.muted, Qt.AlignmentFlag.AlignRight)
        elif index.column() == RESULTS:
            self._draw_text(painter, place, str(index.data()), colours.accent)
        else:
            self._draw_name(painter, place, item)
        painter.restore()

    def _draw_name(self, painter: QPainter, place: QRect, item: BatchItem) -> None:
        """The name, and behind it the folder that tells it from another of the same name."""
        colours = self._palette
        quiet = item.state.kind in ("skipped", "cancelled")
        self._draw_text(painter, place, item.name, colours.muted if quiet else colours.text)
        used = painter.fontMetrics().horizontalAdvance(item.name) + 12
        if item.relative and place.width() - used > painter.fontMetrics().averageCharWidth() * 6:
            folder = words.folder(Path(item.relative))
            self._draw_text(painter, place.adjusted(used, 0, 0, 0), folder, colours.muted)

    def _draw_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        colours, rect = self._palette, QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            tint = QColor(colours.selection)
            tint.setAlphaF(0.14 if option.state & QStyle.StateFlag.State_Active else 0.08)
            painter.fillRect(rect, tint)
        painter.fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), QColor(colours.grid))
        if option.state & QStyle.StateFlag.State_HasFocus:
            view = self.parent()
            assert isinstance(view, QTableView)
            row = QRect(0, option.rect.top(), view.viewport().width(), option.rect.height())
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawLine(row.left() + 1, row.top() + 1, row.left() + 1, row.bottom() - 1)

    def _draw_state(self, painter: QPainter, place: QRect, item: BatchItem) -> None:
        state, colours = item.state, self._palette
        if state.active:
            self._draw_bar(painter, place, item)
            return
        text, colour = told(item), colours.danger if state.kind == "failed" else colours.muted
        sign = _SIGNS.get(state.kind)
        side = painter.fontMetrics().height()
        if sign:
            lit = {"done": colours.accent, "failed": colours.danger}.get(state.kind, colours.muted)
            box = QRect(place.left(), place.center().y() - side // 2 + 1, side, side)
            icon(sign, colours, lit).paint(painter, box)
        self._draw_text(painter, place.adjusted(side + 8, 0, 0, 0), text, colour, mode=Qt.TextElideMode.ElideRight)

    def _draw_bar(self, painter: QPainter, place: QRect, item: BatchItem) -> None:
        colours = self._palette
        bar = QRectF(place.adjusted(0, 4, 0, -5))
        shape = QPainterPath()
        shape.addRoundedRect(bar, 5, 5)
        painter.fillPath(shape, QColor(colours.pressed))
        done = QColor(colours.accent)
        done.setAlphaF(0.35)
        painter.save()
        painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
        if item.state.kind != "reading":
            filled = 1.0 if item.state.kind == "writing" else item.state.done
            painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * filled, bar.height()), done)
        painter.restore()
        inside = bar.toRect().adjusted(8, 0, -8, 0)
        self._draw_text(painter, inside, told(item), colours.text)

    def _draw_text(
        self,
        painter: QPainter,
        place: QRect,
        text: str,
        colour: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
    ) -> None:
        if not text:
            return
        painter.setPen(QColor(colour))
        shown = painter.fontMetrics().elidedText(text, mode, place.width())
        painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
