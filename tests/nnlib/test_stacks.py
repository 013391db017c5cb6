"""Random stacks: what the analysis says is what the network does, and nothing else is raised."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib
from nnlib import Affine, BatchNormalization, Flatten, Layer, Network, ShapeError
from nnlib.analysis import MAX_PARAMETERS, analyse
from tests.support.stacks import layers, shapes


@settings(max_examples=300)
@given(st.lists(layers(), max_size=6), shapes, st.booleans())
def test_a_stack_works_as_analysed_or_raises_the_error_that_was_foretold(stack, shape, ends_well):
    if ends_well:
        stack = [*stack, Flatten(), Affine(3)]
    report = analyse(stack, shape)
    assert len(report.layers) == len(stack)
    if report.problem:
        with pytest.raises(ShapeError) as refusal:
            Network(stack, shape)
        assert str(refusal.value) == str(report.problem)
        return
    shapes = [layer.output_shape or () for layer in report.layers]
    sizes = [math.prod(shape) for shape in shapes]
    if report.parameters > 300_000 or max(sizes, default=0) > 30_000:
        return  # works, and takes long
    net = Network(stack, shape)
    assert net.parameter_count == report.parameters
    x = np.random.default_rng(0).standard_normal((2, *shape))
    outputs = net.activations(x)
    assert [y.shape for y in outputs] == [(2, *shape) for shape in shapes]
    assert net.predict(x).shape == (2, net.classes)
    t = np.zeros(2, int)
    assert set(net.gradient(x, t)) == set(net.params)
    assert net.evaluate(x, t)


# --- backpropagation through all of them ---------------------------------------------------------


def fitted(draw, layer: Layer, shape: tuple[int, ...]) -> Layer:
    """The layer made small, and its windows such that they fit evenly into the image."""
    options, changes = layer.options(), {}
    if "filters" in options:
        changes["filters"] = draw(st.integers(1, 3))
    if "units" in options:
        changes["units"] = draw(st.integers(1, 6))
    if "initial" in options:
        changes["initial"] = draw(st.sampled_from(["xavier", "he", "auto"]))
    if "stride" in options and len(shape) == 3:
        padding = draw(st.integers(0, 1)) if "padding" in options else 0
        height, width = (n + 2 * padding for n in shape[1:])
        window = draw(st.integers(1, min(3, height, width)))
        strides = [n for n in (1, 2, 3, 4) if (height - window) % n == (width - window) % n == 0]
        changes["stride"] = draw(st.sampled_from(strides))
        changes["kernel_size" if "kernel_size" in options else "size"] = window
        if "padding" in options:
            changes["padding"] = padding
    return layer.replace(**changes)


@st.composite
def small_stacks(draw, but: tuple[str, ...] = ()):
    """A small stack that can be built, of layers of every kind ``but`` these, and its input shape.

    Layers with weights come often, as only theirs are judged. Images stay images in half of the
    stacks, since nothing after a Flatten has windows. BatchNormalization comes twice at most: each
    can magnify the rounding of equal numbers by 1/√ε, a thousandfold.
    """
    image = st.tuples(st.integers(1, 2), st.integers(2, 6), st.integers(2, 6))
    shape = start = draw(image | st.tuples(st.integers(1, 8)))
    kinds = [name for name in Layer.members if name not in but] + 4 * ["Convolution", "Affine"]
    if draw(st.booleans()):
        kinds = [name for name in kinds if name not in ("Flatten", "Affine")]
    stack: list[Layer] = []
    for _ in range(draw(st.integers(1, 7))):
        if [type(layer) for layer in stack].count(BatchNormalization) == 2:
            kinds = [name for name in kinds if name != "BatchNormalization"]
        layer = fitted(draw, draw(layers(draw(st.sampled_from(kinds)))), shape)
        after = analyse([*stack, layer], start).layers[-1].output_shape
        if after and math.prod(after) <= 150:
            stack.append(layer)
            shape = after
    return [*stack, Flatten(), Affine(3)], start


losses = st.sampled_from(["cross_entropy", "mean_squared_error"])
decays = st.sampled_from([0.0, 0.1])
T = np.array([0, 1, 2, 1, 0])


@settings(max_examples=100)
@given(small_stacks(), losses, decays, st.integers(0, 99))
def test_backpropagation_is_right_through_any_stack(case, loss, decay, seed):
    stack, shape = case
    net = Network(stack, shape, loss, seed, weight_decay=decay)
    x = np.random.default_rng(seed).standard_normal((5, *shape))
    report = nnlib.gradient_check(net, x, T, samples=10)
    assert set(report) == set(net.params)
    assert report.worst < 1e-5, f"{report}"
    assert report.compared[f"{len(stack) - 1}.b"] == 3  # nothing after it has a kink


@settings(max_examples=100)
@given(small_stacks(but=("BatchNormalization",)), losses, decays, st.integers(0, 99))
def test_backpropagation_is_right_between_the_kinks_of_whole_numbers(case, loss, decay, seed):
    """Weights and images in whole and half numbers put zeros into ReLU and ties into pooling.

    Without BatchNormalization, whose slope at a channel of equal numbers, 1/√ε, changes within h.
    """
    stack, shape = case
    net = Network(stack, shape, loss, seed, weight_decay=decay)
    net.values[:] = np.round(2 * net.values) / 2
    x = np.random.default_rng(seed).integers(-1, 2, (5, *shape)).astype(float)
    report = nnlib.gradient_check(net, x, T, samples=10)
    assert report.worst < 1e-6, f"{report}"
    assert all(
        report.compared[key] + report.kinks[key] == min(10, p.size) for key, p in net.params.items()
    )


# --- what the analysis says ----------------------------------------------------------------------


def test_every_layer_after_a_problem_is_left_open():
    report = analyse([Affine(3), Flatten(), Affine(3)], (1, 4, 4))
    first, *others = report.layers
    assert first.problem is report.problem
    assert first.input_shape == (1, 4, 4)
    assert all((r.input_shape, r.output_shape, r.problem) == (None, None, None) for r in others)
    assert report.loss.problem is None


def test_the_loss_may_ask_for_a_number_of_classes():
    stack = [Flatten(), Affine(10)]
    assert analyse(stack, (1, 4, 4), classes=10).problem is None
    problem = analyse(stack, (1, 4, 4), classes=3).problem
    assert str(problem) == (
        "The loss needs (N, 3): one score for each class, but layer 2 (Affine) gives (N, 10). "
        "End with Affine and 3 units."
    )


def test_a_network_too_large_for_the_memory_is_refused_before_it_is_built():
    report = analyse([Affine(16384), Affine(4000)], (100,))
    assert report.layers[0].problem is None
    assert f"{MAX_PARAMETERS:,}" in str(report.problem)
