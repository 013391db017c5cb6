"""Made-up pictures in the shape of MNIST, the same for every engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COUNT = 60_000
MARGIN = 4
INK = 0.37  # of the inner 20×20 pixels: 19 % of all, as in MNIST


def make(count: int = COUNT, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pictures (count, 1, 28, 28) in 0..1 and their classes (count,), 0 to 9.

    As in MNIST a fifth of the pixels has ink and the margin never has. The classes are drawn at
    random, so that a network cannot learn them all and its gradients stay of the usual size
    however long it is trained.
    """
    rng = np.random.default_rng(seed)
    x = np.zeros((count, 1, 28, 28), np.float32)
    inner = x[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN]
    for start in range(0, count, 1000):  # in parts: what is needed meanwhile stays small
        part = inner[start : start + 1000]
        values = rng.random(part.shape, dtype=np.float32)
        part[...] = np.where(values < INK, values / np.float32(INK), 0)
    return x, rng.integers(0, 10, count)
