"""Loss and accuracy over the epochs: every batch, and the evaluations on training and validation.

Every point drawn is a recorded one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from gui.panels.header import Entry
from gui.panels.panel import About, Panel
from gui.panels.plot import QuietPlot, ValueAxis, fix_size
from gui.panels.thinning import LIMIT, Numbers, thinned, within
from gui.style import blend, theme
from nnlib.training import History

ALWAYS_SHOWN = 5.0  # losses up to this are on the axis whatever came later
OFTEN = 4.0  # so many times the median loss is on the axis
WIDEST = "97.5 %"  # of the values in the legends
ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
DASHED = 150  # points of the dashed line: stroking dashes costs 14 µs a point where they are noisy


class CurvePanel(Panel):
    """One quantity over the epochs: `LossPanel` and `AccuracyPanel` say which."""

    quantity: str  # as the columns of a history call it
    percent = False

    def __init__(self) -> None:
        self._history: History | None = None
        self._drawn = (0, 0)
        self._scale = (1, 1)  # samples in an epoch, epochs
        self._data: dict[str, tuple[Numbers, Numbers]] = {}
        super().__init__()
        self.curves = {
            name: pg.PlotCurveItem(name=name, connect="finite")
            for name in ("batch", "training", "validation")  # the batches lie below
        }
        for curve in self.curves.values():
            self.plot.addItem(curve)
        self.dots = pg.ScatterPlotItem(size=7, pen=None)  # a line of one point cannot be seen
        self.plot.addItem(self.dots)
        self.plot.moved.connect(self._draw_part)
        self.restyle()
        self.clear()

    def make_plot(self, name: str, empty: str) -> QuietPlot:
        left = ValueAxis("left", "%" if self.percent else "", has_grid=True)
        axes = {"left": left, "bottom": ValueAxis("bottom")}
        plot = QuietPlot(name, empty, axes)
        axes["bottom"].setLabel(self.tr("epochs"))
        # Whatever is recorded is not below 0; nobody should get lost out there.
        plot.setLimits(xMin=0, yMin=0)
        return plot

    def entries(self) -> Sequence[Entry]:
        return (
            Entry(self.tr("training"), self.tr("train."), training_pen, WIDEST),
            Entry(self.tr("validation"), self.tr("valid."), validation_pen, WIDEST),
        )

    # What is drawn

    def begin_run(self, samples_per_epoch: int, epochs: int) -> None:
        """Begin anew, with a time axis of that many epochs."""
        scale = (max(samples_per_epoch, 1), max(epochs, 1))
        if scale != self._scale or self._data:
            self._scale = scale
            self.clear()

    def expect(self, epochs: int) -> None:
        """The run will have that many epochs; what is recorded stays."""
        if epochs != self._scale[1]:
            self._scale = (self._scale[0], max(epochs, 1))
            self._drawn = (-1, -1)

    def clear(self) -> None:
        """Forget everything recorded, and what the user has zoomed to."""
        self._history, self._drawn, self._data = None, (0, 0), {}
        for curve in self.curves.values():
            curve.setData(_NONE, _NONE)
        self.dots.setData([], [])
        self.plot.follow(0.0, float(self._scale[1]), 0.0, self.top(np.empty((2, 0)), _NONE))
        self.plot.follow_again()
        self.plot.show_empty(True)
        self.header.show_values("", "")
        self.describe("")

    def show_history(self, history: History) -> bool:
        """Draw what was recorded; False where nothing is new."""
        sizes = (len(history.steps), len(history.evaluations))
        if history is self._history and sizes == self._drawn:
            return False
        if history is not self._history and self._history is not None:
            self.clear()
        self._history, self._drawn = history, sizes
        steps, judged = history.steps, history.evaluations
        at = judged["epochs"]
        self._data = {
            "batch": (steps["samples"] / self._scale[0], steps[self.quantity]),
            "training": (at, judged[f"train_{self.quantity}"]),
            "validation": (at, judged[f"validation_{self.quantity}"]),
        }
        last = max((x[-1] for x, _ in self._data.values() if len(x)), default=0.0)
        right = max(self._scale[1], math.ceil(last - 1e-9))
        evaluations = np.stack([self._data["training"][1], self._data["validation"][1]])
        self._draw()
        self.plot.follow(0.0, float(right), 0.0, self.top(evaluations, self._data["batch"][1]))
        self.plot.show_empty(not any(sizes))
        self._tell()
        return True

    def top(self, judged: Numbers, batches: Numbers) -> float:
        """Where the value axis ends, for these evaluations and batches."""
        raise NotImplementedError

    def value_text(self, value: float) -> str:
        """A value for the legend."""
        raise NotImplementedError

    def _draw(self) -> None:
        left, right = self.plot.getPlotItem().getViewBox().viewRange()[0]
        for name, (x, y) in self._data.items():
            if not self.plot.follows:  # of a part of the curve more can be drawn
                part = within(x, left, right)
                x, y = x[part], y[part]
            limit = DASHED if name == "validation" else LIMIT
            self.curves[name].setData(*thinned(x, y, limit))
        lonely = [
            {"pos": (x[0], y[0]), "brush": self.curves[name].opts["pen"].color()}
            for name, (x, y) in self._data.items()
            if len(x) == 1 and np.isfinite(y[0])
        ]
        if lonely or len(self.dots.points()):
            self.dots.setData(lonely)

    def _draw_part(self) -> None:
        """The user looks at another part, or at all again."""
        if any(len(x) > DASHED for x, _ in self._data.values()):
            self._draw()

    def _tell(self) -> None:
        latest = {name: self.value_text(y[-1]) for name, (_, y) in self._data.items() if len(y)}
        self.header.show_values(latest.get("training", ""), latest.get("validation", ""))
        if "training" in latest:
            self.describe(
                self.tr("Latest: training {0}, validation {1}.").format(
                    latest["training"], latest["validation"]
                )
            )

    def restyle(self) -> None:
        self.curves["batch"].setPen(batch_pen())
        self.curves["training"].setPen(training_pen())
        self.curves["validation"].setPen(validation_pen())
        for side, axis in self.plot.own_axes.items():
            fix_size(axis, self, "100 %" if side == "left" else axis.labelText)


class LossPanel(CurvePanel):
    """The loss, from 0."""

    quantity = "loss"

    def about(self) -> About:
        return About(
            name="loss",
            title=self.tr("Loss"),
            beside=self.tr("Accuracy"),
            empty=self.tr("Press Train to see the loss fall."),
            help=self.tr(
                "The loss on training data (solid) and on validation data (dashed).\n"
                "The faint line is the loss of each batch."
            ),
        )

    def top(self, judged: Numbers, batches: Numbers) -> float:
        """The next round number above the evaluations.

        Past losses that are far above most others, such as those of a wild start, go off the
        axis, so that the rest can be read; the newest ones never do.

        Args:
            judged: (2, n), of training and validation.
        """
        judged = judged[:, np.isfinite(judged).all(axis=0)]
        seen = judged.reshape(-1) if judged.size else batches[np.isfinite(batches)]
        if not len(seen):
            return 2.5  # above chance for ten classes
        newest = judged[:, -1].max() if judged.size else seen[-1]
        wanted = max(ALWAYS_SHOWN, OFTEN * float(np.median(seen)), float(newest))
        return round_above(min(float(seen.max()), wanted))

    def value_text(self, value: float) -> str:
        if not math.isfinite(value):
            return self.tr("no number")
        return f"{value:.3f}" if value < 10 else f"{value:.3g}".replace("e+0", "e")


class AccuracyPanel(CurvePanel):
    """The share of samples that are classified right."""

    quantity = "accuracy"
    percent = True

    def about(self) -> About:
        return About(
            name="accuracy",
            title=self.tr("Accuracy"),
            empty=self.tr("Press Train to see the accuracy rise."),
            help=self.tr(
                "The share of training data (solid) and validation data (dashed) that is\n"
                "classified right. The faint line is that of each batch."
            ),
        )

    def top(self, judged: Numbers, batches: Numbers) -> float:
        return 1.0

    def value_text(self, value: float) -> str:
        return self.tr("no number") if not math.isfinite(value) else f"{100 * value:.1f} %"


_NONE: Numbers = np.empty(0)


def round_above(value: float) -> float:
    """The next round number, for the end of an axis; positive."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((power * m for m in ROUND if power * m >= value * 1.01), power * 15)


def batch_pen() -> QPen:
    """Faint: it lies below the evaluations."""
    return pg.mkPen(blend(QColor(theme().accent), QColor(theme().surface), 0.65), width=1)


def training_pen() -> QPen:
    """Solid."""
    return pg.mkPen(theme().accent, width=2)


def validation_pen() -> QPen:
    """Dashed, and of another colour."""
    pen: QPen = pg.mkPen(theme().text, width=2, dash=[3, 2])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
