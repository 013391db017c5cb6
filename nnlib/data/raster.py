"""From pen paths to 28 x 28 pictures, as MNIST's are made.

The longer side of the ink is 20 pixels, the pen is round, the edge is smooth, and the centre of
mass lies at pixel (14, 14). The drawing canvas and the built-in digits both come through here, so a
network sees the user's ink exactly as it saw its training digits.

Pixel (row i, column j) has its centre at y = i, x = j.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnlib.data.paths import Floats, Paths

SIDE = 28
"""Width and height of a picture, in pixels."""
INK = 20.0
"""The longer side of a digit's ink, in pixels."""
CENTRE = 14
"""The pixel on which the centre of mass is put; measured on MNIST."""
SPACING = 0.5
"""The distance between two touches of the pen, in pixels."""

Pictures = NDArray[np.float32]

_POINTS_AT_ONCE = 8192  # keeps the working arrays in the processor's cache


def fit(paths: Paths, thickness: Floats, dot: Floats | float = 0.0) -> Paths:
    """Scale each drawing to INK pixels of ink around pixel (14, 14), with points SPACING apart.

    thickness (N,): of the pen, in pixels, less than INK. A drawing whose longer side is `dot` or
    less (in its own units) is not scaled, but drawn as a dot.
    """
    paths = paths.centred()
    left, top, right, bottom = paths.boxes()
    longer = np.maximum(right - left, bottom - top)
    is_dot = longer <= dot
    scale = np.where(is_dot, 0.0, (INK - thickness) / np.where(is_dot, 1.0, longer))
    factor = scale[paths.drawing_of_point]
    return paths.moved_to(paths.x * factor, paths.y * factor).resampled(SPACING)


def cover(paths: Paths, radius: Floats) -> Pictures:
    """How much of each pixel the pen covers: (N, 28, 28) in 0..1.

    paths: as `fit` gives them. radius (P,): of the pen at each point, in pixels. A pixel's coverage
    is clip(r + 1/2 - distance, 0, 1), where distance is that from its centre to the pen's.
    """
    count = len(paths.drawing_ends)
    ink = np.zeros(count * SIDE * SIDE, np.float32)
    # A pixel whose row and column are more than `reach` from the point's own stays white.
    reach = np.floor(radius + 1.0).astype(np.int64)
    drawing = paths.drawing_of_point
    for h in np.unique(reach):
        touched = np.flatnonzero(reach == h)
        for start in range(0, len(touched), _POINTS_AT_ONCE):
            part = touched[start : start + _POINTS_AT_ONCE]
            _touch(ink, int(h), paths.x[part], paths.y[part], radius[part], drawing[part])
    return np.minimum(ink, np.float32(1)).reshape(count, SIDE, SIDE)


def _touch(
    ink: NDArray[np.float32],
    h: int,
    x: Floats,
    y: Floats,
    radius: Floats,
    drawing: NDArray[np.int64],
) -> None:
    """Put round touches of the pen on the paper, each on the (2h + 1)^2 pixels around it."""
    column, row = np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)
    around = np.arange(-h, h + 1)
    dx = (around + (column - x)[:, None]).astype(np.float32)
    dy = (around + (row - y)[:, None]).astype(np.float32)
    distance = np.sqrt((dx * dx)[:, None, :] + (dy * dy)[:, :, None])
    coverage = (radius + 0.5).astype(np.float32)[:, None, None] - distance
    first = (drawing * SIDE + row + CENTRE) * SIDE + column + CENTRE
    pixel = first[:, None, None] + (around[:, None] * SIDE + around)
    inked = coverage > 0
    np.maximum.at(ink, pixel[inked], coverage[inked])


def centre(pictures: Pictures) -> Pictures:
    """Shift each picture by whole pixels so that its centre of mass is at (14, 14), within 1/2."""
    axis = np.arange(SIDE)
    rows, columns = pictures.sum(2, dtype=np.float64), pictures.sum(1, dtype=np.float64)
    mass = np.maximum(rows.sum(1), 1e-9)
    down = np.rint(CENTRE - rows @ axis / mass).astype(np.int64)
    across = np.rint(CENTRE - columns @ axis / mass).astype(np.int64)
    blank = ~pictures.any(axis=(1, 2))
    down[blank] = across[blank] = 0

    row, column = axis - down[:, None], axis - across[:, None]
    shifted = pictures[
        np.arange(len(pictures))[:, None, None],
        np.clip(row, 0, SIDE - 1)[:, :, None],
        np.clip(column, 0, SIDE - 1)[:, None, :],
    ]
    inside_rows, inside_columns = (row >= 0) & (row < SIDE), (column >= 0) & (column < SIDE)
    return np.where(inside_rows[:, :, None] & inside_columns[:, None, :], shifted, np.float32(0))
