"""Projects in the window: New, Save, the title, the question, recent and dropped files."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from gui.document import recent_files
from gui.editor.mime import write_layers
from gui.session.states import State
from nnlib import presets, project_file
from nnlib.layers import Sigmoid
from tests.support.windows import box, dismiss, press, save, status, train, trigger

# The title and what is modified


def test_the_title_tells_name_and_changes(window, wiring, projects):
    assert window.windowTitle() == "Untitled[*] — LayerLab"
    assert not window.isWindowModified()
    wiring.document.insert_layers(1, [Sigmoid()])
    assert window.isWindowModified()
    wiring.document.undo_stack.undo()
    assert not window.isWindowModified()


def test_training_is_a_change_and_reset_takes_it_back(window, wiring, projects, wait):
    window.controls["step_batch"].trigger()
    wait(lambda: wiring.session.state is State.PAUSED)
    assert window.isWindowModified()
    window.controls["reset"].trigger()
    assert not window.isWindowModified()


def test_what_is_saved_is_no_change_until_training_goes_on(
    window, wiring, projects, wait, tmp_path
):
    train(wiring, window, wait)
    save(projects, wait, tmp_path / "mine.layerlab")
    assert window.windowTitle() == "mine[*] — LayerLab"
    assert not window.isWindowModified()
    assert wiring.document.undo_stack.isClean()
    assert "Saved" in status(window)
    window.controls["step_batch"].trigger()
    wait(lambda: wiring.session.state is State.PAUSED)
    assert window.isWindowModified()


# Saving


def test_saving_does_not_stop_a_training_and_the_file_is_whole(
    window, wiring, projects, wait, tmp_path
):
    wiring.document.set_training("epochs", 10_000)
    window.controls["train"].trigger()
    wait(lambda: len(wiring.session.history.steps) > 20)
    projects.save_to(str(tmp_path / "running"))  # the suffix is added
    wait(lambda: projects.files.path)
    assert wiring.session.state is State.RUNNING
    saved = project_file.load(tmp_path / "running.layerlab")
    assert saved.training is not None
    assert saved.training["step"] > 20
    before = len(wiring.session.history.steps)
    wait(lambda: len(wiring.session.history.steps) > before + 20)
    wait(window.isWindowModified)


def test_a_save_that_fails_loses_nothing_and_says_so(window, wiring, projects, wait, tmp_path):
    wiring.document.insert_layers(1, [Sigmoid()])
    projects.save_to(str(tmp_path / "absent" / "a.layerlab"))
    wait(lambda: box(window, "problemBox"))
    assert "could not be saved" in dismiss(window)
    assert window.isWindowModified()
    assert window.windowTitle().startswith("Untitled")
    assert len(wiring.document.spec.layers) == 5


def test_an_edit_while_a_file_is_written_stays_a_change(window, wiring, projects, wait, tmp_path):
    projects.save_to(str(tmp_path / "a.layerlab"))
    wiring.document.insert_layers(1, [Sigmoid()])
    wait(lambda: projects.files.path)
    assert window.isWindowModified()
    assert len(project_file.load(tmp_path / "a.layerlab").spec.layers) == 4


def test_save_asks_where_once_and_then_no_more(window, wiring, projects, wait, tmp_path):
    trigger(window, "actionSave")
    dialog = window.findChild(QFileDialog, "saveDialog")
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "chosen"))
    dialog.close()
    wait(lambda: projects.files.path == str(tmp_path / "chosen.layerlab"))
    wiring.document.insert_layers(1, [Sigmoid()])
    trigger(window, "actionSave")
    wait(lambda: not window.isWindowModified())
    assert len(project_file.load(projects.files.path).spec.layers) == 5
    assert recent_files.last_folder() == str(tmp_path)


def test_a_file_whose_name_gets_its_suffix_is_not_replaced_unasked(
    window, projects, wait, tmp_path
):
    there = tmp_path / "a.b.layerlab"
    there.write_bytes(b"precious")
    trigger(window, "actionSaveAs")
    dialog = window.findChild(QFileDialog, "saveDialog")
    dialog.fileSelected.emit(str(tmp_path / "a.b"))
    dialog.close()
    assert there.read_bytes() == b"precious"
    press(window, "replaceBox", "buttonReplace")
    wait(lambda: projects.files.path == str(there))
    assert project_file.load(there).spec.title == "two-layer"


# The question


def test_an_untouched_window_closes_without_a_question(window, projects):
    assert window.close()
    assert box(window, "unsavedBox") is None


@pytest.mark.parametrize("answer", ["buttonCancel", "buttonDiscard"])
def test_new_asks_what_to_do_with_changes(window, wiring, projects, wait, answer):
    wiring.document.load_preset(presets.find("perceptron"))
    trigger(window, "actionNew")
    wait(lambda: box(window, "unsavedBox"))
    assert wiring.document.spec.title == "perceptron"
    press(window, "unsavedBox", answer)
    if answer == "buttonDiscard":
        wait(lambda: wiring.document.spec.title == "two-layer")
        assert not window.isWindowModified()
    else:
        assert wiring.document.spec.title == "perceptron"
        trigger(window, "actionNew")  # asks again
        wait(lambda: box(window, "unsavedBox"))
        press(window, "unsavedBox", "buttonCancel")


def test_open_saves_first_where_that_is_wanted(window, wiring, projects, wait, file, tmp_path):
    save(projects, wait, tmp_path / "first.layerlab")
    wiring.document.load_preset(presets.find("perceptron"))
    projects.open_path(str(file))
    wait(lambda: box(window, "unsavedBox"))
    press(window, "unsavedBox", "buttonSave")
    wait(lambda: projects.files.path == str(file))
    assert project_file.load(tmp_path / "first.layerlab").spec.title == "perceptron"
    assert wiring.document.spec.title == "two-layer"


def test_closing_with_changes_waits_for_the_answer_and_for_the_file(
    window, wiring, projects, wait, tmp_path
):
    train(wiring, window, wait)
    assert not window.close()
    assert not window.close()  # one question is enough
    assert len([b for b in window.findChildren(QMessageBox) if b.isVisible()]) == 1
    press(window, "unsavedBox", "buttonCancel")
    assert window.isVisible()
    save(projects, wait, tmp_path / "a.layerlab")
    wiring.document.insert_layers(1, [Sigmoid()])
    assert not window.close()
    press(window, "unsavedBox", "buttonSave")
    assert window.isVisible()
    wait(lambda: not window.isVisible())
    saved = project_file.load(tmp_path / "a.layerlab")
    assert len(saved.spec.layers) == 5
    assert saved.trained is not None
    assert saved.weights is not None


def test_the_window_stays_where_saving_on_close_fails(window, wiring, projects, wait, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    save(projects, wait, folder / "a.layerlab")
    wiring.document.insert_layers(1, [Sigmoid()])
    (folder / "a.layerlab").unlink()
    folder.rmdir()
    assert not window.close()
    press(window, "unsavedBox", "buttonSave")
    wait(lambda: box(window, "problemBox"))
    assert "could not be saved" in dismiss(window)
    assert window.isVisible()
    assert window.isWindowModified()


# Recent files, dropped files


def test_recent_files_are_listed_and_open(window, wiring, projects, wait, file):
    menu = window.findChild(QWidget, "menuRecent")
    menu.parent().aboutToShow.emit()
    entries = menu.actions()
    assert entries[0].text() == "mine.layerlab"
    assert entries[-1].objectName() == "actionClearRecent"
    entries[0].trigger()
    wait(lambda: projects.files.path == str(file))
    menu.parent().aboutToShow.emit()
    menu.actions()[-1].trigger()
    assert recent_files.recent_files() == []


def drop(window: QWidget, data: QMimeData) -> tuple[bool, bool]:
    """Whether entering and dropping were accepted by the window as a whole."""
    handle, left = window.windowHandle(), Qt.MouseButton.LeftButton
    none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    place = QPointF(5, 5)
    enter = QDragEnterEvent(place.toPoint(), copy, data, left, none)
    enter.ignore()
    QApplication.sendEvent(handle, enter)
    dropped = QDropEvent(place, copy, data, left, none)
    dropped.ignore()
    if enter.isAccepted():
        QApplication.sendEvent(handle, dropped)
    return enter.isAccepted(), dropped.isAccepted()


def files(*paths: object) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_a_file_dropped_on_the_window_opens(window, wiring, projects, wait, file):
    assert drop(window, files(file)) == (True, True)
    wait(lambda: projects.files.path == str(file))


def test_what_cannot_be_dropped_is_told(window, wiring, projects, file, tmp_path):
    for dropped in (files(tmp_path / "a.png"), files(file, file), files(tmp_path)):
        drop(window, dropped)
        assert "One project file can be dropped here" in dismiss(window)


def test_layers_are_left_to_the_stack(window, wiring, projects):
    drop(window, write_layers([Sigmoid()]))  # at a place where there is no stack
    assert box(window, "problemBox") is None
    assert len(wiring.document.spec.layers) == 4
