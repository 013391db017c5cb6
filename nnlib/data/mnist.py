"""MNIST, and any set that is laid out as MNIST is: four IDX files in a folder.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-Based Learning Applied to Document Recognition,
Proceedings of the IEEE 86 (1998).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnlib.data import idx
from nnlib.data.cache import cache_folder
from nnlib.data.dataset import Dataset
from nnlib.errors import DataError

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""Each may end in .gz."""

Progress = Callable[[float, str], None]


def load(progress: Progress | None = None) -> Dataset:
    """MNIST from `<cache folder>/mnist`, x (N, 1, 28, 28): 60,000 and 10,000 digits.

    DataError: it is not there, or damaged.
    """
    folder = cache_folder() / "mnist"
    missing = missing_files(folder)
    if missing:
        raise DataError(
            f"MNIST is not on this computer. Put what is missing of its four files into {folder}, "
            f"as they are or ending in .gz: {', '.join(missing)}. "
            "The data set 'digits' is built in and needs nothing."
        )
    dataset = load_folder(folder, "mnist", progress)
    if dataset.input_shape != (1, 28, 28) or dataset.n_classes > 10:
        raise DataError(
            f"The files in {folder} are not MNIST, which has ten classes of 28 x 28 pixels."
        )
    return dataset


def missing_files(folder: Path) -> list[str]:
    """Which of the four files a folder lacks."""
    return [name for name in FILES if _find(folder, name) is None]


def load_folder(folder: Path, name: str, progress: Progress | None = None) -> Dataset:
    """Four MNIST-like IDX files, x (N, 1, H, W); there are as many classes as the labels tell.

    DataError: a file is missing or damaged, or the files do not fit each other.
    """
    missing = missing_files(folder)
    if missing:
        raise DataError(
            f"The folder {folder} lacks {', '.join(missing)} (each may end in .gz). Four files are "
            f"needed: {', '.join(FILES)}."
        )
    arrays = []
    for i, file in enumerate(FILES):
        if progress:
            progress(i / len(FILES), f"Reading {file}")
        axes = 3 if "images" in file else 1
        arrays.append(idx.read(_find(folder, file) or folder / file, axes))
    x_train, t_train, x_test, t_test = arrays
    top = max((int(labels.max()) for labels in (t_train, t_test) if len(labels)), default=0)
    dataset = Dataset(
        name,
        _pictures(x_train),
        t_train.astype(np.int64),
        _pictures(x_test),
        t_test.astype(np.int64),
        tuple(str(i) for i in range(top + 1)),
    )
    if progress:
        progress(1.0, f"{name}: {len(x_train):,} and {len(x_test):,} pictures")
    return dataset


def _find(folder: Path, name: str) -> Path | None:
    """The file of that name, with or without .gz; some mirrors write a dot for the second dash."""
    for stem in (name, name.replace("-idx", ".idx")):
        for candidate in (folder / stem, folder / f"{stem}.gz"):
            if candidate.is_file():
                return candidate
    return None


def _pictures(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.multiply(images[:, None], np.float32(1 / 255), dtype=np.float32)
