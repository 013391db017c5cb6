"""Convolution and pooling against loops that anyone can check, and what they say of odd sizes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import AveragePooling, Convolution, MaxPooling, Network, ShapeError
from nnlib.analysis import analyse
from nnlib.layers.base import BuildContext, Layer

DTYPE = np.dtype(np.float64)


def built(layer: Layer, shape: tuple[int, ...]) -> Layer:
    rng = np.random.default_rng(0)
    layer.build(shape, BuildContext(rng, rng, DTYPE))
    layer.grads = {key: np.zeros_like(p) for key, p in layer.params.items()}
    for p in layer.params.values():
        p[...] = rng.standard_normal(p.shape)  # biases too, or a forgotten one would not be seen
    return layer


@st.composite
def images(draw, padding: bool):
    """Images, window, stride and padding that fit evenly; windows overlap, touch or leave gaps."""
    window, stride = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    pad = draw(st.integers(0, 3)) if padding else 0
    sizes = []
    for _ in "hw":
        size = window + stride * draw(st.integers(0, 4)) - 2 * pad
        while size < 1:
            size += stride
        sizes.append(size)
    n, c = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    # Few different values: pooling has to decide ties.
    values = np.random.default_rng(draw(st.integers(0, 99))).integers(-3, 4, (n, c, *sizes))
    return values.astype(DTYPE), window, stride, pad


def windows(x, window, stride, pad=0):
    """Every window with its place: (i, j), rows, columns."""
    height, width = x.shape[2] + 2 * pad, x.shape[3] + 2 * pad
    for i in range((height - window) // stride + 1):
        for j in range((width - window) // stride + 1):
            yield (
                (i, j),
                slice(i * stride, i * stride + window),
                slice(j * stride, j * stride + window),
            )


@given(images(padding=True), st.integers(1, 3))
def test_convolution_is_that_of_a_loop_forward_and_backward(case, filters):
    x, window, stride, pad = case
    layer = built(Convolution(filters, window, stride, pad), x.shape[1:])
    W, b = layer.params["W"], layer.params["b"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    y = layer.forward(x, training=True)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    right, dW, dpadded = np.empty(y.shape), np.zeros(W.shape), np.zeros(padded.shape)
    for (i, j), rows, columns in windows(x, window, stride, pad):
        for n in range(len(x)):
            seen = padded[n, :, rows, columns]
            for f in range(filters):
                right[n, f, i, j] = (seen * W[f]).sum() + b[f]
                dW[f] += dy[n, f, i, j] * seen
                dpadded[n, :, rows, columns] += dy[n, f, i, j] * W[f]
    np.testing.assert_allclose(y, right, atol=1e-10)
    dx = layer.backward(dy)
    np.testing.assert_allclose(
        dx, dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]], atol=1e-10
    )
    np.testing.assert_allclose(layer.grads["W"], dW, atol=1e-10)
    np.testing.assert_allclose(layer.grads["b"], dy.sum(axis=(0, 2, 3)), atol=1e-10)


@given(images(padding=False))
def test_max_pooling_is_that_of_a_loop_and_the_first_of_equals_wins(case):
    x, window, stride, _ = case
    layer = built(MaxPooling(window, stride), x.shape[1:])
    y = layer.forward(x, training=True)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    right, dx = np.empty(y.shape), np.zeros(x.shape)
    for (i, j), rows, columns in windows(x, window, stride):
        for n, c in np.ndindex(x.shape[:2]):
            seen = x[n, c, rows, columns]
            winner = np.unravel_index(seen.argmax(), seen.shape)
            right[n, c, i, j] = seen[winner]
            dx[n, c, rows, columns][winner] += dy[n, c, i, j]
    assert np.array_equal(y, right)
    np.testing.assert_allclose(layer.backward(dy), dx, atol=1e-12)


@given(images(padding=False))
def test_average_pooling_is_that_of_a_loop(case):
    x, window, stride, _ = case
    layer = built(AveragePooling(window, stride), x.shape[1:])
    y = layer.forward(x, training=True)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    right, dx = np.empty(y.shape), np.zeros(x.shape)
    for (i, j), rows, columns in windows(x, window, stride):
        right[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
        dx[:, :, rows, columns] += dy[:, :, i : i + 1, j : j + 1] / window**2
    np.testing.assert_allclose(y, right, atol=1e-12)
    np.testing.assert_allclose(layer.backward(dy), dx, atol=1e-12)


def test_max_pooling_hands_a_nan_on():
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, 1, 1] = np.nan
    assert np.isnan(MaxPooling(2).forward(x, training=False)[0, 0]).tolist() == [
        [True, False],
        [False, False],
    ]


# --- sizes that do not fit ----------------------------------------------------------------------

UNEVEN = [
    (Convolution(4, 5, stride=2), (1, 28, 28)),
    (Convolution(4, 3, stride=3), (1, 28, 28)),
    (Convolution(4, 2, stride=5), (3, 11, 11)),
    (Convolution(4, 5, stride=4), (2, 8, 11)),
    (MaxPooling(2), (1, 5, 5)),
    (MaxPooling(2), (1, 5, 9)),
    (MaxPooling(4), (1, 67, 67)),
    (MaxPooling(2), (1, 134, 201)),
    (MaxPooling(2, stride=3), (1, 6, 6)),
    (AveragePooling(3), (2, 10, 8)),
    (AveragePooling(3, stride=2), (2, 8, 8)),
]


def follow(fix: str, layer: Layer) -> Layer:
    """Do what the message advises."""
    advice = re.fullmatch(r"Use (padding|size|stride) (\d+)\.", fix)
    assert advice, fix
    return layer.replace(**{advice[1]: int(advice[2])})


@pytest.mark.parametrize(("layer", "shape"), UNEVEN, ids=str)
def test_an_uneven_size_is_an_error_whose_fix_really_fixes(layer, shape):
    with pytest.raises(ShapeError, match=r"fit evenly along the (height|width)") as refusal:
        layer.output_shape(shape)
    assert follow(refusal.value.fix, layer).output_shape(shape)


@given(
    st.sampled_from([Convolution, MaxPooling, AveragePooling]),
    st.integers(1, 6),
    st.integers(1, 6),
    st.tuples(st.integers(6, 20), st.integers(6, 20)),
)
def test_every_fix_really_fixes(kind, window, stride, size):
    if kind is Convolution:
        layer = Convolution(1, window, stride)
    else:
        layer = kind(window, None if stride == window else stride)
    report = analyse([layer], (1, *size)).layers[0]
    if isinstance(report.problem, ShapeError):
        assert follow(report.problem.fix, layer).output_shape((1, *size))


def test_the_message_names_the_layer_that_gave_the_shape():
    with pytest.raises(ShapeError) as refusal:
        Network([Convolution(2, 4), MaxPooling(2)], (1, 8, 8))
    assert str(refusal.value) == (
        "MaxPooling needs windows that fit evenly along the height, which (5 + 2·0 − 2) / 2 + 1 = "
        "2.5 are not, but layer 1 (Convolution) gives (N, 2, 5, 5). Use size 5."
    )


def test_a_window_larger_than_the_image_is_an_error():
    with pytest.raises(ShapeError, match=r"a height of at least 5.*Use a smaller window"):
        Convolution(1, 5).output_shape((1, 4, 4))
    assert Convolution(1, 5, padding=1).output_shape((1, 4, 4)) == (1, 2, 2)
    with pytest.raises(ShapeError, match="a width of at least 3"):
        MaxPooling(3).output_shape((1, 3, 2))


def test_a_flat_input_is_an_error():
    with pytest.raises(ShapeError, match=r"images \(N, C, H, W\)"):
        MaxPooling(2).output_shape((16,))
