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
class Checked:
    """Early stopping looked at the whole validation part, at the end of an epoch.

    Attributes:
        validation_loss: weight decay apart.
        is_best: whether it is the lowest so far; these weights are remembered.
        waited: how many checks have passed since the last improvement.
    """

    step: int
    validation_loss: float
    is_best: bool
    waited: int


@dataclass(frozen=True)
class Diverged:
    """Loss or weights became NaN or infinite; the training is over.

    Attributes:
        step: the step whose loss was not finite, or whose update made a weight so.
        layer: the first layer where it shows, for example "layer 2 (Affine)".
    """

    step: int
    layer: str


@dataclass(frozen=True)
class Finished:
    """The training is complete: all epochs are done, or it stopped early.

    Attributes:
        step: how many updates were made.
        stopped_early: whether the validation loss no longer fell; then epochs are left.
        best_step: with early stopping, the step after which the weights were the best; those are
            the network's now. None where the weights are those of the last step.
    """

    step: int
    stopped_early: bool = False
    best_step: int | None = None


Event = StepDone | Evaluated | Checked | Diverged | Finished
