"""Trains one network with every engine in turns, and looks at pictures with each.

All engines live at once, each in a process of its own, and take turns: what slows the machine down
for a while slows all of them, and the ratios of neighbouring turns stay as they are.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks import flops
from benchmarks.plan import Plan
from benchmarks.process import Child, ChildError
from nnlib import presets

PAUSE = 0.1  # seconds after a turn, in which threads that wait by spinning fall asleep
MATRIX_TURN = 0.25  # seconds
PREDICTIONS = 0.5  # seconds


@dataclass(frozen=True)
class Scope:
    """What is measured, and for how long.

    Attributes:
        engines: their names, in the order of their turns.
        rounds: how often each engine has a turn of ``seconds``; 0 leaves the training out.
        predictions: whether single pictures are looked at.
    """

    engines: Sequence[str]
    cores: int
    rounds: int = 5
    seconds: float = 1.0
    predictions: bool = True


@dataclass
class Result:
    """What came out for one network; dictionaries are by the engine's name.

    Attributes:
        speeds: samples per second, one number a round.
        fractions: nnlib's share of the matrix product's rate, one number a round.
        memory: the most bytes, data apart, and how many of them came after libraries and data.
        predictions: milliseconds for one picture, median and 99th percentile.
        failures: what went wrong, in words.
        idle: processor seconds that engines used outside their turns.
    """

    plan: Plan
    speeds: dict[str, list[float]] = field(default_factory=dict)
    fractions: list[float] = field(default_factory=list)
    memory: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    predictions: dict[str, tuple[float, float]] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    idle: dict[str, float] = field(default_factory=dict)

    def speed(self, engine: str) -> float | None:
        """The engine's median speed."""
        return statistics.median(self.speeds[engine]) if self.speeds.get(engine) else None

    def ratios(self, peer: str) -> list[float]:
        """nnlib's speed to the peer's, one number a round."""
        ours, theirs = self.speeds.get("nnlib", []), self.speeds.get(peer, [])
        return [a / b for a, b in zip(ours, theirs, strict=False)]


def compare(plan: Plan, scope: Scope, matrix: Child | None) -> Result:
    """Measure one network. ``matrix`` is the process of the matrix product, built."""
    result = Result(plan)
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(Child(name, plan.network, scope.cores)) for name in scope.engines
        ]
        for child in started:
            with _noting(result, child):
                child.ready()
        for child in _sound(started, result):
            with _noting(result, child):
                built = child.tell("build")
                result.descriptions[child.engine] = built["description"]
                result.parameters[child.engine] = built["parameters"]
        for _ in range(scope.rounds):
            _do_round(_sound(started, result), scope.seconds, matrix, result)
        for child in _sound(started, result):
            with _noting(result, child):
                if scope.rounds:
                    seen = child.tell("memory")
                    result.memory[child.engine] = (seen["peak"], seen["growth"])
                if scope.predictions:
                    time.sleep(PAUSE)
                    seen = child.tell("predict", seconds=PREDICTIONS)
                    result.predictions[child.engine] = (seen["median"], seen["p99"])
        result.idle = {child.engine: child.idle for child in started}
    return result


def _do_round(
    children: Sequence[Child], seconds: float, matrix: Child | None, result: Result
) -> None:
    """One turn for each."""
    for child in children:
        time.sleep(PAUSE)
        with _noting(result, child):
            speed = child.rate(seconds)
            result.speeds.setdefault(child.engine, []).append(speed)
            if child.engine == "nnlib" and matrix is not None:
                time.sleep(PAUSE)
                preset = presets.find(result.plan.network)
                operations = flops.of_training(preset.layers, preset.input_shape)
                result.fractions.append(speed * operations / matrix.rate(MATRIX_TURN))


@contextlib.contextmanager
def _noting(result: Result, child: Child) -> Iterator[None]:
    """A child that fails is left out from then on; the others go on."""
    try:
        yield
    except ChildError as error:
        result.failures[child.engine] = str(error)


def _sound(children: Sequence[Child], result: Result) -> list[Child]:
    return [child for child in children if child.engine not in result.failures]
