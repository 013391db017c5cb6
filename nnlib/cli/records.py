"""What ``train`` keeps on disk while it runs: checkpoints and metrics.

Trouble with either is told once and does not end the training: hours of learning are worth more
than a file. What a file holds never changes the run.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from nnlib import project_file
from nnlib.cli.console import Console
from nnlib.errors import LayerLabError, OptionError, ProjectError
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from nnlib.saving import check_writable
from nnlib.training import Event, History, MetricsFile, Trainer
from nnlib.training.divergence import is_finite

EVERY = 10.0
"""Seconds between two checkpoints, where nothing else is said."""


class TrainingError(LayerLabError):
    """The arguments were good, and yet the training or the saving came to a bad end."""


def check_save(file: str) -> None:
    """Refuse before the training what would be refused after it."""
    if Path(file).suffix.lower() != project_file.SUFFIX:
        raise OptionError(f"--save needs the name of a .layerlab file, not {file!r}.")
    check_writable(file)


def check_metrics(file: str, others: Mapping[str, str | None]) -> None:
    """Refuse to write metrics over a file that the training reads or writes itself.

    Args:
        others: those files' paths by what they are, as the end of "would overwrite …".
    """
    if not file:
        raise OptionError("--metrics needs the name of a file, not ''.")
    for what, other in others.items():
        if other is not None and _is_same_file(file, other):
            raise OptionError(
                f"--metrics {file} would overwrite {what}. Give another file for the metrics."
            )


def _is_same_file(one: str, other: str) -> bool:
    """Whether both paths lead to one file, there or not yet there."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one is absent, or no path at all
        pass
    try:
        ours, theirs = (os.path.normcase(os.path.realpath(path)) for path in (one, other))
    except (OSError, ValueError):
        return False
    return ours == theirs


class Records:
    """The files of one run.

    Args:
        save: where checkpoints and the result go, or None for nowhere.
        every: seconds from one checkpoint to the next, at least; 0 writes one after each event.
        metrics: where every event goes as a line, or None.
        resumed: what the trainer was resumed from, or None.

    Attributes:
        checkpoint_at: the step of the last checkpoint that was written, or None.

    Raises:
        ProjectError: the metrics cannot be written.
    """

    def __init__(
        self,
        spec: ProjectSpec,
        trainer: Trainer,
        console: Console,
        save: str | None,
        every: float,
        metrics: str | None,
        resumed: SavedProject | None,
    ) -> None:
        self._spec, self._trainer, self._console = spec, trainer, console
        self._save, self._every = save, every
        state = resumed.training if resumed else None
        self._metrics = None if metrics is None else MetricsFile(metrics, state)
        self._history = (resumed.history if resumed else None) or History()
        self._next = time.monotonic() + every
        self._has_complained = False
        self.checkpoint_at: int | None = None

    def take(self, event: Event, metrics: Mapping[str, float]) -> None:
        """Record an event that the trainer has just told, and write a checkpoint if it is time.

        Args:
            metrics: the last known losses and accuracies, for the checkpoint.
        """
        self._history.record(event)
        if self._metrics is not None:
            self._try_metrics(lambda file: file.record(event))
        if (
            self._save is None
            or time.monotonic() < self._next
            or not is_finite(self._trainer.network)
        ):
            return
        try:
            self.save(metrics)
            self.checkpoint_at = self._trainer.step
        except TrainingError as error:
            if not self._has_complained:
                self._console.note(f"{error} The training goes on, and tries again.")
            self._has_complained = True
        self._next = time.monotonic() + self._every

    def save(self, metrics: Mapping[str, float]) -> None:
        """Write network and training where ``save`` said.

        Raises:
            TrainingError: it could not be written, or the weights are not finite.
        """
        assert self._save is not None
        if not is_finite(self._trainer.network):
            raise TrainingError("The weights are not finite any more; they were not saved.")
        # A checkpoint must never know of a step whose line is not in the file.
        self._try_metrics(lambda file: file.flush(to_disk=True))
        try:
            project_file.save(
                self._save,
                self._spec,
                trainer=self._trainer,
                metrics=metrics,
                history=self._history,
            )
        except ProjectError as error:
            raise TrainingError(str(error)) from error

    def close(self) -> None:
        """Write what waits."""
        self._try_metrics(lambda file: file.close())

    def _try_metrics(self, work: Callable[[MetricsFile], None]) -> None:
        if self._metrics is None:
            return
        try:
            work(self._metrics)
        except ProjectError as error:
            with contextlib.suppress(ProjectError):
                self._metrics.close()
            self._metrics = None
            self._console.note(f"{error} The training goes on without them.")
