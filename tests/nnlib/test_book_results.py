"""What the book shows without any data: how weights should start, and how optimizers walk.

Saitoh, sections 6.1 and 6.2. For the initial weights 1,000 samples of 100 standard normal numbers
go through five layers of 100 units. The book draws histograms; here are the numbers behind them.
"""

from __future__ import annotations

import numpy as np
import pytest

from nnlib import Affine, Layer, Network, ReLU, Sigmoid
from nnlib.optimizers import SGD, AdaGrad, Adam, Momentum, Optimizer
from nnlib.views import gradients_per_layer

SEEDS = range(5)
LAYERS = 5


def network(activation: type[Layer], initial: str | float, seed: int) -> Network:
    layers = [
        layer for _ in range(LAYERS) for layer in (Affine(100, initial=initial), activation())
    ]
    return Network(layers, (100,), seed=seed)


def samples(seed: int) -> np.ndarray:
    return np.random.default_rng(1000 + seed).standard_normal((1000, 100)).astype(np.float32)


def activations(activation: type[Layer], initial: str | float, seed: int) -> list[np.ndarray]:
    """The outputs of the five activation functions, each (1000, 100)."""
    return network(activation, initial, seed).activations(samples(seed))[1::2]


def share_at_the_ends(y: np.ndarray) -> float:
    """The share of a sigmoid's outputs outside [0.1, 0.9], where its slope is below 0.09."""
    return float(((y < 0.1) | (y > 0.9)).mean())


@pytest.mark.parametrize("seed", SEEDS)
def test_sigmoid_with_std_1_saturates_in_every_layer(seed):
    shares = [share_at_the_ends(y) for y in activations(Sigmoid, 1.0, seed)]
    assert min(shares) >= 0.69, shares


@pytest.mark.parametrize("seed", SEEDS)
def test_sigmoid_with_std_001_says_nearly_the_same_in_every_unit(seed):
    outputs = activations(Sigmoid, 0.01, seed)
    assert [share_at_the_ends(y) for y in outputs] == [0] * LAYERS
    assert all(y.std() < 0.05 for y in outputs)


@pytest.mark.parametrize("seed", SEEDS)
def test_sigmoid_with_xavier_neither_saturates_nor_collapses(seed):
    first, *others = activations(Sigmoid, "xavier", seed)
    assert max(share_at_the_ends(y) for y in others) < 0.001
    assert min(y.std() for y in (first, *others)) > 0.05


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("initial", "low", "high"), [("he", 0.5, 1.1), ("xavier", 0.08, 0.22), (0.01, 0.0, 1e-5)]
)
def test_relu_keeps_the_spread_with_he_and_loses_it_with_anything_smaller(initial, low, high, seed):
    spread = activations(ReLU, initial, seed)[-1].std()
    assert low < spread < high


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_vanishes_through_sigmoid_and_not_through_relu_with_he(seed):
    """What is left of the gradient at the first layer, as a share of that at the last."""

    def what_is_left(activation: type[Layer], initial: str | float) -> float:
        net, x = network(activation, initial, seed), samples(seed)
        layers = gradients_per_layer(net, x, np.arange(len(x)) % net.classes)
        return layers[0].root_mean_square / layers[-2].root_mean_square

    assert what_is_left(Sigmoid, "xavier") < 0.01
    assert what_is_left(Sigmoid, 0.01) < 1e-5
    assert 0.3 < what_is_left(ReLU, "he") < 3


# --- optimizers on a valley, section 6.1 --------------------------------------------------------


def path(optimizer: Optimizer) -> np.ndarray:
    """Thirty steps down f(x, y) = x²/20 + y² from (−7, 2), the start included: (31, 2)."""
    params = {"p": np.array([-7.0, 2.0])}
    points = [params["p"].copy()]
    for _ in range(30):
        optimizer.update(params, {"p": params["p"] * np.array([0.1, 2.0])})
        points.append(params["p"].copy())
    return np.array(points)


def test_sgd_zigzags_down_a_long_valley_and_the_others_do_not():
    """Saitoh, figures 6.3, 6.5, 6.6 and 6.7, with the book's learning rates."""
    paths = {
        optimizer.display_name(): path(optimizer)
        for optimizer in (SGD(lr=0.95), Momentum(lr=0.1), AdaGrad(lr=1.5), Adam(lr=0.3))
    }
    turns = {
        name: int((np.sign(points[1:, 1]) != np.sign(points[:-1, 1])).sum())
        for name, points in paths.items()
    }
    ways = {name: np.abs(np.diff(points[:, 1])).sum() for name, points in paths.items()}
    assert turns["SGD"] == 30
    assert max(turns[name] for name in ("Momentum", "AdaGrad", "Adam")) <= 8
    assert ways["SGD"] > 2 * max(ways[name] for name in ("Momentum", "AdaGrad", "Adam"))
