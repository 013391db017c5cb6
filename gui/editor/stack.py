"""The stack: the list of cards on which the network is built."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from gui.document.document import Document
from gui.editor.card_delegate import CardDelegate
from gui.editor.drag import make_drag
from gui.editor.stack_model import StackModel
from gui.style import GRID, theme
from nnlib.layers import Layer

Action = Qt.DropAction
NO_GAP = -1


class LayerStack(QListView):
    """Shows the document's layers as cards and turns what the user does to them into edits.

    Layers are dragged in, dragged to another place, moved with Alt+Up and Alt+Down, and removed
    with Delete or Backspace. With Ctrl held, dragging within the stack makes a copy.
    """

    layer_hovered = Signal(int)
    """The layer under the pointer, or -1."""
    layer_selected = Signal(int)
    """The one layer that is selected, or -1 where it is none, several, the data or the loss."""
    selection_changed = Signal(list)
    """The selected rows of the model, from the top."""
    opened = Signal()
    """Enter or a double click on a card: the user wants at its options."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerStack")
        self.setAccessibleName(self.tr("Layer stack"))
        self.setAccessibleDescription(
            self.tr("Data, layers and loss in order. Delete removes, Alt+Up and Alt+Down move.")
        )
        self._document = document
        self._model = StackModel(document, self)
        self._delegate = CardDelegate(self)
        self._gap = NO_GAP
        self._drag_point = QPoint()
        self._hovered = -1
        self._shown_rows: list[int] = []
        self._lost_row = NO_GAP
        self._set_up_view()
        self.setModel(self._model)
        self._model.followed.connect(self._on_followed)
        self.selectionModel().selectionChanged.connect(self._tell_selection)
        # Not `activated`, which is a single click on some desktops.
        self.doubleClicked.connect(lambda _: self.opened.emit())
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def _set_up_view(self) -> None:
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(False)  # our own mark is clearer
        self.setAutoScrollMargin(4 * GRID)
        self.setMouseTracking(True)
        self.setMinimumHeight(12 * GRID)

    # What others may ask

    def selected_rows(self) -> list[int]:
        """The selected rows of the model, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def selected_layers(self) -> list[int]:
        """The places of the selected layers in the stack, from 0."""
        found = (self._model.card(row).index for row in self.selected_rows())
        return [index for index in found if index >= 0]

    def select_layers(self, indices: Sequence[int]) -> None:
        """Select these layers and no other card, and show them."""
        self._select_rows([index + 1 for index in indices])

    def light_layer(self, index: int) -> None:
        """Light up the card of the layer that is hovered elsewhere; -1 for none."""
        if index != self._delegate.lit:
            self._delegate.lit = index
            self.viewport().update()

    # Edits

    def add_layers(self, layers: Sequence[Layer]) -> None:
        """Put layers after the last selected card, or before the loss where none is selected."""
        end = len(self._document.spec.layers)
        rows = self.selected_rows()
        self._document.insert_layers(min(rows[-1], end) if rows else end, layers)

    def remove_selected(self) -> None:
        """Take the selected layers out; the card that follows them is selected then."""
        gone = self.selected_layers()
        if gone:
            self._document.remove_layers(gone)
            left = len(self._document.spec.layers)
            self.select_layers([min(gone[0], left - 1)] if left else [])

    def move_selected(self, by: int) -> None:
        """Move the selected layers one place up (-1) or down (+1)."""
        moved = self.selected_layers()
        if not moved:
            return
        to = moved[0] - 1 if by < 0 else moved[-1] + 2
        if 0 <= to <= len(self._document.spec.layers):
            self._document.move_layers(moved, to)
            self.scrollTo(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not plain:
            self.remove_selected()
        elif plain == Qt.KeyboardModifier.AltModifier and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move_selected(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    # Selection

    def _select_rows(self, rows: Sequence[int]) -> None:
        chosen = QItemSelection()
        for row in rows:
            index = self._model.index(row)
            chosen.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        if rows:
            last = self._model.index(rows[-1])
            self.selectionModel().setCurrentIndex(last, flags.NoUpdate)
        self.selectionModel().select(chosen, flags.ClearAndSelect)
        if rows:
            self.executeDelayedItemsLayout()
            self.scrollTo(self._model.index(rows[-1]))
            self.scrollTo(self._model.index(rows[0]))

    def rowsAboutToBeRemoved(
        self, parent: QModelIndex | QPersistentModelIndex, start: int, end: int
    ) -> None:
        if start <= self.currentIndex().row() <= end:
            self._lost_row = start  # Qt would go on with the row before it
        super().rowsAboutToBeRemoved(parent, start, end)

    def _on_followed(self, came: list[int]) -> None:
        """Select what an edit, undo or redo brought; after a removal, the layer that follows."""
        lost, self._lost_row = self._lost_row, NO_GAP
        last_layer = self._model.rowCount() - 2
        if came:
            self._select_rows(came)
        elif lost != NO_GAP:
            row = min(lost, last_layer)
            self._select_rows([row] if row > 0 else [])
        self._tell_selection()

    def _tell_selection(self) -> None:
        rows = self.selected_rows()
        if rows != self._shown_rows:
            self._shown_rows = rows
            self.selection_changed.emit(rows)
            only = self._model.card(rows[0]).index if len(rows) == 1 else -1
            self.layer_selected.emit(only)

    # Hovering

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()))

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._hover(QModelIndex())

    def _hover(self, index: QModelIndex) -> None:
        hovered = self._model.card(index.row()).index if index.isValid() else -1
        if hovered != self._hovered:
            self._hovered = hovered
            self.layer_hovered.emit(hovered)

    # Drag and drop

    def startDrag(self, actions: Action) -> None:
        indices = self.selected_layers()
        if not indices:
            return
        rows = [self._model.index(i + 1) for i in indices]
        names = [self._document.spec.layers[i].display_name() for i in indices]
        drag = make_drag(self, self._model.mimeData(rows), names)
        drag.exec(actions, Action.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        super().dragEnterEvent(event)
        self._answer(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)  # for the scrolling at the edges; the answer is ours
        self._answer(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._mark(NO_GAP)

    def dropEvent(self, event: QDropEvent) -> None:
        self._answer(event)
        gap = self._gap
        self._mark(NO_GAP)
        self.stopAutoScroll()
        self.setState(QAbstractItemView.State.NoState)
        if gap != NO_GAP:
            no_parent = QModelIndex()
            self._model.dropMimeData(event.mimeData(), event.dropAction(), gap, 0, no_parent)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def gap_at(self, point: QPoint) -> int:
        """The row before which something dropped at ``point`` lands: after data, before loss."""
        end = self._model.rowCount() - 1
        for row in range(1, end):
            if point.y() < self.visualRect(self._model.index(row)).center().y():
                return row
        return end

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

    def _on_scrolled(self) -> None:
        if self._gap != NO_GAP:
            self._mark(self.gap_at(self._drag_point))

    def _mark(self, gap: int) -> None:
        if gap != self._gap:
            self._gap = gap
            self._delegate.is_quiet = gap != NO_GAP
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._gap != NO_GAP:
            self._paint_mark()

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
