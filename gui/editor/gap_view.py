"""A list onto which layers are dragged: it marks the gap in which they will land."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from gui.editor.stack_model import StackModel
from gui.style import GRID, theme

Action = Qt.DropAction
NO_GAP = -1
EDGE = 5 * GRID
"""So near to the upper or lower edge a drag scrolls, the faster the nearer."""
SCROLL_TICK = 16  # milliseconds
FASTEST = 14  # pixels in each


class GapView(QListView):
    """Shows a `StackModel` and has what is dropped land where the mark was."""

    def __init__(self, model: StackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._gap = NO_GAP
        self._drag_point = QPoint()
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(False)  # our own mark is clearer
        # Qt's own scrolling begins anew with every move of the mouse, and so never gets fast.
        self.setAutoScroll(False)
        self._scrolling = QTimer(self, interval=SCROLL_TICK)
        self._scrolling.timeout.connect(self._scroll)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def gap_at(self, point: QPoint) -> int:
        """The row before which something dropped at ``point`` lands: after data, before loss."""
        end = self._model.rowCount() - 1
        for row in range(1, end):
            if point.y() < self.visualRect(self._model.index(row)).center().y():
                return row
        return end

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        super().dragEnterEvent(event)
        self._answer(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)
        self._answer(event)
        if self.scroll_step(self._drag_point.y()):
            self._scrolling.start()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._scrolling.stop()
        self._mark(NO_GAP)

    def dropEvent(self, event: QDropEvent) -> None:
        self._answer(event)
        gap = self._gap
        self._mark(NO_GAP)
        self._scrolling.stop()
        self.setState(QAbstractItemView.State.NoState)
        if gap != NO_GAP:
            no_parent = QModelIndex()
            self._model.dropMimeData(event.mimeData(), event.dropAction(), gap, 0, no_parent)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Heights of cards depend on the width, which Qt does not look at in a list."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._gap != NO_GAP:
            self._paint_mark()

    def _answer(self, event: QDropEvent) -> None:
        """Accept or refuse what hovers, and mark where it would land."""
        self._drag_point = event.position().toPoint()
        gap = self.gap_at(self._drag_point)
        data = event.mimeData()
        action = event.proposedAction()
        if action == Action.MoveAction and not self._model.own_layers(data):
            action = Action.CopyAction  # from another window: it keeps its own
        if self._model.canDropMimeData(data, action, gap, 0, QModelIndex()):
            event.setDropAction(action)
            event.accept()
            self._mark(gap)
        else:
            event.ignore()
            self._mark(NO_GAP)

    def scroll_step(self, y: int) -> int:
        """By how many pixels a drag at that height scrolls in one tick: up is negative."""
        below = y - (self.viewport().height() - EDGE)
        depth = -(EDGE - y) if y < EDGE else max(below, 0)
        depth = min(max(depth, -EDGE), EDGE)
        return round(FASTEST * depth / EDGE)

    def _scroll(self) -> None:
        bar = self.verticalScrollBar()
        before = bar.value()
        bar.setValue(before + self.scroll_step(self._drag_point.y()))
        if bar.value() == before:
            self._scrolling.stop()

    def _on_scrolled(self) -> None:
        if self._gap != NO_GAP:
            self._mark(self.gap_at(self._drag_point))

    def _mark(self, gap: int) -> None:
        if gap != self._gap:
            self._gap = gap
            self._follow_gap(gap != NO_GAP)
            self.viewport().update()

    def _follow_gap(self, is_open: bool) -> None:
        """There is a mark now, or none any more."""

    def _paint_mark(self) -> None:
        """A line with a small ring at each end, in the gap where the drop will land."""
        y = self.visualRect(self._model.index(self._gap)).top()
        y = min(max(y, GRID // 2), self.viewport().height() - GRID // 2)
        ring, right = GRID // 2, self.viewport().width() - GRID // 2
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme().accent), 3))
        painter.drawLine(QPointF(2 * ring, y), QPointF(right - ring, y))
        painter.setPen(QPen(QColor(theme().accent), 2))
        painter.setBrush(QColor(theme().surface))
        for x in (ring, right):
            painter.drawEllipse(QPointF(x, y), ring - 1, ring - 1)
        painter.end()
