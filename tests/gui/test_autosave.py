"""Autosave and what is offered after a crash."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow

import gui.autosave
from gui.app import build
from gui.document.recovery import RecoveryFolder
from gui.project_wiring import Projects
from gui.session.states import State
from nnlib import project_file
from nnlib.layers import Sigmoid
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from tests.support.windows import (
    asked,
    box,
    close_without_saving,
    dismiss,
    press,
    save,
    status,
    train,
)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gui.autosave, "DELAY", 0.05)
    monkeypatch.setattr(gui.autosave, "LOOK", 20)
    monkeypatch.setattr(gui.autosave, "SHARE", 1.0)
    monkeypatch.setattr(gui.autosave, "PATIENCE", 0.05)


def kept(projects: Projects) -> list[Path]:
    return list(projects.folder.folder.glob("*.layerlab"))


# Keeping


def test_an_edit_is_kept_and_saving_ends_that(window, wiring, projects, wait, tmp_path):
    wait(lambda: True)
    assert kept(projects) == []  # nothing has changed
    wiring.document.insert_layers(1, [Sigmoid()])
    wait(lambda: kept(projects))
    assert len(project_file.load(kept(projects)[0]).spec.layers) == 5
    save(projects, wait, tmp_path / "a.layerlab")
    wait(lambda: not kept(projects))


def test_undoing_all_changes_ends_it_too(window, wiring, projects, wait):
    wiring.document.insert_layers(1, [Sigmoid()])
    wait(lambda: kept(projects))
    wiring.document.undo_stack.undo()
    wait(lambda: not kept(projects))


def test_a_training_is_kept_again_and_again_while_it_runs(window, wiring, projects, wait):
    wiring.document.set_training("epochs", 10_000)
    window.controls["train"].trigger()
    steps: list[int] = []
    for _ in range(3):
        before = steps[-1] if steps else 0

        def has_moved_on() -> bool:
            found = project_file.load(kept(projects)[0]) if kept(projects) else None
            step = found.training["step"] if found and found.training else 0
            if step > before:  # noqa: B023
                steps.append(step)
            return step > before  # noqa: B023

        wait(has_moved_on)
    assert wiring.session.state is State.RUNNING


def test_nothing_is_written_where_nothing_has_changed_since(window, wiring, projects, wait, qtbot):
    wiring.document.insert_layers(1, [Sigmoid()])
    wait(lambda: kept(projects) and not projects.autosave._is_writing)
    time = os.stat(kept(projects)[0]).st_mtime_ns
    looks = []
    projects.autosave.looked.connect(lambda: looks.append(1))
    wait(lambda: len(looks) > 20)
    assert os.stat(kept(projects)[0]).st_mtime_ns == time


def test_the_interval_grows_with_what_writing_costs(window, wiring, projects, wait, monkeypatch):
    import time

    monkeypatch.setattr(gui.autosave, "SHARE", 0.01)
    autosave = projects.autosave
    autosave._finish(0.2, "")
    assert autosave._not_before - time.monotonic() == pytest.approx(20, abs=0.5)


def test_a_full_disk_is_told_once_and_everything_goes_on(
    window, wiring, projects, wait, monkeypatch
):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    told: list[str] = []
    looks: list[int] = []
    projects.autosave.failed.connect(told.append)
    monkeypatch.setattr(os, "fsync", fail)
    wiring.document.insert_layers(1, [Sigmoid()])
    wait(lambda: "Free some space" in status(window))
    assert box(window, "problemBox") is None
    projects.autosave.looked.connect(lambda: looks.append(1))
    wiring.document.insert_layers(1, [Sigmoid()])
    wait(lambda: len(looks) > 20)
    assert len(told) == 1
    monkeypatch.undo()
    wait(lambda: kept(projects))


@pytest.mark.parametrize("saved", [False, True])
def test_a_clean_close_leaves_nothing(window, wiring, projects, wait, tmp_path, saved):
    wiring.document.insert_layers(1, [Sigmoid()])
    wait(lambda: kept(projects))
    if saved:
        save(projects, wait, tmp_path / "a.layerlab")
    close_without_saving(window)
    assert not window.isVisible()
    assert list(projects.folder.folder.iterdir()) == []


# Offering


def left_behind(project: SavedProject, origin: str = "", content: bytes = b"") -> Path:
    """What a window left that was killed."""
    folder = RecoveryFolder()
    folder.write(project, origin)
    if content:
        folder._file.write_bytes(content)
    folder._lock.unlock()
    return folder._file


@pytest.fixture
def trained_project(qtbot, window, wiring, projects, wait, tmp_path) -> SavedProject:
    train(wiring, window, wait)
    save(projects, wait, tmp_path / "mine.layerlab")
    return project_file.load(tmp_path / "mine.layerlab")


@pytest.fixture
def start(wait):
    """Starts further windows, which end with the test."""
    made: list[QMainWindow] = []

    def show() -> tuple[QMainWindow, Projects]:
        _, window = build(["layerlab"])
        made.append(window)
        window.show()
        projects = window.findChild(Projects)
        assert projects is not None
        return window, projects

    yield show
    for window in made:
        close_without_saving(window)
        window.deleteLater()
    QApplication.processEvents()


def test_after_a_crash_the_project_is_offered_back(
    trained_project, start, wait, tmp_path, monkeypatch
):
    monkeypatch.setattr(gui.autosave, "DELAY", 60.0)  # what is kept is what was left
    origin = str(tmp_path / "mine.layerlab")
    file = left_behind(trained_project, origin)
    window, projects = start()
    wait(lambda: box(window, "recoveryBox"))
    text = asked(window, "recoveryBox")
    assert text.startswith("LayerLab did not end properly. Recover “mine” as it was at ")
    press(window, "recoveryBox", "buttonRecover")
    wait(lambda: window.windowTitle() == "mine[*] — LayerLab")
    assert window.isWindowModified()
    assert projects.files.path == origin
    session = projects.parent().session
    assert (session.state, session.epochs_done) == (State.FINISHED, 1)
    done: list[bool] = []
    projects.files.writer.do(lambda: None, lambda *_: done.append(True))
    wait(lambda: done)
    assert file.exists()  # until it is saved; another crash loses nothing
    assert RecoveryFolder().left() == []
    save(projects, wait, Path(origin))
    wait(lambda: not file.exists())


def test_what_is_discarded_goes_and_the_next_is_offered(window, projects, start, wait):
    first = left_behind(SavedProject(ProjectSpec.from_preset("lenet")), "/a/first.layerlab")
    os.utime(first, (1e9, 1e9))
    second = left_behind(SavedProject(ProjectSpec.from_preset("lenet")), "/a/second.layerlab")
    window, _ = start()
    wait(lambda: box(window, "recoveryBox"))
    assert "second" in asked(window, "recoveryBox")
    press(window, "recoveryBox", "buttonDiscard")
    assert "first" in asked(window, "recoveryBox")
    assert " on " in asked(window, "recoveryBox")  # which day
    press(window, "recoveryBox", "buttonLater")
    assert (first.exists(), second.exists()) == (True, False)
    assert box(window, "recoveryBox") is None
    other, _ = start()
    wait(lambda: box(other, "recoveryBox"))
    press(other, "recoveryBox", "buttonLater")


@pytest.mark.parametrize("content", [b"damaged", b"PK\x03\x04"])
def test_a_damaged_file_is_set_aside_with_a_sentence(projects, start, wait, content):
    file = left_behind(SavedProject(ProjectSpec.from_preset("lenet")), "", content)
    window, _ = start()
    wait(lambda: box(window, "recoveryBox"))
    assert "Untitled" in asked(window, "recoveryBox")
    press(window, "recoveryBox", "buttonRecover")
    wait(lambda: box(window, "problemBox"))
    assert "is damaged" in dismiss(window)
    assert file.with_suffix(".damaged").read_bytes() == content
    assert window.windowTitle() == "Untitled[*] — LayerLab"
    assert not window.isWindowModified()


def test_recovering_over_changes_asks_and_cancel_keeps_both(projects, start, wait):
    file = left_behind(SavedProject(ProjectSpec.from_preset("lenet")))
    window, projects = start()
    wait(lambda: box(window, "recoveryBox"))
    projects.parent().document.insert_layers(1, [Sigmoid()])
    press(window, "recoveryBox", "buttonRecover")
    wait(lambda: box(window, "unsavedBox"))
    press(window, "unsavedBox", "buttonCancel")
    assert len(projects.parent().document.spec.layers) == 5
    assert file.exists()
    assert len(RecoveryFolder().left()) == 1
