"""How a test leaves a window of its own process."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QMessageBox, QPushButton


def close_without_saving(window: QMainWindow) -> None:
    """Close it, and answer that nothing is to be saved where it asks."""
    window.close()
    box = window.findChild(QMessageBox, "unsavedBox")
    if box is not None and box.isVisible():
        press(box, "buttonDiscard")


def press(box: QMessageBox, name: str) -> None:
    """Press the button of that name."""
    button = box.findChild(QPushButton, name)
    assert button is not None
    button.click()
