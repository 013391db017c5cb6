"""The session: states, control, and that the worker alone owns the network."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gui.session.session import Session
from gui.session.states import ALLOWED, Request, State
from gui.session.words import state_text
from nnlib.layers import Affine, Flatten
from nnlib.project import ProjectSpec


def long(spec: ProjectSpec) -> ProjectSpec:
    """The same, for more epochs than any test waits for."""

    return replace(spec, training=spec.training.replace(epochs=100_000))


def test_training_runs_all_epochs_and_every_step_is_recorded(session, wait, spec, dataset):
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    steps = session.history.steps
    assert list(steps["step"]) == list(range(1, 61))
    assert session.epochs_done == 3
    assert session.history.evaluations["step"][0] == 0
    losses = session.history.evaluations["validation_loss"]
    assert losses[-1] < losses[0]


def test_the_window_sees_the_same_numbers_as_a_trainer_without_window(session, wait, spec, dataset):
    from nnlib.training import History, Trainer

    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    expected = History()
    for event in Trainer(spec.build(dataset), dataset, spec.training).run():
        expected.record(event)
    np.testing.assert_array_equal(session.history.steps["loss"], expected.steps["loss"])


def test_pause_stops_and_train_goes_on_from_there(session, wait, spec, dataset):
    session.train(long(spec), dataset)
    wait(lambda: len(session.history.steps) > 5)
    session.pause()
    wait(lambda: session.state is State.PAUSED)
    done = len(session.history.steps)
    session.predict(dataset.x_test[0])  # answered after anything that was still under way
    with_prediction: list[object] = []
    session.predicted.connect(with_prediction.append)
    wait(lambda: with_prediction)
    assert len(session.history.steps) == done
    session.train(long(spec), dataset)
    wait(lambda: len(session.history.steps) > done + 5)
    assert list(session.history.steps["step"][: done + 2]) == list(range(1, done + 3))


def test_reset_gives_the_same_initial_weights(session, wait, spec, dataset):
    answers: list[np.ndarray] = []
    session.predicted.connect(answers.append)
    session.prepare(spec, dataset)
    session.predict(dataset.x_test[0])
    wait(lambda: len(answers) == 1)
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    session.predict(dataset.x_test[0])
    wait(lambda: len(answers) == 2)
    session.prepare(spec, dataset)
    assert len(session.history.steps) == 0
    session.predict(dataset.x_test[0])
    wait(lambda: len(answers) == 3)
    assert not np.array_equal(answers[0], answers[1])
    np.testing.assert_array_equal(answers[0], answers[2])


def test_training_again_after_the_end_adds_as_many_epochs(session, wait, spec, dataset):
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    session.train(spec, dataset)
    assert session.epochs_wanted == 6
    wait(lambda: session.state is State.FINISHED)
    assert session.epochs_done == 6


def test_one_batch_and_one_epoch_then_paused(session, wait, spec, dataset):
    session.step(spec, dataset)
    wait(lambda: session.state is State.PAUSED)
    assert len(session.history.steps) == 1
    session.step(spec, dataset, whole_epoch=True)
    wait(lambda: session.state is State.PAUSED)
    assert session.epochs_done == 1
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    assert session.epochs_done == 3


def test_a_learning_rate_changed_while_training_takes_effect(session, wait, spec, dataset):

    running = long(spec)
    session.train(running, dataset)
    wait(lambda: session.state is State.RUNNING and len(session.history.steps) > 5)
    tiny = running.training.optimizer.replace(lr=1e-12)
    session.retune(replace(running, training=running.training.replace(optimizer=tiny)))
    before = len(session.history.steps)
    wait(lambda: len(session.history.steps) > before + 400)
    session.pause()
    wait(lambda: session.state is State.PAUSED)
    evaluations = session.history.evaluations["train_loss"]
    assert evaluations[-1] == pytest.approx(evaluations[-2], rel=1e-6)


def test_a_changed_network_starts_from_new_weights(session, wait, spec, dataset):

    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    other = replace(spec, layers=(Flatten(), Affine(4)))
    assert session.needs_new_network(other, dataset)
    session.train(other, dataset)
    wait(lambda: session.state is State.FINISHED)
    assert session.facts is not None
    assert session.facts.parameters == 68
    assert session.epochs_done == 3


def test_fifty_rapid_cycles_leave_one_worker_and_no_point_of_an_old_run(
    session, wait, spec, dataset
):
    workers = {t.ident for t in threading.enumerate()}
    for _ in range(50):
        session.train(long(spec), dataset)
        session.pull()
        session.stop()
        session.prepare(spec, dataset)
    wait(lambda: session.facts is not None)
    assert len({t.ident for t in threading.enumerate()} - workers) <= 1
    assert len(session.history.steps) == 0
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    assert list(session.history.steps["step"]) == list(range(1, 61))


def test_an_early_stop_is_told_and_train_goes_on_from_there(session, wait, spec, dataset):
    from nnlib.optimizers import SGD

    flat = spec.training.replace(
        optimizer=SGD(lr=1e-12), epochs=100, validation_share=0.2, patience=2
    )
    patient = replace(spec, training=flat)
    session.train(patient, dataset)
    wait(lambda: session.state is State.FINISHED)
    assert session.early_stop is not None
    assert "Stopped early after 3 epochs" in state_text(session)
    assert session.epochs_done == 3
    session.train(patient, dataset)
    assert session.early_stop is None
    wait(lambda: session.state is State.FINISHED)
    assert session.epochs_done == 5
    session.prepare(spec, dataset)
    assert session.early_stop is None


def test_divergence_is_told_with_layer_and_step(session, wait, spec, dataset):
    from nnlib.losses import MeanSquaredError
    from nnlib.optimizers import SGD

    training = spec.training.replace(optimizer=SGD(lr=100.0), epochs=200)
    wild = replace(spec, loss=MeanSquaredError(), training=training)
    session.train(wild, dataset)
    wait(lambda: session.state is State.FAILED)
    assert "step" in session.problem
    assert "the loss" in session.problem or "layer" in session.problem
    session.train(spec, dataset)  # anew, with initial weights
    wait(lambda: session.state is State.FINISHED)


def test_an_impossible_network_fails_with_its_reason_and_can_be_mended(
    session, wait, spec, dataset
):

    session.prepare(replace(spec, layers=(Affine(4),)), dataset)
    wait(lambda: session.state is State.FAILED)
    assert "Flatten" in session.problem
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)


def test_predictions_come_while_training_runs_and_the_newest_drawing_wins(
    session, wait, spec, dataset
):
    answers: list[np.ndarray] = []
    session.predicted.connect(answers.append)
    session.train(long(spec), dataset)
    wait(lambda: session.state is State.RUNNING)
    for x in dataset.x_test[:20]:
        session.predict(x)
    wait(lambda: len(answers) >= 2)
    assert len(answers) <= 3  # the first, and the last that waited
    assert answers[-1].shape == (4,)
    assert answers[-1].sum() == pytest.approx(1)


def test_what_the_worker_hands_over_does_not_change_afterwards(session, wait, spec, dataset):
    found: list[tuple] = []
    session.probed.connect(found.append)
    session.train(long(spec), dataset)
    session.prepare(spec, dataset)
    wait(lambda: session.facts is not None)
    session.train(long(spec), dataset)
    session.probe()
    wait(lambda: found)
    first = [d.shares.copy() for d in found[0]]
    wait(lambda: len(session.history.steps) > 100)
    for before, now in zip(first, found[0], strict=True):
        np.testing.assert_array_equal(before, now.shares)


def test_every_state_says_what_is_allowed():
    assert set(ALLOWED) == set(State)
    for state in State:
        assert ALLOWED[state], "no state is a dead end"
    assert Request.RESET in ALLOWED[State.FAILED]


def test_closing_in_the_middle_of_training_ends_the_thread(qtbot, spec, dataset):
    session = Session()
    session.train(long(spec), dataset)

    def has_begun() -> bool:
        session.pull()
        return len(session.history.steps) > 5

    qtbot.waitUntil(has_begun, timeout=20_000)
    assert session.close()
    assert not session._worker.isRunning()


def test_no_answer_of_a_network_that_was_dropped_arrives(session, wait, spec, dataset):
    session.prepare(spec, dataset)
    wait(lambda: session.facts is not None)
    answers: list[object] = []
    session.predicted.connect(answers.append)
    posted = threading.Event()
    session._worker.posted.connect(posted.set, Qt.ConnectionType.DirectConnection)
    session.predict(dataset.x_test[0])
    assert posted.wait(20)  # it is on its way, and was not taken in yet
    session.drop()
    session.pull()
    assert not answers
    session.predict(dataset.x_test[0])
    assert session.needs_new_network(spec, dataset)
    session.prepare(spec, dataset)
    wait(lambda: session.facts is not None)
    assert not answers
    session.predict(dataset.x_test[0])
    wait(lambda: answers)
