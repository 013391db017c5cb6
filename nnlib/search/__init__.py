"""Search for good hyperparameters: random trials, ranges narrowed around the best ones.

Saitoh, section 6.5. Read it in the order ranges → names → subset → trial → workers → search.
"""

from nnlib.search.ranges import Choice, LogUniform, Range, Uniform
from nnlib.search.search import Event, RoundStarted, Search, best, table
from nnlib.search.stop import Stop
from nnlib.search.trial import Row, Trial, run_trial

__all__ = [
    "Choice",
    "Event",
    "LogUniform",
    "Range",
    "RoundStarted",
    "Row",
    "Search",
    "Stop",
    "Trial",
    "Uniform",
    "best",
    "run_trial",
    "table",
]
