"""Opening a project: it stands where it stood, and what is refused changes nothing."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from gui.app import build
from gui.session.states import State
from gui.wiring import Wiring
from nnlib import project_file
from nnlib.layers import Affine, Sigmoid
from nnlib.project import ProjectSpec
from tests.support.projects import members, zipped
from tests.support.windows import box, dismiss, press, save, status

ONE = [np.array([[140.0, 60.0], [140.0, 130.0], [140.0, 220.0]])]


def test_an_opened_project_can_be_tried_and_trained_on_at_once(
    window, wiring, projects, wait, file
):
    assert wiring.session.state is State.IDLE
    projects.open_path(str(file))
    wait(lambda: projects.files.path)
    assert window.windowTitle() == "mine[*] — LayerLab"
    assert not window.isWindowModified()
    session = wiring.session
    assert (session.state, session.epochs_done) == (State.FINISHED, 1)
    assert "Trained for 1 epoch." in status(window)
    assert len(session.history.evaluations) > 3
    assert window.watch.loss.curves["validation"].getData()[0][-1] == 1
    window.tries.canvas.set_strokes(ONE)
    wait(lambda: window.tries.canvas.probabilities is not None)
    assert window.tries.canvas.probabilities.argmax() == 1
    window.controls["train"].trigger()
    wait(lambda: session.state is State.FINISHED and session.epochs_done == 2)
    assert list(session.history.steps["step"]) == list(range(1, 361))


def test_opened_and_saved_again_it_is_the_same_file(window, wiring, projects, wait, file):
    projects.open_path(str(file))
    wait(lambda: projects.files.path)
    save(projects, wait, file.with_name("again.layerlab"))
    assert file.with_name("again.layerlab").read_bytes() == file.read_bytes()


def test_an_impossible_project_opens_and_says_why(window, wiring, projects, wait, tmp_path):
    project_file.save(tmp_path / "a.layerlab", ProjectSpec((Affine(10),)))
    projects.open_path(str(tmp_path / "a.layerlab"))
    wait(lambda: projects.files.path)
    assert "Insert Flatten" in status(window)
    assert not window.controls["train"].isEnabled()
    assert not window.isWindowModified()


def test_new_begins_anew_after_a_training(window, wiring, projects, wait, file):
    assert wiring.session.state is State.IDLE
    assert len(wiring.session.history.steps) == 0
    assert window.windowTitle() == "Untitled[*] — LayerLab"
    assert wiring.document.spec.training.epochs == 20
    assert window.bar.progress.value() == 0


def test_the_window_opens_with_a_file_that_it_is_given(qtbot, wait, tmp_path):
    spec = ProjectSpec.from_preset("perceptron")
    project_file.save(tmp_path / "given.layerlab", spec)
    for name, opens in (("given", True), ("absent", False)):
        _, made = build(["layerlab", str(tmp_path / f"{name}.layerlab")])
        made.show()
        if opens:
            wait(lambda: made.windowTitle().startswith("given"))  # noqa: B023
            found = made.findChild(Wiring)
            assert found is not None
            assert found.document.spec == spec
        else:
            wait(lambda: box(made, "problemBox"))  # noqa: B023
            assert "There is no file" in dismiss(made)
            assert made.windowTitle().startswith("Untitled")
        made.close()
        made.deleteLater()
        QApplication.processEvents()


def everything(window, wiring) -> tuple:
    session, stack = wiring.session, wiring.document.undo_stack
    return (
        wiring.document.spec, stack.count(), stack.index(), session.spec, session.position,
        session.state, window.windowTitle(), window.isWindowModified(),
    )  # fmt: skip


@pytest.fixture
def worked_on(wiring, window, wait):
    """Undo steps, a training, and the content of a good file."""
    wiring.document.insert_layers(1, [Sigmoid()])
    wiring.document.undo_stack.undo()
    wait(lambda: wiring.session.facts is not None)
    window.controls["step_batch"].trigger()
    wait(lambda: wiring.session.state is State.PAUSED)
    content = project_file.to_bytes(project_file.capture(ProjectSpec.from_preset("perceptron")))
    return everything(window, wiring), content


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_refused_file_leaves_everything_as_it_was(
    window, wiring, projects, wait, worked_on, tmp_path, data
):
    before, content = worked_on
    if data.draw(st.booleans()):
        bad = content[: data.draw(st.integers(0, len(content) - 30))]
    else:
        text = content.replace(b'"schema_version": 3', b'"schema_version": 9')
        place = data.draw(st.integers(0, len(text) // 2))
        bad = text[:place] + bytes([text[place] ^ data.draw(st.integers(1, 255))]) + text[place:]
    (tmp_path / "bad.layerlab").write_bytes(bad)
    projects.open_path(str(tmp_path / "bad.layerlab"))
    wait(lambda: box(window, "problemBox") or box(window, "unsavedBox"))
    if box(window, "unsavedBox"):  # a harmless change: it is a good file
        press(window, "unsavedBox", "buttonCancel")
    else:
        assert "\n" not in dismiss(window)
    assert everything(window, wiring) == before


def test_a_newer_file_is_refused_with_a_clear_sentence(window, projects, wait, tmp_path):
    head = json.loads(members()["project.json"]) | {"schema_version": 99}
    newer = zipped({**members(), "project.json": json.dumps(head).encode()})
    (tmp_path / "newer.layerlab").write_bytes(newer)
    projects.open_path(str(tmp_path / "newer.layerlab"))
    wait(lambda: box(window, "problemBox"))
    assert "Update LayerLab to open it" in dismiss(window)


# The data are not here


def test_without_its_data_a_project_opens_and_reads_and_takes_other_data(
    window, wiring, projects, wait, file, tmp_path
):
    saved = project_file.load(file)
    away = dataclasses.replace(saved.spec, data=str(tmp_path / "gone.npz"))
    project_file.write(file, dataclasses.replace(saved, spec=away))
    projects.open_path(str(file))
    wait(lambda: projects.files.path)
    assert "choose other data" in dismiss(window)
    assert "gone.npz" in status(window)
    assert not window.isWindowModified()
    assert not window.controls["train"].isEnabled()
    assert wiring.document.spec.layers == saved.spec.layers
    assert len(wiring.session.history.steps) == 180
    window.tries.canvas.set_strokes(ONE)
    wait(lambda: window.tries.canvas.probabilities is not None)
    assert window.tries.canvas.probabilities.argmax() == 1
    wiring.document.set_training("epochs", 2)  # an edit tries no loading, and asks nothing
    assert box(window, "problemBox") is None
    window.bar.data_chosen.emit("digits")
    wait(lambda: window.controls["train"].isEnabled())
    assert "begins with new weights" in status(window)
    wiring.document.undo_stack.undo()
    assert "gone.npz" in status(window)
    wiring.document.undo_stack.redo()
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.FINISHED and wiring.session.epochs_done == 2)


def test_when_its_data_come_the_training_goes_on(window, wiring, projects, wait, file, tmp_path):
    digits = wiring.dataset
    saved = project_file.load(file)
    place = tmp_path / "later.npz"
    away = dataclasses.replace(saved.spec, data=str(place))
    project_file.write(file, dataclasses.replace(saved, spec=away))
    projects.open_path(str(file))
    wait(lambda: projects.files.path)
    dismiss(window)
    np.savez(
        place, x_train=digits.x_train, y_train=digits.t_train, x_test=digits.x_test,
        y_test=digits.t_test,
    )  # fmt: skip
    window.bar.data_chosen.emit(str(place))
    wait(lambda: window.controls["train"].isEnabled())
    assert "begins with new weights" not in status(window)
    wait(lambda: not window.isWindowModified())
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.FINISHED and wiring.session.epochs_done == 2)
    assert len(wiring.session.history.steps) == 360
