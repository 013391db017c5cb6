"""The computational graph: the book's shopping, and slopes against numerical ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.errors import DataError, LayerLabError
from nnlib.gradient import numerical_gradient
from nnlib.graph import Add, Mul, Variable

numbers = st.floats(-10, 10)


# --- by hand, as in the book ----------------------------------------------------------------------


def test_two_apples_cost_220_and_the_slopes_are_the_published_ones():
    """Saitoh, sections 5.1 and 5.4.1."""
    apples, taxed = Mul(), Mul()
    assert taxed.forward(apples.forward(100, 2), 1.1) == pytest.approx(220)
    dapples, dtax = taxed.backward(1)
    dapple, dapple_num = apples.backward(dapples)
    assert (dapple, dapple_num, dtax) == pytest.approx((2.2, 110, 200))


def test_apples_and_oranges_cost_715_and_the_slopes_are_the_published_ones():
    """Saitoh, section 5.4.2."""
    apples, oranges, both, taxed = Mul(), Mul(), Add(), Mul()
    price = taxed.forward(both.forward(apples.forward(100, 2), oranges.forward(150, 3)), 1.1)
    assert price == pytest.approx(715)
    dboth, dtax = taxed.backward(1)
    dapples, doranges = both.backward(dboth)
    dapple, dapple_num = apples.backward(dapples)
    dorange, dorange_num = oranges.backward(doranges)
    assert (dapple, dapple_num) == pytest.approx((2.2, 110))
    assert (dorange, dorange_num) == pytest.approx((3.3, 165))
    assert dtax == pytest.approx(650)


@pytest.mark.parametrize("node", [Add(), Mul()], ids=["Add", "Mul"])
@given(data=st.data())
def test_a_nodes_slopes_are_the_numerical_ones(node, data):
    x, y, dz = (np.array(data.draw(st.lists(numbers, min_size=3, max_size=3))) for _ in range(3))
    node.forward(x, y)
    dx, dy = node.backward(dz)
    wants = [
        numerical_gradient(lambda v: float((node.forward(v, y) * dz).sum()), x),
        numerical_gradient(lambda v: float((node.forward(x, v) * dz).sum()), y),
    ]
    np.testing.assert_allclose([dx, dy], wants, rtol=1e-6, atol=1e-6)


def test_backward_before_forward_is_a_clear_error():
    with pytest.raises(LayerLabError, match="call forward first"):
        Mul().backward(1.0)


@pytest.mark.parametrize("node", [Add(), Mul()], ids=["Add", "Mul"])
def test_inputs_of_different_shapes_are_a_clear_error(node):
    with pytest.raises(DataError, match=rf"{type(node).__name__} needs .* not \(2,\) and \(\)"):
        node.forward(np.ones(2), 1.0)


# --- as an expression -----------------------------------------------------------------------------


def test_the_same_shopping_written_as_an_expression():
    apple, apple_num, orange, orange_num = (Variable(v) for v in (100, 2, 150, 3))
    tax = Variable(1.1)
    price = (apple * apple_num + orange * orange_num) * tax
    price.backward()
    assert price.value == pytest.approx(715)
    grads = [v.grad for v in (apple, apple_num, orange, orange_num, tax, price)]
    assert grads == pytest.approx([2.2, 110, 3.3, 165, 650, 1])


def test_numbers_may_stand_on_either_side():
    x = Variable(3.0)
    y = 2 * x * 5 + 1
    z = 1 + np.float64(2) * y
    z.backward()
    assert (y.value, z.value, x.grad, y.grad) == (31, 63, 20, 2)


def test_a_value_used_several_times_gets_the_sum_of_its_slopes():
    x = Variable(3.0)
    square = x * x
    y = square * x + square + x + x  # x³ + x² + 2x
    y.backward()
    assert (y.value, x.grad, square.grad) == (42, 3 * 9 + 2 * 3 + 2, 4)


def test_what_an_earlier_call_left_is_replaced():
    x = Variable(3.0)
    y = x * x
    z = y * x
    for _ in range(2):
        z.backward()
        assert (x.grad, y.grad) == (27, 3)
    y.backward()
    assert (x.grad, y.grad) == (6, 1)


def test_values_of_an_array_flow_side_by_side():
    a, b = np.array([1.0, 2, 3]), np.array([4.0, 5, 6])
    x, y = Variable(a), Variable(b)
    z = x * y + a * x
    assert isinstance(z, Variable)
    z.backward()
    assert np.array_equal(z.value, a * b + a * a)
    assert np.array_equal(x.grad, b + a)
    assert np.array_equal(y.grad, a)


def test_a_value_that_the_end_does_not_need_keeps_no_slope():
    x, y = Variable(1.0), Variable(2.0)
    x + y
    (x + 1).backward()
    assert (x.grad, y.grad) == (1, 0)


def test_a_sum_of_ten_thousand_is_not_too_deep():
    x = Variable(1.0)
    total = Variable(0.0)
    for _ in range(10_000):
        total = total + x
    total.backward()
    assert (total.value, x.grad) == (10_000, 10_000)


def test_a_ladder_of_squares_is_walked_once_and_not_once_a_path():
    x = Variable(1.0)
    y = x
    for _ in range(100):  # 2¹⁰⁰ paths lead from y to x
        y = y * y
    y.backward()
    assert x.grad == 2.0**100


@st.composite
def recipes(draw):
    """A random graph over three leaves: which two values each new node takes, and what it does.

    Each new node may take any value that was made before it, the same twice and several times.
    """
    count = draw(st.integers(1, 7))
    return [
        (draw(st.sampled_from("+*")), draw(st.integers(0, 2 + k)), draw(st.integers(0, 2 + k)))
        for k in range(count)
    ]


def cook(recipe, leaves):
    values = list(leaves)
    for kind, a, b in recipe:
        values.append(values[a] + values[b] if kind == "+" else values[a] * values[b])
    return values[-1]


@given(recipes(), st.lists(st.floats(-1.1, 1.1), min_size=3, max_size=3))
def test_the_slopes_of_any_graph_are_the_numerical_ones(recipe, start):
    leaves = [Variable(v) for v in start]
    end = cook(recipe, leaves)
    end.backward()
    assert end.value == cook(recipe, start)
    numeric = numerical_gradient(lambda x: float(cook(recipe, x)), np.array(start))
    # Seven squarings make a degree of 128: there the numerical slope is the rough one.
    scale = max(1.0, np.abs(numeric).max())
    np.testing.assert_allclose([float(leaf.grad) for leaf in leaves], numeric, atol=1e-4 * scale)
