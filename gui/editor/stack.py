"""The stack: the list of cards on which the network is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from gui.document.document import Document
from gui.editor.card_delegate import NO_BUTTON, CardDelegate
from gui.editor.drag import make_drag
from gui.editor.gap_view import NO_GAP, GapView
from gui.editor.insert_popup import InsertPopup
from gui.editor.stack_actions import StackActions
from gui.editor.stack_model import StackModel
from gui.style import GRID
from nnlib.layers import Layer
from nnlib.layers.disabled import enabled
from nnlib.project import ProjectSpec

Action = Qt.DropAction


class LayerStack(GapView):
    """Shows the document's layers as cards and turns what the user does to them into edits.

    Layers are dragged in, dragged to another place, and with Ctrl held dragged as a copy. What can
    be done with keys is in `StackActions`; typing a letter searches for a layer to insert. What
    would fix a problem or follow a remark is a button on the card.
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
        super().__init__(StackModel(document), parent)
        self._model.setParent(self)
        self.setObjectName("layerStack")
        self.setAccessibleName(self.tr("Layer stack"))
        self.setAccessibleDescription(
            self.tr(
                "Data, layers and loss in order. Delete removes, Alt+Up and Alt+Down move, "
                "typing inserts a layer, the menu key shows what else can be done."
            )
        )
        self._document = document
        self._delegate = CardDelegate(self)
        self._hovered = -1
        self._pressed = NO_BUTTON
        self._shown_rows: list[int] = []
        self._lost_row = NO_GAP
        self._set_up_view()
        self.setModel(self._model)
        self._model.followed.connect(self._on_followed)
        self.selectionModel().selectionChanged.connect(self._tell_selection)
        # Not `activated`, which is a single click on some desktops.
        self.doubleClicked.connect(lambda _: self.opened.emit())
        self.edits = StackActions(self, document)

    def _set_up_view(self) -> None:
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
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

    def show_trained(self, spec: ProjectSpec | None) -> None:
        """Mark the cards that are not as they were trained; None where nothing was."""
        self._model.show_trained(spec)

    @property
    def cards(self) -> StackModel:
        """The model of the cards."""
        return self._model

    @property
    def fix_buttons(self) -> list[dict[str, Any]]:
        """Label and place, in screen coordinates, of every fix that can be clicked now."""
        found: list[dict[str, Any]] = []
        for row in range(self._model.rowCount()):
            rects = self._delegate.button_rects(self._model.index(row))
            for fix, rect in zip(self._model.card(row).fixes, rects, strict=True):
                corner = self.viewport().mapToGlobal(rect.topLeft())
                place = [corner.x(), corner.y(), rect.width(), rect.height()]
                found.append({"label": fix.label, "row": row, "rect": place})
        return found

    def rows_with_fixes(self) -> list[int]:
        """The rows whose cards propose something."""
        return [row for row in range(self._model.rowCount()) if self._model.card(row).fixes]

    # Edits

    def place_to_insert(self) -> int:
        """Where a new layer goes: after the last selected card, or before the loss."""
        end = len(self._document.spec.layers)
        rows = self.selected_rows()
        return min(rows[-1], end) if rows else end

    def add_layers(self, layers: Sequence[Layer]) -> None:
        """Put layers after the last selected card, or before the loss where none is selected."""
        self._document.insert_layers(self.place_to_insert(), layers)

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

    def apply_fix(self, row: int, number: int = 0) -> None:
        """Do what the card in that row proposes."""
        fixes = self._model.card(row).fixes
        if 0 <= number < len(fixes):
            self._document.apply_fix(fixes[number])

    def ask_for_layer(self, text: str = "") -> None:
        """Open the search for a layer to insert, with ``text`` typed already."""
        popup = InsertPopup(text, self)
        popup.layer_chosen.connect(lambda layer: self.add_layers([layer]))
        row = self._model.index(self.place_to_insert())
        rect = self.visualRect(row)
        self.scrollTo(row)
        height = self.viewport().height()
        corner = QPoint(2 * GRID, min(max(rect.bottom() + 1, 0), height))
        popup.open_at(self.viewport().mapToGlobal(corner), self.viewport().width() - 2 * GRID)

    # Keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        no_modifier = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        is_plain = not event.modifiers() & (no_modifier | Qt.KeyboardModifier.MetaModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and is_plain:
            self.opened.emit()
        elif is_plain and event.text().isalpha():
            self.ask_for_layer(event.text())
        elif action := self.edits.action_for(event):  # whose key Qt did not take for a shortcut
            action.trigger()  # nothing, where it cannot be carried out now
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.currentIndex()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = self.indexAt(event.pos())
            if index.isValid() and not self.selectionModel().isSelected(index):
                self._select_rows([index.row()])
            where = event.globalPos()
        else:
            where = self.viewport().mapToGlobal(self.visualRect(index).center())
        fixes = self._model.card(index.row()).fixes if index.isValid() else ()
        self.edits.menu(fixes).popup(where)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._button_at(event)
        if self._pressed == NO_BUTTON:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, NO_BUTTON
        if pressed == NO_BUTTON:
            super().mouseReleaseEvent(event)
        elif pressed == self._button_at(event):
            self.apply_fix(*pressed)
            self._light_button(NO_BUTTON)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._button_at(event) == NO_BUTTON:
            super().mouseDoubleClickEvent(event)
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed == NO_BUTTON:
            super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()))
        self._light_button(self._button_at(event))

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._hover(QModelIndex())
        self._light_button(NO_BUTTON)

    def _button_at(self, event: QMouseEvent) -> tuple[int, int]:
        index = self.indexAt(event.position().toPoint())
        number = self._delegate.button_at(index, event.position().toPoint())
        buttons = event.button() | event.buttons()
        if number < 0 or buttons & ~Qt.MouseButton.LeftButton:
            return NO_BUTTON
        return index.row(), number

    def _light_button(self, button: tuple[int, int]) -> None:
        if button != self._delegate.hot:
            self._delegate.hot = button
            self.viewport().update()
            if button == NO_BUTTON:
                self.viewport().unsetCursor()
            else:
                self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def _hover(self, index: QModelIndex) -> None:
        hovered = self._model.card(index.row()).index if index.isValid() else -1
        if hovered != self._hovered:
            self._hovered = hovered
            self.layer_hovered.emit(hovered)

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
            self._document.end_merging()  # back at an option later is another edit of it
            self.selection_changed.emit(rows)
            only = self._model.card(rows[0]).index if len(rows) == 1 else -1
            self.layer_selected.emit(only)

    # Drag

    def startDrag(self, actions: Action) -> None:
        indices = self.selected_layers()
        if not indices:
            return
        rows = [self._model.index(i + 1) for i in indices]
        names = [enabled(self._document.spec.layers[i]).display_name() for i in indices]
        drag = make_drag(self, self._model.mimeData(rows), names)
        drag.exec(actions, Action.MoveAction)

    def _follow_gap(self, is_open: bool) -> None:
        self._delegate.is_quiet = is_open
