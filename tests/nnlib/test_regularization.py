"""Dropout and BatchNormalization: what they do in training, what they remember for later."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib import Affine, BatchNormalization, Dropout, Flatten, Network


def test_dropout_keeps_the_books_rule():
    """A mask in training, times (1 − ratio) in inference: Saitoh, section 6.4.3."""
    net = Network([Dropout(0.3)], (10_000,), seed=1)
    x = np.ones((3, 10_000), np.float32)
    masked = net.forward(x, training=True)
    assert set(np.unique(masked)) == {0, 1}
    assert (masked == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert not np.array_equal(net.forward(x, training=True), masked)
    np.testing.assert_allclose(net.forward(x), 0.7, rtol=1e-6)
    whole = Network([Dropout(0.0)], (10_000,))
    assert np.array_equal(whole.forward(x, training=True), x)


def test_batch_normalization_brings_each_feature_or_channel_to_0_and_1():
    rng = np.random.default_rng(0)
    for shape, axes in (((5,), (0,)), ((3, 4, 6), (0, 2, 3))):
        layers = [BatchNormalization(), *([Flatten()] if len(shape) == 3 else [])]
        net = Network(layers, shape, dtype="float64")
        x = 3 + 2 * rng.standard_normal((50, *shape))
        net.forward(x, training=True)
        y = net.layers[0].forward(x, training=True)
        np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-12)
        np.testing.assert_allclose(y.var(axis=axes), 1, rtol=1e-5)


def test_running_statistics_are_those_of_the_book():
    """running ← momentum · running + (1 − momentum) · batch: Saitoh, section 6.3."""
    net = Network([BatchNormalization(momentum=0.75), Affine(2)], (3,), dtype="float64")
    x = np.random.default_rng(0).random((20, 3))
    net.forward(x, training=True)
    buffers = net.layers[0].buffers
    np.testing.assert_allclose(buffers["mean"], 0.25 * x.mean(axis=0))
    np.testing.assert_allclose(buffers["variance"], 0.75 + 0.25 * x.var(axis=0))
    normalized = (x - buffers["mean"]) / np.sqrt(buffers["variance"] + 1e-6)
    np.testing.assert_allclose(net.layers[0].forward(x, training=False), normalized)
