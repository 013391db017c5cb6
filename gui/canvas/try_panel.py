"""The right column: draw, see what the network sees, and read what it answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.canvas.digit_canvas import DigitCanvas
from gui.canvas.model_input_view import ModelInputView
from gui.canvas.prediction_bars import PredictionBars, PredictionResult, class_name
from gui.style import GRID
from nnlib.errors import Shape

PICTURE: Shape = (1, 28, 28)
"""The only data whose networks can read a drawing."""


class TryPanel(QWidget):
    """The canvas with its buttons, and below it the network's view and its answer.

    Whoever owns the network answers `image_changed` with `show_prediction`, in its own time.
    """

    image_changed = Signal(object)
    """The drawing as float32 (28, 28), ink is 1; None when there is nothing to read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tryPanel")
        self.setAccessibleName(self.tr("Try"))
        self._names: tuple[str, ...] = tuple("0123456789")
        self.canvas = DigitCanvas()
        self.input_view = ModelInputView()
        self.bars = PredictionBars()
        self.result = PredictionResult()
        self.action_undo_stroke = self.canvas.action_undo_stroke
        self.action_clear_canvas = self.canvas.action_clear
        self.canvas.drawing_changed.connect(self._pass_on)
        self._lay_out()

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("Try"))
        font = QFont(heading.font())
        font.setBold(True)
        heading.setFont(font)

        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for action in (self.action_undo_stroke, self.action_clear_canvas):
            buttons.addWidget(_button(action))

        seen = QVBoxLayout()
        seen.setSpacing(GRID)
        seen.addWidget(self.input_view)
        seen.addWidget(self.result)
        seen.addStretch(1)

        answer = QHBoxLayout()
        answer.setSpacing(GRID + GRID // 2)
        answer.addLayout(seen, 2)
        answer.addWidget(self.bars, 3)

        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(heading)
        column.addWidget(self.canvas, 1)
        column.addLayout(buttons)
        column.addLayout(answer)

    # --- what the rest of the program tells

    def set_classes(self, names: Sequence[str]) -> None:
        """What the network's outputs are called."""
        self._names = tuple(names)
        self.bars.set_classes(names)

    def set_enabled_for(self, input_shape: Shape | None) -> None:
        """Allow drawing if that is what the network reads: one channel of 28 x 28 pixels."""
        if input_shape is None:
            self.canvas.set_unavailable(self.tr("Choose data to try the network on a drawing."))
        elif tuple(input_shape) == PICTURE:
            self.canvas.set_unavailable("")
        else:
            self.canvas.set_unavailable(
                self.tr(
                    "Drawing works with pictures of 28\u00a0×\u00a028 pixels in one channel; "
                    "these data have the shape ({0})."
                ).format(", ".join(map(str, input_shape)))
            )

    def show_prediction(self, probabilities: NDArray[np.floating] | None, error: str = "") -> None:
        """Show what the network answers, probabilities (K,), or why it cannot.

        An answer to a drawing that was cleared in the meantime is dropped.
        """
        if not self._is_readable():
            return
        if probabilities is not None and not np.isfinite(probabilities).all():
            probabilities = None
            error = error or self.tr("The network's outputs are no longer numbers. Press Reset.")
        self._show(None if error else probabilities, error)

    def image(self) -> NDArray[np.float32] | None:
        """What is to be read now, float32 (28, 28); None when there is nothing."""
        return self.canvas.image() if self._is_readable() else None

    # --- inside

    def _is_readable(self) -> bool:
        return self.canvas.is_available and not self.canvas.is_empty()

    def _pass_on(self) -> None:
        for part in (self.input_view, self.bars, self.result):
            part.setEnabled(self.canvas.is_available)
        image = self.image()
        self.input_view.show_image(image)
        if image is None:
            self._show(None)
        self.image_changed.emit(image)

    def _show(self, probabilities: NDArray[np.floating] | None, error: str = "") -> None:
        self.canvas.probabilities = probabilities
        if error:
            self.bars.show_message(error)
        else:
            self.bars.show_probabilities(probabilities)
        if probabilities is None:
            self.result.show_nothing(hint=self.canvas.is_available and not error)
        else:
            winner = int(np.argmax(probabilities))
            self.result.show_result(class_name(self._names, winner), float(probabilities[winner]))


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setMinimumHeight(3 * GRID + 4)
    return button
