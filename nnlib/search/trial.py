"""Trial: one short training with its own values, and Row: what came of it.

A trial depends on nothing but what stands in it, so that it can run in any process, and again.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnlib.errors import DataError, LayerLabError
from nnlib.project import ProjectSpec
from nnlib.search.names import with_values
from nnlib.search.stop import Stop
from nnlib.search.subset import subset
from nnlib.training import Diverged, Trainer


@dataclass(frozen=True)
class Row:
    """What came of one trial.

    Attributes:
        round, number: which trial; both count from 1, the number within the round.
        values: the searched values by dotted name.
        seed: of the trial's initial weights and dropout masks.
        score: the accuracy on the validation samples; None where the trial failed.
        loss: the loss there, weight decay apart; None where the trial failed.
        epochs, steps: how far it was trained.
        problem: why it failed, or "".
        seconds: how long it took; two rows are equal without regard to it.
    """

    round: int
    number: int
    values: Mapping[str, Any]
    seed: int
    score: float | None = None
    loss: float | None = None
    epochs: int = 0
    steps: int = 0
    problem: str = ""
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Trial:
    """One short training.

    Attributes:
        base: the project without the searched values.
        round, number, values, seed: as in `Row`.
        samples: how many of the data's training samples take part; None: all.
        validation_share: the share of those that only judges.
        data_seed: which samples take part, which of them judge, and in which order the others are
            learned from. All trials of a search share it, so that they are compared fairly.
    """

    base: ProjectSpec
    round: int
    number: int
    values: Mapping[str, Any]
    seed: int
    samples: int | None
    validation_share: float
    data_seed: int

    @property
    def spec(self) -> ProjectSpec:
        """The whole project that is trained, ready to be opened or trained for longer.

        Raises:
            OptionError: the values are not allowed together.
        """
        spec = with_values(self.base, self.values)
        training = spec.training.replace(
            validation_share=self.validation_share, seed=self.data_seed
        )
        return dataclasses.replace(spec, training=training, seed=self.seed)

    def run(self) -> Row:
        """Train now, in this thread. Whatever goes wrong is the row's problem."""
        row = run_trial(self, Stop())
        assert row is not None
        return row

    def failed(self, problem: str, epochs: int = 0, steps: int = 0) -> Row:
        """The row of a trial that failed."""
        return Row(
            self.round,
            self.number,
            self.values,
            self.seed,
            epochs=epochs,
            steps=steps,
            problem=problem,
        )


def run_trial(trial: Trial, stop: Stop) -> Row | None:
    """Train and judge; None where ``stop`` was set meanwhile.

    This is what a search gives to its executor.
    """
    if stop.is_set():
        return None
    start = time.perf_counter()
    try:
        row = _train(trial, stop)
    except Exception as error:  # a trial that fails is a result, too
        row = trial.failed(reason(error))
    return row and dataclasses.replace(row, seconds=time.perf_counter() - start)


def reason(error: BaseException) -> str:
    """Why a trial failed, in words."""
    if isinstance(error, LayerLabError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There was not enough memory for it."
    return f"{type(error).__name__}: {error}"


def _train(trial: Trial, stop: Stop) -> Row | None:
    spec = trial.spec
    dataset = subset(spec.data, trial.samples, trial.data_seed)
    network = spec.build(dataset)
    trainer = Trainer(network, dataset, spec.training)
    judging = trainer.validation_indices
    if not len(judging):
        raise DataError(
            "No sample is held back to judge the trial by. Make the validation share larger, or "
            "let more samples take part."
        )
    # It is judged at its end; what the trainer looks at in between, nobody sees.
    trainer.judged_training = dataset.x_train[:1], dataset.t_train[:1]
    trainer.judged_validation = trainer.judged_training
    for event in trainer.run():
        if stop.is_set():
            return None
        if isinstance(event, Diverged):
            return trial.failed(
                f"It diverged at step {event.step:,}: there are numbers in {event.layer} that are "
                "not finite.",
                trainer.epoch,
                trainer.step,
            )
    with np.errstate(all="ignore"):
        loss, accuracy = network.evaluate(dataset.x_train[judging], dataset.t_train[judging])
    if not math.isfinite(loss):
        return trial.failed(
            "It diverged: the validation loss is not finite.", trainer.epoch, trainer.step
        )
    return Row(
        trial.round,
        trial.number,
        trial.values,
        trial.seed,
        float(accuracy),
        float(loss),
        trainer.epoch,
        trainer.step,
    )
