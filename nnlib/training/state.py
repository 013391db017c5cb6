"""Whether a saved state of a training is one, and is of this network and these data."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.data import Dataset
from nnlib.errors import DataError
from nnlib.network import Network
from nnlib.optimizers import Optimizer

_THINNED = 2**17  # numbers of the samples that a fingerprint looks at, about


def fingerprint(dataset: Dataset) -> dict[str, int]:
    """What tells the training part of a data set from another one, in about a millisecond.

    ``samples``: how many there are. ``labels``: CRC-32 of all classes. ``values``: CRC-32 of some
    samples, evenly spaced, the first among them.
    """
    x, t = dataset.x_train, dataset.t_train
    some = x[:: max(1, x.size // _THINNED)]
    thin = some.reshape(len(some), -1)[:, :: max(1, some.size // _THINNED)]
    return {
        "samples": len(x),
        "labels": zlib.crc32(t.tobytes()),
        "values": zlib.crc32(thin.tobytes()),
    }


def check_form(state: Mapping[str, Any]) -> None:
    """Raise `DataError` unless the state has all its parts and each is of the right kind."""
    optimizer = state.get("optimizer")
    patience = {} if state.get("patience") is None else state["patience"]
    if (
        not all(_is_count(state.get(name)) for name in ("step", "epoch", "samples"))
        or not isinstance(state.get("judged_at", 0), int)
        or not isinstance(state.get("order"), np.ndarray)
        or not isinstance(optimizer, Mapping)
        or not _is_count(optimizer.get("step_count"))
        or not isinstance(slots := optimizer.get("slots"), Mapping)
        or not all(_are_arrays(slot) for slot in slots.values())
        or not isinstance(patience, Mapping)
        or not all(_are_arrays(patience.get(name) or {}) for name in ("best", "last"))
    ):
        raise DataError("The saved state of the training is damaged. Start it anew.")


def check_data(expected: Any, dataset: Dataset) -> None:
    """Raise `DataError` unless the fingerprint is of that data; None, of older files, may be."""
    if expected is not None and expected != fingerprint(dataset):
        raise DataError(
            f"The saved training is of other data than these ({dataset.name}). Choose the data "
            "that it was begun with, or start it anew."
        )


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


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and bool(value >= 0)


def _are_arrays(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(a, np.ndarray) for a in value.values())
