"""A data set: what a network learns from, and what it is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnlib.errors import DataError
from nnlib.random import stream


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples with their classes, for training and for testing.

    x: float32, (N, C, H, W) for pictures, in 0..1, or (N, D) for flat data. t: int64 (N,), the
    index of the class. classes: their names. The arrays are read-only views of what was passed in.

    DataError: shapes, types, values or lengths do not fit each other.
    """

    name: str
    x_train: NDArray[np.float32]
    t_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    t_test: NDArray[np.int64]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.classes:
            raise DataError(f"The data set {self.name!r} has no classes.")
        self._check("training", self.x_train, self.t_train)
        self._check("test", self.x_test, self.t_test)
        if self.x_train.shape[1:] != self.x_test.shape[1:]:
            raise DataError(
                f"The data set {self.name!r} has training samples of shape "
                f"{self.x_train.shape[1:]} but test samples of shape {self.x_test.shape[1:]}; "
                "they must be alike."
            )
        if not len(self.x_train):
            raise DataError(f"The data set {self.name!r} has no training samples.")
        for field in ("x_train", "t_train", "x_test", "t_test"):
            view = getattr(self, field).view()
            view.flags.writeable = False
            object.__setattr__(self, field, view)

    def _check(self, part: str, x: NDArray[np.float32], t: NDArray[np.int64]) -> None:
        where = f"The data set {self.name!r}, {part} part"
        if x.dtype != np.float32 or x.ndim not in (2, 4):
            raise DataError(
                f"{where}: samples must be float32 of shape (N, C, H, W) or (N, D); "
                f"they are {x.dtype} of shape {x.shape}."
            )
        if t.dtype != np.int64 or t.ndim != 1:
            raise DataError(
                f"{where}: labels must be int64 of shape (N,); they are {t.dtype} of {t.shape}."
            )
        if len(x) != len(t):
            raise DataError(f"{where}: {len(x):,} samples but {len(t):,} labels.")
        if 0 in x.shape[1:]:
            raise DataError(f"{where}: a sample of shape {x.shape[1:]} holds no value.")
        # A NaN comes out of min and max, too.
        if len(x) and not (np.isfinite(x.min()) and np.isfinite(x.max())):
            raise DataError(f"{where}: a sample holds a value that is not a finite number.")
        if len(t) and (t.min() < 0 or t.max() >= len(self.classes)):
            raise DataError(
                f"{where}: labels go from {t.min()} to {t.max()}, but with {len(self.classes)} "
                f"classes they must lie in 0..{len(self.classes) - 1}."
            )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample: (C, H, W) or (D,)."""
        return self.x_train.shape[1:]

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.classes)


def split(count: int, fraction: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Part `count` samples at random: the indices for training and those for validation.

    fraction: the share for validation, in 0..1 but not 1; it is rounded to whole samples and leaves
    at least one for training. Both are shuffled; the same arguments give the same split.
    DataError: an argument is out of range.
    """
    if count < 1 or not 0 <= fraction < 1 or seed < 0:
        raise DataError(
            "A split needs at least one sample, a fraction in 0..1 but not 1, and a seed of 0 or "
            f"more; they are {count}, {fraction} and {seed}."
        )
    validation = held_back_count(count, fraction)
    shuffled = stream(seed, "split").permutation(count)
    return shuffled[validation:], shuffled[:validation]


def held_back_count(count: int, fraction: float) -> int:
    """How many of `count` samples `split` puts aside for validation."""
    return min(round(count * fraction), count - 1)
