"""The middle column: loss and accuracy beside each other, the activations below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from gui.panels.activations import ActivationPanel
from gui.panels.curves import AccuracyPanel, LossPanel
from gui.style import GRID
from nnlib.training import History
from nnlib.training.distributions import Distribution


class WatchPanel(QWidget):
    """Holds what is to be shown and repaints one plot at a time, when its owner's timer says so.

    Painting all plots at once would make a training thread wait for many milliseconds.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("watchPanel")
        self.setAccessibleName(self.tr("Watch"))
        self.loss, self.accuracy = LossPanel(), AccuracyPanel()
        self.activations = ActivationPanel()
        self._history = History()
        self._distributions: tuple[Distribution, ...] = ()
        self._turn = 0
        curves = QSplitter(Qt.Orientation.Horizontal)
        curves.addWidget(self.loss)
        curves.addWidget(self.accuracy)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(curves)
        self.splitter.addWidget(self.activations)
        self.splitter.setSizes([300, 400])
        for splitter in (curves, self.splitter):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.addWidget(self.splitter)

    def begin_run(self, samples_per_epoch: int, epochs: int) -> None:
        """A new run begins, with a time axis of that many epochs."""
        self._history = History()
        for panel in (self.loss, self.accuracy):
            panel.begin_run(samples_per_epoch, epochs)

    def clear(self) -> None:
        """Forget everything."""
        self._history = History()
        self._distributions = ()
        for panel in (self.loss, self.accuracy, self.activations):
            panel.clear()

    def set_history(self, history: History) -> None:
        """What the curves show from their next turn on."""
        self._history = history

    def set_distributions(self, found: tuple[Distribution, ...]) -> None:
        """What the activation panel shows from its next turn on."""
        self._distributions = found

    def wants_distributions(self) -> bool:
        """Whether anybody would see new distributions."""
        return self.activations.isVisible() and self._turn == 0

    def refresh_next(self) -> None:
        """Bring one panel up to date; hidden ones are passed over."""
        panels = (self.loss, self.accuracy, self.activations)
        for _ in panels:
            panel = panels[self._turn]
            self._turn = (self._turn + 1) % len(panels)
            if panel.isVisible():
                self._refresh(panel)
                return

    def refresh_all(self) -> None:
        """Bring all panels up to date."""
        for panel in (self.loss, self.accuracy, self.activations):
            self._refresh(panel)

    def _refresh(self, panel: LossPanel | AccuracyPanel | ActivationPanel) -> None:
        if isinstance(panel, ActivationPanel):
            if self._distributions:
                panel.show_distributions(self._distributions)
        else:
            panel.show_history(self._history)
