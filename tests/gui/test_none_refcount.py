"""PySide6 6.12.0 on CPython 3.11 loses about eleven references to None per painted plot frame.

When none is left the interpreter aborts ("deallocating None"), within minutes of training. These
tests keep such a release out. On Python 3.12 and later None is immortal and nothing can be lost.
"""

from __future__ import annotations

import gc
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from packaging.requirements import Requirement
from PySide6.QtWidgets import QApplication

FRAMES = 300
ALLOWED = 50


def test_painting_plots_keeps_every_reference_to_none(qtbot) -> None:
    plots = [pg.PlotWidget() for _ in range(3)]
    curves = []
    for plot in plots:
        qtbot.addWidget(plot)
        plot.resize(320, 200)
        plot.setRange(xRange=(0, 500), yRange=(-1, 1))
        curves += [plot.plot(pen=pg.mkPen(color, width=1)) for color in ("r", "g", "b")]
        plot.show()
    x = np.arange(500)

    def paint(frame: int) -> None:
        for i, curve in enumerate(curves):
            curve.setData(x, np.sin((x + frame) / (10 + i)))
        for plot in plots:
            plot.viewport().repaint()
        QApplication.processEvents()

    for frame in range(20):  # caches fill
        paint(frame)
    gc.collect()  # garbage holds references too
    before = sys.getrefcount(None)
    for frame in range(1, FRAMES + 1):
        paint(frame)
        if frame % 50 == 0:  # look early: who paints on without references aborts the test run
            gc.collect()
            lost = before - sys.getrefcount(None)
            assert lost < ALLOWED, f"{lost} references to None lost in {frame} frames of 3 plots"


def test_the_installed_qt_is_one_that_pyproject_allows() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    [bound] = [
        requirement
        for requirement in map(Requirement, pyproject["project"]["dependencies"])
        if requirement.name == "PySide6-Essentials"
    ]
    assert bound.specifier.contains(version("PySide6-Essentials"))
    assert not bound.specifier.contains("6.12.0")
