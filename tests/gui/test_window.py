"""The whole window, offscreen: the same path as in tests/e2e, without native drag and drop."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from gui.app import build
from gui.session.states import State
from gui.wiring import Wiring
from nnlib import presets
from nnlib.layers import Affine, Convolution, Sigmoid

CONTRACT_WIDGETS = (
    "layerPalette", "layerStack", "layerInspector", "datasetBox", "optimizerBox",
    "learningRateBox", "batchSizeBox", "epochsBox", "weightDecayBox", "trainingProgress",
    "lossPlot", "accuracyPlot", "activationPanel", "digitCanvas", "modelInputView",
    "predictionBars",
)  # fmt: skip
ONE = [np.array([[140.0, 60.0], [140.0, 130.0], [140.0, 220.0]])]


def finish(wiring: Wiring, window, wait, epochs: int = 2) -> None:
    wiring.document.set_training("epochs", epochs)
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.FINISHED)


def test_parts_are_found_by_their_names(window, wiring):
    names = {widget.objectName() for widget in window.findChildren(QWidget)}
    assert set(CONTRACT_WIDGETS) <= names
    actions = {action.objectName() for action in window.actions()} | {
        action.objectName()
        for menu in window.menuBar().actions()
        for action in menu.menu().actions()
    }
    assert {"actionTrain", "actionPause", "actionReset", "actionUndo", "actionRedo",
            "actionClearCanvas", "actionStepBatch", "actionStepEpoch", "actionNew", "actionOpen",
            "actionSave", "actionSaveAs"} <= actions  # fmt: skip


def test_it_opens_ready_to_train_with_the_two_layer_network(window, wiring):
    assert wiring.document.spec.title == "two-layer"
    assert window.bar.network_box.currentText() == "two-layer"
    assert wiring.dataset is not None
    assert wiring.dataset.name
    assert window.controls["train"].isEnabled()
    assert not window.controls["pause"].isEnabled()


def test_train_shows_every_evaluation_and_the_digit_is_read(qtbot, window, wiring, wait):
    finish(wiring, window, wait, epochs=8)
    losses = wiring.session.history.evaluations["validation_loss"]
    assert losses[-1] < 0.5 * losses[0]
    window.tries.canvas.set_strokes(ONE)
    wait(lambda: window.tries.canvas.probabilities is not None)
    assert window.tries.canvas.probabilities.argmax() == 1


def test_a_drawing_is_read_while_training_runs_with_ever_newer_weights(window, wiring, wait):
    wiring.document.set_training("epochs", 10_000)
    window.tries.canvas.set_strokes(ONE)
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.RUNNING)
    seen: list[np.ndarray] = []

    def two_readings() -> bool:
        now = window.tries.canvas.probabilities
        if now is not None and (not seen or not np.array_equal(seen[-1], now)):
            seen.append(now.copy())
        return len(seen) >= 3

    wait(two_readings)


def test_an_impossible_stack_disables_train_and_says_why(window, wiring, wait):
    wiring.document.remove_layers([0])
    train = window.controls["train"]
    assert not train.isEnabled()
    assert "Insert Flatten" in train.toolTip()
    wiring.document.undo_stack.undo()
    assert train.isEnabled()
    assert "F5" in train.toolTip()


def test_the_untrained_network_follows_every_edit(window, wiring, wait):
    wiring.document.set_layer(1, Affine(7), "units")
    wait(lambda: wiring.session.facts is not None and wiring.session.facts.parameters == 5575)


def test_a_trained_network_survives_edits_until_training_begins_anew(window, wiring, wait):
    finish(wiring, window, wait)
    wiring.document.insert_layers(1, [Sigmoid()])
    assert "new weights" in window.findChild(QWidget, "statusText").text()
    assert wiring.session.epochs_done == 2
    wiring.document.undo_stack.undo()
    assert "new weights" not in window.findChild(QWidget, "statusText").text()
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.FINISHED)
    assert wiring.session.epochs_done == 4


def test_reset_while_training_goes_back_to_the_start(window, wiring, wait):
    wiring.document.set_training("epochs", 10_000)
    window.controls["train"].trigger()
    wait(lambda: len(wiring.session.history.steps) > 20)
    window.controls["reset"].trigger()
    wait(lambda: wiring.session.facts is not None)
    assert wiring.session.state is State.IDLE
    assert len(wiring.session.history.steps) == 0
    assert window.bar.progress.value() == 0


def test_pause_and_resume_with_the_same_button(window, wiring, wait):
    wiring.document.set_training("epochs", 10_000)
    pause = window.controls["pause"]
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.RUNNING)
    pause.trigger()
    wait(lambda: wiring.session.state is State.PAUSED)
    assert pause.text() == "Resume"
    assert pause.isEnabled()
    pause.trigger()
    wait(lambda: wiring.session.state is State.RUNNING)
    assert pause.text() == "Pause"


def test_settings_in_the_bar_are_edits_that_can_be_undone(qtbot, window, wiring):
    bar, document = window.bar, wiring.document
    bar.optimizer_box.setCurrentIndex(bar.optimizer_box.findData("SGD"))
    bar.optimizer_box.activated.emit(bar.optimizer_box.currentIndex())
    assert type(document.spec.training.optimizer).__name__ == "SGD"
    assert document.spec.training.optimizer.lr == 0.01
    document.undo_stack.undo()
    assert bar.optimizer_box.currentText() == "Adam"
    bar.setting_changed.emit("batch_size", 32)
    assert document.spec.training.batch_size == 32


def test_choosing_a_network_loads_it(window, wiring, wait):
    box = window.bar.network_box
    for name in presets.names():
        box.setCurrentIndex(box.findData(name))
        box.activated.emit(box.currentIndex())
        assert wiring.document.spec.layers == presets.find(name).layers
        assert window.controls["train"].isEnabled()


def test_data_that_cannot_be_loaded_leave_everything_as_it_was(window, wiring, wait):
    box = window.bar.data_box
    box.setCurrentIndex(box.findData("mnist"))
    box.activated.emit(box.currentIndex())
    wait(lambda: "train-images" in window.findChild(QWidget, "statusText").text())
    assert box.currentData() == "digits"
    assert wiring.document.spec.data == "digits"
    assert window.controls["train"].isEnabled()


def test_a_diverging_training_is_told_of_and_nothing_crashes(window, wiring, wait):
    from nnlib.losses import MeanSquaredError
    from nnlib.optimizers import SGD

    wiring.document.set_loss(MeanSquaredError())
    wiring.document.set_training("optimizer", SGD(lr=100.0))
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.FAILED)
    assert "smaller learning rate" in window.findChild(QWidget, "statusText").text()
    assert window.controls["train"].isEnabled()


def test_random_edits_never_raise_and_train_is_enabled_only_where_it_works(window, wiring):
    rng = np.random.default_rng(0)
    kinds = [Affine(5), Sigmoid(), Convolution(3, 5), Convolution(2, 3, stride=2)]
    for _ in range(150):
        count = len(wiring.document.spec.layers)
        if rng.random() < 0.55 or not count:
            wiring.document.insert_layers(
                int(rng.integers(count + 1)), [kinds[rng.integers(len(kinds))]]
            )
        elif rng.random() < 0.5:
            wiring.document.remove_layers([int(rng.integers(count))])
        else:
            wiring.document.move_layers([int(rng.integers(count))], int(rng.integers(count + 1)))
        works = wiring.document.report.problem is None
        assert window.controls["train"].isEnabled() == works


def test_what_is_typed_but_not_confirmed_counts_when_train_is_pressed(qtbot, window, wiring, wait):
    for field, text in ((window.bar.rate, "5e-3"), (window.bar.epochs, "3")):
        field.box.setFocus()
        field.box.selectAll()
        qtbot.keyClicks(field.box, text)
    window.controls["train"].trigger()
    assert wiring.session.spec is not None
    assert wiring.session.spec.training.optimizer.lr == 0.005
    wait(lambda: wiring.session.state is State.FINISHED)
    assert wiring.session.epochs_done == 3


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1e-4", 1e-4), ("0,5", 0.5), (".25", 0.25), ("0", 0.001), ("abc", 0.001), ("1e9", 0.001)],
)
def test_a_learning_rate_is_read_as_typed_or_left_as_it_was(qtbot, window, wiring, typed, value):
    box = window.bar.rate.box
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, typed)
    window.bar.commit()
    assert wiring.document.spec.training.optimizer.lr == pytest.approx(value)


def test_epochs_changed_in_a_pause_move_the_goal_at_once(window, wiring, wait):
    wiring.document.set_training("epochs", 10_000)
    window.controls["train"].trigger()
    wait(lambda: len(wiring.session.history.steps) > 20)
    window.controls["pause"].trigger()
    wait(lambda: wiring.session.state is State.PAUSED)
    done = len(wiring.session.history.steps)
    wiring.document.set_training("epochs", 2)
    assert wiring.session.epochs_wanted == max(2, -(-done // 180))
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.FINISHED)


def test_a_problem_with_the_data_is_forgotten_with_the_next_edit(window, wiring, wait):
    window.bar.data_chosen.emit("mnist")
    status = window.findChild(QWidget, "statusText")
    wait(lambda: "train-images" in status.text())
    wiring.document.remove_layers([0])
    assert "Insert Flatten" in status.text()


def test_an_untrained_network_that_cannot_work_gives_no_reading(window, wiring, wait):
    window.tries.canvas.set_strokes(ONE)
    wait(lambda: window.tries.canvas.probabilities is not None)
    wiring.document.remove_layers([0])
    wait(lambda: window.tries.canvas.probabilities is None)


def test_another_network_after_a_divergence_takes_its_place(window, wiring, wait):
    from nnlib.losses import MeanSquaredError
    from nnlib.optimizers import SGD

    wiring.document.set_loss(MeanSquaredError())
    wiring.document.set_training("optimizer", SGD(lr=100.0))
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.FAILED)
    wiring.document.load_preset(presets.find("perceptron"))
    wait(lambda: wiring.session.facts is not None and wiring.session.state is State.IDLE)
    assert "Ready" in window.findChild(QWidget, "statusText").text()


def test_a_changed_network_is_no_longer_called_by_its_presets_name(window, wiring):
    wiring.document.remove_layers([2])
    assert window.bar.network_box.currentText() == ""
    assert window.bar.network_box.placeholderText() == "two-layer, changed"
    wiring.document.undo_stack.undo()
    assert window.bar.network_box.currentText() == "two-layer"


def test_hidden_columns_are_remembered_and_the_last_one_stays(qtbot, window, wiring):
    build_toggle, watch_toggle, try_toggle = window._column_toggles
    build_toggle.trigger()
    try_toggle.trigger()
    assert not watch_toggle.isEnabled()
    window.close()
    _, second = build(["layerlab"])
    second.show()
    assert (second.editor.isVisible(), second.watch.isVisible()) == (False, True)
    second.close()


def test_resume_goes_on_with_the_network_that_was_paused(window, wiring, wait):
    wiring.document.set_training("epochs", 500)
    window.controls["train"].trigger()
    wait(lambda: len(wiring.session.history.steps) > 20)
    window.controls["pause"].trigger()
    wait(lambda: wiring.session.state is State.PAUSED)
    done = len(wiring.session.history.steps)
    wiring.document.insert_layers(2, [Sigmoid()])
    window.controls["pause"].trigger()
    wait(lambda: len(wiring.session.history.steps) > done + 5)
    assert wiring.session.history.steps["step"][0] == 1
    assert len(wiring.session.spec.layers) == 4
    window.controls["stop"].trigger()
    wait(lambda: wiring.session.state is State.FINISHED)
