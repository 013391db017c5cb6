"""The panel: drawing in, picture out, prediction back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QWidget

from gui.canvas.digit_canvas import DigitCanvas
from gui.canvas.model_input_view import ModelInputView
from gui.canvas.prediction_bars import PredictionBars
from nnlib.data import render
from tests.gui.canvas.conftest import SEVEN, THREE, pixels


def sure_of(index: int, count: int = 10, certainty: float = 0.98) -> np.ndarray:
    p = np.full(count, (1 - certainty) / (count - 1), np.float32)
    p[index] = certainty
    return p


def drawn(panel, qtbot, strokes=(THREE,)) -> None:
    with qtbot.waitSignal(panel.image_changed, timeout=1000):
        panel.canvas.set_strokes(strokes)


def test_the_names_that_others_find_the_parts_by(panel) -> None:
    assert panel.findChild(DigitCanvas, "digitCanvas") is panel.canvas
    assert panel.findChild(ModelInputView, "modelInputView") is panel.input_view
    assert panel.findChild(PredictionBars, "predictionBars") is panel.bars
    assert panel.findChild(QAction, "actionClearCanvas") is panel.action_clear_canvas
    assert panel.findChild(QAction, "actionUndoStroke") is panel.action_undo_stroke


def test_everything_has_an_accessible_name(panel) -> None:
    parts = [panel, panel.canvas, panel.input_view, panel.bars, panel.result]
    assert all(part.accessibleName() for part in parts)
    assert all(b.text() and b.toolTip() for b in panel.findChildren(QAbstractButton))


def test_a_drawing_becomes_the_networks_picture(panel, draw, qtbot) -> None:
    with qtbot.waitSignal(panel.image_changed, timeout=1000) as changed:
        draw(panel.canvas, THREE)
    np.testing.assert_array_equal(changed.args[0], render([THREE]))


def test_clear_says_that_there_is_no_picture(panel, qtbot) -> None:
    drawn(panel, qtbot)
    panel.show_prediction(sure_of(3))
    with qtbot.waitSignal(panel.image_changed, timeout=1000) as changed:
        panel.action_clear_canvas.trigger()
    assert changed.args == [None]
    assert panel.canvas.probabilities is None
    assert panel.result.text == ""
    assert panel.image() is None


def test_a_prediction_is_shown_everywhere(panel, qtbot) -> None:
    drawn(panel, qtbot)
    p = sure_of(3)
    panel.show_prediction(p)
    np.testing.assert_array_equal(panel.canvas.probabilities, p)
    assert panel.result.text == "3 98 %"
    assert panel.bars.accessibleDescription().startswith("3 with 98 %, then ")


def test_a_prediction_for_a_drawing_that_was_cleared_is_dropped(panel, qtbot) -> None:
    drawn(panel, qtbot)
    panel.canvas.clear()
    panel.show_prediction(sure_of(3))
    assert panel.canvas.probabilities is None
    assert panel.result.text == ""


def test_an_error_is_shown_instead_of_a_prediction(panel, qtbot) -> None:
    drawn(panel, qtbot)
    panel.show_prediction(sure_of(3))
    panel.show_prediction(None, "There is no network.")
    assert panel.canvas.probabilities is None
    assert panel.bars.accessibleDescription() == "There is no network."
    panel.show_prediction(sure_of(4))
    assert panel.bars.accessibleDescription().startswith("4 with 98 %")


def test_outputs_that_are_not_numbers_are_an_error(panel, qtbot) -> None:
    drawn(panel, qtbot)
    panel.show_prediction(np.full(10, np.nan))
    assert panel.canvas.probabilities is None
    assert "numbers" in panel.bars.accessibleDescription()


def test_classes_have_names(panel, qtbot) -> None:
    panel.set_classes(["cat", "dog"])
    drawn(panel, qtbot)
    panel.show_prediction(sure_of(1, 2))
    assert panel.bars.accessibleDescription() == "dog with 98 %, then cat with 2 %"
    assert panel.result.text == "dog 98 %"


def test_more_outputs_than_names_are_numbered(panel, qtbot) -> None:
    panel.set_classes(["cat", "dog"])
    drawn(panel, qtbot)
    panel.show_prediction(sure_of(5, 12))
    assert panel.result.text == "5 98 %"
    pixels(panel)


@pytest.mark.parametrize("shape", [(2,), (3, 32, 32), (1, 8, 8), None])
def test_other_data_disable_the_canvas_and_say_why(panel, draw, qtbot, shape) -> None:
    drawn(panel, qtbot)
    panel.show_prediction(sure_of(3))
    with qtbot.waitSignal(panel.image_changed, timeout=1000) as changed:
        panel.set_enabled_for(shape)
    assert changed.args == [None]
    assert not panel.canvas.isEnabled()
    assert panel.canvas.probabilities is None
    assert not panel.action_clear_canvas.isEnabled()
    draw(panel.canvas, SEVEN)
    panel.show_prediction(sure_of(3))
    assert panel.canvas.probabilities is None
    with qtbot.waitSignal(panel.image_changed, timeout=1000) as changed:
        panel.set_enabled_for((1, 28, 28))
    np.testing.assert_array_equal(changed.args[0], render([THREE]))


def test_the_panel_fits_a_small_window(panel) -> None:
    least = panel.minimumSizeHint()
    assert least.width() <= 300
    assert least.height() <= 540


@pytest.mark.parametrize("size", [(300, 540), (300, 620), (420, 620), (500, 900)])
def test_nothing_overlaps_at_any_size(panel, qapp, size) -> None:
    panel.resize(QSize(*size))
    qapp.processEvents()
    parts = [w for w in panel.findChildren(QWidget) if w.isVisible() and w.parentWidget() is panel]
    boxes = [part.geometry() for part in parts]
    assert all(panel.rect().contains(box) for box in boxes)
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


# --- painting


def test_every_state_is_painted_in_the_colours_of_the_theme(theme, panel, qtbot) -> None:
    def colors_in(widget: QWidget) -> set[str]:
        found = np.unique(pixels(widget).reshape(-1, 3), axis=0)
        return {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in found}

    empty = colors_in(panel)
    assert theme.surface in empty
    drawn(panel, qtbot)
    assert theme.text in colors_in(panel.canvas)
    assert {theme.text, theme.surface} <= colors_in(panel.input_view)
    assert theme.accent not in colors_in(panel.bars)
    panel.show_prediction(sure_of(3))
    assert theme.accent in colors_in(panel.bars)
    panel.show_prediction(None, "There is no network.")
    assert theme.accent not in colors_in(panel.bars)
    panel.set_enabled_for((2,))
    qtbot.waitSignal(panel.image_changed, timeout=1000).wait()
    assert theme.text not in colors_in(panel.canvas)


def test_the_ink_follows_a_change_of_theme(qapp, panel, qtbot) -> None:
    from gui import style

    before = qapp.palette()
    try:
        drawn(panel, qtbot)
        qapp.setPalette(style.palette(style.LIGHT))
        light = pixels(panel.canvas).mean()
        qapp.setPalette(style.palette(style.DARK))
        dark = pixels(panel.canvas).mean()
    finally:
        qapp.setPalette(before)
    assert light > 180
    assert dark < 100


def test_the_view_shows_the_picture_pixel_by_pixel(panel, qtbot) -> None:
    drawn(panel, qtbot)
    view = panel.input_view
    frame = view._picture_frame().toRect()
    shown = pixels(view)[frame.top() : frame.bottom() + 1, frame.left() : frame.right() + 1]
    scale = frame.width() // 28
    blocks = shown.reshape(28, scale, 28, scale, 3)
    np.testing.assert_array_equal(blocks, np.broadcast_to(blocks[:, :1, :, :1], blocks.shape))
    ink = 255 - blocks[:, 0, :, 0].astype(float).mean(2)
    assert np.corrcoef(ink.ravel(), render([THREE]).ravel())[0, 1] > 0.999


def test_bars_are_painted_again_only_when_the_values_change(panel, qtbot, monkeypatch) -> None:
    drawn(panel, qtbot)
    panel.show_prediction(sure_of(3))
    calls: list[int] = []
    monkeypatch.setattr(panel.bars, "update", lambda: calls.append(1))
    panel.show_prediction(sure_of(3))
    assert not calls
    panel.show_prediction(sure_of(4))
    assert calls == [1]


def test_bars_of_many_classes_keep_the_most_probable(panel, qtbot) -> None:
    panel.set_classes([str(i) for i in range(47)])
    drawn(panel, qtbot)
    panel.show_prediction(sure_of(40, 47))
    assert 40 in panel.bars._rows()
    assert panel.bars._rows() == sorted(panel.bars._rows())
    pixels(panel)


def test_a_picture_of_another_size_is_refused(panel) -> None:
    with pytest.raises(ValueError, match="28, 28"):
        panel.input_view.show_image(np.zeros((8, 8), np.float32))
