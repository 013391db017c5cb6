"""What a test does with a window in its own process."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMainWindow, QMessageBox, QPushButton, QWidget

from gui.session.states import State


def close_without_saving(window: QMainWindow) -> None:
    """Close it, and answer that nothing is to be saved where it asks."""
    window.close()
    if box(window, "unsavedBox"):
        press(window, "unsavedBox", "buttonDiscard")


def press(window: QWidget, box_name: str, name: str) -> None:
    """Press a button of a box that is shown."""
    shown = box(window, box_name)
    assert shown is not None
    button = shown.findChild(QPushButton, name)
    assert button is not None
    button.click()


def asked(window: QWidget, box_name: str) -> str:
    """What a box that is shown asks."""
    shown = box(window, box_name)
    assert shown is not None
    return shown.text()


def trigger(window: QWidget, name: str) -> None:
    action = window.findChild(QAction, name)
    assert action is not None
    action.trigger()


def box(window: QWidget, name: str) -> QMessageBox | None:
    found = [b for b in window.findChildren(QMessageBox, name) if b.isVisible()]
    return found[0] if found else None


def dismiss(window: QWidget) -> str:
    """The text of the box that tells a problem, which goes."""
    shown = box(window, "problemBox")
    assert shown is not None
    shown.accept()
    return shown.text()


def status(window: QWidget) -> str:
    label = window.findChild(QLabel, "statusText")
    assert label is not None
    return label.text()


def train(wiring, window, wait, epochs: int = 1) -> None:
    wiring.document.set_training("epochs", epochs)
    window.controls["train"].trigger()
    wait(lambda: wiring.session.state is State.FINISHED)


def save(projects, wait, path: Path) -> None:
    projects.save_to(str(path))
    wait(lambda: projects.files.path == str(path) and not projects.files.is_modified)
