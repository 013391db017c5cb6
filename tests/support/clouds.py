"""Three clouds of points in 0..1: data that a tiny network learns in an instant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnlib import Dataset

CLASSES = ("a", "b", "c")


def clouds(count: int = 150, tests: int = 40, seed: int = 0, spread: float = 1.0) -> Dataset:
    rng = np.random.default_rng(seed)
    t = rng.integers(0, 3, count + tests)
    x = 0.3 + spread * 0.15 * rng.standard_normal((count + tests, 6)) + 0.4 * np.eye(3, 6)[t]
    inside: NDArray[np.float32] = x.clip(0, 1).astype(np.float32)
    return Dataset("clouds", inside[:count], t[:count], inside[count:], t[count:], CLASSES)


def write(path: Path, dataset: Dataset) -> str:
    """The data as an .npz file; its path is a name under which any process finds them."""
    names = ("x_train", "t_train", "x_test", "t_test")
    arrays = {name: getattr(dataset, name) for name in names}
    np.savez(path, classes=np.array(dataset.classes), **arrays)
    return str(path)
