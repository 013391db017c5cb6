"""The whole window, offscreen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from gui.app import build
from gui.main_window import MainWindow
from gui.wiring import Wiring


@pytest.fixture
def window(qtbot) -> Iterator[MainWindow]:
    _, made = build(["layerlab"])
    made.show()
    yield made
    made.close()
    made.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def wiring(qtbot, window) -> Wiring:
    found = window.findChild(Wiring)
    assert found is not None
    qtbot.waitUntil(lambda: found.session.facts is not None, timeout=20_000)
    return found


@pytest.fixture
def wait(qtbot) -> Callable[[Callable[[], object]], None]:
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=60_000)
