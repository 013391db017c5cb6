"""Fixes: what is offered helps, and touches nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import (
    Affine,
    AveragePooling,
    BatchNormalization,
    Convolution,
    Disabled,
    Dropout,
    Flatten,
    MaxPooling,
    Network,
    ReLU,
    optimizers,
    presets,
)
from nnlib.analysis import StackReport, analyse
from tests.support.stacks import layers, shapes

IMAGE = (1, 28, 28)


def first_problem(report: StackReport) -> int:
    """Where it is; the loss comes last, and one more where there is none."""
    reports = [*report.layers, report.loss]
    return next((i for i, r in enumerate(reports) if r.problem), len(reports))


def fixes_of(report: StackReport):
    return next((r.fixes for r in (*report.layers, report.loss) if r.problem), ())


def labels(stack, shape=IMAGE, classes=10):
    return [fix.label for fix in fixes_of(analyse(stack, shape, classes))]


@pytest.mark.parametrize(
    ("stack", "label"),
    [
        ([Affine(10)], "Insert Flatten"),
        ([Flatten(), Affine(9)], "Set units to 10"),
        ([Flatten(), Affine(9), Dropout(), ReLU()], "Set units to 10"),
        ([Flatten()], "Add Affine with 10 units"),
        ([Convolution(3, 5)], "Add Flatten and Affine with 10 units"),
        ([], "Add Flatten and Affine with 10 units"),
        ([Convolution(3, 5, stride=3)], "Use padding 2"),
        ([Convolution(3, 5, stride=2)], "Use stride 1"),
        ([MaxPooling(3)], "Use size 2"),
        ([AveragePooling(2, stride=3)], "Use stride 1"),
        ([Convolution(3, 40)], "Use kernel size 28"),
        ([MaxPooling(30)], "Use size 28"),
        ([Flatten(), ReLU(), Convolution(3, 5), Affine(10)], "Move before Flatten"),
        ([Disabled(Flatten()), Affine(10)], "Insert Flatten"),
    ],
)
def test_the_usual_mistakes_have_a_fix(stack, label):
    assert labels(stack) == [label]


def test_one_fix_after_the_other_leads_to_a_network():
    stack = (Affine(20), MaxPooling(3), ReLU(), Convolution(3, 40))
    for _ in range(12):
        report = analyse(stack, IMAGE, 10)
        if not report.problem:
            break
        stack = fixes_of(report)[0].layers
    assert Network(stack, IMAGE).classes == 10


@settings(max_examples=400)
@given(st.lists(layers(), max_size=6), shapes, st.integers(1, 12))
def test_a_fix_moves_the_first_problem_on_and_keeps_the_other_layers(stack, shape, classes):
    report = analyse(stack, shape, classes)
    where = first_problem(report)
    for fix in fixes_of(report):
        after = analyse(fix.layers, shape, classes)
        # What was inserted before the layer, or the layer itself where it moved up, counts in.
        solved = after.problem is None or first_problem(after) > where
        assert solved or str(after.problem) != str(report.problem), fix.label
        kept = {id(layer) for layer in fix.layers} & {id(layer) for layer in stack}
        assert len(kept) >= len({id(layer) for layer in stack}) - 1


def test_a_problem_without_a_way_out_has_no_fix():
    assert labels([Convolution(3, 5)], shape=(20,)) == []  # the data are no images


def test_what_is_too_large_says_so():
    report = analyse([Flatten(), Affine(16384), BatchNormalization(), Affine(16384)], IMAGE, 10)
    assert "parameters" in str(report.problem)
    assert fixes_of(report) == ()


def test_the_arithmetic_gives_the_number_of_parameters():
    stack = [Convolution(30, 5), BatchNormalization(), Flatten(), Affine(10)]
    report = analyse(stack, IMAGE, 10)
    said = [layer.arithmetic for layer in report.layers]
    assert said == ["5·5·1·30 + 30", "30 + 30", "", "17280·10 + 10"]
    for layer in report.layers:
        if layer.arithmetic:
            # Only digits, dots and plus signs: nothing else could have been written.
            total = sum(
                math.prod(map(int, product.split("·"))) for product in layer.arithmetic.split(" + ")
            )
            assert total == layer.parameters
    assert report.multiply_adds == 24 * 24 * 25 * 30 + 17280 * 10


@pytest.mark.parametrize("name", ["multi-layer", "lenet", "simple-conv", "deep-conv"])
def test_the_memory_that_is_foretold_is_about_what_a_step_takes(name):
    net, optimizer = presets.build(name), optimizers.Adam()
    x, t = np.zeros((100, *IMAGE), np.float32), np.zeros(100, int)
    for _ in range(2):
        net.learn(x, t, optimizer)
    taken = net._parts.nbytes + 4 * net.values.nbytes + x.nbytes
    foretold = analyse(net.layers, IMAGE).memory(100)
    assert 0.5 < foretold / taken < 2
