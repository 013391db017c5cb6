"""Loss and accuracy: what is drawn was recorded, and the view is the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from gui import style
from gui.panels.curves import AccuracyPanel, CurvePanel, LossPanel, round_above
from gui.panels.thinning import LIMIT
from nnlib.training import History
from nnlib.training.events import Evaluated, StepDone

SAMPLES, BATCH = 1000, 100
Loss = Callable[[float], float]
Made = TypeVar("Made", bound=CurvePanel)


def falling(epochs: float) -> float:
    return 0.2 + 2.1 * float(np.exp(-epochs))


def record(history: History, steps: int, loss: Loss = falling) -> History:
    first = len(history.steps)
    for step in range(first + 1, first + steps + 1):
        epochs = step * BATCH / SAMPLES
        noise = 0.1 * np.sin(step * 1.7)
        accuracy = min(1.0, epochs / 10)
        history.record(
            StepDone(step, int(epochs) + 1, loss(epochs) + noise, accuracy, step * BATCH)
        )
        if step % 5 == 0:
            value = loss(epochs)
            history.record(Evaluated(step, epochs, value, accuracy, value + 0.1, accuracy))
    return history


@pytest.fixture(params=[LossPanel, AccuracyPanel])
def panel(request, qtbot) -> CurvePanel:
    return shown(qtbot, request.param())


@pytest.fixture
def loss_panel(qtbot) -> LossPanel:
    return shown(qtbot, LossPanel())


def shown(qtbot, made: Made) -> Made:
    qtbot.addWidget(made)
    made.resize(320, 260)
    made.begin_run(SAMPLES, 10)
    made.show()
    return made


def drawn(panel: CurvePanel, name: str) -> tuple[np.ndarray, np.ndarray]:
    return panel.curves[name].getData()


def view(panel: CurvePanel) -> np.ndarray:
    return np.array(panel.plot.getPlotItem().getViewBox().viewRange())


def roll_wheel(panel: CurvePanel, at: QPointF | None = None) -> None:
    viewport = panel.plot.viewport()
    at = at or QPointF(viewport.rect().center())
    where = viewport.mapToGlobal(at)
    event = QWheelEvent(
        at, where, QPoint(), QPoint(0, 480), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def test_the_plots_have_the_names_of_the_contract(qtbot):
    assert shown(qtbot, LossPanel()).plot.objectName() == "lossPlot"
    assert shown(qtbot, AccuracyPanel()).plot.objectName() == "accuracyPlot"


def test_an_empty_panel_says_what_to_press(panel):
    assert "Press Train" in panel.plot.says_empty
    panel.show_history(record(History(), 5))
    assert panel.plot.says_empty == ""
    panel.clear()
    assert "Press Train" in panel.plot.says_empty


def test_all_recorded_points_are_drawn_where_they_are_few(panel):
    history = record(History(), 100)
    panel.show_history(history)
    assert panel.shown_points == {"batch": 100, "training": 20, "validation": 20}
    x, y = drawn(panel, "batch")
    np.testing.assert_array_equal(x, history.steps["samples"] / SAMPLES)
    np.testing.assert_array_equal(y, history.steps[panel.quantity])
    x, y = drawn(panel, "validation")
    np.testing.assert_array_equal(x, history.evaluations["epochs"])
    np.testing.assert_array_equal(y, history.evaluations[f"validation_{panel.quantity}"])


def test_of_many_points_only_recorded_ones_are_drawn(panel):
    history = record(History(), 5000)
    panel.show_history(history)
    for name, x, y in (
        ("batch", history.steps["samples"] / SAMPLES, history.steps[panel.quantity]),
        ("training", history.evaluations["epochs"],
         history.evaluations[f"train_{panel.quantity}"]),
    ):  # fmt: skip
        points = list(zip(*drawn(panel, name), strict=True))
        assert len(points) <= LIMIT
        assert set(points) <= set(zip(x, y, strict=True))
        assert points[0] == (x[0], y[0])
        assert points[-1] == (x[-1], y[-1])


def test_showing_and_hiding_adds_no_point(panel):
    panel.show_history(record(History(), 60))
    before = panel.shown_points
    for _ in range(5):
        panel.hide()
        panel.show()
        QApplication.processEvents()
    assert panel.shown_points == before


def test_nothing_is_done_where_nothing_grew(panel, monkeypatch):
    history = record(History(), 60)
    assert panel.show_history(history)
    monkeypatch.setattr(type(history.steps), "__getitem__", lambda *_: pytest.fail("read again"))
    assert not panel.show_history(history)


def test_another_history_of_the_same_length_is_drawn(loss_panel):
    loss_panel.show_history(record(History(), 60))
    other = record(History(), 60, loss=lambda _: 1.5)
    loss_panel.show_history(other)
    np.testing.assert_array_equal(drawn(loss_panel, "training")[1], other.evaluations["train_loss"])


def test_a_zoom_survives_new_data_and_a_double_click_follows_again(qtbot, panel):
    history = record(History(), 60)
    panel.show_history(history)
    whole = view(panel)
    roll_wheel(panel)
    zoomed = view(panel)
    assert (zoomed[:, 1] - zoomed[:, 0] < whole[:, 1] - whole[:, 0]).all()
    assert panel.plot.follow_button.isVisible()
    panel.show_history(record(history, 200))
    np.testing.assert_array_equal(view(panel), zoomed)
    qtbot.mouseDClick(panel.plot.viewport(), Qt.MouseButton.LeftButton)
    assert view(panel)[0, 1] == 26, "the axis has grown with the run"
    assert not panel.plot.follow_button.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Plus, Qt.Key.Key_Right, Qt.Key.Key_Up])
def test_keys_move_the_view_and_home_leads_back(qtbot, panel, key):
    panel.show_history(record(History(), 60))
    whole = view(panel)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Plus)
    before = view(panel)
    qtbot.keyClick(panel.plot, key)
    assert not np.array_equal(view(panel), before)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Home)
    np.testing.assert_array_equal(view(panel), whole)


def test_a_zoom_shows_more_of_the_recorded_points(loss_panel):
    history = record(History(), 5000)
    loss_panel.show_history(history)
    for _ in range(8):
        roll_wheel(loss_panel)
    left, right = view(loss_panel)[0]
    x, _ = drawn(loss_panel, "batch")
    recorded = history.steps["samples"] / SAMPLES
    seen = recorded[(recorded >= left) & (recorded <= right)]
    assert len(seen) < LIMIT - 2
    np.testing.assert_array_equal(x[(x >= left) & (x <= right)], seen)


def test_the_time_axis_has_the_run_s_epochs_and_grows_beyond(panel):
    history = record(History(), 50)
    panel.show_history(history)
    assert tuple(view(panel)[0]) == (0, 10)
    panel.show_history(record(history, 55))
    assert tuple(view(panel)[0]) == (0, 11)


def test_the_loss_axis_moves_in_steps(loss_panel):
    history, tops = History(), set()
    for _ in range(60):
        loss_panel.show_history(record(history, 5))
        bottom, top = view(loss_panel)[1]
        assert bottom == 0
        tops.add(top)
    assert len(tops) == 1


def test_the_accuracy_axis_is_fixed(qtbot):
    panel = shown(qtbot, AccuracyPanel())
    panel.show_history(record(History(), 100))
    assert tuple(view(panel)[1]) == (0, 1)
    axis = panel.plot.getPlotItem().getAxis("left")
    assert axis.tickStrings([0.0, 0.5, 1.0], 100, 0.5) == ["0 %", "50 %", "100 %"]


def test_a_wild_start_goes_off_the_axis_but_the_newest_loss_does_not(loss_panel):
    history = record(History(), 10, loss=lambda _: 1e6)
    loss_panel.show_history(history)
    assert view(loss_panel)[1, 1] >= 1e6
    loss_panel.show_history(record(history, 200))
    assert view(loss_panel)[1, 1] <= 10
    assert drawn(loss_panel, "training")[1].max() == 1e6, "it is drawn nevertheless"
    loss_panel.show_history(record(history, 5, loss=lambda _: 5e5))
    assert view(loss_panel)[1, 1] >= 5e5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_losses_that_are_no_numbers_leave_a_gap(loss_panel, bad):
    history = record(History(), 50)
    record(history, 5, loss=lambda _: bad)
    loss_panel.show_history(record(history, 50))
    QApplication.processEvents()
    loss_panel.grab()
    y = drawn(loss_panel, "batch")[1]
    np.testing.assert_array_equal(y, history.steps["loss"])
    assert (~np.isfinite(y)).sum() == 5
    assert view(loss_panel)[1, 1] <= 10


def test_a_run_of_nothing_but_nan_is_survived(loss_panel):
    loss_panel.show_history(record(History(), 50, loss=lambda _: np.nan))
    loss_panel.grab()
    assert "no number" in loss_panel.header.values


def test_the_latest_values_are_told_in_words(loss_panel):
    loss_panel.show_history(record(History(), 50))
    assert loss_panel.header.values == ("0.214", "0.314")
    told = loss_panel.plot.accessibleDescription()
    assert "0.214" in told
    assert "0.314" in told


def test_the_two_evaluations_differ_not_only_in_colour(panel):
    training, validation = (panel.curves[n].opts["pen"] for n in ("training", "validation"))
    assert training.style() != validation.style()
    assert training.color() != validation.color()


def test_a_new_run_begins_empty_and_follows(panel):
    panel.show_history(record(History(), 50))
    roll_wheel(panel)
    panel.begin_run(SAMPLES, 3)
    assert set(panel.shown_points.values()) == {0}
    assert tuple(view(panel)[0]) == (0, 3)


def test_light_and_dark_are_followed_while_it_is_shown(panel):
    before = QApplication.palette()
    try:
        for look in (style.LIGHT, style.DARK):
            QApplication.setPalette(style.palette(look))
            QApplication.processEvents()
            assert panel.plot.backgroundBrush().color().name() == look.surface
            assert panel.curves["training"].opts["pen"].color().name() == look.accent
    finally:
        QApplication.setPalette(before)


@pytest.mark.parametrize(("value", "top"), [(2.36, 2.5), (2.49, 3), (0.031, 0.04), (9.99, 15)])
def test_axes_end_at_round_numbers(value, top):
    assert round_above(value) == pytest.approx(top)
