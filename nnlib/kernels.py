"""What makes convolution and pooling fast: blocks that fit the cache, and no transposing.

Images are logically (N, C, H, W), but in memory the images of a batch lie next to each other:
(C, H, W, N), "batch-last". So each position in a window is a copy of long runs, and the product
with the filters comes out in that order by itself. The formulas are those of `functions.im2col` and
`functions.col2im`, the figures behind the choices in docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nnlib.errors import Shape
from nnlib.functions import window_positions
from nnlib.types import Array
from nnlib.workspace import Workspace

BLOCK = 1 << 19
"""Numbers in a block of columns, 2 MB of float32: a little more than a core's own cache holds."""
CHANNELS = 16
"""From so many input channels on, their gradient is worked out as a convolution; below, the product
is too narrow for that to pay."""


def batch_last(x: Array) -> Array:
    """The view (C, H, W, N) of images (N, C, H, W)."""
    return x.transpose(1, 2, 3, 0)


def batch_first(x: Array) -> Array:
    """The view (N, C, H, W) of images that are kept as (C, H, W, N)."""
    return x.transpose(3, 0, 1, 2)


@dataclass(frozen=True)
class Windows:
    """All windows that slide over images of one shape.

    Attributes:
        size, stride, padding: of the window, down as across.
        room: where the columns are worked out.
    """

    size: int
    stride: int
    padding: int
    room: Workspace

    def padded(self, x: Array) -> Array:
        """Images (N, C, H, W) with zeros around, kept batch-last; x itself where it already is."""
        n, c, h, w = x.shape
        p = self.padding
        if not p and x.strides[0] == x.itemsize:
            return x
        padded = self.room.array("padded", (c, h + 2 * p, w + 2 * p, n), x.dtype)
        if p:
            padded[:, :p] = padded[:, -p:] = 0
            padded[:, :, :p] = padded[:, :, -p:] = 0
        padded[:, p : p + h, p : p + w] = batch_last(x)
        return batch_first(padded)

    def blocks(
        self, padded: Array, rows: int, columns: int, with_ones: bool = True
    ) -> Iterator[tuple[slice, Array]]:
        """The windows as columns, some rows of the output at a time.

        Args:
            padded: images (N, C, H, W) from `padded`.
            rows, columns: how many windows fit down and across.

        Yields:
            Which rows of the output, and their columns (C·size·size + 1, rows·columns·N). The last
            row of each block is all ones: a weight that it is multiplied by is a bias. There is no
            such row without ``with_ones``.
        """
        n, c, _, _ = padded.shape
        k, step = self.size, self.stride
        place = batch_last(padded).strides
        # (C, size, size, rows, columns, N): for each position in a window what all windows see
        # there. One copy of that view is many times faster than one for each position, above all
        # where several threads need Python's lock for each.
        seen = as_strided(
            batch_last(padded),
            (c, k, k, rows, columns, n),
            (place[0], place[1], place[2], step * place[1], step * place[2], place[3]),
            writeable=False,
        )
        size = c * k * k
        for part in self.parts(rows, size * columns * n):
            count = part.stop - part.start
            cols = self.room.array("columns", (size + with_ones, count * columns * n), padded.dtype)
            cols[size:] = 1
            cols[:size].reshape(c, k, k, count, columns, n)[...] = seen[:, :, :, part]
            yield part, cols

    def fold(self, cols: Array, padded: Array, part: slice, columns: int) -> None:
        """Add columns (C·size·size, rows·columns·N) back to where their windows are in padded."""
        n, c, _, w = padded.shape
        k, step, rows = self.size, self.stride, part.stop - part.start
        views = cols.reshape(c, k, k, rows, columns, n)
        across = self.room.array("across", (c, k, rows, w, n), padded.dtype)
        across[...] = 0
        for j in range(k):
            places = across[:, :, :, j : j + step * columns : step]
            np.add(places, views[:, :, j], out=places)
        down, first = batch_last(padded), part.start * step
        for i in range(k):
            places = down[:, first + i : first + i + step * rows : step]
            np.add(places, across[:, i], out=places)

    def inside(self, padded: Array) -> Array:
        """Padded images without what is around them."""
        p = self.padding
        return padded[:, :, p:-p, p:-p] if p else padded

    def parts(self, rows: int, numbers: int) -> Iterator[slice]:
        """The output's rows in even parts of about `BLOCK` numbers, of which a row has so many."""
        count = min(rows, -(-rows * numbers // BLOCK))
        for k in range(count):
            yield slice(rows * k // count, rows * (k + 1) // count)


def convolve(windows: Windows, padded: Array, W: Array, b: Array | None, shape: Shape) -> Array:
    """y = W * x + b.

    Args:
        padded: images (N, C, H, W) from `Windows.padded`.
        W: filters (F, C, size, size); b: (F,).
        shape: (F, OH, OW), the output's.

    Returns:
        (N, F, OH, OW), batch-last; it holds until the next call.
    """
    filters, rows, columns = shape
    room = windows.room
    y = room.array("y", (filters, rows, columns * len(padded)), padded.dtype)
    with_bias = room.array("filters", (filters, W[0].size + 1), W.dtype)
    with_bias[:, :-1] = W.reshape(filters, -1)
    with_bias[:, -1] = b
    for part, cols in windows.blocks(padded, rows, columns):
        np.matmul(with_bias, cols, out=_flat(y, part))
    return batch_first(y.reshape(filters, rows, columns, -1))


def filter_gradients(windows: Windows, padded: Array, dy: Array, dW: Array, db: Array) -> None:
    """Fill in the gradients of `convolve` at its filters and biases."""
    slopes = _dense("dy", dy, windows.room)
    # Columns by filters and not the other way round: twice as fast where there are few filters.
    total = windows.room.array("dW", (dW[0].size + 1, len(dW)), dy.dtype)
    share = windows.room.array("dW of a block", total.shape, dy.dtype)
    total[...] = 0
    for part, cols in windows.blocks(padded, *dy.shape[2:]):
        np.matmul(cols, _flat(slopes, part).T, out=share)
        total += share
    dW[...] = total[:-1].T.reshape(dW.shape)
    db[...] = total[-1]


def convolve_backward(
    windows: Windows, x: Array, padded: Array, W: Array, dy: Array, dW: Array, db: Array
) -> Array:
    """Fill in the gradients of `convolve` at its filters and biases; returns that at x.

    Args:
        x: images (N, C, H, W); padded: what `Windows.padded` made of them.

    Returns:
        (N, C, H, W), batch-last; it holds until the next call.
    """
    if windows.stride == 1 and windows.padding < windows.size and x.shape[1] >= CHANNELS:
        return _backward_by_convolution(windows, x, W, dy, dW, db)
    filter_gradients(windows, padded, dy, dW, db)
    n, _, rows, columns = dy.shape
    slopes = _dense("dy", dy, windows.room)
    turned = windows.room.array("turned", (W[0].size, len(W)), W.dtype)
    turned[...] = W.reshape(len(W), -1).T
    dx = batch_first(windows.room.array("dx", batch_last(padded).shape, dy.dtype))
    dx[...] = 0
    for part in windows.parts(rows, W[0].size * columns * n):
        slope = _flat(slopes, part)
        cols = windows.room.array("columns", (W[0].size, slope.shape[1]), dy.dtype)
        windows.fold(np.matmul(turned, slope, out=cols), dx, part, columns)
    return windows.inside(dx)


def _backward_by_convolution(
    windows: Windows, x: Array, W: Array, dy: Array, dW: Array, db: Array
) -> Array:
    """`convolve_backward` for windows one pixel apart.

    The gradient at x is a convolution itself: that of dy, with zeros around it, with the filters
    turned by 180 degrees. Its columns, multiplied by x, give the gradient at the filters, too.
    """
    filters, channels, k, _ = W.shape
    n, _, height, width = x.shape
    room = windows.room.inner("backward")
    around = Windows(k, 1, k - 1 - windows.padding, room)
    images = _dense("x", x, room)
    turned = room.array("turned", (channels, filters, k, k), W.dtype)
    turned[...] = W[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    dx = room.array("dx", (channels, height, width * n), dy.dtype)
    total = room.array("dW", (filters * k * k, channels), dy.dtype)
    share = room.array("dW of a block", total.shape, dy.dtype)
    total[...] = 0
    for part, cols in around.blocks(around.padded(dy), height, width, with_ones=False):
        np.matmul(turned.reshape(channels, -1), cols, out=_flat(dx, part))
        np.matmul(cols, _flat(images, part).T, out=share)
        total += share
    dW[...] = total.reshape(filters, k, k, channels)[:, ::-1, ::-1].transpose(0, 3, 1, 2)
    np.add.reduce(_dense("dy", dy, room).reshape(filters, -1), axis=1, out=db)
    return batch_first(dx.reshape(channels, height, width, n))


def _dense(name: str, x: Array, room: Workspace) -> Array:
    """Images (N, C, H, W) as (C, H, W·N); a copy of that name where they are not batch-last."""
    n, c, h, w = x.shape
    view = batch_last(x)
    if not view.flags.c_contiguous:
        view = room.array(name, view.shape, x.dtype)
        view[...] = batch_last(x)
    return view.reshape(c, h, w * n)


def _flat(y: Array, part: slice) -> Array:
    """Some rows of (F, OH, OW·N) as a matrix (F, rows·OW·N), without copying."""
    return y.reshape(len(y), -1)[:, part.start * y.shape[2] : part.stop * y.shape[2]]


def max_pool(x: Array, size: int, stride: int, room: Workspace) -> Array:
    """The largest value of each window, (N, C, OH, OW) in x's memory order."""
    if size == stride == 2:
        across = np.maximum(*_pairs(x, 3), out=room.like("across", x[..., ::2]))
        return np.maximum(*_pairs(across, 2), out=room.like("y", across[:, :, ::2]))
    first, *others = window_positions(x, (size, size), stride)
    y = room.like("y", first)
    y[...] = first
    for seen in others:
        np.maximum(y, seen, out=y)
    return y


def max_pool_backward(
    x: Array, y: Array, dy: Array, size: int, stride: int, room: Workspace
) -> Array:
    """The gradient of `max_pool` at x: the first of the largest, row by row, gets all of dy."""
    dx = room.like("dx", x)
    if size == stride == 2:
        across = room.like("across", x[..., ::2])
        down = room.like("down", across)
        _share_out(dy, _pairs(across, 2), _pairs(down, 2), room)
        _share_out(down, _pairs(x, 3), _pairs(dx, 3), room)
        return dx
    dx[...] = 0
    still_open = room.like("open", y, np.bool_)  # windows whose winner is still to be found
    still_open[...] = True
    wins, share = room.like("wins", y, np.bool_), room.like("share", y)
    positions = (window_positions(array, (size, size), stride) for array in (x, dx))
    for seen, slope in zip(*positions, strict=True):
        np.equal(seen, y, out=wins)
        np.logical_and(wins, still_open, out=wins)
        np.not_equal(still_open, wins, out=still_open)
        slope += np.multiply(dy, wins, out=share)
    return dx


def _pairs(x: Array, axis: int) -> tuple[Array, Array]:
    """The even and the odd entries along an axis."""
    even = (slice(None),) * axis
    return x[(*even, slice(0, None, 2))], x[(*even, slice(1, None, 2))]


def _share_out(
    dy: Array, values: tuple[Array, Array], slopes: tuple[Array, Array], room: Workspace
) -> None:
    """Give dy to the slope of the larger of two values, of equals to the first, 0 to the other."""
    wins = np.greater_equal(*values, out=room.like("wins", dy, np.bool_))
    np.multiply(dy, wins, out=slopes[0])
    np.subtract(dy, slopes[0], out=slopes[1])
