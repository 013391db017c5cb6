"""Early stopping: when the validation loss no longer falls, more training only overfits.

Prechelt 1998, "Early stopping – but when?"; Saitoh, section 6.4.1, shows the overfitting itself.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from nnlib.errors import DataError
from nnlib.training.settings import TrainingSettings

_PATIENCE, _LEAST = (
    dataclasses.replace(declared, optional=False)
    for declared in TrainingSettings.declared_options()
    if declared.name in ("patience", "minimum_improvement")
)


class EarlyStopping:
    """Judges a run by its validation losses, one check after the other.

    It is over when ``patience`` checks in a row have brought no improvement. An improvement is a
    loss that lies below the loss at the last improvement by more than ``minimum_improvement``; a
    loss that is NaN or infinite never is one. The best check is the one with the lowest loss of
    all, the first of equals, however small its gain was.

    Attributes:
        best_loss, best_step: of the best check; infinity and None before there is one.
        waited: how many checks have passed since the last improvement.

    Raises:
        OptionError: patience is no whole number from 1, or the improvement none from 0.
    """

    def __init__(self, patience: int, minimum_improvement: float = 0.0) -> None:
        self.patience: int = _PATIENCE.check(patience, "early stopping")
        self.minimum_improvement: float = _LEAST.check(minimum_improvement, "early stopping")
        self.best_loss = math.inf
        self.best_step: int | None = None
        self.waited = 0
        self._mark = math.inf  # the loss at the last improvement

    def check(self, step: int, loss: float) -> bool:
        """Take in one check; whether it is the best so far."""
        if not math.isfinite(loss):
            loss = math.inf
        if loss < self._mark - self.minimum_improvement:
            self._mark = loss
            self.waited = 0
        else:
            self.waited += 1
        if loss < self.best_loss:
            self.best_loss, self.best_step = loss, step
            return True
        return False

    @property
    def is_over(self) -> bool:
        """Whether patience has run out."""
        return self.waited >= self.patience

    def wait_anew(self) -> None:
        """Count the checks without improvement from zero; the best check stays the best."""
        self.waited = 0

    def state(self) -> dict[str, Any]:
        """All that later checks depend on, apart from the two settings; finite numbers or None."""
        return {
            "best_loss": None if self.best_step is None else self.best_loss,
            "best_step": self.best_step,
            "mark": self._mark if math.isfinite(self._mark) else None,
            "waited": self.waited,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave.

        Raises:
            DataError: it is no such state; nothing has changed then.
        """
        loss, step, mark, waited = (
            state.get(name) for name in ("best_loss", "best_step", "mark", "waited")
        )
        if (
            not all(value is None or _is_finite(value) for value in (loss, mark))
            or not all(type(value) is int and value >= 0 for value in (step or 0, waited))
            or (loss is None) != (step is None)
        ):
            raise DataError("The saved state of early stopping is damaged.")
        self.best_loss, self.best_step = (math.inf, None) if loss is None else (float(loss), step)
        self._mark = math.inf if mark is None else float(mark)
        self.waited = int(waited or 0)


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= 1e300
