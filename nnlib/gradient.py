"""Numerical gradients: slow, simple, the judge of every `backward`. Saitoh, sections 4.3, 5.7."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.network import Network
from nnlib.types import Array, Labels

STEP = 1e-5
SMALL = 1e-3


def numerical_gradient(f: Callable[[Array], float], x: Array) -> Array:
    """The gradient of ``f`` at ``x`` by central differences, (f(x + h) − f(x − h)) / 2h.

    Args:
        f: takes an array of x's shape, gives a number.
        x: any shape; floating point, float64 for trustworthy digits. Not changed.

    Returns:
        float64 array of x's shape.
    """
    probe = np.array(x, dtype=np.float64, order="C")
    return _differences(f, probe, range(probe.size)).reshape(probe.shape)


def gradient_descent(
    f: Callable[[Array], float], start: Array, lr: float = 0.01, steps: int = 100
) -> Array:
    """Where ``steps`` steps down the numerical gradient lead from ``start``. Saitoh, 4.4."""
    x = np.array(start, dtype=np.float64)
    for _ in range(steps):
        x -= lr * numerical_gradient(f, x)
    return x


class GradientReport(dict[str, float]):
    """What `gradient_check` found: for each key the relative error, and what it rests on.

    Attributes:
        compared: for each key, how many entries were compared. Where it is 0, so is the error,
            and says nothing.
        kinks: for each key, how many entries were left out because a step of h crossed a kink.
    """

    def __init__(self) -> None:
        super().__init__()
        self.compared: dict[str, int] = {}
        self.kinks: dict[str, int] = {}

    @property
    def worst(self) -> float:
        """The largest relative error; NaN where no entry was compared: there is no evidence."""
        return max((self[key] for key, count in self.compared.items() if count), default=math.nan)

    def __str__(self) -> str:
        """One line for each key."""
        return "\n".join(
            f"{key}: {f'{error:.1e}' if self.compared[key] else 'no evidence'} "
            f"({self.compared[key]} compared, {self.kinks[key]} at kinks)"
            for key, error in self.items()
        )


def gradient_check(
    net: Network, x: Array, t: Labels, samples: int | None = 50, seed: int = 0
) -> GradientReport:
    """How far backpropagation is from the numerical gradient, parameter by parameter.

    Works on a float64 copy of the network, in training mode, with dropout masks held still.

    The numerical gradient is one only where the loss is smooth from −h to +h. ReLU bends at 0,
    max-pooling where another pixel becomes the largest, Step jumps. So an entry counts only if
    every such decision (`Layer.branches`) is the same at −h, at +h and at the point itself, where
    backpropagation took it. The others are no evidence for or against it; the report counts them.
    Equal pixels that move together, such as those of an even picture, change no decision: the
    first stays the winner, and the entry counts. An input of ReLU that is exactly 0 and stays 0
    changes none either. The rule is strict: a decision whose change the loss does not feel also
    takes the entry out.

    Args:
        net: the network; not changed.
        x, t: a small batch.
        samples: how many entries of each parameter to compare, drawn with ``seed``; None for all.

    Returns:
        For each key of ``net.params``: ‖a − n‖ / (‖a‖ + ‖n‖) for backpropagation a and numerical
        gradient n, over the entries that count; below 1e-6 where backpropagation is right.
    """
    twin = Network(
        net.layers, net.input_shape, net.loss_function, net.seed, np.float64, net.weight_decay
    )
    twin.restore(net.state())
    x = np.asarray(x, np.float64)
    masks = twin.noise.bit_generator.state
    analytic = {key: g.copy() for key, g in twin.gradient(x, t).items()}
    twin.noise.bit_generator.state = masks
    twin.loss(x, t, training=True)  # a gradient may be worked out in parts, of which one is seen
    decided = _branches(twin)
    verdicts: list[bool] = []  # for each value of the loss: was everything decided as before?

    def loss_at(_: Array) -> float:
        twin.noise.bit_generator.state = masks
        loss = twin.loss(x, t, training=True)
        verdicts.append(all(map(np.array_equal, _branches(twin), decided)))
        return loss

    rng = np.random.default_rng(seed)
    report = GradientReport()
    for key, p in twin.params.items():
        chosen = np.arange(p.size)
        if samples is not None and p.size > samples:
            chosen = np.sort(rng.choice(p.size, samples, replace=False))
        verdicts.clear()
        numeric = _differences(loss_at, p, chosen)
        counts = chosen[np.reshape(verdicts, (-1, 2)).all(axis=1)]  # +h and −h of each entry
        report[key] = relative_error(analytic[key].reshape(-1)[counts], numeric[counts])
        report.compared[key] = len(counts)
        report.kinks[key] = len(chosen) - len(counts)
    return report


def _branches(net: Network) -> list[NDArray[Any]]:
    """What every layer that has a choice decided in the last forward; copies."""
    return [np.array(taken) for layer in net.layers if (taken := layer.branches()) is not None]


def relative_error(a: Array, b: Array) -> float:
    """‖a − b‖ / (‖a‖ + ‖b‖), or ‖a − b‖ / `SMALL` for smaller ones.

    A gradient may be zero, as a bias's is before BatchNormalization; rounding alone then makes the
    numerical one about 1e-11.
    """
    size = float(np.linalg.norm(a) + np.linalg.norm(b))
    return float(np.linalg.norm(a - b)) / max(size, SMALL)


def _differences(f: Callable[[Array], float], x: Array, indices: Iterable[int]) -> Array:
    """Central differences for the entries ``indices`` of x's flat view; x is put back each time."""
    flat = x.reshape(-1)
    assert np.shares_memory(flat, x), "x must be contiguous"
    slopes = np.zeros(flat.size)
    for i in indices:
        kept = flat[i]
        flat[i] = kept + STEP
        above = f(x)
        flat[i] = kept - STEP
        below = f(x)
        flat[i] = kept
        slopes[i] = (above - below) / (2 * STEP)
    return slopes
