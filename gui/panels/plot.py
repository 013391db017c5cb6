"""A quiet plot: pyqtgraph without its menus, in the colours of the theme, cheap to repaint.

Painting is what a training thread pays for (it holds Python's lock), so: no antialiasing, opaque
pens of width 1, fixed ranges, and at most `LIMIT` points a curve.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from gui.style import GRID, theme

LIMIT = 500
Numbers = NDArray[np.float64]


class QuietPlot(pg.PlotWidget):
    """One plot. It follows its data until the user pans or zooms; a double click follows again."""

    restyled = Signal()
    """The theme has changed; curves want new pens."""

    def __init__(self, name: str, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.follows = True
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.disableAutoRange()
        item.getViewBox().setDefaultPadding(0.0)
        item.getViewBox().sigRangeChangedManually.connect(self._stop_following)
        self.setAntialiasing(False)
        self.setFrameShape(self.Shape.NoFrame)
        self._range: tuple[float, float, float, float] | None = None
        self._empty = QLabel(empty_text, self)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.restyle()

    def show_empty(self, is_empty: bool) -> None:
        """Say what will appear here, or stop saying so."""
        self._empty.setVisible(is_empty)

    def follow(self, left: float, right: float, bottom: float, top: float) -> None:
        """Show that range, unless the user has chosen another."""
        wanted = (left, right, bottom, top)
        if self.follows and wanted != self._range:
            self._range = wanted
            self.setRange(xRange=(left, right), yRange=(bottom, top), padding=0, update=False)

    def restyle(self) -> None:
        """Take the colours of the theme in use."""
        colors = theme()
        self.setBackground(QColor(colors.surface))
        for side in ("left", "bottom", "right"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(colors.line))
            axis.setTextPen(pg.mkPen(colors.quiet_text))
            axis.setTickPen(pg.mkPen(colors.line))
        self._empty.setStyleSheet(f"color: {colors.quiet_text}; background: transparent;")
        self.restyled.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_empty"):
            self.restyle()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_empty"):
            self._empty.setGeometry(self.rect().adjusted(6 * GRID, GRID, -2 * GRID, -4 * GRID))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.follows = True
        if self._range is not None:
            again, self._range = self._range, None
            self.follow(*again)
        event.accept()

    def _stop_following(self, *_: Any) -> None:
        self.follows = False


def thinned(x: Numbers, y: Numbers, limit: int = LIMIT) -> tuple[Numbers, Numbers]:
    """At most ``limit`` of the recorded points, none invented: ends, and each stretch's extremes.

    Args:
        x, y: (n,), x ascending; NaN in y counts as no extreme.
    """
    n = len(x)
    if n <= limit:
        return x, y
    stretches = (limit - 2) // 2
    edges = np.linspace(0, n, stretches + 1).astype(np.intp)
    kept = [0, n - 1]
    finite = np.where(np.isfinite(y), y, np.nan)
    low, high = (
        np.where(np.isnan(finite), np.inf, finite),
        np.where(np.isnan(finite), -np.inf, finite),
    )
    for start, end in itertools.pairwise(edges):
        kept.append(start + int(low[start:end].argmin()))
        kept.append(start + int(high[start:end].argmax()))
    chosen = np.unique(kept)
    return x[chosen], y[chosen]
