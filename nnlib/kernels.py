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

    def blocks(self, padded: Array, rows: int, columns: int) -> Iterator[tuple[slice, Array]]:
        """The windows as columns, some rows of the output at a time.

        Args:
            padded: images (N, C, H, W) from `padded`.
            rows, columns: how many windows fit down and across.

        Yields:
            Which rows of the output, and their columns (C·size·size + 1, rows·columns·N). The last
            row of each block is all ones: what a weight there is multiplied by is a bias.
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
        size = c * k * k + 1
        for part in self.parts(rows, size * columns * n):
            count = part.stop - part.start
            cols = self.room.array("columns", (size, count, columns, n), padded.dtype)
            cols[-1] = 1
            cols[:-1].reshape(c, k, k, count, columns, n)[...] = seen[:, :, :, part]
            yield part, cols.reshape(size, -1)

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
    with_bias[:, -1] = 0 if b is None else b
    for part, cols in windows.blocks(padded, rows, columns):
        np.matmul(with_bias, cols, out=_flat(y, part))
    return batch_first(y.reshape(filters, rows, columns, -1))


def convolve_backward(
    windows: Windows, padded: Array, W: Array, dy: Array, dW: Array, db: Array
) -> None:
    """Fill in the gradients of `convolve` at W and b."""
    slopes = _dense(windows, dy)
    # Columns by filters and not the other way round: twice as fast where there are few filters.
    total = windows.room.array("dW", (W[0].size + 1, len(W)), dy.dtype)
    share = windows.room.array("dW of a block", total.shape, dy.dtype)
    total[...] = 0
    for part, cols in windows.blocks(padded, *dy.shape[2:]):
        np.matmul(cols, _flat(slopes, part).T, out=share)
        total += share
    dW[...] = total[:-1].T.reshape(dW.shape)
    db[...] = total[-1]


def convolve_inputs(windows: Windows, padded: Array, W: Array, dy: Array) -> Array:
    """The gradient of `convolve` at x, (N, C, H, W), batch-last.

    Where windows follow closely, it is a convolution itself: that of dy, with zeros around, with
    the filters turned by 180 degrees. Otherwise each window's gradient is added back to its place.
    """
    n, channels, height, width = padded.shape
    filters, _, k, _ = W.shape
    border = k - 1 - windows.padding
    if windows.stride == 1 and border >= 0 and channels >= CHANNELS:
        turned = windows.room.array("turned", (channels, filters, k, k), W.dtype)
        turned[...] = W[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
        p = windows.padding
        shape = (channels, height - 2 * p, width - 2 * p)
        around = Windows(k, 1, border, windows.room.inner("dx"))
        return convolve(around, around.padded(dy), turned, None, shape)
    slopes = _dense(windows, dy)
    turned = windows.room.array("turned", (W[0].size, filters), W.dtype)
    turned[...] = W.reshape(filters, -1).T
    dx = batch_first(windows.room.array("dx", batch_last(padded).shape, dy.dtype))
    dx[...] = 0
    for part in windows.parts(dy.shape[2], W[0].size * dy.shape[3] * n):
        rows = _flat(slopes, part)
        cols = windows.room.array("columns", (W[0].size, rows.shape[1]), dy.dtype)
        windows.fold(np.matmul(turned, rows, out=cols), dx, part, dy.shape[3])
    return windows.inside(dx)


def _dense(windows: Windows, dy: Array) -> Array:
    """dy (N, F, OH, OW) as (F, OH, OW·N); a copy where it is not batch-last."""
    n, filters, rows, columns = dy.shape
    view = batch_last(dy)
    if not view.flags.c_contiguous:
        view = windows.room.array("dy", view.shape, dy.dtype)
        view[...] = batch_last(dy)
    return view.reshape(filters, rows, columns * n)


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
