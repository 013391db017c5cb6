"""What a training reports while it runs. Steps count from 1; a step is one update."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StepDone:
    """One update was made.

    Attributes:
        step, epoch: which; the epoch counts from 1.
        loss, accuracy: of the batch, before the update.
        samples: how many samples have been learned from since the start.
    """

    step: int
    epoch: int
    loss: float
    accuracy: float
    samples: int


@dataclass(frozen=True)
class Evaluated:
    """The network was judged on a fixed sample of training data and on the validation data.

    Attributes:
        epochs: how many epochs are done, with a fraction; 0 before the first step.
    """

    step: int
    epochs: float
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float


@dataclass(frozen=True)
class Diverged:
    """Loss or weights became NaN or infinite; the training is over.

    Attributes:
        layer: the first layer where it shows, for example "layer 2 (Affine)".
    """

    step: int
    layer: str


@dataclass(frozen=True)
class Finished:
    """All epochs are done."""

    step: int


Event = StepDone | Evaluated | Diverged | Finished
