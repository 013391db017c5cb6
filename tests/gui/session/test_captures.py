"""Copies for a file while training runs, and taking a file up: nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gui.session.captures import NOWHERE
from gui.session.messages import Fit
from gui.session.session import Session
from gui.session.states import State
from gui.session.words import state_text
from nnlib import project_file
from nnlib.data import Dataset
from nnlib.layers import Affine, Dropout, Flatten, ReLU
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from nnlib.training import StepDone
from tests.support.xserver import wait_until

Wait = Callable[[Callable[[], object]], None]


@pytest.fixture
def spec(spec: ProjectSpec) -> ProjectSpec:
    """With all that draws random numbers, and a learning rate that depends on the end."""
    training = spec.training.replace(schedule="cosine", validation_share=0.2, patience=50)
    layers = (Flatten(), Affine(20), ReLU(), Dropout(0.2), Affine(4))
    return replace(spec, layers=layers, training=training)


@pytest.fixture
def copy(session: Session, wait: Wait) -> Callable[[ProjectSpec], SavedProject]:
    def make(spec: ProjectSpec) -> SavedProject:
        answers: list[Any] = []
        connection = session.captures.captured.connect(lambda *answer: answers.append(answer))
        ticket = session.capture(spec)
        wait(lambda: answers)
        session.captures.captured.disconnect(connection)
        assert answers[0][0] == ticket
        assert answers[0][1] is not None
        return answers[0][1]

    return make


def through_a_file(project: SavedProject, folder: Path) -> SavedProject:
    project_file.write(folder / "a.layerlab", project)
    return project_file.load(folder / "a.layerlab")


def pause_after(session: Session, wait: Wait, steps: int) -> None:
    wait(lambda: len(session.history.steps) >= steps)
    session.pause()
    wait(lambda: session.state in (State.PAUSED, State.FINISHED))


@pytest.mark.parametrize("steps", [1, 16, 17])  # 16 is the end of the first epoch
def test_a_training_goes_on_bitwise_after_it_was_opened(
    session, wait, copy, spec, dataset, tmp_path, steps
):
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    whole = project_file.to_bytes(copy(spec))

    session.prepare(spec, dataset)
    for _ in range(steps):
        session.step(spec, dataset)
        wait(lambda: session.state is State.PAUSED)
    part = through_a_file(copy(spec), tmp_path)

    session.clear()
    session.adopt(part, dataset)
    assert (session.state, session.epochs_done) == (State.PAUSED, steps / 16)
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    assert project_file.to_bytes(copy(spec)) == whole


def test_a_second_training_goes_on_bitwise_to_its_own_end(
    session, wait, copy, spec, dataset, tmp_path
):
    longer = replace(spec, training=spec.training.replace(epochs=40))
    for _ in range(2):
        session.train(longer, dataset)
        wait(lambda: session.state is State.FINISHED)
    whole = project_file.to_bytes(copy(longer))

    session.prepare(longer, dataset)
    session.train(longer, dataset)
    wait(lambda: session.state is State.FINISHED)
    session.train(longer, dataset)
    wait(lambda: len(session.history.steps) > 650)  # 40 epochs are 640 steps
    session.pause()
    wait(lambda: session.state is State.PAUSED)
    part = through_a_file(copy(longer), tmp_path)
    assert part.begun_at == 40

    session.adopt(part, dataset)
    assert (session.state, session.epochs_wanted) == (State.PAUSED, 80)
    session.train(longer, dataset)
    wait(lambda: session.state is State.FINISHED)
    assert project_file.to_bytes(copy(longer)) == whole


def test_a_copy_while_training_runs_does_not_stop_it_and_is_whole(
    session, wait, copy, spec, dataset, tmp_path
):
    endless = replace(spec, training=spec.training.replace(epochs=100_000, patience=None))
    session.train(endless, dataset)
    wait(lambda: len(session.history.steps) > 20)
    for _ in range(5):
        project = through_a_file(copy(endless), tmp_path)
        assert project.training is not None
        assert project.history is not None
        assert project.training["step"] == project.history.steps.last("step")
        assert session.state is State.RUNNING
    before = len(session.history.steps)
    wait(lambda: len(session.history.steps) > before + 20)


def test_opened_and_saved_again_it_is_the_same_file(session, wait, copy, spec, dataset, tmp_path):
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    first = copy(spec)
    session.adopt(through_a_file(first, tmp_path), dataset)
    assert session.state is State.FINISHED
    assert len(session.history.steps) == 48
    assert project_file.to_bytes(copy(spec)) == project_file.to_bytes(first)


def test_an_untrained_project_is_saved_without_weights(session, copy, spec, dataset):
    session.prepare(spec, dataset)
    assert session.position == NOWHERE
    assert copy(spec) == SavedProject(spec)
    session.clear()
    assert copy(spec) == SavedProject(spec)


def test_a_copy_asked_for_before_a_reset_is_that_of_the_old_run(
    session, wait, spec, dataset, tmp_path
):
    endless = replace(spec, training=spec.training.replace(epochs=100_000, patience=None))
    session.train(endless, dataset)
    wait(lambda: len(session.history.steps) > 20)
    answers: list[Any] = []
    session.captures.captured.connect(lambda *answer: answers.append(answer))
    wait_until(lambda: len(session._worker.outbox) > 20)  # steps that are not yet taken in
    session.capture(endless)
    session.prepare(endless, dataset)
    wait(lambda: answers)
    project = through_a_file(answers[0][1], tmp_path)  # refused where history and training differ
    assert project.history is not None
    assert len(project.history.steps) > 20
    assert answers[0][2] != session.position == NOWHERE


def test_weights_of_the_network_before_an_edit_are_saved_beside_the_edited_one(
    session, wait, copy, spec, dataset, tmp_path
):
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    edited = replace(spec, layers=(Flatten(), Affine(4)))
    project = through_a_file(copy(edited), tmp_path)
    assert (project.spec, project.trained) == (edited, spec)
    session.adopt(project, dataset)
    assert session.needs_new_network(edited, dataset)
    assert not session.needs_new_network(spec, dataset)
    assert project_file.to_bytes(copy(edited)) == project_file.to_bytes(project)


def test_a_diverged_training_is_saved_without_its_weights(session, wait, copy, spec, dataset):
    from nnlib.losses import MeanSquaredError
    from nnlib.optimizers import SGD

    training = spec.training.replace(
        optimizer=SGD(lr=100.0), epochs=200, patience=None, schedule="constant"
    )
    wild = replace(spec, loss=MeanSquaredError(), training=training)
    session.train(wild, dataset)
    wait(lambda: session.state is State.FAILED)
    assert copy(wild) == SavedProject(wild)


def other(dataset: Dataset) -> Dataset:
    return replace(dataset, x_train=dataset.x_train[::-1].copy(), t_train=dataset.t_train[::-1])


def test_with_other_data_the_weights_are_kept_and_a_new_training_goes_on_from_them(
    session, wait, copy, spec, dataset
):
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    project = copy(spec)
    fits: list[Fit] = []
    session.adopted.connect(fits.append)
    now = other(dataset)
    session.adopt(project, now)
    wait(lambda: fits)
    assert fits == [Fit.WEIGHTS]
    assert (session.state, session.epochs_done) == (State.FINISHED, 0)
    assert "weights are those of the file" in state_text(session)
    kept = copy(spec)
    np.testing.assert_array_equal(kept.weights["1.W"], project.weights["1.W"])
    session.train(spec, now)
    wait(lambda: len(session.history.steps) and session.state is State.FINISHED)
    before, after = project.history.evaluations["train_loss"], session.history.evaluations
    assert after["train_loss"][0] == pytest.approx(before[-1], abs=0.1)
    assert before[0] > before[-1] + 0.15
    assert session.epochs_done == 3


@pytest.mark.parametrize("data", [None, "of another shape"])
def test_without_data_the_network_reads_and_is_saved_with_all_it_came_with(
    session, wait, copy, spec, dataset, data, tmp_path
):
    session.train(spec, dataset)
    pause_after(session, wait, 20)
    first = copy(spec)
    answers: list[np.ndarray] = []
    session.predicted.connect(answers.append)
    session.predict(dataset.x_test[0])
    wait(lambda: answers)
    fits: list[Fit] = []
    session.adopted.connect(fits.append)
    if data:
        data = Dataset("flat", *(np.zeros((2, 3), np.float32), np.zeros(2, np.int64)) * 2, ("a",))
    session.adopt(first, data)
    wait(lambda: fits)
    assert fits == [Fit.NETWORK]
    assert session.dataset is None
    if not data:
        assert session.epochs_done == pytest.approx(len(session.history.steps) / 16)
    session.predict(dataset.x_test[0])
    wait(lambda: len(answers) == 2)
    np.testing.assert_array_equal(answers[0], answers[1])
    assert project_file.to_bytes(copy(spec)) == project_file.to_bytes(first)
    assert session.needs_new_network(spec, dataset)


def test_an_early_stop_is_known_again(session, wait, copy, spec, dataset):
    from nnlib.optimizers import SGD

    training = spec.training.replace(optimizer=SGD(lr=1e-12), epochs=100, patience=2)
    flat = replace(spec, training=training)
    session.train(flat, dataset)
    wait(lambda: session.state is State.FINISHED)
    project = copy(flat)
    session.prepare(flat, dataset)
    session.adopt(project, dataset)
    wait(lambda: session.early_stop)
    assert "Stopped early after 3 epochs" in state_text(session)
    session.train(flat, dataset)
    wait(lambda: session.state is State.FINISHED)
    assert session.epochs_done == 5


def test_a_file_of_an_older_version_stands_where_it_stood(session, wait):
    from tests.support.projects import dataset as small

    folder = Path(__file__).parents[2] / "support"
    for version in (1, 2):
        project = project_file.load(folder / f"version_{version}.layerlab")
        data = small()
        session.adopt(project, data)
        assert session.state is State.PAUSED
        assert project.training is not None
        per_epoch = 30 if version == 1 else 24
        assert session.epochs_done == pytest.approx(project.training["samples"] / per_epoch)
        session.step(project.spec, data)
        wait(lambda: len(session.history.steps))
        assert session.history.steps.last("step") == 12
        session.clear()


def test_a_step_that_was_recorded_is_of_the_run_it_was_made_in(session, wait, spec, dataset):
    """What an ended run still posts goes into no other run's history."""
    session.train(spec, dataset)
    wait(lambda: session.state is State.FINISHED)
    old = session.history
    session._worker.outbox.append((session._run, StepDone(49, 4, 0.1, 1.0, 10)))
    session.clear()
    session.pull()
    assert (len(old.steps), len(session.history.steps)) == (48, 0)
