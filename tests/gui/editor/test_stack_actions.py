"""Copy, cut, paste, duplicate, disable, and layers inserted by typing."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from gui.editor import mime
from gui.editor.insert_popup import InsertPopup
from gui.editor.stack import LayerStack
from nnlib.layers import Affine, Disabled, Flatten, ReLU, Sigmoid

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
KEY = Qt.Key


@pytest.fixture
def stack(editor) -> LayerStack:
    QGuiApplication.clipboard().clear()
    return editor.stack


def names(document) -> list[str]:
    return [layer.summary() if isinstance(layer, Disabled) else type(layer).__name__
            for layer in document.spec.layers]  # fmt: skip


def popup(qtbot) -> InsertPopup:
    found: list[InsertPopup] = []

    def is_open() -> bool:
        found[:] = [w for w in QApplication.topLevelWidgets() if isinstance(w, InsertPopup)
                    and w.isVisible()]  # fmt: skip
        return bool(found)

    qtbot.waitUntil(is_open)
    return found[0]


# Clipboard


def test_copy_and_paste_put_a_copy_behind_the_selection(stack, document, qtbot):
    stack.select_layers([1, 2])
    qtbot.keyClick(stack, KEY.Key_C, CTRL)
    stack.select_layers([0])
    qtbot.keyClick(stack, KEY.Key_V, CTRL)
    assert names(document) == ["Flatten", "Affine", "ReLU", "Affine", "ReLU", "Affine"]
    assert stack.selected_layers() == [1, 2]
    assert document.undo_stack.undoText() == "Paste 2 layers"
    assert document.spec.layers[1] == document.spec.layers[3]


def test_cut_takes_out_and_gives_back_elsewhere(stack, document, qtbot):
    stack.select_layers([0])
    qtbot.keyClick(stack, KEY.Key_X, CTRL)
    assert names(document) == ["Affine", "ReLU", "Affine"]
    stack.select_layers([2])
    qtbot.keyClick(stack, KEY.Key_V, CTRL)
    assert names(document) == ["Affine", "ReLU", "Affine", "Flatten"]


def test_what_is_copied_reads_as_python_elsewhere(stack, qtbot):
    stack.select_layers([1])
    qtbot.keyClick(stack, KEY.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "[Affine(units=50, initial=Auto())]"


def test_paste_is_offered_only_for_layers(stack):
    paste = stack.edits.actions["paste"]
    assert not paste.isEnabled()
    other = QMimeData()
    other.setText("[ReLU()]")
    QGuiApplication.clipboard().setMimeData(other)
    assert not paste.isEnabled()
    QGuiApplication.clipboard().setMimeData(mime.write_layers([ReLU()]))
    assert paste.isEnabled()


def test_paste_of_something_evil_changes_nothing(stack, document, qtbot):
    for evil in (b"[", b"{}", json.dumps([{"type": "Affine", "units": 10**9}]).encode()):
        data = QMimeData()
        data.setData(mime.LAYERS, evil)
        QGuiApplication.clipboard().setMimeData(data)
        qtbot.keyClick(stack, KEY.Key_V, CTRL)
    assert document.undo_stack.count() == 0


def test_duplicate_puts_copies_behind(stack, document, qtbot):
    stack.select_layers([1, 2])
    qtbot.keyClick(stack, KEY.Key_D, CTRL)
    assert names(document) == ["Flatten", "Affine", "ReLU", "Affine", "ReLU", "Affine"]
    assert stack.selected_layers() == [3, 4]
    document.undo_stack.undo()
    assert names(document) == ["Flatten", "Affine", "ReLU", "Affine"]


# Disabling


def test_a_disabled_layer_keeps_its_place_and_options(stack, document, qtbot):
    before = document.spec
    stack.select_layers([2])
    toggle = stack.edits.actions["toggle"]
    assert toggle.text() == "Disable"
    qtbot.keyClick(stack, KEY.Key_E, CTRL)
    assert names(document) == ["Flatten", "Affine", "ReLU, off", "Affine"]
    assert stack.selected_layers() == [2]
    assert toggle.text() == "Enable"
    assert document.undo_stack.undoText() == "Disable ReLU"
    qtbot.keyClick(stack, KEY.Key_E, CTRL)
    assert document.spec == before


def test_of_a_mixed_selection_the_rest_is_disabled_first(stack, document, qtbot):
    document.enable_layers([2], is_on=False)
    qtbot.keyClick(stack, KEY.Key_A, CTRL)
    qtbot.keyClick(stack, KEY.Key_E, CTRL)
    assert all(isinstance(layer, Disabled) for layer in document.spec.layers)
    qtbot.keyClick(stack, KEY.Key_E, CTRL)
    assert not any(isinstance(layer, Disabled) for layer in document.spec.layers)


def test_a_disabled_layer_is_said_to_be_off_and_counts_nothing(stack, document):
    document.enable_layers([1], is_on=False)
    card = stack.model().card(2)
    assert card.is_off
    assert card.shape == "off"
    assert card.count == ""
    assert "off" in card.spoken
    assert document.report.layers[1].parameters == 0


# Typing


def test_a_letter_opens_the_search_and_enter_inserts_behind_the_selection(stack, document, qtbot):
    stack.select_layers([1])
    qtbot.keyClick(stack, KEY.Key_S)
    found = popup(qtbot)
    assert found.search.text() == "s"
    QTest.keyClicks(found.search, "igm")
    QTest.keyClick(found.search, KEY.Key_Return)
    assert names(document) == ["Flatten", "Affine", "Sigmoid", "ReLU", "Affine"]
    assert stack.selected_layers() == [2]


def test_arrows_choose_among_what_was_found(stack, document, qtbot):
    qtbot.keyClick(stack, KEY.Key_P)
    found = popup(qtbot)
    found.search.setText("pooling")
    first = found.list.currentItem().text()
    QTest.keyClick(found.search, KEY.Key_Down)
    second = found.list.currentItem().text()
    assert {first, second} == {"MaxPooling", "AveragePooling"}
    QTest.keyClick(found.search, KEY.Key_Return)
    assert names(document)[-1] == second


def test_escape_and_nonsense_insert_nothing(stack, document, qtbot):
    qtbot.keyClick(stack, KEY.Key_Q)
    found = popup(qtbot)
    found.search.setText("qqq")
    assert found.list.isHidden()
    QTest.keyClick(found.search, KEY.Key_Return)
    assert found.isVisible()
    QTest.keyClick(found, KEY.Key_Escape)
    qtbot.waitUntil(lambda: not QApplication.activePopupWidget())
    assert document.undo_stack.count() == 0


def test_letters_with_control_do_not_search(stack, qtbot):
    qtbot.keyClick(stack, KEY.Key_B, CTRL)
    assert QApplication.activePopupWidget() is None


# Menus


def test_the_menu_holds_fixes_first_and_every_action(stack, document, qtbot):
    document.remove_layers([0])
    fixes = stack.model().card(1).fixes
    menu: QMenu = stack.edits.menu(fixes)
    actions = [action for action in menu.actions() if not action.isSeparator()]
    assert actions[0].text() == "Insert Flatten"
    assert actions[1:] == list(stack.edits.actions.values())
    actions[0].trigger()
    assert names(document) == ["Flatten", "Affine", "ReLU", "Affine"]
    menu.close()


def enabled(stack: LayerStack) -> set[str]:
    return {name for name, action in stack.edits.actions.items() if action.isEnabled()}


def test_what_makes_no_sense_is_disabled(stack, document):
    assert enabled(stack) == {"insert", "select_all", "clear"}
    stack.select_layers([0])
    assert enabled(stack) >= {"cut", "copy", "duplicate", "toggle", "delete", "down"}
    assert "up" not in enabled(stack)
    stack.select_layers([3])
    assert "up" in enabled(stack)
    assert "down" not in enabled(stack)
    stack.select_layers([0, 2])
    assert {"up", "down"} <= enabled(stack)
    document.clear()
    assert enabled(stack) == {"insert", "fix"}


def test_clear_is_one_edit_that_can_be_undone(stack, document):
    before = document.spec
    action: QAction = stack.edits.actions["clear"]
    action.trigger()
    assert document.spec.layers == ()
    assert document.undo_stack.undoText() == "Clear network"
    document.undo_stack.undo()
    assert document.spec == before


def test_every_key_belongs_to_one_action(stack):
    keys = [key.toString() for action in stack.edits.actions.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_alt_enter_applies_the_first_fix(stack, document, qtbot):
    document.remove_layers([0])
    assert "fix" in enabled(stack)
    qtbot.keyClick(stack, KEY.Key_Return, ALT)
    assert document.spec.layers[0] == Flatten()


def test_edits_of_a_disabled_layer_leave_it_disabled(document):
    document.enable_layers([1], is_on=False)
    document.set_layer(1, Affine(7), "units")
    assert document.spec.layers[1] == Disabled(Affine(7))
    document.set_layer(1, Disabled(Sigmoid()))
    assert document.spec.layers[1] == Disabled(Sigmoid())
