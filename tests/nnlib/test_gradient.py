"""The numerical gradient judges every backward; here it is judged itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

import nnlib
from nnlib import Affine, BatchNormalization, Dropout, Flatten, Network, numerical_gradient
from nnlib.functions import log_softmax, relu, sigmoid, softmax
from nnlib.gradient import gradient_check, gradient_descent, relative_error

ROOM = np.linspace(-2, 2, 12).reshape(3, 4) + 0.01  # away from 0, where ReLU bends

SLOPES = [
    (np.sin, np.cos),
    (np.square, lambda x: 2 * x),
    (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    (relu, lambda x: (x > 0).astype(float)),
    (lambda x: softmax(x)[:, :1], lambda x: softmax(x)[:, :1] * (np.eye(4)[0] - softmax(x))),
    (lambda x: log_softmax(x)[:, :1], lambda x: np.eye(4)[0] - softmax(x)),
]


@pytest.mark.parametrize(("f", "slope"), SLOPES)
def test_it_agrees_with_the_derivative_on_paper(f, slope):
    kept = ROOM.copy()
    found = numerical_gradient(lambda x: float(f(x).sum()), ROOM)
    np.testing.assert_allclose(found, slope(ROOM), rtol=1e-7, atol=1e-9)
    assert np.array_equal(ROOM, kept)


def test_the_example_of_the_book():
    """f(x) = x₀² + x₁²: Saitoh, section 4.4."""

    def f(x):
        return float((x**2).sum())

    for x, right in (([3.0, 4.0], [6, 8]), ([0.0, 2.0], [0, 4]), ([3, 0], [6, 0])):
        np.testing.assert_allclose(numerical_gradient(f, np.array(x)), right, atol=1e-9)
    end = gradient_descent(f, np.array([-3.0, 4.0]), lr=0.1, steps=100)
    np.testing.assert_allclose(end, 0, atol=1e-8)


@pytest.mark.parametrize(
    "x",
    [
        np.float64(2),
        np.ones((2, 3)).T,
        np.ones((4, 4))[::2, 1:3],
        np.ones(3, np.float32),
        np.ones(2, int),
    ],
    ids=["number", "transposed", "slice", "float32", "whole"],
)
def test_any_array_will_do_and_none_is_changed(x):
    x = np.asarray(x)
    kept = x.copy()
    found = numerical_gradient(lambda v: float((v**3).sum()), x)
    assert found.shape == x.shape
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, 3.0 * kept**2, rtol=1e-8)
    assert np.array_equal(x, kept)


def test_relative_error():
    a = np.array([1.0, 2.0])
    assert relative_error(a, a) == 0
    assert relative_error(a, -a) == 1
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(a, 1.001 * a) == pytest.approx(0.0005, rel=1e-2)


# --- gradient_check -----------------------------------------------------------------------------

IMAGE = (2, 4, 4)
T = np.array([0, 2, 1, 2])
KINDS = list(nnlib.Layer.members.values())
LOSSES = list(nnlib.losses.Loss.members.values())
# The slope of Step is 0, right or wrong, and Disabled is not carried out.
FAULTS = [kind for kind in KINDS if kind not in (nnlib.Step, nnlib.Disabled)]


def around(kind, loss="cross_entropy") -> Network:
    """A network with the layer in its middle and weights before it, which a fault must reach."""
    ending = [Affine(3)] if kind is Flatten else [Flatten(), Affine(3)]
    layers = [nnlib.Convolution(3, 3, padding=1, initial=0.5), kind(), *ending]
    try:
        return Network(layers, IMAGE, loss, weight_decay=0.01)
    except nnlib.ShapeError:
        return Network([Affine(8, initial=0.5), kind(), *ending], (6,), loss)


def batch(net):
    return np.random.default_rng(0).standard_normal((4, *net.input_shape)).astype(np.float32)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", KINDS)
def test_right_layers_and_losses_pass(kind, loss):
    net = around(kind, loss())
    report = gradient_check(net, batch(net), T, samples=None)
    assert set(report) == set(net.params)
    assert report.worst == max(report.values()) < 1e-6, f"{report}"
    assert report.compared == {key: p.size for key, p in net.params.items()}


@pytest.mark.parametrize("factor", [-1.0, 1.01, 0.0], ids=["sign", "hundredth", "nothing"])
@pytest.mark.parametrize("kind", FAULTS)
def test_a_wrong_slope_planted_in_any_layer_is_found(kind, factor, monkeypatch):
    net, right = around(kind), kind.backward
    monkeypatch.setattr(kind, "backward", lambda self, dy: factor * right(self, dy))
    report = gradient_check(net, batch(net), T)
    assert report.worst > abs(factor - 1) / 10, f"{report}"


@pytest.mark.parametrize("factor", [-1.0, 1.01, 0.0], ids=["sign", "hundredth", "nothing"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_wrong_slope_planted_in_any_loss_is_found(loss, factor, monkeypatch):
    net, right = around(Affine, loss()), loss.backward
    monkeypatch.setattr(loss, "backward", lambda self: factor * right(self))
    report = gradient_check(net, batch(net), T)
    assert min(report.values()) > abs(factor - 1) / 10, f"{report}"


@pytest.mark.parametrize("kind", [Affine, nnlib.Convolution, BatchNormalization])
def test_a_parameter_gradient_that_is_off_by_a_thousandth_is_found(kind, monkeypatch):
    net, right = around(kind), kind.backward

    def nearly_right(self, dy):
        dx = right(self, dy)
        for g in self.grads.values():
            g *= 1.001
        return dx

    monkeypatch.setattr(kind, "backward", nearly_right)
    assert max(gradient_check(net, batch(net), T).values()) > 1e-4


def test_weight_decay_on_a_bias_would_be_found(monkeypatch):
    net = Network([Affine(4), Affine(3)], (5,), weight_decay=0.1)
    net.values += 0.3
    x = np.ones((4, 5))
    assert max(gradient_check(net, x, T).values()) < 1e-6
    penalty = Network.penalty
    monkeypatch.setattr(
        Network,
        "penalty",
        lambda self: penalty(self) + 0.05 * float((self.params["0.b"] ** 2).sum()),
    )
    assert gradient_check(net, x, T)["0.b"] > 1e-3


def test_the_network_is_not_disturbed():
    layers = [Affine(6), BatchNormalization(), nnlib.ReLU(), Dropout(0.5), Affine(3)]
    net = Network(layers, (5,), weight_decay=0.1, seed=3)
    x = np.random.default_rng(0).random((4, 5)).astype(np.float32)
    net.gradient(x, T)  # statistics, masks and gradients in use
    before, noise = net.state(), net.noise.bit_generator.state
    slopes, kept = net.slopes.copy(), x.copy()
    errors = gradient_check(net, x, T)
    assert max(errors.values()) < 1e-6
    assert all(np.array_equal(net.state()[key], a) for key, a in before.items())
    assert net.noise.bit_generator.state == noise
    assert np.array_equal(net.slopes, slopes)
    assert np.array_equal(x, kept)
    assert errors == gradient_check(net, x, T)


@pytest.mark.parametrize("name", ["perceptron", "sigmoid-deep", "sigmoid-deep-small", "lenet-5"])
def test_smooth_presets_pass(name):
    net = nnlib.presets.build(name)
    x = np.random.default_rng(0).random((3, 1, 28, 28))
    errors = gradient_check(net, x, np.array([1, 0, 5]), samples=8)
    assert max(errors.values()) < 1e-6, errors
    assert not any(math.isnan(error) for error in errors.values())
