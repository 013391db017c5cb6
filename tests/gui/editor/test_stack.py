"""What a user does to the stack with mouse and keyboard, and what is selected afterwards."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from gui import style
from gui.editor import mime
from gui.editor.stack import LayerStack
from nnlib import presets
from nnlib.layers import Affine, Dropout, Flatten, ReLU, Sigmoid

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction


@pytest.fixture
def stack(editor) -> LayerStack:
    return editor.stack


def names(document) -> list[str]:
    return [type(layer).__name__ for layer in document.spec.layers]


def drag_over(stack: LayerStack, data: QMimeData, point: QPoint, actions=COPY) -> bool:
    """Whether it was accepted. No event leaves: its repr would read mime data that is gone."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(point, actions, data, left, none)
    QApplication.sendEvent(stack.viewport(), enter)
    move = QDragMoveEvent(point, actions, data, left, none)
    QApplication.sendEvent(stack.viewport(), move)
    return move.isAccepted()


def drop(stack: LayerStack, data: QMimeData, point: QPoint, actions=COPY) -> Qt.DropAction | None:
    """What was done with it; None where it was refused."""
    drag_over(stack, data, point, actions)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(point), actions, data, left, none)
    QApplication.sendEvent(stack.viewport(), event)
    return event.dropAction() if event.isAccepted() else None


def upper(stack: LayerStack, row: int) -> QPoint:
    rect = stack.visualRect(stack.model().index(row, 0))
    return QPoint(rect.center().x(), rect.top() + 3)


def lower(stack: LayerStack, row: int) -> QPoint:
    rect = stack.visualRect(stack.model().index(row, 0))
    return QPoint(rect.center().x(), rect.bottom() - 3)


# Keyboard


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_removes_and_selects_what_follows(stack, document, qtbot, key):
    stack.select_layers([1])
    qtbot.keyClick(stack, key)
    assert names(document) == ["Flatten", "ReLU", "Affine"]
    assert stack.selected_layers() == [1]


def test_deleting_the_last_layer_selects_the_one_before_not_the_loss(stack, document, qtbot):
    stack.select_layers([3])
    qtbot.keyClick(stack, Qt.Key.Key_Delete)
    assert stack.selected_layers() == [2]


