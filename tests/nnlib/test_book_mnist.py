"""What the book shows on small parts of MNIST: batch normalization, overfitting, optimizers.

Each is trained by the book's own loop: a gradient, an update, an accuracy once an epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nnlib import Affine, BatchNormalization, Dataset, Dropout, Flatten, Layer, Network, ReLU
from nnlib.data import mnist
from nnlib.optimizers import SGD, AdaGrad, Adam, Momentum, Optimizer

BATCH = 100


@pytest.fixture(scope="module")
def digits(dev_data: Path) -> Dataset:
    return mnist.load_folder(dev_data / "mnist", "mnist")


def network(count: int, *after: Layer, initial: str | float = "he", **others) -> Network:
    """``count`` hidden layers of 100 units with ReLU; ``after`` stands behind each Affine."""
    hidden = [
        layer
        for _ in range(count)
        for layer in (Affine(100, initial=initial), *(after or (ReLU(),)))
    ]
    layers = [Flatten(), *hidden, Affine(10, initial=initial)]
    return Network(layers, (1, 28, 28), **others)


def train(
    net: Network, x: np.ndarray, t: np.ndarray, epochs: int, optimizer: Optimizer, seed: int
) -> Iterator[int]:
    """The book's loop; gives each epoch's number when it is complete."""
    rng = np.random.default_rng(seed)
    for epoch in range(1, epochs + 1):
        for batch in np.split(rng.permutation(len(x)), range(BATCH, len(x), BATCH)):
            with np.errstate(all="ignore"):  # weights that are too large may diverge
                optimizer.update(net.params, net.gradient(x[batch], t[batch]))
        yield epoch


# --- batch normalization, section 6.3 -----------------------------------------------------------


def mean_accuracy(net: Network, x: np.ndarray, t: np.ndarray, seed: int) -> float:
    """The training accuracy after each of 20 epochs, averaged: the area under its curve."""
    with np.errstate(all="ignore"):
        return float(np.mean([net.accuracy(x, t) for _ in train(net, x, t, 20, SGD(0.01), seed)]))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))]
)
def test_batch_normalization_learns_faster_for_13_of_16_initial_weights(seed, digits):
    """Saitoh, figure 6.19: 1,000 samples, five hidden layers, 16 initial standard deviations."""
    x, t = digits.x_train[:1000], digits.t_train[:1000]
    faster, lines = 0, []
    for std in np.logspace(0, -4, 16):
        plain = network(5, initial=float(std), seed=seed)
        normalized = network(5, BatchNormalization(), ReLU(), initial=float(std), seed=seed)
        without, with_it = (mean_accuracy(net, x, t, seed) for net in (plain, normalized))
        faster += with_it > without
        lines.append(f"std {std:.5f}: {without:.3f} without, {with_it:.3f} with")
    print(f"seed {seed}: faster for {faster} of 16", *lines, sep="\n  ")
    assert faster >= 13


# --- overfitting, section 6.4 -------------------------------------------------------------------


def gap(net: Network, digits: Dataset, epochs: int, seed: int) -> tuple[float, float]:
    """Accuracy on 300 training samples, and by how much that on the test samples is lower."""
    x, t = digits.x_train[:300], digits.t_train[:300]
    for _ in train(net, x, t, epochs, SGD(lr=0.01), seed):
        pass
    training = net.accuracy(x, t)
    return training, training - net.accuracy(digits.x_test, digits.t_test)


@pytest.mark.parametrize("seed", range(2))
def test_weight_decay_shrinks_the_gap_between_training_and_test(seed, digits):
    """Saitoh, figures 6.20 and 6.21: 300 samples, six hidden layers, λ = 0.1, 201 epochs."""
    learned, plain = gap(network(6, seed=seed), digits, 201, seed)
    _, decayed = gap(network(6, seed=seed, weight_decay=0.1), digits, 201, seed)
    print(f"seed {seed}: gap {plain:.3f}, with weight decay {decayed:.3f}")
    assert learned > 0.99
    assert decayed < plain - 0.03


@pytest.mark.parametrize("seed", range(2))
def test_dropout_shrinks_the_gap_between_training_and_test(seed, digits):
    """Saitoh, figure 6.23: as above, with ratio 0.2 and 301 epochs."""
    learned, plain = gap(network(6, seed=seed), digits, 301, seed)
    _, dropped = gap(network(6, ReLU(), Dropout(0.2), seed=seed), digits, 301, seed)
    print(f"seed {seed}: gap {plain:.3f}, with dropout {dropped:.3f}")
    assert learned > 0.99
    assert dropped < plain - 0.03


# --- optimizers, section 6.1 --------------------------------------------------------------------


def test_sgd_learns_slowest_of_the_books_optimizers(digits):
    """Saitoh, figure 6.9: four hidden layers, the optimizers' default learning rates."""
    x, t = digits.x_train[:10_000], digits.t_train[:10_000]
    losses = {}
    for optimizer in (SGD(), Momentum(), AdaGrad(), Adam()):
        net = network(4)
        for _ in train(net, x, t, 2, optimizer, seed=0):
            losses[optimizer.display_name()] = net.evaluate(x, t)[0]
    print(losses)
    assert max(losses, key=lambda name: losses[name]) == "SGD"
    assert losses.pop("SGD") > 1.5 * max(losses.values())
