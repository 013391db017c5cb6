"""What a hand does on the canvas, and what becomes of it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QInputDevice,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPointingDevice,
    QShortcut,
    QTabletEvent,
)
from PySide6.QtWidgets import QApplication

from gui.canvas.digit_canvas import TAP
from gui.canvas.ink import PAPER
from nnlib.data import render
from tests.gui.canvas.conftest import SEVEN, THREE, on_screen

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


def test_a_stroke_is_recorded_where_it_was_drawn(canvas, draw) -> None:
    draw(canvas, THREE)
    draw(canvas, SEVEN)
    assert len(canvas.strokes) == 2
    np.testing.assert_allclose(canvas.strokes[0], THREE)
    np.testing.assert_allclose(canvas.strokes[1], SEVEN)


def test_coordinates_are_those_of_280_at_any_size(canvas, draw) -> None:
    canvas.resize(564, 564)
    draw(canvas, SEVEN)
    np.testing.assert_allclose(canvas.strokes[0], SEVEN, atol=0.5)


def test_the_paper_is_a_square_in_the_middle_of_a_wide_canvas(canvas, draw, qtbot) -> None:
    canvas.resize(500, 284)
    draw(canvas, SEVEN)
    np.testing.assert_allclose(canvas.strokes[0], SEVEN)
    qtbot.mouseClick(canvas, LEFT, pos=QPoint(20, 100))  # beside the paper
    assert len(canvas.strokes) == 1


def test_the_strokes_handed_out_are_copies(canvas) -> None:
    canvas.set_strokes([THREE])
    canvas.strokes[0][:] = 0
    np.testing.assert_array_equal(canvas.strokes[0], THREE)


def test_the_canvas_is_never_smaller_than_its_paper(canvas) -> None:
    canvas.resize(100, 100)
    assert canvas.width() >= PAPER
    assert canvas.height() >= PAPER


def test_a_pen_that_leaves_stays_at_the_edge(canvas, draw) -> None:
    draw(canvas, [(140, 140), (400, 150), (500, -90), (140, 60)])
    expected = [(140, 140), (PAPER, 150), (PAPER, 0), (140, 60)]
    np.testing.assert_allclose(canvas.strokes[0], expected)


def test_a_tap_makes_a_dot(canvas, qtbot) -> None:
    qtbot.mouseClick(canvas, LEFT, pos=QPoint(50, 200))
    assert [len(stroke) for stroke in canvas.strokes] == [1]
    picture = canvas.image()
    np.testing.assert_array_equal(picture, render([[(0, 0)]]))
    assert 2 <= (picture > 0.5).sum() <= 16


def test_a_tap_of_an_unsteady_hand_is_a_dot_too(canvas, draw) -> None:
    draw(canvas, [(100, 100), (100 + TAP / 2, 101)])
    np.testing.assert_array_equal(canvas.image(), render([[(0, 0)]]))


def test_two_quick_taps_are_two_dots(canvas, qtbot) -> None:
    where = QPoint(50, 200)
    qtbot.mouseClick(canvas, LEFT, pos=where)
    qtbot.mouseDClick(canvas, LEFT, pos=where)
    assert len(canvas.strokes) >= 2


def test_a_release_that_went_elsewhere_ends_the_stroke(canvas, draw) -> None:
    draw(canvas, SEVEN, release=False)
    hover = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(9, 9), canvas.mapToGlobal(QPointF(9, 9)), NONE, NONE, PLAIN
    )
    QApplication.sendEvent(canvas, hover)
    np.testing.assert_allclose(canvas.strokes, [SEVEN])


def test_hiding_the_canvas_ends_the_stroke(canvas, draw, qtbot) -> None:
    draw(canvas, SEVEN, release=False)
    canvas.hide()
    canvas.show()
    qtbot.mouseMove(canvas, QPoint(9, 9))
    np.testing.assert_allclose(canvas.strokes, [SEVEN])


# --- the picture


def test_the_picture_is_the_one_that_the_training_digits_are_made_by(canvas, draw) -> None:
    draw(canvas, THREE)
    draw(canvas, SEVEN)
    picture = canvas.image()
    assert picture.dtype == np.float32
    np.testing.assert_array_equal(picture, render(canvas.strokes))


def test_size_and_place_of_the_drawing_do_not_matter(canvas, draw) -> None:
    draw(canvas, THREE)
    large = canvas.image()
    canvas.clear()
    draw(canvas, [(x / 2 + 135, y / 2 + 140) for x, y in THREE])
    assert np.abs(canvas.image() - large).mean() < 0.01


def test_no_drawing_is_an_empty_picture(canvas) -> None:
    assert not canvas.image().any()


# --- undo and clear


def test_undo_takes_back_one_stroke_at_a_time(canvas, draw) -> None:
    draw(canvas, THREE)
    draw(canvas, SEVEN)
    canvas.undo_stroke()
    np.testing.assert_allclose(canvas.strokes, [THREE])
    canvas.undo_stroke()
    assert canvas.is_empty()
    canvas.undo_stroke()
    assert canvas.is_empty()


def test_undo_while_drawing_drops_the_stroke_under_way(canvas, draw, qtbot) -> None:
    draw(canvas, THREE)
    draw(canvas, SEVEN, release=False)
    canvas.undo_stroke()
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(100, 100))
    np.testing.assert_allclose(canvas.strokes, [THREE])


@pytest.mark.parametrize(
    ("key", "left"), [(Qt.Key.Key_Backspace, 1), (Qt.Key.Key_Delete, 0), (Qt.Key.Key_Escape, 0)]
)
def test_keys(canvas, qtbot, key, left) -> None:
    canvas.set_strokes([THREE, SEVEN])
    qtbot.keyClick(canvas, key)
    assert len(canvas.strokes) == left


def test_control_z_undoes_strokes_and_is_the_documents_on_an_empty_canvas(canvas, qtbot) -> None:
    canvas.set_strokes([THREE])
    qtbot.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert canvas.strokes == []
    key = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    key.ignore()
    canvas.event(key)
    assert not key.isAccepted()


def test_delete_clears_even_if_the_window_has_it_as_a_shortcut(panel, qtbot) -> None:
    elsewhere = []
    shortcut = QShortcut(QKeySequence(Qt.Key.Key_Delete), panel)
    shortcut.activated.connect(lambda: elsewhere.append(1))
    panel.activateWindow()
    panel.canvas.setFocus()
    qtbot.waitUntil(panel.canvas.hasFocus)
    panel.canvas.set_strokes([THREE])
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Delete)
    assert panel.canvas.is_empty()
    assert not elsewhere
    panel.bars.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    panel.bars.setFocus()
    qtbot.keyClick(panel.bars, Qt.Key.Key_Delete)
    assert elsewhere


def test_the_actions_do_it_and_are_off_when_nothing_is_drawn(canvas, draw) -> None:
    actions = canvas.action_undo_stroke, canvas.action_clear
    assert not any(action.isEnabled() for action in actions)
    draw(canvas, THREE)
    draw(canvas, SEVEN)
    assert all(action.isEnabled() for action in actions)
    canvas.action_undo_stroke.trigger()
    assert len(canvas.strokes) == 1
    canvas.action_clear.trigger()
    assert canvas.is_empty()
    assert not any(action.isEnabled() for action in actions)


def test_the_context_menu_has_both_actions_but_does_not_open_while_drawing(canvas, draw) -> None:
    assert canvas.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
    assert [a.objectName() for a in canvas.actions()] == ["actionUndoStroke", "actionClearCanvas"]
    draw(canvas, SEVEN, release=False)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(5, 5), PLAIN)
    QApplication.sendEvent(canvas, event)
    assert QApplication.activePopupWidget() is None


def test_the_right_button_draws_nothing(canvas, qtbot) -> None:
    qtbot.mousePress(canvas, Qt.MouseButton.RightButton, pos=QPoint(50, 50))
    qtbot.mouseRelease(canvas, Qt.MouseButton.RightButton, pos=QPoint(90, 90))
    assert canvas.is_empty()


# --- the signal


def test_many_moves_are_one_report(canvas, draw, qtbot) -> None:
    reports = []
    canvas.drawing_changed.connect(lambda: reports.append(len(canvas.strokes[0])))
    with qtbot.waitSignal(canvas.drawing_changed, timeout=1000):
        draw(canvas, [(50 + i, 100) for i in range(100)])
    assert reports == [100]


def test_each_stroke_undo_and_clear_is_reported(canvas, draw, qtbot) -> None:
    changes = [
        lambda: draw(canvas, THREE),
        lambda: draw(canvas, SEVEN),
        canvas.undo_stroke,
        canvas.clear,
    ]
    for change in changes:
        with qtbot.waitSignal(canvas.drawing_changed, timeout=1000):
            change()


def test_a_stroke_under_way_is_reported_too(canvas, draw, qtbot) -> None:
    with qtbot.waitSignal(canvas.drawing_changed, timeout=1000):
        draw(canvas, SEVEN, release=False)
    assert len(canvas.strokes) == 1
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(100, 100))


def test_a_hand_that_does_not_rest_is_reported_meanwhile(canvas, draw, qtbot) -> None:
    reports = []
    draw(canvas, SEVEN, release=False)
    canvas.drawing_changed.connect(lambda: reports.append(1))
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        qtbot.mouseMove(canvas, QPoint(50 + len(canvas.strokes[0]) % 180, 100))
        QApplication.processEvents()
    assert len(reports) >= 5
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(100, 100))


def test_an_empty_canvas_has_no_probabilities(canvas) -> None:
    canvas.set_strokes([THREE, SEVEN])
    canvas.probabilities = np.full(10, 0.1)
    canvas.undo_stroke()
    assert canvas.probabilities is not None
    canvas.undo_stroke()
    assert canvas.probabilities is None


def test_qt_merges_moves_again_after_the_stroke(canvas, draw) -> None:
    merge = Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents
    QCoreApplication.setAttribute(merge, True)
    try:
        draw(canvas, SEVEN, release=False)
        assert not QCoreApplication.testAttribute(merge)
        canvas.hide()
        assert QCoreApplication.testAttribute(merge)
    finally:
        QCoreApplication.setAttribute(merge, False)


# --- the stylus


@pytest.fixture(scope="module")
def stylus() -> QPointingDevice:
    return QPointingDevice(
        "stylus", 7, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 2,
    )  # fmt: skip


def send_tablet(canvas, stylus, kind, point, button=NONE, buttons=LEFT) -> bool:
    where = QPointF(on_screen(canvas, point))
    event = QTabletEvent(
        kind, stylus, where, canvas.mapToGlobal(where), 0.5, 0, 0, 0, 0, 0, PLAIN, button, buttons
    )
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


def send_mouse(canvas, device, kind, point) -> None:
    where = QPointF(on_screen(canvas, point))
    button = NONE if kind == QEvent.Type.MouseMove else LEFT
    buttons = NONE if kind == QEvent.Type.MouseButtonRelease else LEFT
    event = QMouseEvent(kind, where, canvas.mapToGlobal(where), button, buttons, PLAIN, device)
    QApplication.sendEvent(canvas, event)


def test_a_stylus_draws(canvas, stylus) -> None:
    assert send_tablet(canvas, stylus, QEvent.Type.TabletPress, SEVEN[0], LEFT)
    assert send_tablet(canvas, stylus, QEvent.Type.TabletMove, SEVEN[1])
    assert send_tablet(canvas, stylus, QEvent.Type.TabletMove, SEVEN[2])
    assert send_tablet(canvas, stylus, QEvent.Type.TabletRelease, SEVEN[2], LEFT, NONE)
    np.testing.assert_allclose(canvas.strokes, [SEVEN])


@pytest.mark.parametrize("device", ["mouse", "stylus"])
def test_a_driver_that_sends_mouse_events_too_does_not_draw_twice(canvas, stylus, device) -> None:
    pointer = stylus if device == "stylus" else QPointingDevice.primaryPointingDevice()
    send_tablet(canvas, stylus, QEvent.Type.TabletPress, SEVEN[0], LEFT)
    send_mouse(canvas, pointer, QEvent.Type.MouseButtonPress, SEVEN[0])
    for point in SEVEN[1:]:
        send_tablet(canvas, stylus, QEvent.Type.TabletMove, point)
        send_mouse(canvas, pointer, QEvent.Type.MouseMove, point)
    send_tablet(canvas, stylus, QEvent.Type.TabletRelease, SEVEN[2], LEFT, NONE)
    send_mouse(canvas, pointer, QEvent.Type.MouseButtonRelease, SEVEN[2])
    np.testing.assert_allclose(canvas.strokes, [SEVEN])


def test_late_mouse_events_of_a_stylus_draw_nothing(canvas, stylus) -> None:
    send_mouse(canvas, stylus, QEvent.Type.MouseButtonPress, SEVEN[0])
    send_mouse(canvas, stylus, QEvent.Type.MouseMove, SEVEN[1])
    send_mouse(canvas, stylus, QEvent.Type.MouseButtonRelease, SEVEN[1])
    assert canvas.is_empty()


def test_a_stylus_that_was_lifted_elsewhere_ends_its_stroke(canvas, stylus) -> None:
    send_tablet(canvas, stylus, QEvent.Type.TabletPress, SEVEN[0], LEFT)
    send_tablet(canvas, stylus, QEvent.Type.TabletMove, SEVEN[1])
    send_tablet(canvas, stylus, QEvent.Type.TabletMove, SEVEN[2], NONE, NONE)
    assert not send_tablet(canvas, stylus, QEvent.Type.TabletMove, SEVEN[0], NONE, NONE)
    np.testing.assert_allclose(canvas.strokes, [SEVEN[:2]])


def test_the_other_buttons_of_a_stylus_are_left_to_the_mouse(canvas, stylus) -> None:
    right = Qt.MouseButton.RightButton
    assert not send_tablet(canvas, stylus, QEvent.Type.TabletPress, SEVEN[0], right, right)
    assert canvas.is_empty()
