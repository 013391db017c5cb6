"""Convolution and pooling against loops that anyone can check, and what they say of odd sizes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from nnlib import AveragePooling, Convolution, MaxPooling, Network, ShapeError, kernels
from nnlib.analysis import analyse
from nnlib.layers.base import BuildContext, Layer

DTYPE = np.dtype(np.float64)


def built(layer: Layer, shape: tuple[int, ...], dtype=DTYPE) -> Layer:
    rng = np.random.default_rng(0)
    layer.build(shape, BuildContext(rng, rng, np.dtype(dtype)))
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


SITUATIONS = {
    "overlapping windows, more than one pixel apart": lambda x, window, stride, pad: (
        1 < stride < window and x.shape[2] + 2 * pad > window
    ),
    "gaps between windows": lambda x, window, stride, pad: window < stride < x.shape[3],
    "windows side by side": lambda x, window, stride, pad: 1 < window == stride < x.shape[2],
    "padding wider than the image": lambda x, window, stride, pad: pad > max(x.shape[2:]),
    "images that are not square": lambda x, window, stride, pad: x.shape[2] != x.shape[3],
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_images_that_follow_reach_every_situation(situation):
    calm = settings(database=None, derandomize=True, max_examples=1000)
    assert find(images(padding=True), lambda case: SITUATIONS[situation](*case), settings=calm)


def convolution_by_loop(layer, x, dy):
    """Output and slopes of a convolution, one window of one image and one filter at a time."""
    W, b = layer.params["W"].astype(DTYPE), layer.params["b"]
    window, stride, pad = W.shape[2], layer.stride, layer.padding
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    y, dW, dpadded = np.empty(dy.shape), np.zeros(W.shape), np.zeros(padded.shape)
    for (i, j), rows, columns in windows(x, window, stride, pad):
        for n, f in np.ndindex(len(x), len(W)):
            seen = padded[n, :, rows, columns]
            y[n, f, i, j] = (seen * W[f]).sum() + b[f]
            dW[f] += dy[n, f, i, j] * seen
            dpadded[n, :, rows, columns] += dy[n, f, i, j] * W[f]
    dx = dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return {"y": y, "x": dx, "W": dW, "b": dy.sum(axis=(0, 2, 3))}


def assert_is_that_of_a_loop(layer, x, rtol):
    """Compare by the largest number, for rounding grows with what is summed."""
    y = layer.forward(x, training=True).copy()
    dy = np.random.default_rng(1).standard_normal(y.shape).astype(x.dtype)
    right = convolution_by_loop(layer, x.astype(DTYPE), dy.astype(DTYPE))
    found = {"y": y, "x": layer.backward(dy)} | layer.grads
    for key, values in right.items():
        assert found[key].shape == values.shape
        atol = rtol * max(1.0, np.abs(values).max())
        np.testing.assert_allclose(found[key], values, rtol=0, atol=atol, err_msg=key)


@pytest.mark.parametrize("channels", [1, 100], ids=["as a convolution", "window by window"])
@pytest.mark.parametrize("block", [1, 1 << 19], ids=["a row at a time", "all rows"])
@given(case=images(padding=True), filters=st.integers(1, 3))
def test_convolution_is_that_of_a_loop_forward_and_backward(case, filters, channels, block):
    x, window, stride, pad = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "CHANNELS", channels)
        patch.setattr(kernels, "BLOCK", block)
        layer = built(Convolution(filters, window, stride, pad), x.shape[1:])
        assert_is_that_of_a_loop(layer, x, 1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Convolution(6, 5), (1, 28, 28)),
        (Convolution(5, 3, padding=1), (7, 14, 10)),
        (Convolution(4, 3, padding=2), (3, 13, 13)),
        (Convolution(9, 1), (8, 6, 7)),
        (Convolution(3, 4, stride=3, padding=1), (2, 17, 11)),
        (Convolution(3, 2, stride=3), (4, 11, 14)),
    ],
    ids=str,
)
def test_convolution_of_the_sizes_that_networks_have_is_that_of_a_loop(layer, shape, dtype):
    x = np.random.default_rng(2).standard_normal((3, *shape)).astype(dtype)
    rounding = 50 * np.finfo(dtype).eps
    assert_is_that_of_a_loop(built(layer.copy(), shape, dtype), x, rounding)


both_types = st.sampled_from([np.float32, np.float64])


@given(images(padding=False), both_types)
def test_max_pooling_is_that_of_a_loop_and_the_first_of_equals_wins(case, dtype):
    x, window, stride, _ = case
    x = x.astype(dtype)
    layer = built(MaxPooling(window, stride), x.shape[1:], dtype)
    y = layer.forward(x, training=True)
    dy = np.random.default_rng(1).standard_normal(y.shape).astype(dtype)
    right, dx = np.empty(y.shape), np.zeros(x.shape)
    for (i, j), rows, columns in windows(x, window, stride):
        for n, c in np.ndindex(x.shape[:2]):
            seen = x[n, c, rows, columns]
            winner = np.unravel_index(seen.argmax(), seen.shape)
            right[n, c, i, j] = seen[winner]
            dx[n, c, rows, columns][winner] += dy[n, c, i, j]
    assert np.array_equal(y, right)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=0, atol=50 * np.finfo(dtype).eps)


@given(images(padding=False), both_types)
def test_average_pooling_is_that_of_a_loop(case, dtype):
    x, window, stride, _ = case
    x, rounding = x.astype(dtype), 50 * np.finfo(dtype).eps
    layer = built(AveragePooling(window, stride), x.shape[1:], dtype)
    y = layer.forward(x, training=True)
    dy = np.random.default_rng(1).standard_normal(y.shape).astype(dtype)
    right, dx = np.empty(y.shape), np.zeros(x.shape)
    for (i, j), rows, columns in windows(x, window, stride):
        right[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
        dx[:, :, rows, columns] += dy[:, :, i : i + 1, j : j + 1] / window**2
    np.testing.assert_allclose(y, right, rtol=0, atol=rounding)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=0, atol=rounding)


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
    with pytest.raises(ShapeError, match=r"a height of at least 5.*Use kernel size 4"):
        Convolution(1, 5).output_shape((1, 4, 4))
    assert Convolution(1, 5, padding=1).output_shape((1, 4, 4)) == (1, 2, 2)
    with pytest.raises(ShapeError, match="a width of at least 3"):
        MaxPooling(3).output_shape((1, 3, 2))


def test_a_flat_input_is_an_error():
    with pytest.raises(ShapeError, match=r"images \(N, C, H, W\)"):
        MaxPooling(2).output_shape((16,))
