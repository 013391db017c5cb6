"""How the outputs of every layer are distributed now: one plot, a row a layer, comparable axes.

All layers share one height scale, and all layers without bounds share one axis. So a layer that
saturates, collapses or dies looks different from a healthy one at a glance.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui.panels.panel import About, Panel
from gui.panels.plot import short_number
from gui.panels.rows import BASE, RowCurve, RowPlot
from gui.panels.thinning import Numbers
from gui.style import blend, layer_color, theme
from nnlib.training.distributions import BINS, Distribution

FULL = 1 - BASE - 0.04  # height of a bin that holds all outputs, in rows
OUTLINE = np.repeat(np.linspace(0.0, 1.0, BINS + 1), 2)  # every row goes from 0 to 1


class ActivationPanel(Panel):
    """The distributions, first layer on top."""

    layer_pointed = Signal(int)
    """The mouse is on the row of the layer with that index; −1 when it has left."""

    def __init__(self) -> None:
        self._found: tuple[Distribution, ...] = ()
        self._stressed = -1
        self.rows: list[RowCurve] = []
        super().__init__()
        self.plot.pointed.connect(self._point)
        self.clear()

    def about(self) -> About:
        return About(
            name="activation",
            title=self.tr("Activations"),
            empty=self.tr("Press Train to see how the outputs of each layer are distributed."),
            caption=self.tr("share of outputs, square-root scale"),
            help=self.tr(
                "The outputs of each layer for the same samples, as a histogram.\n"
                "Its height is the square root of the share of outputs in a bin, on one scale for "
                "all layers,\nso that a spike and a broad spread can both be read. Layers without "
                "bounds share one axis.\nAt the right: the ends of the axis, and the standard "
                "deviation σ."
            ),
        )

    def make_plot(self, name: str, empty: str) -> RowPlot:
        return RowPlot(name, empty)

    def plot_frame(self) -> QWidget:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(self.focusPolicy())
        area.setWidget(self.plot)
        return area

    def clear(self) -> None:
        """Forget everything."""
        self._draw(())

    def show_distributions(self, found: tuple[Distribution, ...]) -> bool:
        """Draw these distributions; False where they are drawn already."""
        if found is self._found:
            return False
        self._draw(found)
        return True

    def _draw(self, found: tuple[Distribution, ...]) -> None:
        before, self._found = self._found, found
        if [(d.index, d.name) for d in found] != [(d.index, d.name) for d in before]:
            self._make_rows()
            before = ()
        for place, shown in enumerate(found):
            if not before or not np.array_equal(shown.shares, before[place].shares):
                self.rows[place].setData(OUTLINE, self._outline(place, shown))
        self.plot.show_empty(not found)
        self._write()

    def highlight_layer(self, index: int) -> None:
        """Stress the row of the layer at ``index``; −1 for none."""
        if index != self._stressed:
            self._stressed = index
            for texts in (self.plot.labels, self.plot.facts):
                texts.stress(index)
            self.restyle()

    def restyle(self) -> None:
        surface = QColor(theme().surface)
        for row, shown in zip(self.rows, self._found, strict=True):
            color = layer_color(shown.index)
            is_stressed = shown.index == self._stressed
            row.setPen(pg.mkPen(color, width=1))
            row.setBrush(pg.mkBrush(color if is_stressed else blend(color, surface, 0.6)))

    def _outline(self, place: int, shown: Distribution) -> Numbers:
        heights = np.zeros(2 * BINS + 2)
        heights[1:-1] = np.repeat(FULL * np.sqrt(shown.shares), 2)
        return heights + self.plot.base(place)

    def _make_rows(self) -> None:
        for row in self.rows:
            self.plot.removeItem(row)
        self.plot.set_count(len(self._found))
        # "enclosed": the outline is what is filled, one path a row.
        self.rows = [
            RowCurve(self.plot.base(place), name=layer_label(d), fillLevel="enclosed")
            for place, d in enumerate(self._found)
        ]
        for row in self.rows:
            self.plot.addItem(row)
        self.restyle()

    def _write(self) -> None:
        layers = [d.index for d in self._found]
        labels = [(layer_label(d),) for d in self._found]
        facts = [
            (axis_label(d), f"σ {short_number(d.std, has_two_digits=True)}") for d in self._found
        ]
        self.plot.labels.set_rows(layers, labels)
        self.plot.facts.set_rows(layers, facts)
        self.describe(
            "; ".join(
                self.tr("{0}: σ {1}").format(layer_label(d), short_number(d.std))
                for d in self._found
            )
        )

    def _point(self, place: int) -> None:
        shown = self._found[place] if 0 <= place < len(self._found) else None
        index = -1 if shown is None else shown.index
        self.highlight_layer(index)
        self.plot.setToolTip("" if shown is None else self._details(shown))
        self.layer_pointed.emit(index)

    def _details(self, shown: Distribution) -> str:
        low, high = round(100 * shown.shares[0]), round(100 * shown.shares[-1])
        return self.tr(
            "{0}: mean {1}, standard deviation {2}\n"
            "{3} % exactly zero, {4} % at the lower and {5} % at the upper end of the axis"
        ).format(
            layer_label(shown),
            short_number(shown.mean),
            short_number(shown.std),
            round(100 * shown.zeros),
            low,
            high,
        )


def layer_label(shown: Distribution) -> str:
    """Number and name, as on the layer's card."""
    return f"{shown.index + 1} · {shown.name}"


def axis_label(shown: Distribution) -> str:
    """The ends of a layer's axis."""
    return f"{short_number(shown.low)} … {short_number(shown.high)}"
