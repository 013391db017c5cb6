"""The process in which one engine trains one network: `python -m benchmarks.child`.

So libraries, their threads and their memory do not mix. It reads one JSON object a line and answers
with one; in between it is blocked on its input and uses no processor. It ends with its input.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import IO, Any

import numpy as np

from benchmarks import engines, memory, pictures, plan
from benchmarks.engines.sgemm import MatrixProduct
from nnlib import presets

WARM_UP = 0.3  # seconds of training before anything is measured
LOOKS = 100  # different pictures for predictions
LEAST_LOOKS = 50

Answer = dict[str, Any]


class Learner:
    """An engine with its network and its pictures."""

    def __init__(self, engine: str, network: str, cores: int) -> None:
        self._plan, self._cores = plan.find(network), cores
        self._kind = engines.find(engine)
        self._x, self._t = pictures.make()
        self._some = self._x[:LOOKS].copy()
        self._data = self._x.nbytes + self._t.nbytes
        self._before = memory.resident()

    def build(self) -> Answer:
        """Make the network and train it a little, so that all is compiled and allocated."""
        network = presets.build(self._plan.network)
        self.engine = self._kind(self._plan, network, self._x, self._t, self._cores)
        del self._x, self._t  # an engine may keep them in a form of its own
        memory.reset_peak()
        self.engine.train(WARM_UP)
        return {
            "description": self.engine.description(),
            "parameters": self.engine.parameter_count,
        }

    def train(self, seconds: float) -> Answer:
        """Train for a while."""
        done, passed = self.engine.train(seconds)
        return {"done": done, "seconds": passed}

    def memory(self) -> Answer:
        """The most memory since the network was built, the data apart, in bytes; and how much of
        it came after libraries and data were loaded."""
        peak = memory.peak()
        if peak is None:
            return {"peak": None, "growth": None}
        growth = None if self._before is None else peak - self._before
        return {"peak": peak - self._data, "growth": growth}

    def predict(self, seconds: float) -> Answer:
        """Look at one picture at a time; how long each took, in milliseconds."""
        for k in range(10):
            self.engine.predict(self._some[k : k + 1])
        times: list[float] = []
        end = time.perf_counter() + seconds
        while len(times) < LEAST_LOOKS or time.perf_counter() < end:
            picture = self._some[len(times) % LOOKS][None]
            start = time.perf_counter()
            self.engine.predict(picture)
            times.append(1000 * (time.perf_counter() - start))
        return {"median": float(np.median(times)), "p99": float(np.percentile(times, 99))}


class Multiplier:
    """Stands in for an engine: the rate of the matrix product."""

    def build(self) -> Answer:
        self._product = MatrixProduct()
        return {"description": "", "parameters": 0}

    def train(self, seconds: float) -> Answer:
        done, passed = self._product.run(seconds)
        return {"done": done, "seconds": passed}


def serve(worker: Learner | Multiplier, replies: IO[str]) -> None:
    """Answer until the input ends."""
    used = time.process_time()
    for line in sys.stdin:
        idle = time.process_time() - used
        order = json.loads(line)
        method: Callable[..., Answer] = getattr(worker, order.pop("do"))
        _reply(replies, method(**order) | {"idle": idle})
        used = time.process_time()


def _reply(replies: IO[str], answer: Answer) -> None:
    replies.write(json.dumps(answer) + "\n")
    replies.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's business
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    engine, network, cores = sys.argv[1:]
    try:
        worker = Multiplier() if engine == "sgemm" else Learner(engine, network, int(cores))
        _reply(replies, {})
        serve(worker, replies)
    except Exception as error:  # whatever a foreign library raises
        _reply(replies, {"error": f"{type(error).__name__}: {error}"})
        sys.exit(1)


if __name__ == "__main__":
    main()
