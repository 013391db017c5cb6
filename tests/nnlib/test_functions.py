"""Pure functions: right at the extremes, silent, and never changing what comes in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import functions
from nnlib.functions import col2im, im2col, log_softmax, one_hot, relu, sigmoid, softmax, step

EXTREMES = [0.0, -0.0, 1e-30, 1.0, 17.0, 90.0, 710.0, 1e4, 1e30]
both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


@both_types
def test_sigmoid_is_exact_and_silent_everywhere(dtype):
    x = np.array([*EXTREMES, *(-e for e in EXTREMES)], dtype)
    y = sigmoid(x)
    # exp(−709.7) is the last that a float can hold; below it, sigmoid is zero for all purposes.
    right = np.array([1 / (1 + math.exp(-float(v))) if v > -700 else 0.0 for v in x])
    np.testing.assert_allclose(y, right, rtol=8 * float(np.finfo(dtype).eps), atol=1e-37)
    assert y.dtype == dtype


@both_types
def test_softmax_and_its_logarithm_hold_at_the_extremes(dtype):
    x = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e30, 1e30, -1e30]], dtype)
    y, log_y = softmax(x), log_softmax(x)
    assert (y.dtype, log_y.dtype) == (dtype, dtype)
    third = 1 / 3
    right = np.array([[1, 0, 0], [third, third, third], [0.5, 0.5, 0]])
    np.testing.assert_allclose(y, right, rtol=1e-6, atol=1e-12)
    assert log_y[0].tolist() == [0, -2e4, -1e4]
    np.testing.assert_allclose(log_y[1], np.log(third), rtol=1e-6)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=8), st.floats(-1e4, 1e4))
def test_softmax_sums_to_one_and_does_not_see_a_common_shift(values, shift):
    x = np.array([values])
    y = softmax(x)
    assert np.all(y >= 0)
    assert math.isclose(y.sum(), 1, rel_tol=1e-12)
    np.testing.assert_allclose(softmax(x + shift), y, atol=1e-9)
    np.testing.assert_allclose(np.exp(log_softmax(x)), y, rtol=1e-9, atol=1e-300)


def test_step_and_relu_are_those_of_the_book():
    x = np.array([-1.0, -0.0, 0.0, 2.0])
    assert step(x).tolist() == [0, 0, 0, 1]
    assert relu(x).tolist() == [0, 0, 0, 2]


def test_one_hot():
    assert one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert one_hot(np.array([], int), 3).shape == (0, 3)
    assert one_hot(np.array([1]), 2, np.float64).dtype == np.float64
    with pytest.raises(IndexError):
        one_hot(np.array([3]), 3)


@pytest.mark.parametrize("f", [sigmoid, softmax, log_softmax, relu, step])
@both_types
def test_the_input_is_untouched_and_the_type_kept(f, dtype):
    x = np.linspace(-3, 3, 12, dtype=dtype).reshape(3, 4)
    kept = x.copy()
    x.flags.writeable = False
    y = f(x)
    assert (y.shape, y.dtype) == (x.shape, dtype)
    assert np.array_equal(x, kept)


# --- im2col, col2im -----------------------------------------------------------------------------


@st.composite
def sliding(draw):
    """Images and a window that fits them evenly: x, (FH, FW), stride, padding."""
    n, c = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    stride, padding = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    window = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    sizes = [f + stride * draw(st.integers(0, 3)) - 2 * padding for f in window]
    sizes = [size + stride * max(0, -((size - 1) // stride)) for size in sizes]
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    return rng.standard_normal((n, c, *sizes)), window, stride, padding


def naive_im2col(x, window, stride, padding):
    n, c, h, w = x.shape
    padded = np.zeros((n, c, h + 2 * padding, w + 2 * padding))
    padded[:, :, padding : padding + h, padding : padding + w] = x
    rows = []
    for i in range(0, h + 2 * padding - window[0] + 1, stride):
        for j in range(0, w + 2 * padding - window[1] + 1, stride):
            for image in padded:
                rows.append(image[:, i : i + window[0], j : j + window[1]].reshape(-1))
    return np.array(rows)


@given(sliding())
def test_im2col_lays_every_window_in_a_row(case):
    x, window, stride, padding = case
    kept = x.copy()
    assert np.array_equal(im2col(x, window, stride, padding), naive_im2col(*case))
    assert np.array_equal(x, kept)


@given(sliding())
def test_col2im_is_the_transpose_of_im2col(case):
    x, window, stride, padding = case
    cols = im2col(x, window, stride, padding)
    c = np.random.default_rng(7).standard_normal(cols.shape)
    kept = c.copy()
    back = col2im(c, x.shape, window, stride, padding)
    assert back.shape == x.shape
    assert np.array_equal(c, kept)
    assert math.isclose(np.vdot(cols, c), np.vdot(x, back), rel_tol=1e-9, abs_tol=1e-9)


def test_col2im_counts_how_often_a_pixel_is_seen():
    ones = np.ones((1, 1, 3, 3))
    seen = col2im(im2col(ones, (2, 2)), ones.shape, (2, 2))
    assert seen[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_sizes_are_counted_as_in_the_book():
    assert functions.convolution_size(28, 5, 1, 2) == 28
    assert functions.convolution_size(7, 3, 2, 0) == 3
    assert functions.convolution_size(28, 5, 3, 1) == pytest.approx(9.3333, abs=1e-4)
