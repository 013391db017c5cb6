"""The panel on the (offscreen) screen, in light and dark, and hands to draw with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget

from gui import style
from gui.canvas.digit_canvas import DigitCanvas
from gui.canvas.ink import Paper
from gui.canvas.try_panel import TryPanel

THREE = [(80, 60), (140, 40), (190, 80), (140, 130), (200, 180), (140, 235), (75, 205)]
SEVEN = [(70, 60), (200, 60), (120, 230)]
Draw = Callable[..., None]


@pytest.fixture
def canvas(qtbot) -> DigitCanvas:
    canvas = DigitCanvas()
    qtbot.addWidget(canvas)
    canvas.show()
    return canvas


@pytest.fixture
def panel(qtbot) -> TryPanel:
    panel = TryPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 620)
    panel.show()
    return panel


@pytest.fixture
def draw(qtbot) -> Draw:
    """Draw one stroke with the mouse; the points are those of the paper."""

    def draw(canvas: DigitCanvas, points: list[tuple[float, float]], release: bool = True) -> None:
        first, *rest = (on_screen(canvas, point) for point in points)
        qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first)
        last = first
        for last in rest:
            qtbot.mouseMove(canvas, last)
        if release:
            qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last)

    return draw


def on_screen(canvas: DigitCanvas, point: tuple[float, float]) -> QPoint:
    paper = Paper.in_middle_of(canvas.size())
    x, y = point
    return paper.rect.topLeft() + QPoint(round(x * paper.scale), round(y * paper.scale))


@pytest.fixture(params=[style.LIGHT, style.DARK], ids=["light", "dark"])
def theme(request, qapp: QApplication) -> Iterator[style.Theme]:
    before = qapp.palette()
    qapp.setPalette(style.palette(request.param))
    yield request.param
    qapp.setPalette(before)


def pixels(widget: QWidget) -> np.ndarray:
    """What is painted: (height, width, 3) of 0..255."""
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()
