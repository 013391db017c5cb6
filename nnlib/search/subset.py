"""The samples that trials learn from: some of a data set's training part, and none of its test.

A trial names its data. A process loads it once, and keeps what the trials of a search share.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from nnlib import data
from nnlib.data import Dataset
from nnlib.random import stream

_lock = threading.Lock()
_kept: dict[tuple[Any, ...], Dataset] = {}  # at most one


def subset(source: str, samples: int | None, seed: int) -> Dataset:
    """Training samples of the data with that name or path; the test part is empty.

    Args:
        samples: how many, chosen at random; None, or more than there are: all.
        seed: which ones.

    Raises:
        DataError: the data cannot be loaded.
    """
    key = (source, samples, seed, _version(source))
    with _lock:  # threads that need the same data wait for the one that loads it
        if key not in _kept:
            made = _cut(data.load(source), samples, seed)
            _kept.clear()
            _kept[key] = made
        return _kept[key]


def forget() -> None:
    """Give the memory back."""
    with _lock:
        _kept.clear()


def _cut(whole: Dataset, samples: int | None, seed: int) -> Dataset:
    x, t = whole.x_train, whole.t_train
    if samples is not None and samples < len(x):
        chosen = stream(seed, "subset").permutation(len(x))[:samples]
        x, t = x[chosen], t[chosen]
    return Dataset(whole.name, x, t, x[:0], t[:0], whole.classes)


def _version(source: str) -> tuple[int, int] | None:
    """What changes when the file or folder at that path does."""
    try:
        found = os.stat(os.path.expanduser(source))
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
