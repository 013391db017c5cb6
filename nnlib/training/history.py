"""What a run has recorded: every step, every evaluation, nothing thinned out."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
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

    def extend(self, columns: Mapping[str, NDArray[np.float64]]) -> None:
        """Take in recorded events: for each of their numbers a column, all (length,)."""
        for name, column in self._columns.items():
            column.frombytes(np.ascontiguousarray(columns[name], np.float64).tobytes())

    def copy(self) -> Series:
        """What is recorded so far; it does not grow with this one."""
        made = Series.__new__(Series)
        made._columns = {name: column[:] for name, column in self._columns.items()}
        return made

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """A copy of every column by its name."""
        return {name: self[name] for name in self._columns}

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

    def copy(self) -> History:
        """What is recorded so far; it does not grow with this one."""
        made = History()
        made.steps, made.evaluations = self.steps.copy(), self.evaluations.copy()
        return made

    def record(self, event: object) -> None:
        """Keep the event if it carries numbers."""
        if isinstance(event, StepDone):
            self.steps.append(event)
        elif isinstance(event, Evaluated):
            self.evaluations.append(event)
