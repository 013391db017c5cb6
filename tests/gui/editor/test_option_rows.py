"""What stands beside and below the fields of the inspector: help, reasons, the way to defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QSpinBox, QToolButton

from gui.editor.option_form import OptionForm
from gui.style import theme
from nnlib.initializers import Auto, He, Normal
from nnlib.layers import Affine, Convolution, Layer, MaxPooling
from tests.gui.editor.test_inspector import Strange, choose

UNITS = "Units must be a whole number from 1 to 16,384."

OFFERED = [member for member in Layer.members.values() if member.category]


@pytest.fixture
def find(editor) -> Callable[[type, str], Any]:
    return editor.inspector.findChild


@pytest.fixture
def active(editor, qtbot) -> None:
    editor.activateWindow()
    with qtbot.waitActive(editor):
        pass


def type_into(qtbot, box, text: str) -> None:
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)


@pytest.mark.parametrize("member", OFFERED, ids=lambda member: member.__name__)
def test_the_help_of_every_option_can_be_read(editor, document, find, member):
    document.insert_layers(0, [member()])
    editor.stack.select_layers([0])
    for declared in member.declared_options():
        note = find(QLabel, f"note_{declared.name}")
        assert note.text() == declared.help
        assert note.isVisibleTo(editor.inspector)


def test_a_refusal_is_told_below_the_field_until_the_next_edit(
    editor, document, find, qtbot, active
):
    editor.stack.select_layers([1])
    box, note = find(QSpinBox, "option_units"), find(QLabel, "note_units")
    type_into(qtbot, box, "abc")
    assert (box.text(), note.text()) == ("abc", UNITS)
    assert note.palette().color(note.foregroundRole()).name() == theme().error
    assert document.spec.layers[1] == Affine(50)
    assert document.undo_stack.count() == 0
    find(QComboBox, "option_initial").setFocus()
    assert (box.text(), note.text()) == ("50", UNITS)
    type_into(qtbot, box, "51")
    assert note.text() == "Number of neurons."
    assert note.palette().color(note.foregroundRole()).name() == theme().quiet_text
    type_into(qtbot, box, "abc")
    editor.stack.select_layers([3])
    assert find(QLabel, "note_units").text() == "Number of neurons."


def test_what_is_not_at_its_default_has_a_button_back_to_it(editor, document, find):
    editor.stack.select_layers([1])
    button = find(QToolButton, "reset_units")
    assert button.isVisible()
    assert button.accessibleName() == "Reset Units to 100"
    assert "100" in button.toolTip()
    assert not find(QToolButton, "reset_initial").isVisible()
    button.click()
    assert document.spec.layers[1] == Affine(100)
    assert not button.isVisible()
    document.undo_stack.undo()
    assert document.spec.layers[1] == Affine(50)
    assert button.isVisible()


def test_a_reset_is_an_edit_of_its_own_between_others(editor, document, find, qtbot):
    editor.stack.select_layers([1])
    box = find(QSpinBox, "option_units")
    type_into(qtbot, box, "77")
    find(QToolButton, "reset_units").click()
    type_into(qtbot, box, "88")
    seen = []
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
        seen.append(document.spec.layers[1].units)
    assert seen == [100, 77, 50]


def test_a_nested_option_goes_back_alone_or_with_its_holder(editor, document, find):
    document.set_layer(1, Affine(50, initial=Normal(0.5)))
    editor.stack.select_layers([1])
    inner, outer = find(QToolButton, "reset_initial_std"), find(QToolButton, "reset_initial")
    assert inner.accessibleName() == "Reset Std to 0.01"
    assert outer.accessibleName() == "Reset Initial weights to Auto"
    inner.click()
    assert document.spec.layers[1].initial == Normal(0.01)
    assert not inner.isVisible()
    outer.click()
    assert document.spec.layers[1].initial == Auto()
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.spec.layers[1].initial == Normal(0.5)


def test_an_option_without_a_number_goes_back_to_none(editor, document, find):
    document.insert_layers(0, [MaxPooling(2, stride=1)])
    editor.stack.select_layers([0])
    button = find(QToolButton, "reset_stride")
    assert button.accessibleName() == "Reset Stride to same as size"
    button.click()
    assert document.spec.layers[0] == MaxPooling(2)


def test_the_button_is_reached_by_tab_and_leaves_the_keys_with_its_field(
    editor, document, find, qtbot, active
):
    editor.stack.select_layers([1])
    box, button = find(QSpinBox, "option_units"), find(QToolButton, "reset_units")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is button
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert document.spec.layers[1] == Affine(100)
    assert QApplication.focusWidget() is box


def test_choosing_what_is_chosen_keeps_its_options(editor, document, find):
    document.set_layer(1, Affine(50, initial=Normal(0.5)))
    editor.stack.select_layers([1])
    choose(find(QComboBox, "option_initial"), "Normal")
    assert document.spec.layers[1].initial == Normal(0.5)
    choose(find(QComboBox, "option_initial"), "He")
    assert document.spec.layers[1].initial == He()


def test_the_field_with_the_keyboard_is_in_sight_with_its_reason(
    editor, document, find, qtbot, active
):
    document.insert_layers(0, [Convolution(4, 5)])
    editor.inspector.setMaximumHeight(110)
    QApplication.processEvents()
    editor.stack.select_layers([0])
    editor.inspector.focus_first_field()
    in_view(qtbot, editor, find(QSpinBox, "option_filters"), find(QLabel, "note_filters"))
    for _ in range(10):
        if find(QSpinBox, "option_padding").hasFocus():
            break
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    box, note = find(QSpinBox, "option_padding"), find(QLabel, "note_padding")
    in_view(qtbot, editor, box, note)
    qtbot.keyClicks(box, "9999")
    qtbot.waitUntil(lambda: note.text().startswith("Padding must be"))
    in_view(qtbot, editor, box, note)


def in_view(qtbot, editor, *parts) -> None:
    view = editor.inspector.viewport()

    def all_in_view() -> bool:
        tops = [(part.mapTo(view, part.rect().topLeft()).y(), part.height()) for part in parts]
        return all(top >= 0 and top + height <= view.height() for top, height in tops)

    qtbot.waitUntil(all_in_view)


def test_a_rule_that_joins_options_is_told_at_the_one_that_was_edited(qtbot):
    form = OptionForm(Strange(shift=-3))
    qtbot.addWidget(form)
    form.show()
    told: list[Strange] = []
    form.edited.connect(lambda new, _: told.append(new))
    note, mode = form.findChild(QLabel, "note_mode"), form.findChild(QComboBox, "option_mode")
    assert note is not None
    assert mode is not None
    choose(mode, "hard")
    assert not told
    assert mode.currentData() == "soft"
    assert note.text() == "shift must be 0 when hard, not -3."
    form.show_values(Strange(mode="hard"))
    shift = form.findChild(QSpinBox, "option_shift")
    assert shift is not None
    type_into(qtbot, shift, "-7")
    shift_note = form.findChild(QLabel, "note_shift")
    assert shift_note is not None
    assert (shift.text(), shift_note.text()) == ("-7", "shift must be 0 when hard, not -7.")
    assert not told


@given(text=st.text("0123456789.,-+eE x", max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_the_document_has_it_or_the_reason_is_shown(
    editor, document, find, qtbot, text
):
    editor.stack.select_layers([1])
    before = document.spec.layers[1].units
    box = find(QSpinBox, "option_units")
    box.lineEdit().selectAll()
    box.lineEdit().insert(text)
    units = document.spec.layers[1].units
    if find(QLabel, "note_units").text() == UNITS:
        assert units == before
    elif box.lineEdit().text() == text:
        assert float(text.replace(",", ".")) == units or float(text.replace(",", "")) == units
    editor.stack.select_layers([3])
    assert document.spec.layers[1].units == units
