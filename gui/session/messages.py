"""What the GUI asks of the worker, and what the worker answers. All are values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from nnlib.data import Dataset
from nnlib.project import ProjectSpec
from nnlib.saved_project import SavedProject
from nnlib.training import Finished, TrainingSettings
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
class Adopt:
    """Take up the network of a file, and its training; whatever was there before is dropped.

    Without data there is just the network: it can be tried, and saved again with all it came with.
    """

    run: int
    saved: SavedProject
    dataset: Dataset | None


@dataclass(frozen=True)
class Forget:
    """Drop whatever is there."""


@dataclass(frozen=True)
class Capture:
    """Copy all that a file holds, between two steps.

    Attributes:
        ticket: the answer bears the same number.
        spec: the project as it stands; trained: what the network is of, where that differs.
    """

    ticket: int
    spec: ProjectSpec
    trained: ProjectSpec | None


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


Order = Prepare | Adopt | Forget | Capture | Train | Pause | Predict | Probe | Close

# From the worker, each posted with the number of the run that it belongs to


@dataclass(frozen=True)
class Prepared:
    """The network is there, untrained."""

    parameters: int
    samples_per_epoch: int
    steps_per_epoch: int


class Fit(Enum):
    """How much of a file could be taken up."""

    ALL = auto()  # training goes on as if it had never stopped
    WEIGHTS = auto()  # the training is of other data; a new one can begin from the weights
    NETWORK = auto()  # there are no data, or they do not fit the network: it can be tried, no more


@dataclass(frozen=True)
class Adopted:
    """The network of the file is there."""

    fit: Fit
    facts: Prepared | None  # where there is a training
    early_stop: Finished | None  # how the training had ended, where it stopped early


@dataclass(frozen=True)
class Captured:
    """The answer to `Capture`; a project without history, or None and what the user has to know."""

    ticket: int
    project: SavedProject | None
    problem: str = ""


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
