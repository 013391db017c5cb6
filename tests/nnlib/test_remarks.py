"""Remarks: each names the layer it is about, and its fix makes it go away."""

from __future__ import annotations

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
    ReLU,
    Sigmoid,
    Softmax,
    Step,
    Tanh,
)
from nnlib.analysis import analyse
from nnlib.losses import CrossEntropy, Loss, MeanSquaredError
from nnlib.presets import PRESETS
from nnlib.remarks import Remark, remarks
from tests.support.stacks import layers

IMAGE = (1, 28, 28)


def of(stack, loss: Loss | None = None, shape=IMAGE) -> tuple[Remark, ...]:
    return remarks(stack, analyse(stack, shape), loss or CrossEntropy())


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_the_presets_are_beyond_remark(preset):
    assert of(preset.layers) == ()


@pytest.mark.parametrize(
    ("stack", "index", "words", "label"),
    [
        ([Flatten(), Affine(9), Affine(10)], 2, "layer 2 (Affine)", "Insert ReLU"),
        ([Convolution(2, 5), Convolution(2, 5), ReLU(), Flatten(), Affine(10)], 1,
         "layer 1 (Convolution)", "Insert ReLU"),
        ([Flatten(), Affine(9), BatchNormalization(), Dropout(), Affine(10)], 4,
         "Put an activation function between", "Insert ReLU"),
        ([Flatten(), Affine(9), Disabled(ReLU()), Affine(10)], 3, "layer 2", "Insert ReLU"),
        ([Flatten(), Affine(10), Softmax()], 2, "softmax itself", "Remove Softmax"),
        ([Flatten(), Affine(10), ReLU()], 2, "scores go through ReLU", "Remove ReLU"),
        ([Flatten(), Affine(9, initial="he"), Sigmoid(), Affine(10)], 1, "Xavier",
         "Use Xavier weights"),
        ([Flatten(), Affine(9, initial="he"), Tanh(), Affine(10)], 1, "Xavier",
         "Use Xavier weights"),
        ([Flatten(), Affine(9, initial="xavier"), ReLU(), Affine(10)], 1, "Use He",
         "Use He weights"),
        ([Flatten(), Affine(9), Dropout(), BatchNormalization(), ReLU(), Affine(10)], 2,
         "layer 4 (BatchNormalization)", "Move Dropout behind it"),
        ([Flatten(), Affine(9), Step(), Affine(10)], 2, "gradient of Step is zero",
         "Use Sigmoid instead"),
    ],
)  # fmt: skip
def test_what_a_teacher_would_say(stack, index, words, label):
    (remark,) = of(stack)
    assert remark.index == index
    assert words in remark.text
    assert [fix.label for fix in remark.fixes] == [label]
    assert of(remark.fixes[0].layers) == ()


def test_an_activation_belongs_behind_the_normalization():
    (remark,) = of([Flatten(), Affine(9), BatchNormalization(), Dropout(), Affine(10)])
    kinds = [type(layer) for layer in remark.fixes[0].layers]
    assert kinds == [Flatten, Affine, BatchNormalization, ReLU, Dropout, Affine]


@pytest.mark.parametrize(
    "stack",
    [
        [Convolution(2, 5), MaxPooling(2), Convolution(2, 5), ReLU(), Flatten(), Affine(10)],
        [Flatten(), Affine(9, initial="he"), ReLU(), Affine(10)],
        [Flatten(), Affine(9), BatchNormalization(), ReLU(), Dropout(), Affine(10)],
        [Flatten(), Affine(9), ReLU(), Affine(10), Disabled(Softmax())],
        [Flatten(), Affine(9, initial=0.01), Sigmoid(), Affine(10)],
    ],
)
def test_what_is_sound_is_left_alone(stack):
    assert of(stack) == ()


def test_a_stack_in_which_nothing_learns_is_told_of_at_the_loss():
    stack = [Flatten(), AveragePooling(2)][:1]
    (remark,) = of(stack, shape=(10,))
    assert remark.index == len(stack)
    assert "no layer here has weights" in remark.text.lower()


def test_softmax_before_a_loss_without_softmax_is_right():
    assert of([Flatten(), Affine(10), Softmax()], MeanSquaredError()) == ()
    assert of([Flatten(), Affine(10), Sigmoid()], MeanSquaredError()) == ()


def test_a_stack_that_cannot_work_has_a_problem_and_no_remarks():
    assert of([Affine(10), Affine(10), Softmax()]) == ()


@settings(max_examples=300)
@given(st.lists(layers("Affine", "ReLU", "Sigmoid", "Softmax", "Step", "Dropout",
                       "BatchNormalization", "Disabled"), max_size=7))  # fmt: skip
def test_fix_after_fix_leads_to_a_stack_that_works_and_needs_no_further_one(stack):
    for _ in range(3 * len(stack) + 1):
        offered = [fix for remark in of(stack, shape=(6,)) for fix in remark.fixes]
        if not offered:
            break
        stack = offered[0].layers
        assert analyse(stack, (6,)).problem is None
    else:
        pytest.fail("there is always another fix")
