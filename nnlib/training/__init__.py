"""Training: a generator of events, with no threads and no screen."""

from nnlib.training.events import Diverged, Evaluated, Event, Finished, StepDone
from nnlib.training.history import History
from nnlib.training.settings import TrainingSettings
from nnlib.training.trainer import Trainer

__all__ = [
    "Diverged",
    "Evaluated",
    "Event",
    "Finished",
    "History",
    "StepDone",
    "Trainer",
    "TrainingSettings",
]
