"""What this machine's matrix product reaches: the measure for all else."""

from __future__ import annotations

import time

import numpy as np

SIZE = 1024


class MatrixProduct:
    """Multiplies two large float32 matrices over and over."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self._a = rng.random((SIZE, SIZE), dtype=np.float32)
        self._b = rng.random((SIZE, SIZE), dtype=np.float32)
        self._out = np.empty((SIZE, SIZE), np.float32)
        self.run(0.1)

    def run(self, seconds: float) -> tuple[int, float]:
        """Multiply for about that long: floating-point operations, and seconds."""
        operations, start = 0, time.perf_counter()
        while True:
            np.matmul(self._a, self._b, out=self._out)
            operations += 2 * SIZE**3
            passed = time.perf_counter() - start
            if passed >= seconds:
                return operations, passed
