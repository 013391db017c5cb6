"""What a run has recorded: every step, every evaluation, nothing thinned out."""

from __future__ import annotations

from array import array
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from nnlib.training.events import Evaluated, StepDone


class Series:
    """The recorded events of one kind, a growing column for each of their numbers."""

    def __init__(self, kind: type[StepDone] | type[Evaluated]) -> None:
        self._columns = {field.name: array("d") for field in fields(kind)}

    def append(self, event: StepDone | Evaluated) -> None:
        """Record one event."""
        for name, column in self._columns.items():
            column.append(getattr(event, name))

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """A copy of one column, float64 (length,)."""
        return np.array(self._columns[name])

    def last(self, name: str) -> float:
        """The newest number of one column."""
        return float(self._columns[name][-1])

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))


class History:
    """The numbers of one run.

    Attributes:
        steps: a `Series` of `StepDone`; evaluations: a `Series` of `Evaluated`.
    """

    def __init__(self) -> None:
        self.steps = Series(StepDone)
        self.evaluations = Series(Evaluated)

    def record(self, event: object) -> None:
        """Keep the event if it carries numbers."""
        if isinstance(event, StepDone):
            self.steps.append(event)
        elif isinstance(event, Evaluated):
            self.evaluations.append(event)
