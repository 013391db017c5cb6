"""Loss and accuracy over the epochs: every batch, and the evaluations on training and validation.

Every point drawn is a recorded one.
"""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.panels.plot import Numbers, QuietPlot, thinned
from gui.style import GRID, blend, theme
from nnlib.training import History

MARKS = 20
HEADROOM = 1.03  # so that the topmost number on the axis has room


class CurvePanel(QWidget):
    """One quantity over the epochs; `LossPanel` and `AccuracyPanel` say which."""

    quantity = "loss"
    plot_name = "lossPlot"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = QuietPlot(self.plot_name, self.empty_text())
        self.plot.setAccessibleName(self.title())
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        heading = QLabel(self.title())
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addStretch(1)
        top.addWidget(self._legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addWidget(self.plot, 1)
        self._make_curves()
        self.plot.restyled.connect(self._color)
        self._color()
        self.clear()

    def title(self) -> str:
        """The heading."""
        return self.tr("Loss")

    def empty_text(self) -> str:
        """What stands where nothing is recorded yet."""
        return self.tr("Press Train to see the loss fall.")

    def begin_run(self, samples_per_epoch: int, epochs: int) -> None:
        """Begin anew, with a time axis of that many epochs."""
        self.clear()
        self._samples_per_epoch, self._epochs = samples_per_epoch, epochs

    def clear(self) -> None:
        """Forget everything."""
        self._samples_per_epoch, self._epochs = 1, 1
        self._drawn = (0, 0)
        self._top = 0.0
        for curve in self.curves.values():
            curve.setData([], [])
        self.marks.setData([], [])
        self.plot.follows = True
        self.plot.show_empty(True)
        self._legend.setText("")
        self.plot.follow(0, 1, *self.value_range(np.empty(0)))

    def show_history(self, history: History) -> None:
        """Draw what was recorded; nothing happens where nothing is new."""
        sizes = (len(history.steps), len(history.evaluations))
        if sizes == self._drawn:
            return
        self._drawn = sizes
        steps, evaluations = history.steps, history.evaluations
        at = evaluations["epochs"]
        batch = steps[self.quantity]
        parts = {
            "batch": (steps["samples"] / self._samples_per_epoch, batch),
            "training": (at, evaluations[f"train_{self.quantity}"]),
            "validation": (at, evaluations[f"validation_{self.quantity}"]),
        }
        for name, (x, y) in parts.items():
            self.curves[name].setData(*thinned(x, y), connect="finite")
        # Dots tell validation from training without colour; on a long run only some have room.
        every = -(-len(at) // MARKS) or 1
        self.marks.setData(at[::every], parts["validation"][1][::every])
        judged = np.concatenate([parts["training"][1], parts["validation"][1]])
        right = max(float(self._epochs), math.ceil(at[-1]) if len(at) else 1.0)
        self.plot.follow(0.0, right, *self.value_range(judged))
        self.plot.show_empty(False)
        self._tell({name: y[-1] for name, (_, y) in parts.items() if len(y)})

    def value_range(self, judged: Numbers) -> tuple[float, float]:
        """Bottom and top of the axis for these evaluations."""
        finite = judged[np.isfinite(judged)]
        highest = float(finite.max()) if len(finite) else 1.0
        self._top = max(self._top, _ceiling(highest))  # it only grows, so that nothing jitters
        return 0.0, self._top * HEADROOM

    def value_text(self, value: float) -> str:
        """A value for the legend."""
        return f"{value:.3g}"

    def _make_curves(self) -> None:
        # In this order: the batches lie below.
        self.curves: dict[str, pg.PlotDataItem] = {}
        for name in ("batch", "training", "validation"):
            self.curves[name] = self.plot.plot(name=name)
        self.marks = self.plot.plot(name="marks", pen=None, symbol="o", symbolSize=6)
        self.plot.getPlotItem().setLabel("bottom", self.tr("epochs"))

    def _color(self) -> None:
        self._colors = {
            "batch": blend(QColor(theme().quiet_text), QColor(theme().surface), 0.6),
            "training": QColor(theme().layers[0]),
            "validation": QColor(theme().layers[1]),
        }
        for name, curve in self.curves.items():
            curve.setPen(pg.mkPen(self._colors[name]))
        self.marks.setSymbolBrush(pg.mkBrush(self._colors["validation"]))
        self.marks.setSymbolPen(None)

    def _tell(self, latest: dict[str, float]) -> None:
        words = {
            "batch": self.tr("batch"),
            "training": self.tr("training"),
            "validation": self.tr("validation"),
        }
        parts = []
        for name, mark in (("training", "━"), ("validation", "●")):
            if name in latest:
                color = self._colors[name].name()
                value = self.value_text(latest[name])
                parts.append(f'<span style="color:{color}">{mark}</span> {words[name]} {value}')
        self._legend.setText("&nbsp;&nbsp;".join(parts))
        self.plot.setAccessibleDescription(
            ", ".join(f"{words[name]} {self.value_text(value)}" for name, value in latest.items())
        )


class LossPanel(CurvePanel):
    """The loss."""


class AccuracyPanel(CurvePanel):
    """The share of samples that are classified right."""

    quantity = "accuracy"
    plot_name = "accuracyPlot"

    def title(self) -> str:
        return self.tr("Accuracy")

    def empty_text(self) -> str:
        return self.tr("Press Train to see the accuracy rise.")

    def value_range(self, judged: Numbers) -> tuple[float, float]:
        return 0.0, HEADROOM

    def value_text(self, value: float) -> str:
        return f"{100 * value:.1f} %"

    def _make_curves(self) -> None:
        super()._make_curves()
        axis = self.plot.getPlotItem().getAxis("left")
        axis.setTicks([[(v / 100, f"{v} %") for v in range(0, 101, 20)]])


def _ceiling(value: float) -> float:
    """The next round number, for the end of an axis."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * m for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15) if power * m >= value)
