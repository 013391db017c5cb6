"""Random stacks: what the analysis says is what the network does, and nothing else is raised."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib
from nnlib import Affine, Flatten, Layer, Network, ShapeError
from nnlib.analysis import MAX_PARAMETERS, analyse
from nnlib.options import Declared, Option

SMOOTH = ["Affine", "Convolution", "AveragePooling", "Flatten", "Sigmoid", "Tanh", "Softmax"]
SMOOTH += ["BatchNormalization", "Dropout"]


def value_of(option: Option) -> st.SearchStrategy:
    """Values that the declaration allows, small ones more often than not."""
    if issubclass(option.kind, Declared):
        return st.sampled_from([member() for member in option.kind.members.values()])
    assert option.minimum is not None
    assert option.maximum is not None
    if option.kind is int:
        low, high = int(option.minimum), int(option.maximum)
        numbers = st.integers(low, min(high, 6)) | st.integers(low, min(high, 70))
        return st.none() | numbers if option.optional else numbers
    return st.floats(option.minimum, min(option.maximum, 0.95))


def layers(*names: str) -> st.SearchStrategy[Layer]:
    """Layers of these kinds, by default of all, with options drawn from their declarations."""
    kinds = [member for name, member in Layer.members.items() if not names or name in names]
    return st.one_of([
        st.builds(kind, **{option.name: value_of(option) for option in kind.declared_options()})
        for kind in kinds
    ])  # fmt: skip


shapes = st.one_of(
    st.tuples(st.integers(1, 12)),
    st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12)),
)


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


@st.composite
def smooth_stacks(draw):
    """A stack of smooth layers that can be built: what would not fit is left out."""
    shape = draw(shapes.filter(lambda shape: np.prod(shape) <= 200))
    stack: list[Layer] = []
    for layer in draw(st.lists(layers(*SMOOTH), max_size=5)):
        if "filters" in layer.options():
            layer = layer.replace(filters=1 + layer.filters % 4)
        if "units" in layer.options():
            layer = layer.replace(units=1 + layer.units % 8)
        if "initial" in layer.options():
            layer = layer.replace(initial=draw(st.sampled_from(["xavier", "he", "auto"])))
        report = analyse([*stack, layer], shape).layers[-1]
        if report.output_shape and math.prod(report.output_shape) <= 400:
            stack.append(layer)
    return [*stack, Flatten(), Affine(3)], shape


@settings(max_examples=60)
@given(smooth_stacks(), st.sampled_from(["cross_entropy", "mean_squared_error"]), st.booleans())
def test_backpropagation_is_right_through_any_smooth_stack(case, loss, decays):
    stack, shape = case
    net = Network(stack, shape, loss, seed=1, weight_decay=0.1 if decays else 0.0)
    x = np.random.default_rng(2).standard_normal((5, *shape))
    errors = nnlib.gradient_check(net, x, np.array([0, 1, 2, 1, 0]), samples=10)
    assert set(errors) == set(net.params)
    assert max(errors.values()) < 1e-6, errors


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
