"""What a panel is: a view in Watch with a title, one plot, and a sentence for when it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.panels.header import Entry, Header
from gui.panels.plot import QuietPlot
from gui.style import GRID


@dataclass(frozen=True)
class About:
    """What there is to say about a panel.

    Attributes:
        name: its widgets are called `<name>Panel` and `<name>Plot`.
        empty: one sentence: what will appear, and what to press.
        help: the tooltip of the title line.
        caption: what stands beside the title.
        beside: the longest title among the panels that stand beside each other.
    """

    name: str
    title: str
    empty: str
    help: str
    caption: str = ""
    beside: str = ""


class Panel(QWidget):
    """A title line above one plot. Subclasses declare themselves in `about`."""

    shown = Signal()
    """It has become visible; while it was hidden nothing was drawn."""

    def __init__(self) -> None:
        super().__init__()
        about = self.about()
        self.setObjectName(f"{about.name}Panel")
        self.setAccessibleName(about.title)
        self.header = Header(about.title, self.entries(), about.caption, about.beside)
        self.header.setToolTip(about.help)
        self.plot = self.make_plot(f"{about.name}Plot", about.empty)
        self.plot.setAccessibleName(about.title)
        self.plot.restyled.connect(self.restyle)
        self._lay_out()

    def about(self) -> About:
        """The panel's declaration, in the user's language."""
        raise NotImplementedError

    def entries(self) -> Sequence[Entry]:
        """What the legend names."""
        return ()

    def make_plot(self, name: str, empty: str) -> QuietPlot:
        """The plot, with its axes."""
        raise NotImplementedError

    def plot_frame(self) -> QWidget:
        """What stands below the title line: the plot, or something that holds it."""
        return self.plot

    def restyle(self) -> None:
        """Give everything drawn the colours of the theme in use."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget everything."""
        raise NotImplementedError

    @property
    def shown_points(self) -> dict[str, int]:
        """How many points of each curve are drawn."""
        return {
            item.name(): 0 if item.xData is None else len(item.xData)
            for item in self.plot.getPlotItem().items
            if isinstance(item, pg.PlotCurveItem)
        }

    @property
    def is_seen(self) -> bool:
        """Whether painting it would make a difference."""
        return self.isVisible() and not self.window().isMinimized() and not self.size().isEmpty()

    def describe(self, text: str) -> None:
        """Tell assistive tools in words what is drawn."""
        if text != self.plot.accessibleDescription():
            self.plot.setAccessibleDescription(text)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(self.header)
        column.addWidget(self.plot_frame(), 1)
