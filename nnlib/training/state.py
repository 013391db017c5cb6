"""Whether a saved state of a training is one, and is of this network and these data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.errors import DataError
from nnlib.network import Network
from nnlib.optimizers import Optimizer


def check_order(order: NDArray[Any], training_indices: NDArray[np.int64]) -> None:
    """Raise `DataError` unless ``order`` is what may be left of an epoch over those samples."""
    if (
        order.ndim != 1
        or order.dtype != np.int64
        or len(order) >= len(training_indices)
        or not np.isin(order, training_indices).all()
    ):
        raise DataError("The saved training is of other data than these.")


def check_slots(state: Mapping[str, Any], optimizer: Optimizer, network: Network) -> None:
    """Raise `DataError` unless the state has the slots of that optimizer for that network."""
    slots = state["slots"]
    wanted = {(name, "all") for name in optimizer.slots if state["step_count"]}
    arrays = {(name, key): a for name, slot in slots.items() for key, a in slot.items()}
    if (
        set(slots) != set(optimizer.slots)
        or set(arrays) != wanted
        or not all(
            a.shape == network.values.shape and a.dtype == network.dtype for a in arrays.values()
        )
    ):
        raise DataError("The saved optimizer is of another network than this one.")


def check_generators(state: Mapping[str, Any]) -> None:
    """Raise `DataError` unless both random generators can be put into the states given."""
    for name in ("shuffler", "noise"):
        try:
            np.random.PCG64(0).state = state[name]
        except Exception as error:  # NumPy raises many kinds for what is no state
            raise DataError(f"The saved state of the random numbers is damaged: {name}.") from error