def test_delete_removes_several_and_never_data_or_loss(stack, document, qtbot):
    qtbot.keyClick(stack, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(stack, Qt.Key.Key_Delete)
    assert names(document) == []
    assert stack.model().rowCount() == 2
    qtbot.keyClick(stack, Qt.Key.Key_Delete)
    document.undo_stack.undo()
    assert names(document) == ["Flatten", "Affine", "ReLU", "Affine"]


def test_arrows_select_one_card_after_the_other(stack, qtbot):
    stack.select_layers([0])
    qtbot.keyClick(stack, Qt.Key.Key_Down)
    assert stack.selected_layers() == [1]
    qtbot.keyClick(stack, Qt.Key.Key_Down, SHIFT)
    assert stack.selected_layers() == [1, 2]


def test_alt_arrows_move_the_selected_card(stack, document, qtbot):
    stack.select_layers([1])
    qtbot.keyClick(stack, Qt.Key.Key_Down, ALT)
    assert names(document) == ["Flatten", "ReLU", "Affine", "Affine"]
    assert stack.selected_layers() == [2]
    qtbot.keyClick(stack, Qt.Key.Key_Up, ALT)
    qtbot.keyClick(stack, Qt.Key.Key_Up, ALT)
    assert names(document) == ["Affine", "Flatten", "ReLU", "Affine"]
    qtbot.keyClick(stack, Qt.Key.Key_Up, ALT)  # there is only the data above
    assert stack.selected_layers() == [0]
    assert document.undo_stack.count() == 3


def test_the_last_layer_does_not_move_below_the_loss(stack, document, qtbot):
    stack.select_layers([2, 3])
    qtbot.keyClick(stack, Qt.Key.Key_Down, ALT)
    assert document.undo_stack.count() == 0


def test_enter_on_a_card_leads_to_its_first_option(stack, editor, qtbot):
    stack.select_layers([1])
    qtbot.keyClick(stack, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is editor.inspector.findChild(object, "option_units")


# Selection and undo


def test_a_layer_is_added_before_the_loss_when_nothing_is_selected(stack, document):
    stack.clearSelection()
    stack.add_layers([Dropout()])
    assert names(document)[-1] == "Dropout"
    assert stack.selected_layers() == [4]


@pytest.mark.parametrize(("row", "place"), [(0, 0), (2, 2), (5, 4)])
def test_a_layer_is_added_after_the_selected_card(stack, document, row, place):
    stack._select_rows([row])
    stack.add_layers([Dropout()])
    assert names(document)[place] == "Dropout"


def test_undo_and_redo_select_what_they_bring_back(stack, document):
    before = document.spec
    stack.select_layers([1, 2])
    stack.remove_selected()
    document.undo_stack.undo()
    assert document.spec == before
    assert stack.selected_layers() == [1, 2]
    document.undo_stack.redo()
    assert names(document) == ["Flatten", "Affine"]


def test_undoing_the_first_layer_of_an_empty_stack_leaves_nothing_selected(stack, document):
    document.remove_layers([0, 1, 2, 3])
    stack.clearSelection()
    stack.add_layers([ReLU()])
    assert stack.selected_layers() == [0]
    document.undo_stack.undo()
    assert stack.selected_rows() == []


def test_the_selection_survives_edits_elsewhere(stack, document):
    stack.select_layers([2])
    document.set_layer(1, Affine(7), changed="units")
    assert stack.selected_layers() == [2]
    document.remove_layers([0])
    assert stack.selected_layers() == [1]


def test_the_scroll_position_survives_an_edit(stack, document, qtbot):
    document.load_preset(presets.find("deep-conv"))
    stack.select_layers([12])
    stack.executeDelayedItemsLayout()
    before = stack.verticalScrollBar().value()
    assert before > 0
    document.set_layer(12, document.spec.layers[12].copy())
    document.set_layer(0, document.spec.layers[0].replace(filters=17), changed="filters")
    stack.executeDelayedItemsLayout()
    assert stack.verticalScrollBar().value() == before


def test_what_is_selected_and_hovered_is_told(stack, qtbot):
    with qtbot.waitSignal(stack.layer_selected) as told:
        stack.select_layers([2])
    assert told.args == [2]
    with qtbot.waitSignal(stack.layer_selected) as told:
        stack._select_rows([0])
    assert told.args == [-1]
    with qtbot.waitSignal(stack.layer_hovered) as told:
        qtbot.mouseMove(stack.viewport(), upper(stack, 3))
    assert told.args == [2]
    with qtbot.waitSignal(stack.layer_hovered) as told:
        qtbot.mouseMove(stack.viewport(), upper(stack, 0))
    assert told.args == [-1]


# Drag and drop


@pytest.mark.parametrize(("where", "row", "place"), [
    (upper, 0, 0), (lower, 0, 0), (upper, 1, 0), (lower, 1, 1), (upper, 2, 1),
    (lower, 4, 4), (upper, 5, 4), (lower, 5, 4),
])  # fmt: skip
def test_a_drop_lands_in_the_nearest_gap(stack, document, where, row, place):
    assert drop(stack, mime.write_layers([Sigmoid()]), where(stack, row)) == COPY
    assert names(document)[place] == "Sigmoid"
    assert stack.selected_layers() == [place]


def test_the_mark_is_painted_in_the_gap_where_the_drop_will_land(stack):
    plain = stack.viewport().grab().toImage()
    drag_over(stack, mime.write_layers([Sigmoid()]), upper(stack, 3))
    marked = stack.viewport().grab().toImage()
    changed = {
        y for y in range(plain.height()) for x in range(0, plain.width(), 7)
        if plain.pixel(x, y) != marked.pixel(x, y)
    }  # fmt: skip
    edge = stack.visualRect(stack.model().index(3)).top()
    assert edge in changed
    assert all(abs(y - edge) <= 5 for y in changed)


def test_leaving_takes_the_mark_away(stack):
    drag_over(stack, mime.write_layers([Sigmoid()]), upper(stack, 3))
    assert stack._gap == 3
    QApplication.sendEvent(stack.viewport(), QDragLeaveEvent())
    assert stack._gap == -1


def test_moving_cards_by_drag_keeps_them_selected(stack, document):
    flatten, hidden, activation, last = document.spec.layers
    stack.select_layers([1, 3])
    data = stack.model().mimeData(stack.selectedIndexes())
    assert drop(stack, data, upper(stack, 1), MOVE) == MOVE
    assert document.spec.layers == (hidden, last, flatten, activation)
    assert stack.selected_layers() == [0, 1]
    document.undo_stack.undo()
    assert names(document) == ["Flatten", "Affine", "ReLU", "Affine"]


def test_a_foreign_drag_is_refused_without_a_mark(stack, document):
    data = QMimeData()
    data.setText("hello")
    assert not drag_over(stack, data, upper(stack, 2))
    assert stack._gap == -1
    assert drop(stack, data, upper(stack, 2)) is None
    assert document.undo_stack.count() == 0


def test_an_empty_stack_takes_a_drop_anywhere(stack, document):
    document.remove_layers([0, 1, 2, 3])
    bottom = QPoint(40, stack.viewport().height() - 5)
    assert drop(stack, mime.write_layers([Flatten()]), bottom) == COPY
    assert names(document) == ["Flatten"]


# Looks


def test_a_card_grows_as_high_as_its_problem_needs(stack, document, editor):
    index = stack.model().index(1)
    document.remove_layers([0])
    wide = stack.visualRect(index).height()
    assert wide > stack.visualRect(stack.model().index(3)).height()
    editor.resize(230, 640)
    QApplication.processEvents()
    assert stack.visualRect(index).height() > wide


@pytest.mark.parametrize("colors", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_it_paints_in_both_themes(editor, document, qapp, colors):
    before = qapp.palette()
    try:
        qapp.setPalette(style.palette(colors))
        document.remove_layers([0])
        ground = editor.stack.grab().toImage().pixelColor(150, editor.stack.height() - 2)
        assert (ground.lightness() < 128) == (colors is style.DARK)
    finally:
        qapp.setPalette(before)
