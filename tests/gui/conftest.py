"""The whole window, offscreen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from gui.app import build
from gui.main_window import MainWindow
from gui.project_wiring import Projects
from gui.wiring import Wiring
from tests.support.windows import close_without_saving, save, train


@pytest.fixture
def window(qtbot) -> Iterator[MainWindow]:
    _, made = build(["layerlab"])
    made.show()
    yield made
    close_without_saving(made)
    made.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def wiring(qtbot, window: MainWindow) -> Wiring:
    found = window.findChild(Wiring)
    assert found is not None
    qtbot.waitUntil(lambda: found.session.facts is not None, timeout=20_000)
    return found


@pytest.fixture
def projects(window: MainWindow, wiring: Wiring) -> Projects:
    found = window.findChild(Projects)
    assert found is not None
    return found


@pytest.fixture
def wait(qtbot) -> Callable[[Callable[[], object]], None]:
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=60_000)


@pytest.fixture
def file(wiring, window, projects, wait, tmp_path) -> Path:
    """A project that was trained for an epoch; the window shows another one."""
    train(wiring, window, wait)
    save(projects, wait, tmp_path / "mine.layerlab")
    projects.new()
    wait(lambda: not projects.files.path and wiring.session.facts is not None)
    return tmp_path / "mine.layerlab"
