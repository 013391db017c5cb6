"""Numerical gradients: slow, simple, the judge of every `backward`. Saitoh, sections 4.3, 5.7."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

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


def gradient_check(
    net: Network, x: Array, t: Labels, samples: int | None = 50, seed: int = 0
) -> dict[str, float]:
    """How far backpropagation is from the numerical gradient, parameter by parameter.

    Works on a float64 copy of the network, in training mode, with dropout masks held still.

    Args:
        net: the network; not changed.
        x, t: a small batch.
        samples: how many entries of each parameter to compare, drawn with ``seed``; None for all.

    Returns:
        For each key of ``net.params``: ‖a − n‖ / (‖a‖ + ‖n‖) for backpropagation a and numerical
        gradient n; below 1e-6 for smooth layers.
    """
    twin = Network(
        net.layers, net.input_shape, net.loss_function, net.seed, np.float64, net.weight_decay
    )
    twin.restore(net.state())
    x = np.asarray(x, np.float64)
    masks = twin.noise.bit_generator.state
    analytic = {key: g.copy() for key, g in twin.gradient(x, t).items()}

    def loss_at(_: Array) -> float:
        twin.noise.bit_generator.state = masks
        return twin.loss(x, t, training=True)

    rng = np.random.default_rng(seed)
    errors = {}
    for key, p in twin.params.items():
        chosen = np.arange(p.size)
        if samples is not None and p.size > samples:
            chosen = np.sort(rng.choice(p.size, samples, replace=False))
        numeric = _differences(loss_at, p, chosen)[chosen]
        errors[key] = relative_error(analytic[key].reshape(-1)[chosen], numeric)
    return errors


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
