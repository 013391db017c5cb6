"""Copies of all that a project file holds, asked for by the GUI and made by the worker.

The worker copies weights and training between two steps; the history until then is added here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from gui.session.messages import Capture, Captured, Order
from nnlib.project import ProjectSpec
from nnlib.training import History

Position = tuple[int, int]
"""A run, and the steps made in it."""
NOWHERE: Position = (0, -1)
"""There is nothing but initial weights."""


def position(run: int, history: History, came_at: tuple[int, int] | None) -> Position:
    """Where a run stands that has that history, or stood at these steps and samples in its file."""
    if len(history.steps):
        return run, int(history.steps.last("step"))
    return NOWHERE if came_at is None else (run, came_at[0])


def core(spec: ProjectSpec) -> tuple[Any, ...]:
    """The part of a project that cannot change without starting from initial weights."""
    training = spec.training
    return (spec.layers, spec.loss, spec.seed, training.validation_share, training.seed)


@dataclasses.dataclass(frozen=True)
class Asked:
    """What was known of a run when its copy was asked for.

    Attributes:
        history: that of the run; it still grows until the copy is made.
        came_at: step and samples of the file that it came from, or None.
        begun_at, is_over: as in `SavedProject`.
    """

    run: int
    history: History
    came_at: tuple[int, int] | None
    begun_at: int
    is_over: bool


class Captures(QObject):
    """The copies that are under way. ``tell`` gives the worker an order."""

    captured = Signal(int, object, object)
    """A ticket, the `SavedProject`, and the `Position` that it was made at; or the ticket, None,
    and a sentence for the user."""

    def __init__(self, tell: Callable[[Order], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tell = tell
        self._ticket = 0
        self._asked: dict[int, Asked] = {}

    def ask(self, asked: Asked, spec: ProjectSpec, trained: ProjectSpec | None) -> int:
        """Ask for a copy, and get its ticket; for the rest see `messages.Capture`."""
        self._ticket += 1
        self._asked[self._ticket] = asked
        self._tell(Capture(self._ticket, spec, trained))
        return self._ticket

    def record(self, run: int, message: object) -> None:
        """Something came of a run that has ended; a copy of it asked for before still wants it."""
        for asked in self._asked.values():
            if asked.run == run:
                asked.history.record(message)

    def take(self, message: Captured) -> None:
        """The worker's copy is here, and so is all that the run had posted before it."""
        asked, project = self._asked.pop(message.ticket), message.project
        if project is None:
            self.captured.emit(message.ticket, None, message.problem)
            return
        if project.weights is not None:
            project = dataclasses.replace(
                project,
                history=asked.history.copy(),
                metrics=_metrics(asked.history) or project.metrics,
                begun_at=asked.begun_at,
                is_over=asked.is_over,
            )
        here = position(asked.run, asked.history, asked.came_at)
        self.captured.emit(message.ticket, project, here)


def _metrics(history: History) -> dict[str, float]:
    """The last known losses and accuracies."""
    judged = history.evaluations
    names = judged.columns() if len(judged) else {}
    return {name: judged.last(name) for name in names if name.endswith(("loss", "accuracy"))}
