"""A network in use: copies of it, arguments that make no sense, what it returns, many samples."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from nnlib import (
    Affine,
    BatchNormalization,
    Convolution,
    DataError,
    Dropout,
    Flatten,
    MaxPooling,
    Network,
    OptionError,
    ReLU,
)


def make() -> Network:
    images = [Convolution(3, 3, padding=1), BatchNormalization(), ReLU(), MaxPooling(2)]
    return Network([*images, Flatten(), Dropout(0.3), Affine(4)], (2, 6, 6))


def batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((8, 2, 6, 6), dtype=np.float32), rng.integers(0, 4, 8)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])  # noqa: S301
def test_a_copy_learns_apart_and_as_the_original_would(copied):
    net, (x, t) = make(), batch()
    net.loss_and_gradient(x, t)  # its arrays are in use
    twin = copied(net)
    before = net.values.copy()
    for _ in range(2):
        twin.loss_and_gradient(x, t)
        twin.values -= 0.1 * twin.slopes
    assert np.array_equal(net.values, before)
    for _ in range(2):
        net.loss_and_gradient(x, t)
        net.values -= 0.1 * net.slopes
    assert not np.array_equal(net.values, before)
    assert np.array_equal(net.values, twin.values)
    assert np.array_equal(net.predict(x), twin.predict(x))


def test_the_scores_of_a_step_stay_and_are_not_the_inputs():
    x = np.random.default_rng(0).random((3, 4), dtype=np.float32)
    net = Network([Flatten()], (4,))
    _, scores = net.loss_and_gradient(x, np.zeros(3, int))
    kept = scores.copy()
    net.loss_and_gradient(1 - x, np.zeros(3, int))
    assert np.array_equal(scores, kept)
    assert not np.shares_memory(scores, x)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"seed": -1}, "seed must be a whole number of at least 0, not -1"),
        ({"seed": 1.5}, "not 1.5"),
        ({"dtype": "int32"}, "dtype must be float32 or float64, not 'int32'"),
        ({"dtype": "nonsense"}, "not 'nonsense'"),
        ({"weight_decay": -1}, "weight_decay must be a number of at least 0, not -1"),
        ({"weight_decay": np.nan}, "not nan"),
        ({"weight_decay": "x"}, "not 'x'"),
        ({"layers": Affine}, "layers must be a list of layers"),
        ({"layers": [Affine]}, "layers must be a list of layers"),
        ({"layers": "Affine"}, "layers must be a list of layers"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(wrong, said):
    with pytest.raises(OptionError, match=said):
        Network(**({"layers": [Affine(2)], "input_shape": (4,)} | wrong))


def test_an_empty_batch_cannot_be_learned_from_and_changes_nothing():
    net = Network([BatchNormalization(), Affine(2)], (4,))
    before = net.state()
    with pytest.raises(DataError, match="no samples"):
        net.forward(np.empty((0, 4)), training=True)
    assert all(np.array_equal(net.state()[key], a) for key, a in before.items())
    assert net.activations(np.empty((0, 4)))[-1].shape == (0, 2)


def test_outputs_of_many_samples_are_those_of_each():
    net, (x, _) = make(), batch()
    many = np.concatenate([x] * (600 // len(x) + 1))
    for few, lots in zip(net.activations(x), net.activations(many), strict=True):
        np.testing.assert_allclose(lots[: len(x)], few, rtol=1e-5, atol=1e-6)
        assert len(lots) == len(many)
