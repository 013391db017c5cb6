"""nnlib, trained as the command line does it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.engines.base import Engine
from benchmarks.plan import Plan
from nnlib import optimizers, threads
from nnlib.data import Dataset
from nnlib.network import Network
from nnlib.training import StepDone, Trainer, TrainingSettings
from nnlib.training.events import Event

TESTS = 100  # pictures to judge by; judging is not timed


class NnlibEngine(Engine):
    """A `Trainer`; only the time of its steps counts, not that of its evaluations."""

    def __init__(
        self,
        plan: Plan,
        network: Network,
        x: NDArray[np.float32],
        t: NDArray[np.int64],
        cores: int,
    ) -> None:
        classes = tuple("0123456789")
        dataset = Dataset("pictures", x, t, x[:TESTS], t[:TESTS], classes)
        optimizer = optimizers.Optimizer.coerce(plan.optimizer).replace(lr=plan.learning_rate)
        settings = TrainingSettings(optimizer=optimizer, batch_size=plan.batch_size, epochs=100_000)
        self.network = network
        self.trainer = Trainer(network, dataset, settings)
        self._events: Iterator[Event] = self.trainer.run()
        self._seconds = 0.0

    def step(self) -> int:
        before = self.trainer.samples
        while True:
            start = time.perf_counter()
            event = next(self._events)
            if isinstance(event, StepDone):
                self._seconds += time.perf_counter() - start
                return event.samples - before

    def train(self, seconds: float) -> tuple[int, float]:
        samples, self._seconds = 0, 0.0
        while self._seconds < seconds:
            samples += self.step()
        return samples, self._seconds

    def predict(self, x: NDArray[np.float32]) -> NDArray[Any]:
        return self.network.predict(x)

    def description(self) -> str:
        blas = os.environ.get("OPENBLAS_NUM_THREADS", "as many as it likes")
        kernels = os.environ.get("OPENBLAS_CORETYPE", "its own choice")
        return (
            f"NumPy {np.__version__}, threads {threads.available()}, "
            f"threads of BLAS {blas}, kernels of OpenBLAS {kernels}"
        )

    @property
    def parameter_count(self) -> int:
        return self.network.parameter_count
