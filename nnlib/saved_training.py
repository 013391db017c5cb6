"""What `Trainer.state` gave, taken apart for a file into JSON values and arrays, and put together.

Putting together checks that it is a state of some training; `Trainer.restore` checks that it is one
of this network and these data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from nnlib.types import Params

Arrays = dict[str, NDArray[Any]]
_PATIENCE = ("best_loss", "best_step", "mark", "waited", "checked_at")


def split(training: Mapping[str, Any]) -> tuple[dict[str, Any], Arrays, dict[str, Params]]:
    """JSON values, the arrays of optimizer and order, and the weights that are kept, by name."""
    optimizer, patience = training["optimizer"], training.get("patience")
    arrays = {
        f"{slot}.{key}": array
        for slot, found in optimizer["slots"].items()
        for key, array in found.items()
    }
    apart = ("order", "optimizer", "patience")
    values = {key: value for key, value in training.items() if key not in apart}
    values["optimizer"] = {
        "type": optimizer["type"],
        "step_count": optimizer["step_count"],
        "slots": list(optimizer["slots"]),
    }
    kept = {}
    if patience is not None:
        values["patience"] = {name: patience[name] for name in _PATIENCE}
        kept = {name: patience[name] for name in ("best", "last") if patience[name] is not None}
    return values, {"order": training["order"], **arrays}, kept


def join(data: Any, arrays: Arrays, kept: Mapping[str, Params]) -> dict[str, Any] | None:
    """What `split` took apart; None where the parts contradict each other."""
    if not isinstance(data, dict) or not isinstance(optimizer := data.get("optimizer"), dict):
        return None
    names = optimizer.get("slots")
    counts = [data.get("step"), data.get("epoch"), data.get("samples"), optimizer.get("step_count")]
    if (
        not all(_is_count(count) for count in counts)
        or not isinstance(optimizer.get("type"), str)
        or not isinstance(names, list)
        or not all(isinstance(name, str) for name in names)
        or not all(_is_generator_state(data.get(name)) for name in ("shuffler", "noise"))
        or "order" not in arrays
    ):
        return None
    judged_at = data.get("judged_at", data["step"] or -1)  # version 1 did not say
    if not _is_count(judged_at, lowest=-1):
        return None
    slots: dict[str, Params] = {name: {} for name in names}
    for label, array in arrays.items():
        slot, _, key = label.partition(".")
        if label == "order":
            continue
        if slot not in slots:
            return None
        slots[slot][key] = array
    patience, fingerprint = data.get("patience"), data.get("fingerprint")  # older files have none
    if not _is_patience(patience) or (patience is None and kept) or not _is_numbers(fingerprint):
        return None
    return {
        "step": data["step"],
        "epoch": data["epoch"],
        "samples": data["samples"],
        "judged_at": judged_at,
        "order": arrays["order"],
        "shuffler": data["shuffler"],
        "noise": data["noise"],
        "optimizer": {
            "type": optimizer["type"],
            "step_count": optimizer["step_count"],
            "slots": slots,
        },
        "patience": patience
        and {
            **{name: patience[name] for name in _PATIENCE},
            "best": kept.get("best"),
            "last": kept.get("last"),
        },
        "fingerprint": fingerprint,
    }


def _is_count(value: Any, lowest: int = 0) -> bool:
    return type(value) is int and lowest <= value < 2**53


def _is_numbers(data: Any) -> bool:
    """Whether it is None, or counts by name."""
    return data is None or (isinstance(data, dict) and all(map(_is_count, data.values())))


def _is_patience(data: Any) -> bool:
    """Whether it is None, or made of the numbers that early stopping counts with."""
    if data is None:
        return True
    return (
        isinstance(data, dict)
        and set(data) == set(_PATIENCE)
        and all(
            data[name] is None or (type(data[name]) is float and abs(data[name]) <= 1e300)
            for name in ("best_loss", "mark")
        )
        and (data["best_step"] is None or _is_count(data["best_step"]))
        and _is_count(data["waited"])
        and _is_count(data["checked_at"], lowest=-1)
    )


def _is_generator_state(data: Any) -> bool:
    """Whether it is made of whole numbers and texts, as the states of NumPy's generators are."""
    return isinstance(data, dict) and all(
        type(value) in (int, str) or _is_generator_state(value) for value in data.values()
    )
