"""The inspector's form comes from the declaration, and every keystroke is an edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QSpinBox,
    QToolButton,
)

from gui.editor.option_form import OptionForm
from nnlib.initializers import He, Normal
from nnlib.layers import Affine, Convolution, Disabled, Layer, MaxPooling
from nnlib.options import Declared, option

OFFERED = [member for member in Layer.members.values() if member.category]


@pytest.fixture
def stack(editor):
    return editor.stack


@pytest.fixture
def find(editor) -> Callable[[type, str], Any]:
    return editor.inspector.findChild


def texts(editor) -> str:
    return " | ".join(label.text() for label in editor.inspector.widget().findChildren(QLabel))


@pytest.mark.parametrize("member", OFFERED, ids=lambda member: member.__name__)
def test_every_option_of_every_layer_has_a_field_with_name_and_help(editor, document, member):
    document.insert_layers(0, [member()])
    editor.stack.select_layers([0])
    for declared in member.declared_options():
        field = editor.inspector.findChild(object, f"option_{declared.name}")
        assert field.accessibleName() == declared.title
        assert field.toolTip() == declared.help
    assert member.describe() in texts(editor)
    assert member.formula in texts(editor)


def test_typing_shows_at_once_in_the_shapes_below_and_keeps_the_focus(stack, find, document, qtbot):
    stack.select_layers([1])
    box = find(QSpinBox, "option_units")
    box.setFocus()
    box.selectAll()
    seen = []
    for digit in "128":
        qtbot.keyClicks(box, digit)
        seen.append(stack.model().card(3).shape)
        assert find(QSpinBox, "option_units") is box
        assert QApplication.focusWidget() is box
    assert seen == ["1", "12", "128"]
    assert box.lineEdit().cursorPosition() == 3
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.spec.layers[1] == Affine(50)
    assert box.value() == 50


def test_an_emptied_field_waits_for_the_next_digit(stack, find, document, qtbot):
    stack.select_layers([1])
    box = find(QSpinBox, "option_units")
    box.setFocus()
    box.selectAll()
    qtbot.keyClick(box, Qt.Key.Key_Backspace)
    assert box.lineEdit().text() == ""
    document.set_layer(3, Affine(9), changed="units")  # something else changes meanwhile
    assert box.lineEdit().text() == ""
    qtbot.keyClicks(box, "7")
    assert document.spec.layers[1] == Affine(7)


def test_typing_in_the_middle_keeps_the_cursor(stack, find, qtbot):
    stack.select_layers([1])
    box = find(QSpinBox, "option_units")
    box.setFocus()
    box.lineEdit().setCursorPosition(1)
    qtbot.keyClicks(box, "1")
    assert box.text() == "510"
    assert box.lineEdit().cursorPosition() == 2


def test_a_decimal_is_typed_without_interruption(stack, find, document, qtbot):
    document.insert_layers(2, [Layer.find("Dropout")()])
    stack.select_layers([2])
    box = find(QDoubleSpinBox, "option_ratio")
    assert box.text() == box.locale().toString(0.5)
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, box.locale().toString(0.05, "f", 2))
    assert document.spec.layers[2].ratio == 0.05


def test_an_optional_whole_number_says_what_none_means(stack, find, document):
    document.insert_layers(0, [MaxPooling(2)])
    stack.select_layers([0])
    box = find(QSpinBox, "option_stride")
    assert box.text() == "same as size"
    box.stepUp()
    assert document.spec.layers[0] == MaxPooling(2, stride=1)
    box.stepDown()
    assert document.spec.layers[0] == MaxPooling(2)


def test_a_member_of_a_family_is_chosen_and_has_a_form_of_its_own(stack, find, document, qtbot):
    stack.select_layers([1])
    box = find(QComboBox, "option_initial")
    assert find(QDoubleSpinBox, "option_initial_std") is None
    choose(box, "Normal")
    QApplication.processEvents()
    std = find(QDoubleSpinBox, "option_initial_std")
    assert std.isVisible()
    std.setValue(0.25)
    assert document.spec.layers[1] == Affine(50, initial=Normal(0.25))
    assert find(QDoubleSpinBox, "option_initial_std") is std
    choose(box, "He")
    QApplication.processEvents()
    assert document.spec.layers[1] == Affine(50, initial=He())
    assert not std_is_shown(find)
    document.undo_stack.undo()
    assert box.currentData() == "Auto"


def std_is_shown(find) -> bool:
    box = find(QDoubleSpinBox, "option_initial_std")
    return box is not None and box.isVisible()


def choose(box: QComboBox, name: str) -> None:
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


def test_the_wheel_changes_no_field_that_was_not_clicked(stack, editor, find, document):
    stack.select_layers([1])
    editor.stack.setFocus()
    for kind, name in ((QSpinBox, "option_units"), (QComboBox, "option_initial")):
        QApplication.sendEvent(find(kind, name), wheel())
    assert document.undo_stack.count() == 0
    box = find(QSpinBox, "option_units")
    box.setFocus()
    QApplication.sendEvent(box, wheel())
    assert document.spec.layers[1] != Affine(50)


def wheel() -> QWheelEvent:
    return QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip


def test_another_card_of_the_same_kind_gets_its_own_values(stack, find):
    stack.select_layers([1])
    assert find(QSpinBox, "option_units").value() == 50
    stack.select_layers([3])
    assert find(QSpinBox, "option_units").value() == 10


def test_what_was_half_typed_does_not_pass_to_another_card(stack, find, document, qtbot):
    document.set_layer(3, Affine(50))
    stack.select_layers([1])
    find(QSpinBox, "option_units").lineEdit().clear()
    stack.select_layers([3])
    assert find(QSpinBox, "option_units").text() == "50"


def test_a_moved_layer_keeps_its_form(stack, editor, find, document):
    stack.select_layers([1])
    box = find(QSpinBox, "option_units")
    document.move_layers([1], 4)
    assert find(QSpinBox, "option_units") is box
    assert "4 · Affine" in texts(editor)
    box.setValue(60)
    assert document.spec.layers[3] == Affine(60)


def test_the_delete_button_removes_the_layer(stack, find, document):
    stack.select_layers([1])
    find(QToolButton, "deleteLayerButton").click()
    assert len(document.spec.layers) == 3
    assert stack.selected_layers() == [1]
    assert QApplication.focusWidget() is stack


def test_the_data_card_tells_shape_and_classes(stack, editor, document):
    stack._select_rows([0])
    assert "1 × 28 × 28" in texts(editor)
    assert "0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in texts(editor)
    document.describe_data((2,), ["inner", "outer"])
    assert "inner, outer" in texts(editor)


def test_the_loss_card_lets_the_loss_be_chosen(stack, find, document):
    stack._select_rows([5])
    box = find(QComboBox, "option_loss")
    assert box.currentText() == "Softmax with cross-entropy"
    choose(box, "MeanSquaredError")
    assert document.spec.loss.title == "Mean squared error"
    assert stack.model().card(5).detail == "Mean squared error"
    document.undo_stack.undo()
    assert box.currentData() == "CrossEntropy"


def test_nothing_selected_and_several_selected_say_what_to_do(stack, editor):
    stack.clearSelection()
    assert "Select a card" in texts(editor)
    stack.select_layers([1, 2])
    assert "Several cards" in texts(editor)


def test_an_impossible_value_is_shown_where_it_hurts_and_can_be_repaired(stack, find, document):
    document.insert_layers(0, [Convolution(4, 5)])
    stack.select_layers([0])
    find(QSpinBox, "option_stride").setValue(2)
    assert "Convolution needs windows that fit evenly" in stack.model().card(1).problem
    find(QSpinBox, "option_kernel_size").setValue(4)
    assert not stack.model().card(1).problem


@dataclass
class Strange(Declared):
    """Options of every kind that the layers do not have yet."""

    mode: str = option("soft", choices=("soft", "hard"), help="How.")
    rate: float = option(0.1, minimum=0.0, exclusive_minimum=True, help="Never 0.")
    limit: float | None = option(None, minimum=0.0, optional=True, none_text="no limit")
    shift: int = option(0, help="Any whole number.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mode == "hard" and self.shift < 0:
            raise self.declared_options()[3]._refusal(self.shift, "Strange", "0 when hard")


def test_every_kind_of_option_has_a_field(qtbot):
    form = OptionForm(Strange())
    qtbot.addWidget(form)
    seen: list[Strange] = []

    def follow(value: Strange) -> None:
        seen.append(value)
        form.show_values(value)

    form.edited.connect(follow)
    find: Callable[[type, str], Any] = form.findChild
    choose(find(QComboBox, "option_mode"), "hard")
    assert seen[-1].mode == "hard"
    rate = find(QDoubleSpinBox, "option_rate")
    rate.setValue(0.0)
    assert seen[-1].rate > 0
    limit = find(QDoubleSpinBox, "option_limit")
    assert limit.text() == "no limit"
    limit.setValue(2.5)
    assert seen[-1].limit == 2.5
    limit.setValue(limit.minimum())
    assert seen[-1].limit is None
    shift = find(QSpinBox, "option_shift")
    count = len(seen)
    shift.setValue(-3)  # refused by the class: the field goes back
    assert len(seen) == count
    assert shift.value() == 0


# Advice and switching off


def test_a_disabled_layer_is_edited_as_before_and_stays_off(editor, document, find, qtbot):
    editor.stack.select_layers([1])
    toggle = find(QToolButton, "toggleLayerButton")
    assert toggle.text() == "Disable"
    toggle.click()
    assert document.spec.layers[1] == Disabled(Affine(50))
    assert find(QToolButton, "toggleLayerButton").text() == "Enable"
    find(QSpinBox, "option_units").setValue(7)
    assert document.spec.layers[1] == Disabled(Affine(7))
    find(QToolButton, "toggleLayerButton").click()
    assert document.spec.layers[1] == Affine(7)


def test_a_problem_is_told_in_full_with_a_button(editor, document, find):
    document.remove_layers([0])
    editor.stack.select_layers([0])
    texts = [label.text() for label in editor.inspector.findChildren(QLabel)]
    assert str(document.report.problem) in texts
    find(QPushButton, "fixButton").click()
    assert document.report.problem is None
    assert not any(b.isVisible() for b in editor.inspector.findChildren(QPushButton, "fixButton"))


def test_a_remark_at_the_loss_is_told_on_its_page(editor, document):
    document.clear()
    editor.stack.selectionModel().clear()
    editor.stack.setCurrentIndex(editor.stack.cards.index(1))
    buttons = editor.inspector.findChildren(QPushButton, "fixButton")
    assert [b.text() for b in buttons] == ["Add Flatten and Affine with 10 units"]
    buttons[0].click()
    assert document.report.problem is None
