"""Where a slope to the left and one to the right differ, the gradient check counts, not fails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib
from nnlib import (
    Affine,
    Convolution,
    Flatten,
    Layer,
    MaxPooling,
    Network,
    ReLU,
    Step,
    parts,
    presets,
)
from nnlib.gradient import GradientReport, gradient_check

T = np.array([0])
BENDING = [ReLU, MaxPooling, Step]


def network(stack, shape, **params) -> Network:
    """A network with these weights where they are given by name, `W0=…` for ``0.W``."""
    net = Network(stack, shape, seed=1, dtype="float64")
    for name, values in params.items():
        net.params[f"{name[1:]}.{name[0]}"][...] = values
    return net


def without_branches(monkeypatch, kind):
    """The layer as if it never told of its kinks: what the check would say without them."""
    monkeypatch.setattr(kind, "branches", Layer.branches)


# --- ReLU and Step ------------------------------------------------------------------------------


def one_unit_at_zero(kind) -> tuple[Network, np.ndarray]:
    """Two units on the sample (1, 0); what enters the first is exactly 0, the second 0.5."""
    net = network([Affine(2), kind(), Affine(2)], (2,), W0=[[0, 0.5], [3, 1]], b0=0)
    return net, np.array([[1.0, 0.0]])


@pytest.mark.parametrize("kind", [ReLU, Step])
def test_a_unit_at_exactly_zero_costs_the_entries_that_move_it_and_no_others(kind, monkeypatch):
    """Its weight from the 1 and its bias move it; its weight from the 0 does not."""
    net, x = one_unit_at_zero(kind)
    report = gradient_check(net, x, T)
    assert report.worst < 1e-8
    assert report.kinks == {"0.W": 1, "0.b": 1, "2.W": 0, "2.b": 0}
    assert report.compared == {"0.W": 3, "0.b": 1, "2.W": 4, "2.b": 2}
    without_branches(monkeypatch, kind)
    assert gradient_check(net, x, T)["0.b"] > 0.1


@pytest.mark.parametrize("distance", [0.0, 1e-6, -1e-6, 2e-5, -2e-5])
def test_a_unit_nearer_to_zero_than_the_step_is_at_a_kink(distance):
    net, x = one_unit_at_zero(ReLU)
    net.params["0.b"][0] = distance
    report = gradient_check(net, x, T)
    assert report.worst < 1e-8
    assert report.kinks["0.b"] == (abs(distance) < nnlib.gradient.STEP)


def test_a_fault_is_found_beside_kinks(monkeypatch):
    net, x = one_unit_at_zero(ReLU)
    monkeypatch.setattr(ReLU, "backward", lambda self, dy: 1.01 * dy * (self.branches()))
    report = gradient_check(net, x, T)
    assert sum(report.kinks.values()) == 2
    assert report["0.W"] > 1e-3


def test_a_parameter_of_which_nothing_can_be_compared_is_called_so():
    net, x = network([Affine(3), ReLU(), Affine(2)], (2,), W0=0, b0=0), np.ones((1, 2))
    report = gradient_check(net, x, T)
    assert (report["0.W"], report.compared["0.W"], report.kinks["0.W"]) == (0, 0, 6)
    lines = str(report).splitlines()
    assert lines[0] == "0.W: no evidence (0 compared, 6 at kinks)"
    assert lines[3].startswith("2.b: ")
    assert lines[3].endswith(" (2 compared, 0 at kinks)")


# --- max-pooling --------------------------------------------------------------------------------


def test_equal_pixels_that_move_apart_are_a_kink_and_those_that_move_together_are_none(monkeypatch):
    """3 = 1 + 2 and 3 = 2 + 1: a weight favours one of the two channels, the bias neither."""
    x = np.array([[[[1, 2], [0, 0]], [[2, 1], [0, 0]]]])
    stack = [Convolution(1, 1), MaxPooling(2), Flatten(), Affine(2)]
    net = network(stack, (2, 2, 2), W0=1, b0=0)
    report = gradient_check(net, x, T)
    assert report.worst < 1e-8
    assert (report.kinks["0.W"], report.compared["0.W"]) == (2, 0)
    assert (report.kinks["0.b"], report.compared["0.b"]) == (0, 1)
    without_branches(monkeypatch, MaxPooling)
    assert gradient_check(net, x, T)["0.W"] > 0.1


STACK = [Convolution(2, 1), MaxPooling(2), Flatten(), Affine(2)]


@pytest.mark.parametrize("stack", [STACK, [STACK[0], ReLU(), *STACK[1:]]], ids=["bare", "ReLU"])
def test_an_even_picture_is_all_ties_and_yet_all_evidence(stack):
    net = network(stack, (1, 4, 4), W0=[[[[2]]], [[[-2]]]], b0=0.5)
    report = gradient_check(net, np.ones((1, 1, 4, 4)), T)
    assert report.worst < 1e-8
    assert set(report.kinks.values()) == {0}


def test_zeros_that_relu_leaves_are_ties_without_a_kink():
    x = np.array([[[[-3, -2], [-1, -4]]]])
    net = network([Convolution(1, 1), ReLU(), *STACK[1:]], (1, 2, 2), W0=1, b0=0)
    report = gradient_check(net, x, T)
    assert report.worst < 1e-8
    assert set(report.kinks.values()) == {0}


def test_a_pooling_that_pays_every_one_of_equals_is_found(monkeypatch):
    def generous(self, dy):
        dx = np.zeros_like(self.x)
        for seen, slope in zip(self.positions(self.x), self.positions(dx), strict=True):
            slope += dy * (seen == self.y)
        return dx

    net = network(STACK, (1, 4, 4), b0=0.5)
    x = np.ones((1, 1, 4, 4))
    assert gradient_check(net, x, T).worst < 1e-8
    monkeypatch.setattr(MaxPooling, "backward", generous)
    assert gradient_check(net, x, T).worst > 0.1


# --- every layer --------------------------------------------------------------------------------


def in_whole_numbers(kind) -> tuple[Network, np.ndarray]:
    """A network around the layer in which zeros and ties abound."""
    rng = np.random.default_rng(0)
    ending = [Affine(3)] if kind is Flatten else [Flatten(), Affine(3)]
    net = Network([Affine(6), kind(), *ending], (4,)) if kind is Affine else None
    net = net or Network([Convolution(3, 3, padding=1), kind(), *ending], (2, 4, 4))
    net.values[:] = rng.integers(-1, 2, net.values.shape)
    return net, rng.integers(-1, 2, (3, *net.input_shape))


@pytest.mark.parametrize("kind", Layer.members.values())
def test_zeros_and_ties_planted_before_any_layer_do_not_fail_the_check(kind):
    """A new layer that bends and does not tell by `branches` fails here."""
    net, x = in_whole_numbers(kind)
    report = gradient_check(net, x, np.array([0, 1, 2]), samples=None)
    assert report.worst < 1e-6, f"{report}"
    assert (sum(report.kinks.values()) > 0) == (kind in BENDING)
    assert sum(report.compared.values()) > 0
    for key, p in net.params.items():
        assert report.compared[key] + report.kinks[key] == p.size


@pytest.mark.parametrize("kind", BENDING)
def test_without_its_branches_a_layer_fails_at_the_planted_kinks(kind, monkeypatch):
    without_branches(monkeypatch, kind)
    net, x = in_whole_numbers(kind)
    assert gradient_check(net, x, np.array([0, 1, 2])).worst > 1e-3


@pytest.mark.parametrize("kind", Layer.members.values())
def test_branches_are_one_decision_for_each_output(kind):
    net, x = in_whole_numbers(kind)
    outputs = net.activations(x)
    branches = net.layers[1].branches()
    assert (branches is not None) == (kind in BENDING)
    if branches is not None:
        assert branches.shape == outputs[1].shape
        assert branches.dtype.kind in "bi"


@given(st.integers(0, 999), st.integers(1, 3), st.integers(1, 3))
def test_the_branches_of_max_pooling_say_which_pixel_won_the_first_of_equals(seed, size, stride):
    x = np.random.default_rng(seed).integers(0, 3, (2, 2, size + 2 * stride, size + stride))
    layer = MaxPooling(size, stride)
    layer.forward(x.astype(float), training=True)
    branches = layer.branches()
    for n, c, i, j in np.ndindex(branches.shape):
        seen = x[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
        assert branches[n, c, i, j] == seen.argmax()


def test_a_batch_that_is_worked_out_in_parts_is_compared_too():
    net = presets.build("lenet")
    rng = np.random.default_rng(0)
    x, t = rng.random((120, 1, 28, 28)), rng.integers(0, 10, 120)
    assert len(parts.cut(len(x), net.multiply_adds)) > 1
    report = gradient_check(net, x, t, samples=2)
    assert sum(report.compared.values()) >= len(report)
    assert report.worst < 1e-6


def test_without_evidence_the_worst_error_is_no_number():
    report = GradientReport()
    report["0.W"], report.compared["0.W"], report.kinks["0.W"] = 0.0, 0, 5
    assert np.isnan(report.worst)
