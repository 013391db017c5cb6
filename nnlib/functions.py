"""Pure functions that networks are made of: activation functions, softmax, one-hot, im2col.

Nothing here keeps state or changes its input. Saitoh, chapters 3, 4 and 7.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnlib.errors import Shape
from nnlib.types import Array, Labels


def step(x: Array) -> Array:
    """1 where x > 0, else 0; any shape. Saitoh, section 3.2."""
    return (x > 0).astype(x.dtype)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow for any finite x. Saitoh, section 3.2."""
    with np.errstate(over="ignore"):  # exp(-x) may become infinite: 1 / ∞ is the right 0
        y: Array = 1 / (1 + np.exp(-x))
    return y


def relu(x: Array) -> Array:
    """max(x, 0). Saitoh, section 3.2."""
    y: Array = np.maximum(x, 0)
    return y


def softmax(x: Array) -> Array:
    """exp(x) / Σ exp(x) along the last axis, shifted by its maximum so that nothing overflows.

    Saitoh, section 3.5.
    """
    e: Array = np.exp(x - x.max(axis=-1, keepdims=True))
    e /= e.sum(axis=-1, keepdims=True)
    return e


def log_softmax(x: Array) -> Array:
    """log(softmax(x)) along the last axis, exact also where softmax underflows to zero."""
    shifted: Array = x - x.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


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

    Args:
        x: images (N, C, H, W).
        window: height and width (FH, FW) of the window.

    Returns:
        (N·OH·OW, C·FH·FW); row n·OH·OW + i·OW + j is the window at row i, column j of image n.
    """
    windows = sliding_windows(x, window, stride, padding)
    n, oh, ow = windows.shape[0], windows.shape[2], windows.shape[3]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * oh * ow, -1)


def sliding_windows(x: Array, window: tuple[int, int], stride: int, padding: int) -> Array:
    """A read-only view (N, C, OH, OW, FH, FW) of every window of every image."""
    if padding:
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))
    return windows[:, :, ::stride, ::stride]


def col2im(
    cols: Array, image_shape: Shape, window: tuple[int, int], stride: int = 1, padding: int = 0
) -> Array:
    """The transpose of `im2col`: each row is added back to where its window was.

    Args:
        cols: (N·OH·OW, C·FH·FW).
        image_shape: the shape (N, C, H, W) that `im2col` was given.

    Returns:
        (N, C, H, W); a pixel in several windows holds the sum.
    """
    n, c, h, w = image_shape
    oh = int(convolution_size(h, window[0], stride, padding))
    ow = int(convolution_size(w, window[1], stride, padding))
    parts = cols.reshape(n, oh, ow, c, -1)
    padded = np.zeros((n, c, h + 2 * padding, w + 2 * padding), dtype=cols.dtype)
    for k, seen in enumerate(window_positions(padded, window, stride)):
        seen += parts[..., k].transpose(0, 3, 1, 2)
    return padded[:, :, padding : padding + h, padding : padding + w]


def window_positions(x: Array, window: tuple[int, int], stride: int) -> Iterator[Array]:
    """For each position in the window, row by row: the view (N, C, OH, OW) of what it sees."""
    fh, fw = window
    oh = int(convolution_size(x.shape[2], fh, stride, 0))
    ow = int(convolution_size(x.shape[3], fw, stride, 0))
    for i in range(fh):
        for j in range(fw):
            yield x[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
