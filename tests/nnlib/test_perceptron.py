"""The perceptron: gates by hand, gates learned, and the gate that no perceptron is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.errors import DataError, OptionError
from nnlib.perceptron import AND, NAND, OR, XOR, Perceptron, learn

CORNERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
TABLES = [(AND, [0, 0, 0, 1]), (NAND, [1, 1, 1, 0]), (OR, [0, 1, 1, 1]), (XOR, [0, 1, 1, 0])]
XOR_TABLE = TABLES[-1][1]

every_gate = pytest.mark.parametrize(("gate", "table"), TABLES, ids=["AND", "NAND", "OR", "XOR"])
small = st.integers(-4, 4)
numbers = st.floats(-1e6, 1e6)


@every_gate
def test_a_gate_gives_its_truth_table(gate, table):
    assert [gate(x1, x2) for x1, x2 in CORNERS.tolist()] == table
    assert all(type(gate(x1, x2)) is int for x1, x2 in CORNERS.tolist())
    assert gate(*CORNERS.T).tolist() == table


def test_the_gates_have_the_weights_of_the_book():
    """Saitoh, section 2.3.3."""
    assert (AND.weights, AND.bias) == ((0.5, 0.5), -0.7)
    assert (NAND.weights, NAND.bias) == ((-0.5, -0.5), 0.7)
    assert (OR.weights, OR.bias) == ((0.5, 0.5), -0.2)


def test_it_fires_above_zero_and_not_at_zero():
    perceptron = Perceptron((1.0,), -1.0)
    assert [perceptron(x) for x in (0.5, 1.0, 1.5)] == [0, 0, 1]


@given(numbers, numbers, numbers)
def test_no_weights_and_bias_make_a_perceptron_xor(w1, w2, bias):
    assert Perceptron((w1, w2), bias)(*CORNERS.T).tolist() != XOR_TABLE


@every_gate
def test_the_learning_rule_finds_every_gate_but_xor(gate, table):
    learned = learn(CORNERS, table)
    assert learned.converged == (gate is not XOR)
    assert (learned.perceptron(*CORNERS.T).tolist() == table) == learned.converged


def test_and_is_learned_in_the_steps_that_paper_gives():
    """Worked by hand from zero, η = 1; (w₁, w₂, b) after each mistake:

    epoch 1: (1,1) → (1, 1, 1).
    epoch 2: (0,0) → (1, 1, 0); (1,0) → (0, 1, −1); (0,1) → 0 > 0 is no; (1,1) → (1, 2, 0).
    epoch 3: (1,0) → (0, 2, −1); (0,1) → (0, 1, −2); (1,1) → (1, 2, −1).
    epoch 4: (0,1) → (1, 1, −2); (1,1) → (2, 2, −1).
    epoch 5: (1,0) → (1, 2, −2); (0,1) → 0 > 0 is no; (1,1) is right.
    epoch 6: no mistake.
    """
    table = TABLES[0][1]
    steps = [(0, 0, 0), (1, 1, 1), (1, 2, 0), (1, 2, -1), (2, 2, -1), (1, 2, -2), (1, 2, -2)]
    for epochs, (w1, w2, bias) in enumerate(steps[1:], start=1):
        assert learn(CORNERS, table, epochs=epochs).perceptron == Perceptron((w1, w2), bias)
    learned = learn(CORNERS, table)
    assert learned.mistakes == (1, 3, 3, 2, 1, 0)
    assert (learned.epochs, learned.converged) == (6, True)


@st.composite
def divided_points(draw):
    """Points of the plane with whole coordinates, a line that meets none of them, their sides."""
    w = np.array([draw(small), draw(small), draw(small)])
    coordinate = st.integers(-8, 8)
    points = draw(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=15))
    x = np.column_stack([np.array(points), np.ones(len(points), int)])
    x = x[x @ w != 0]
    if not len(x):
        x, w = np.array([[1, 2, 1]]), np.array([1, 1, 1])
    return x, w, (x @ w > 0).astype(int)


@given(divided_points())
def test_points_that_a_line_divides_are_always_learned_and_within_novikoffs_bound(case):
    x, w, t = case
    longest, margin = np.sqrt((x**2).sum(axis=1).max()), np.abs(x @ w).min() / np.linalg.norm(w)
    bound = (longest / margin) ** 2
    learned = learn(x[:, :2], t, epochs=int(bound) + 2)
    assert learned.converged
    assert learned.perceptron(*x[:, :2].T).tolist() == t.tolist()
    assert sum(learned.mistakes) <= bound + 1e-6
    assert all(learned.mistakes[:-1])
    again = learn(x[:, :2], t, start=learned.perceptron)
    assert (again.mistakes, again.perceptron) == ((0,), learned.perceptron)


@given(small, small, small, st.floats(0.01, 10), st.permutations(range(4)))
def test_xor_is_never_learned_from_whatever_start_rate_and_order(w1, w2, bias, lr, order):
    t = np.array(XOR_TABLE)
    learned = learn(CORNERS[order], t[order], lr, epochs=60, start=Perceptron((w1, w2), bias))
    assert not learned.converged
    assert learned.epochs == 60
    assert min(learned.mistakes) >= 1


@given(divided_points(), st.sampled_from([0.25, 0.5, 4.0]))
def test_from_zero_the_learning_rate_only_scales_the_weights(case, lr):
    x, _, t = case
    one, other = learn(x[:, :2], t), learn(x[:, :2], t, lr)
    assert one.mistakes == other.mistakes
    assert other.perceptron.weights == tuple(lr * w for w in one.perceptron.weights)
    assert other.perceptron.bias == lr * one.perceptron.bias


def test_points_may_have_any_number_of_coordinates_and_are_not_changed():
    x, t = np.array([[0.0, 0, 1], [1, 0, 0]]), np.array([1, 0])
    for array in (x, t):
        array.flags.writeable = False
    assert learn(x, t).converged
    assert learn(x[:, :1], t).converged


@pytest.mark.parametrize(
    ("points", "t", "said"),
    [
        ([1, 2], [0, 1], r"shape \(N, D\), not \(2,\)"),
        (np.zeros((0, 2)), [], r"not \(0, 2\)"),
        ([[0.0, np.nan]], [0], "finite numbers"),
        ([[0, 1]], [0, 1], "for each of the 1 points"),
        ([[0, 1]], [2], "a class 0 or 1"),
        ([[0, 1]], [-1], "a class 0 or 1"),
        ([[0, 1]], ["a"], "Classes must be real numbers"),
        ([[0, 1]], [[0], [0, 1]], "Classes must be real numbers"),
        ("ab", [0, 1], "Points must be real numbers"),
        ([["a", "b"]], [0], "Points must be real numbers"),
        ([[0, 1], [0]], [0, 1], "Points must be .* not rows of unequal lengths"),
        ([[1j, 1]], [0], "Points must be real numbers"),
    ],
)
def test_points_that_cannot_be_learned_are_a_clear_error(points, t, said):
    with pytest.raises(DataError, match=said):
        learn(points, t)


def test_settings_that_cannot_work_are_a_clear_error():
    for lr in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(OptionError, match="learning rate must be a number greater than 0"):
            learn(CORNERS, XOR_TABLE, lr)
    no_rates: list[Any] = ["x", None, [1.0], np.ones(2)]
    for no_rate in no_rates:
        with pytest.raises(OptionError, match="learning rate must be a number greater than 0"):
            learn(CORNERS, XOR_TABLE, no_rate)
    no_counts: list[Any] = [0, 2.5, "3", None, np.nan]
    for no_count in no_counts:
        with pytest.raises(OptionError, match="at least one epoch, in a whole number, not"):
            learn(CORNERS, XOR_TABLE, epochs=no_count)
    texts: Any = ("a", "b")
    with pytest.raises(DataError, match="start's weights and bias must be real numbers"):
        learn(CORNERS, XOR_TABLE, start=Perceptron(texts, 0.0))
    no_inputs: list[Any] = ["a", [1, [2]], None]
    for wrong in no_inputs:
        with pytest.raises(DataError, match="Inputs must be real numbers"):
            AND(wrong, 1)
    with pytest.raises(DataError, match="as many weights, not 1"):
        learn(CORNERS, XOR_TABLE, start=Perceptron((1.0,), 0.0))
    with pytest.raises(DataError, match="takes 2 inputs"):
        AND(1)
