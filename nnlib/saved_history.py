"""A history as the arrays of a project file, and back.

The arrays are called `steps.loss`, `evaluations.epochs` …: one for each number of an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.training import History

MOST_EVENTS = 2**24
"""So many steps and so many evaluations are kept, the newest; no more are read."""
LARGEST = 8 * 11 * MOST_EVENTS + 2**16
_KINDS = ("steps", "evaluations")
_COUNTS = ("step", "epoch", "samples", "epochs")  # the rest may be NaN or infinite


def split(history: History) -> dict[str, NDArray[np.float64]]:
    """The arrays by name."""
    return {
        f"{kind}.{name}": column[-MOST_EVENTS:]
        for kind in _KINDS
        for name, column in getattr(history, kind).columns().items()
    }


def join(arrays: Mapping[str, NDArray[Any]]) -> History | None:
    """What `split` took apart; None where it is no history."""
    history = History()
    wanted = {kind: getattr(history, kind).columns() for kind in _KINDS}
    if set(arrays) != {f"{kind}.{name}" for kind in _KINDS for name in wanted[kind]}:
        return None
    for kind in _KINDS:
        found = {name: arrays[f"{kind}.{name}"] for name in wanted[kind]}
        length = found["step"].size
        if length > MOST_EVENTS or not all(
            column.dtype == np.float64 and column.shape == (length,) for column in found.values()
        ):
            return None
        if not all(_is_growing(found[name]) for name in _COUNTS if name in found):
            return None
        getattr(history, kind).extend(found)
    return history


def _is_growing(counts: NDArray[np.float64]) -> bool:
    """Whether they are counts, none below the one before."""
    return bool(
        np.isfinite(counts).all()
        and (counts >= 0).all()
        and (counts < 2**53).all()
        and (np.diff(counts) >= 0).all()
    )
