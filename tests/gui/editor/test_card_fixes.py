"""What a card says of its layer's state, and the buttons that put things right."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt

from gui.editor.cards import Card, Kind, tool_tip
from gui.editor.stack import LayerStack
from gui.editor.stack_model import changed_since
from nnlib import presets
from nnlib.layers import Affine, Convolution, Flatten, MaxPooling, ReLU, Sigmoid
from nnlib.losses import MeanSquaredError
from nnlib.project import ProjectSpec


@pytest.fixture
def stack(editor) -> LayerStack:
    return editor.stack


def names(document) -> list[str]:
    return [type(layer).__name__ for layer in document.spec.layers]


def button(stack: LayerStack, label: str) -> QPoint:
    """The middle of the fix with that label, in the viewport."""
    found = next(b for b in stack.fix_buttons if b["label"] == label)
    x, y, width, height = found["rect"]
    return stack.viewport().mapFromGlobal(QPoint(x + width // 2, y + height // 2))


def click(qtbot, stack: LayerStack, point: QPoint) -> None:
    qtbot.mouseClick(stack.viewport(), Qt.MouseButton.LeftButton, pos=point)


def test_a_problem_is_fixed_by_a_click(stack, document, qtbot):
    document.remove_layers([0])
    assert document.report.problem
    click(qtbot, stack, button(stack, "Insert Flatten"))
    assert names(document) == ["Flatten", "Affine", "ReLU", "Affine"]
    assert document.undo_stack.undoText() == "Insert Flatten"
    document.undo_stack.undo()
    assert document.report.problem


def test_a_remark_is_followed_by_a_click(stack, document, qtbot):
    document.remove_layers([2])
    card = stack.cards.card(3)
    assert [remark.title for remark in card.remarks] == ["No activation in between"]
    assert "no more than one of them" in tool_tip(card)
    click(qtbot, stack, button(stack, "Insert ReLU"))
    assert names(document) == ["Flatten", "Affine", "ReLU", "Affine"]
    assert document.remarks == ()


def test_the_loss_offers_what_the_end_lacks(stack, document, qtbot):
    document.set_layer(3, Affine(7))
    click(qtbot, stack, button(stack, "Set units to 10"))
    assert document.spec.layers[3].units == 10


def test_a_press_that_leaves_the_button_does_nothing(stack, document, qtbot):
    document.remove_layers([0])
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(stack.viewport(), left, pos=button(stack, "Insert Flatten"))
    qtbot.mouseRelease(stack.viewport(), left, pos=QPoint(5, 5))
    assert names(document) == ["Affine", "ReLU", "Affine"]


def test_a_right_click_on_a_button_is_no_click(stack, document, qtbot):
    document.remove_layers([0])
    place = button(stack, "Insert Flatten")
    qtbot.mouseClick(stack.viewport(), Qt.MouseButton.RightButton, pos=place)
    assert names(document) == ["Affine", "ReLU", "Affine"]


def test_buttons_lie_on_their_cards_apart_from_each_other(stack, document):
    document.insert_layers(0, [MaxPooling(3), Convolution(3, 40), Affine(3)])
    rects: list[QRect] = []
    for row in range(stack.cards.rowCount()):
        index = stack.cards.index(row, 0)
        for rect in stack.itemDelegate().button_rects(index):
            assert stack.visualRect(index).contains(rect)
            assert not any(rect.intersects(other) for other in rects)
            rects.append(rect)
    assert rects


def test_the_tool_tip_gives_the_arithmetic(stack, document):
    document.load_preset(presets.find("simple-conv"))
    assert "5·5·1·30 + 30 = 780" in tool_tip(stack.cards.card(1))


def test_what_is_in_a_tool_tip_is_no_markup():
    card = Card(Kind.LAYER, 0, "1 · <b>Evil</b>")
    assert "&lt;b&gt;Evil" in tool_tip(card)


# Changed since training


def marked(stack: LayerStack) -> list[int]:
    model = stack.cards
    return [row for row in range(model.rowCount()) if model.card(row).is_changed]


def test_nothing_is_marked_before_training(stack, document):
    document.insert_layers(1, [Sigmoid()])
    assert marked(stack) == []


def test_what_came_or_was_changed_since_is_marked(stack, document):
    stack.show_trained(document.spec)
    assert marked(stack) == []
    document.insert_layers(1, [Sigmoid()])
    assert marked(stack) == [2]
    document.set_layer(4, Affine(11))
    assert marked(stack) == [2, 5]
    assert "changed since training" in stack.cards.card(5).spoken
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert marked(stack) == []
    document.set_loss(MeanSquaredError())
    assert marked(stack) == [5]
    stack.show_trained(None)
    assert marked(stack) == []


def test_a_moved_layer_is_marked_and_its_neighbours_are_not():
    trained = ProjectSpec((Flatten(), Affine(20), ReLU(), Affine(10)))
    moved = ProjectSpec((Flatten(), ReLU(), Affine(20), Affine(10)))
    assert len(changed_since(trained, moved)) == 1
    assert changed_since(trained, trained) == set()


def test_cards_with_remarks_and_changes_can_be_painted(stack, document, qtbot):
    stack.show_trained(document.spec)
    document.remove_layers([2])
    document.enable_layers([0], is_on=False)
    document.set_layer(1, Affine(9))
    assert not stack.grab().isNull()
