"""How the outputs of every layer are distributed now: one plot, a row a layer, comparable axes.

All layers share one height scale, and all layers without bounds share one axis. So a layer that
saturates, collapses or dies looks different from a healthy one at a glance.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.panels.plot import QuietPlot
from gui.style import GRID, blend, layer_color, theme
from nnlib.training.distributions import BINS, Distribution

FULL_HEIGHT = 0.92  # of a row, for a bin that holds all outputs
EDGES = np.linspace(0.0, 1.0, BINS + 1)  # every row is drawn from 0 to 1, whatever its axis


class ActivationPanel(QWidget):
    """The distributions, first layer on top."""

    layer_hovered = Signal(int)
    """The index of the layer under the mouse, −1 for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activationPanel")
        self.plot = QuietPlot(
            "activationPlot", self.tr("How each layer's outputs are distributed appears here.")
        )
        self.plot.setMouseEnabled(x=False, y=False)
        self.setAccessibleName(self.tr("Activations"))
        self.rows: list[pg.PlotCurveItem] = []
        self._shown: tuple[Distribution, ...] = ()
        self._highlighted = -1
        self._texts: tuple[list[str], list[str]] = ([], [])
        self._lay_out()
        item = self.plot.getPlotItem()
        item.showAxis("right")
        item.hideAxis("bottom")
        for side in ("left", "right"):
            item.getAxis(side).setStyle(tickLength=0)
        self.plot.restyled.connect(self._color)
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._set_rows(())
        self._shown = ()
        self.plot.show_empty(True)

    def show_distributions(self, found: tuple[Distribution, ...]) -> None:
        """Draw these distributions."""
        if [d.index for d in found] != [d.index for d in self._shown] or not self.rows:
            self._set_rows(found)
        self._shown = found
        count = len(found)
        for place, (row, shown) in enumerate(zip(self.rows, found, strict=True)):
            base = count - 1 - place
            # The root lets a spike of 100 % and a broad spread of 2 % a bin be seen side by side.
            row.setData(EDGES, base + FULL_HEIGHT * np.sqrt(shown.shares))
        self._write(found)
        self.plot.show_empty(not found)

    def highlight_layer(self, index: int) -> None:
        """Stress the row of the layer at ``index``; −1 for none."""
        if index != self._highlighted:
            self._highlighted = index
            self._color()

    def _hover(self, position: QPointF) -> None:
        place = len(self._shown) - 1 - int(self.plot.getViewBox().mapSceneToView(position).y())
        inside = self._shown and 0 <= place < len(self._shown)
        index = self._shown[place].index if inside else -1
        if index != self._highlighted:
            self.highlight_layer(index)
            self.layer_hovered.emit(index)

    def leaveEvent(self, event: QEvent) -> None:
        self.highlight_layer(-1)
        self.layer_hovered.emit(-1)
        super().leaveEvent(event)

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("Activations"))
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        caption = QLabel(self.tr("outputs of each layer on 100 test samples"))
        caption.setForegroundRole(caption.palette().ColorRole.PlaceholderText)
        self.setToolTip(
            self.tr(
                "Height is the square root of the share of outputs in a bin, the same for all "
                "layers. Layers without bounds share one axis; at the right are its ends and the "
                "standard deviation σ of the outputs."
            )
        )
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addStretch(1)
        top.addWidget(caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addWidget(self.plot, 1)

    def _set_rows(self, found: tuple[Distribution, ...]) -> None:
        for row in self.rows:
            self.plot.removeItem(row)
        self._shown = found
        self.rows = []
        for place in range(len(found)):
            base = len(found) - 1 - place
            row = pg.PlotCurveItem(EDGES, np.full(BINS, base), stepMode="center", fillLevel=base)
            self.rows.append(row)
            self.plot.addItem(row)
        self._color()
        self._texts = ([], [])
        self._write(found)
        self.plot.follow(0.0, 1.0, -0.08, max(1, len(found)))

    def _color(self) -> None:
        surface = theme().surface
        for row, shown in zip(self.rows, self._shown, strict=False):
            color = layer_color(shown.index)
            stressed = shown.index == self._highlighted
            row.setPen(pg.mkPen(color, width=2 if stressed else 1))
            row.setBrush(pg.mkBrush(blend(color, QColor(surface), 0.35 if stressed else 0.7)))

    def _write(self, found: tuple[Distribution, ...]) -> None:
        """Names at the left, axis ends and spread at the right; only what has changed."""
        names = [f"{d.index + 1} · {d.name}" for d in found]
        facts = [f"σ {_short(d.std)}   {_short(d.low)} … {_short(d.high)}" for d in found]
        if (names, facts) == self._texts:
            return
        for side, old, new in zip(("left", "right"), self._texts, (names, facts), strict=True):
            if old != new:
                places = [len(new) - 1 - i + 0.3 for i in range(len(new))]
                axis = self.plot.getPlotItem().getAxis(side)
                axis.setTicks([list(zip(places, new, strict=True))])
        self._texts = (names, facts)
        self.plot.setAccessibleDescription(
            "; ".join(f"{n}: {f}" for n, f in zip(names, facts, strict=True))
        )


def _short(value: float) -> str:
    """A number in few characters, with a true minus sign."""
    return f"{value:.2g}".replace("-", "−")
