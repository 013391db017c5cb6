"""What every engine can do: train for a while, and look at one picture."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.plan import Plan
from nnlib.network import Network


class Engine(ABC):
    """Trains the plan's network on pictures x (N, 1, 28, 28) with classes t (N,).

    Args:
        network: where the initial weights come from; a peer copies them.
        cores: how many threads it may use, where it can be told.
    """

    @abstractmethod
    def __init__(
        self,
        plan: Plan,
        network: Network,
        x: NDArray[np.float32],
        t: NDArray[np.int64],
        cores: int,
    ) -> None: ...

    @abstractmethod
    def step(self) -> int:
        """One update with the next batch; returns how many samples it had.

        The loss is fetched as a number, as a program has to that shows it.
        """

    @abstractmethod
    def predict(self, x: NDArray[np.float32]) -> NDArray[Any]:
        """Probabilities (N, K) for pictures (N, 1, 28, 28), as NumPy array."""

    @abstractmethod
    def description(self) -> str:
        """Its library's version and how it is set."""

    @property
    @abstractmethod
    def parameter_count(self) -> int:
        """How many numbers it learns."""

    def train(self, seconds: float) -> tuple[int, float]:
        """Train for about that long; samples learned from, and the seconds that it took."""
        samples, start = 0, time.perf_counter()
        while True:
            samples += self.step()
            passed = time.perf_counter() - start
            if passed >= seconds:
                return samples, passed


def shuffled_batches(count: int, size: int, seed: int = 0) -> Iterator[NDArray[np.int64]]:
    """Indices of full batches without end, every epoch in an order of its own."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]
