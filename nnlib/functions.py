"""Pure functions that networks are made of: activation functions, softmax, one-hot, im2col.

Nothing here keeps state or changes its input. Saitoh, chapters 3, 4 and 7.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np

from nnlib.errors import Shape
from nnlib.types import Array, Labels


def step(x: Array) -> Array:
    """1 where x > 0, else 0; any shape. Saitoh, section 3.2."""
    return (x > 0).astype(x.dtype)


def sigmoid(x: Array, out: Array | None = None) -> Array:
    """1 / (1 + exp(-x)), without overflow for any finite x. Saitoh, section 3.2.

    Args:
        out: where the result is written, or None for a new array.
    """
    y: Array = np.negative(x, out=out) if out is not None else -np.asarray(x)
    with np.errstate(over="ignore"):  # exp(-x) may become infinite: 1 / ∞ is the right 0
        y = np.exp(y, out=out)
    y += 1
    return np.reciprocal(y, out=out)


def relu(x: Array) -> Array:
    """max(x, 0). Saitoh, section 3.2."""
    y: Array = np.maximum(x, 0)
    return y


def softmax(x: Array, out: Array | None = None) -> Array:
    """exp(x) / Σ exp(x) along the last axis, shifted by its maximum so that nothing overflows.

    Saitoh, section 3.5.

    Args:
        out: where the result is written, or None for a new array.
    """
    e: Array = np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
    np.exp(e, out=e)
    e /= e.sum(axis=-1, keepdims=True)
    return e


def log_softmax(x: Array) -> Array:
    """log(softmax(x)) along the last axis, exact also where softmax underflows to zero."""
    shifted: Array = x - np.maximum.reduce(x, axis=-1, keepdims=True)
    shifted -= np.log(np.add.reduce(np.exp(shifted), axis=-1, keepdims=True))
    return shifted


@functools.lru_cache(maxsize=64)
def ones(count: int, dtype: np.dtype | type = np.float32) -> Array:
    """A vector of so many ones, always the same: the product with it is a sum, and a fast one."""
    vector = np.ones(count, dtype)
    vector.flags.writeable = False
    return vector


def one_hot(t: Labels, classes: int, dtype: np.dtype | type = np.float32) -> Array:
    """Class indices (N,) as rows (N, classes) with a single 1."""
    rows = np.zeros((len(t), classes), dtype)
    rows[np.arange(len(t)), t] = 1
    return rows


def convolution_size(size: int, window: int, stride: int, padding: int) -> float:
    """How many windows fit along an axis; not whole where the last one does not fit evenly."""
    return (size + 2 * padding - window) / stride + 1


def im2col(x: Array, window: tuple[int, int], stride: int = 1, padding: int = 0) -> Array:
    """Every window of every image as one row. Saitoh, section 7.4.

    The rows are ordered by place and then by image, where the book orders by image first, and in
    memory the images of a batch lie next to each other. So each position in the window is a copy of
    long runs, about three times as fast, and results need no transposing.

    Args:
        x: images (N, C, H, W).
        window: height and width (FH, FW) of the window.

    Returns:
        (OH·OW·N, C·FH·FW); row (i·OW + j)·N + n is the window at row i, column j of image n.
    """
    n, c, h, w = x.shape
    padded = np.zeros((c, h + 2 * padding, w + 2 * padding, n), x.dtype).transpose(3, 0, 1, 2)
    padded[:, :, padding : padding + h, padding : padding + w] = x
    seen = list(window_positions(padded, window, stride))
    oh, ow = seen[0].shape[2:]
    cols = np.empty((c, len(seen), oh, ow, n), x.dtype)
    for k, part in enumerate(seen):
        cols[:, k] = part.transpose(1, 2, 3, 0)
    return cols.reshape(c * len(seen), oh * ow * n).T


def col2im(
    cols: Array, image_shape: Shape, window: tuple[int, int], stride: int = 1, padding: int = 0
) -> Array:
    """The transpose of `im2col`: each row is added back to where its window was.

    Args:
        cols: (OH·OW·N, C·FH·FW), in the order of `im2col`.
        image_shape: the shape (N, C, H, W) that `im2col` was given.

    Returns:
        (N, C, H, W); a pixel in several windows holds the sum.
    """
    n, c, h, w = image_shape
    padded = np.zeros((c, h + 2 * padding, w + 2 * padding, n), cols.dtype).transpose(3, 0, 1, 2)
    seen = list(window_positions(padded, window, stride))
    oh, ow = seen[0].shape[2:]
    parts = cols.T.reshape(c, len(seen), oh, ow, n)
    for k, part in enumerate(seen):
        part += parts[:, k].transpose(3, 0, 1, 2)
    return padded[:, :, padding : padding + h, padding : padding + w]


def window_positions(x: Array, window: tuple[int, int], stride: int) -> Iterator[Array]:
    """For each position in the window, row by row: the view (N, C, OH, OW) of what it sees."""
    fh, fw = window
    oh = int(convolution_size(x.shape[2], fh, stride, 0))
    ow = int(convolution_size(x.shape[3], fw, stride, 0))
    for i in range(fh):
        for j in range(fw):
            yield x[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
