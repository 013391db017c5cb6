"""What the GUI asks of the worker, and what the worker answers. All are values."""

from __future__ import annotations

from dataclasses import dataclass

from nnlib.data import Dataset
from nnlib.project import ProjectSpec
from nnlib.training import TrainingSettings
from nnlib.training.distributions import Distribution
from nnlib.types import Array

# To the worker


@dataclass(frozen=True)
class Prepare:
    """Build the network with its initial weights; whatever was there before is dropped."""

    run: int
    spec: ProjectSpec
    dataset: Dataset


@dataclass(frozen=True)
class Train:
    """Make steps until ``epochs`` epochs are complete, or ``steps`` more steps are made."""

    settings: TrainingSettings
    epochs: int
    steps: int | None = None


@dataclass(frozen=True)
class Pause:
    """Make no further step."""


@dataclass(frozen=True)
class Predict:
    """Classify one sample of the network's input shape, with the weights as they are."""

    x: Array


@dataclass(frozen=True)
class Probe:
    """Count the outputs of every layer on the fixed probe batch."""


@dataclass(frozen=True)
class Close:
    """End the thread."""


Order = Prepare | Train | Pause | Predict | Probe | Close

# From the worker, each posted with the number of the run that it belongs to


@dataclass(frozen=True)
class Prepared:
    """The network is there, untrained."""

    parameters: int
    samples_per_epoch: int
    steps_per_epoch: int


@dataclass(frozen=True)
class Began:
    """Steps are being made."""


@dataclass(frozen=True)
class Rested:
    """No further step will be made until the next `Train`."""

    epochs: int  # complete epochs


@dataclass(frozen=True)
class Failed:
    """Something went wrong; ``text`` is for the user."""

    text: str


@dataclass(frozen=True)
class Predicted:
    """Probabilities (K,) for the sample of the last `Predict`; None where it could not be had."""

    probabilities: Array | None


@dataclass(frozen=True)
class Probed:
    """The answer to `Probe`; None where there is no network."""

    distributions: tuple[Distribution, ...] | None
