"""Losses: one number, its exact gradient, and no overflow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnlib import Affine, Network
from nnlib.functions import one_hot
from nnlib.gradient import numerical_gradient, relative_error
from nnlib.losses import CrossEntropy, Loss, MeanSquaredError

every_loss = pytest.mark.parametrize("loss", [kind() for kind in Loss.members.values()], ids=str)
T = one_hot(np.array([0, 2, 1, 2]), 3, np.float64)


@every_loss
def test_the_gradient_is_the_numerical_one(loss):
    scores = np.random.default_rng(0).standard_normal((4, 3))
    loss.forward(scores, T)
    analytic = loss.backward().copy()
    numeric = numerical_gradient(lambda s: loss.forward(s, T), scores)
    assert relative_error(analytic, numeric) < 1e-8


@every_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_types_are_kept_and_inputs_untouched(loss, dtype):
    scores, t = np.linspace(-2, 2, 12, dtype=dtype).reshape(4, 3), T.astype(dtype)
    for array in (scores, t):
        array.flags.writeable = False
    assert type(loss.forward(scores, t)) is float
    dy = loss.backward()
    assert (dy.shape, dy.dtype) == (scores.shape, dtype)
    assert loss.probabilities(scores).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_cross_entropy_is_stable_and_exact_at_the_extremes(dtype):
    scores = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 1e4]], dtype)
    loss = CrossEntropy()
    t = np.array([[0, 1, 0], [0, 1, 0]], dtype)
    assert loss.forward(scores, t) == pytest.approx((2e4 + math.log(2)) / 2, rel=1e-6)
    assert loss.backward().tolist() == [[0.5, -0.5, 0], [0, -0.25, 0.25]]
    right = np.array([[1, 0, 0], [0, 0.5, 0.5]], dtype)
    assert loss.forward(scores[:1], right[:1]) == 0
    assert loss.backward().tolist() == [[0, 0, 0]]
    assert loss.probabilities(scores).tolist() == right.tolist()


def test_the_gradient_of_cross_entropy_is_softmax_minus_targets():
    """Saitoh, section 5.6: (y − t) / N."""
    scores = np.array([[0.3, 0.2, 0.5]])
    y = np.exp(scores) / np.exp(scores).sum()
    loss = CrossEntropy()
    assert loss.forward(scores, T[1:2]) == pytest.approx(-math.log(y[0, 2]), rel=1e-14)
    np.testing.assert_allclose(loss.backward(), y - T[1:2], rtol=1e-14)


def test_mean_squared_error_is_that_of_the_book():
    """Saitoh, section 4.2.1: a good answer costs 0.0975, a bad one 0.5975."""
    t = np.array([[0, 0, 1, 0, 0, 0, 0, 0, 0, 0.0]])
    good = np.array([[0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0]])
    bad = np.array([[0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0]])
    loss = MeanSquaredError()
    assert loss.forward(good, t) == pytest.approx(0.0975)
    assert loss.forward(bad, t) == pytest.approx(0.5975)
    both = loss.forward(np.concatenate([good, bad]), np.concatenate([t, t]))
    assert both == pytest.approx((0.0975 + 0.5975) / 2)


def test_cross_entropy_is_that_of_the_book():
    """Saitoh, section 4.2.2, with scores whose softmax is the book's output: 0.5108 and 2.3026."""
    t = np.array([[0, 0, 1, 0.0]])
    assert CrossEntropy().forward(np.log([[0.1, 0.2, 0.6, 0.1]]), t) == pytest.approx(0.510826)
    assert CrossEntropy().forward(np.log([[0.1, 0.2, 0.1, 0.6]]), t) == pytest.approx(2.302585)


@every_loss
def test_one_hot_rows_and_class_indices_give_the_same(loss):
    net = Network([Affine(3)], (5,), loss, dtype="float64")
    x, t = np.random.default_rng(0).standard_normal((4, 5)), np.array([0, 2, 1, 2])
    assert net.loss(x, t) == net.loss(x, T)
    by_index = {key: g.copy() for key, g in net.gradient(x, t).items()}
    for key, g in net.gradient(x, T).items():
        assert np.array_equal(g, by_index[key])
    assert net.evaluate(x, t) == net.evaluate(x, T)


def test_squared_error_gives_shares_whatever_the_scores_are():
    loss = MeanSquaredError()
    scores = np.array([[0.2, 0.6, 0.2], [-1.0, 3.0, 0.5], [-1.0, -2.0, -3.0], [1e30, 0.0, 1e30]])
    shares = loss.probabilities(scores)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert ((shares >= 0) & (shares <= 1)).all()
    np.testing.assert_allclose(shares[0], scores[0])
    np.testing.assert_allclose(shares[2], 1 / 3)
