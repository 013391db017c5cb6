"""Training: a generator of events, with no threads and no screen."""

from nnlib.training.events import Checked, Diverged, Evaluated, Event, Finished, StepDone
from nnlib.training.history import History
from nnlib.training.metrics_file import MetricsFile
from nnlib.training.settings import TrainingSettings
from nnlib.training.stopping import EarlyStopping
from nnlib.training.trainer import Trainer

__all__ = [
    "Checked",
    "Diverged",
    "EarlyStopping",
    "Evaluated",
    "Event",
    "Finished",
    "History",
    "MetricsFile",
    "StepDone",
    "Trainer",
    "TrainingSettings",
]
