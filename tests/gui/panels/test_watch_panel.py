"""One plot at a time, and none that nobody sees."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from gui.panels.panel import Panel
from gui.panels.watch_panel import WatchPanel
from nnlib import data, presets
from nnlib.training import History
from nnlib.training.distributions import Distribution, distributions
from nnlib.training.events import Evaluated, StepDone


@pytest.fixture
def watch(qtbot) -> WatchPanel:
    made = WatchPanel()
    qtbot.addWidget(made)
    made.resize(640, 700)
    made.begin_run(1000, 10)
    made.show()
    return made


@pytest.fixture(scope="module")
def found() -> tuple[Distribution, ...]:
    x = data.load("digits").x_train[:100]
    return distributions(presets.build("two-layer"), x)[0]


def grow(history: History) -> History:
    step = len(history.steps) + 1
    history.record(StepDone(step, 1, 2.0, 0.1, 100 * step))
    history.record(Evaluated(step, step / 10, 2.0, 0.1, 2.1, 0.1))
    return history


def state(watch: WatchPanel) -> list[dict[str, int]]:
    return [p.shown_points for p in (watch.loss, watch.accuracy, watch.activations)]


def test_each_call_refreshes_one_plot_and_all_have_their_turn(watch, found):
    watch.set_history(grow(History()))
    watch.set_distributions(found)
    changes = []
    for _ in range(3):
        before = state(watch)
        watch.refresh_next()
        changes.append([a != b for a, b in zip(before, state(watch), strict=True)])
    assert np.array(changes).sum(axis=1).tolist() == [1, 1, 1]
    assert np.array(changes).sum(axis=0).tolist() == [1, 1, 1]
    before = state(watch)
    watch.refresh_next()
    assert state(watch) == before, "nothing is new"


def test_in_a_long_run_the_turns_are_even(watch, found, monkeypatch):
    history, turns = History(), []
    refresh = WatchPanel._refresh

    def noting(self: WatchPanel, panel: Panel) -> bool:
        done = refresh(self, panel)
        turns.extend([panel] if done else [])
        return done

    monkeypatch.setattr(WatchPanel, "_refresh", noting)
    for _ in range(30):
        watch.set_history(grow(history))
        if watch.wants_distributions():
            watch.set_distributions((*found,))  # another tuple each time
        watch.refresh_next()
    assert len(turns) == 30
    assert turns.count(watch.loss) == turns.count(watch.accuracy)


def test_hidden_panels_cost_nothing_and_catch_up_when_shown(watch, found):
    watch.activations.hide()
    watch.loss.hide()
    assert not watch.wants_distributions()
    watch.set_history(grow(History()))
    watch.set_distributions(found)
    for _ in range(3):
        watch.refresh_next()
    watch.refresh_all()
    assert [bool(sum(points.values())) for points in state(watch)] == [False, True, False]
    watch.loss.show()
    watch.activations.show()
    assert all(sum(points.values()) for points in state(watch))


def test_toggling_panels_adds_no_points(watch, found):
    history = History()
    for _ in range(20):
        grow(history)
    watch.set_history(history)
    watch.set_distributions(found)
    watch.refresh_all()
    before = state(watch)
    for _ in range(4):
        for panel in (watch.loss, watch.activations):
            panel.setVisible(not panel.isVisible())
            watch.refresh_next()
            QApplication.processEvents()
    assert state(watch) == before


def test_distributions_are_wanted_when_their_turn_is_near(watch, found):
    history = History()
    wanted = []
    for i in range(9):
        watch.set_history(grow(history))
        wanted.append(watch.wants_distributions())
        if wanted[-1]:
            watch.set_distributions(found[: 2 + i % 2])
        watch.refresh_next()
    assert 3 <= sum(wanted) <= 6
    watch.hide()
    assert not watch.wants_distributions()


def test_a_new_run_keeps_the_distributions_and_clears_the_curves(watch, found):
    watch.set_history(grow(History()))
    watch.set_distributions(found)
    watch.refresh_all()
    watch.begin_run(500, 3)
    watch.refresh_all()
    loss, accuracy, activations = state(watch)
    assert sum(loss.values()) == sum(accuracy.values()) == 0
    assert activations
    watch.clear()
    assert state(watch)[2] == {}


def test_every_plot_has_a_name_and_a_description(watch, found):
    watch.set_history(grow(History()))
    watch.set_distributions(found)
    watch.refresh_all()
    for panel in (watch.loss, watch.accuracy, watch.activations):
        assert panel.accessibleName()
        assert panel.plot.accessibleName()
        assert panel.plot.accessibleDescription()
