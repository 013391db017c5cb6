"""Data sets that users bring as an `.npz` file of NumPy arrays.

Such files come from many hands, so common habits are understood: bytes 0..255, pictures without a
channel axis or with it last, one-hot labels, `y` for `t`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.data import npz
from nnlib.data.dataset import Dataset
from nnlib.errors import DataError

_NAMES = {
    "x_train": ("x_train",),
    "t_train": ("t_train", "y_train"),
    "x_test": ("x_test",),
    "t_test": ("t_test", "y_test"),
}


def load_npz(path: Path, name: str) -> Dataset:
    """The data set in an `.npz` file.

    Its arrays: x_train, x_test: (N, D), (N, H, W), (N, C, H, W) or (N, H, W, C), of bytes or of
    numbers in 0..1 or 0..255; t_train, t_test (or y_...): class indices (N,) or one-hot (N, K);
    `classes`, if there is one: the classes' names. DataError says what does not fit.
    """
    wanted = {key for keys in _NAMES.values() for key in keys}
    arrays = npz.read(path, wanted | {"classes"})
    found = {}
    for field, keys in _NAMES.items():
        match = next((arrays[key] for key in keys if key in arrays), None)
        if match is None:
            raise DataError(
                f"{path} has no array {' or '.join(keys)}. Needed are x_train, t_train, x_test and "
                "t_test."
            )
        found[field] = match
    x_train, x_test = _samples(found["x_train"], found["x_test"], path)
    t_train = _labels(found["t_train"], "t_train", path)
    t_test = _labels(found["t_test"], "t_test", path)
    top = max((int(t.max()) for t in (t_train, t_test) if len(t)), default=0)
    if "classes" in arrays:
        classes = tuple(str(text) for text in arrays["classes"].ravel())
    else:
        if top >= 100_000:
            raise DataError(f"{path}: labels must be class indices 0, 1, 2 …; one is {top:,}.")
        classes = tuple(str(i) for i in range(top + 1))
    return Dataset(name, x_train, t_train, x_test, t_test, classes)


def _samples(
    train: NDArray[Any], test: NDArray[Any], path: Path
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both parts as float32 (N, C, H, W) or (N, D), on one scale."""
    for field, x in (("x_train", train), ("x_test", test)):
        if x.dtype.kind not in "buif" or x.ndim not in (2, 3, 4) or not x.size:
            raise DataError(
                f"{path}: {field} must hold numbers of shape (N, D), (N, H, W), (N, C, H, W) or "
                f"(N, H, W, C); it is {x.dtype} of shape {x.shape}."
            )
        if not np.isfinite(x).all():
            raise DataError(f"{path}: {field} holds a value that is not a finite number.")
    low = float(min(train.min(), test.min()))
    high = float(max(train.max(), test.max()))
    is_bytes = train.dtype == np.uint8 or high > 1
    if low < 0 or high > 255:
        raise DataError(
            f"{path}: samples go from {low:g} to {high:g}; they must lie in 0..1 or in 0..255."
        )
    factor = np.float32(1 / 255 if is_bytes else 1)
    return _with_channels(train) * factor, _with_channels(test) * factor


def _with_channels(x: NDArray[Any]) -> NDArray[np.float32]:
    """(N, H, W) and (N, H, W, C) become (N, C, H, W)."""
    if x.ndim == 3:
        x = x[:, None]
    elif x.ndim == 4 and x.shape[3] in (1, 3, 4) and x.shape[1] not in (1, 3, 4):
        x = x.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(x, np.float32)


def _labels(t: NDArray[Any], field: str, path: Path) -> NDArray[np.int64]:
    """Class indices (N,), from (N,), (N, 1) or one-hot (N, K)."""
    if t.dtype.kind not in "buif" or t.ndim not in (1, 2) or 0 in t.shape[1:]:
        raise DataError(
            f"{path}: {field} must hold class indices (N,) or one-hot rows (N, K); "
            f"it is {t.dtype} of shape {t.shape}."
        )
    if t.ndim == 2 and t.shape[1] > 1:
        if not (np.isin(t, (0, 1)).all() and (t.sum(1) == 1).all()):
            raise DataError(f"{path}: the rows of {field} are not one-hot.")
        return np.asarray(t.argmax(1), np.int64)
    t = t.ravel()
    if t.dtype.kind == "f" and not (np.isfinite(t).all() and (t == np.rint(t)).all()):
        raise DataError(f"{path}: {field} holds a label that is not a whole number.")
    if len(t) and (t.min() < 0 or t.max() > 2**31):
        raise DataError(f"{path}: {field} holds a label out of range: they are 0, 1, 2 …")
    return np.asarray(t, np.int64)
