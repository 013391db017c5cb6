"""The middle column: loss and accuracy beside each other, the activations below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from gui.panels.activations import ActivationPanel
from gui.panels.curves import AccuracyPanel, LossPanel
from gui.panels.panel import Panel
from gui.style import GRID
from nnlib.training import History
from nnlib.training.distributions import Distribution


class WatchPanel(QWidget):
    """Holds what is to be shown and repaints one plot at a time, when its owner's timer says so.

    Painting all plots at once would make a training thread wait for many milliseconds. Those that
    are hidden are not painted at all; they catch up when they are shown.

    Attributes:
        loss, accuracy, activations: its panels.
    """

    layer_pointed = Signal(int)
    """The mouse is on what belongs to the layer with that index; −1 when it has left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("watchPanel")
        self.setAccessibleName(self.tr("Watch"))
        self.loss, self.accuracy = LossPanel(), AccuracyPanel()
        self.activations = ActivationPanel()
        self._history: History | None = None
        self._distributions: tuple[Distribution, ...] = ()
        self._turns: list[Panel] = [self.loss, self.accuracy, self.activations]
        for panel in self._turns:
            panel.shown.connect(self._catch_up)
        self.activations.layer_pointed.connect(self.layer_pointed)
        self._lay_out()

    def _lay_out(self) -> None:
        self.upper = QSplitter(Qt.Orientation.Horizontal)
        self.upper.setObjectName("watchUpperSplitter")
        self.upper.addWidget(self.loss)
        self.upper.addWidget(self.accuracy)
        self.upper.setSizes([300, 300])
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("watchSplitter")
        self.splitter.addWidget(self.upper)
        self.splitter.addWidget(self.activations)
        self.splitter.setSizes([280, 400])
        for splitter in (self.upper, self.splitter):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(2 * GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.addWidget(self.splitter)

    # What is to be shown

    def begin_run(self, samples_per_epoch: int, epochs: int) -> None:
        """A new run begins, with a time axis of that many epochs."""
        self._history = None
        for panel in (self.loss, self.accuracy):
            panel.begin_run(samples_per_epoch, epochs)

    def expect(self, epochs: int) -> None:
        """The run will have that many epochs."""
        for panel in (self.loss, self.accuracy):
            panel.expect(epochs)

    def clear(self) -> None:
        """Forget everything."""
        self._history, self._distributions = None, ()
        for panel in self._turns:
            panel.clear()

    def set_history(self, history: History) -> None:
        """What the curves show from their next turn on."""
        self._history = history

    def set_distributions(self, found: tuple[Distribution, ...]) -> None:
        """What the activations show from their next turn on."""
        self._distributions = found

    def wants_distributions(self) -> bool:
        """Whether new distributions would be drawn in this turn or the next."""
        return self.activations in [panel for panel in self._turns if panel.is_seen][:2]

    def highlight_layer(self, index: int) -> None:
        """Stress what belongs to the layer at ``index``; −1 for none."""
        self.activations.highlight_layer(index)

    # Drawing

    def refresh_next(self) -> None:
        """Bring one visible panel up to date: the one that has waited longest for new data."""
        for panel in self._turns:
            if panel.is_seen and self._refresh(panel):
                self._turns.remove(panel)
                self._turns.append(panel)
                return

    def refresh_all(self) -> None:
        """Bring all visible panels up to date."""
        for panel in self._turns:
            if panel.is_seen:
                self._refresh(panel)

    def _refresh(self, panel: Panel) -> bool:
        """Whether there was anything new."""
        if isinstance(panel, ActivationPanel):
            return panel.show_distributions(self._distributions)
        assert isinstance(panel, LossPanel | AccuracyPanel)
        return self._history is not None and panel.show_history(self._history)

    def _catch_up(self) -> None:
        panel = self.sender()
        if isinstance(panel, Panel):
            self._refresh(panel)
