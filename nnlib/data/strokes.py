"""From the strokes on the drawing canvas to the picture that a network reads.

Strokes are kept as vectors and drawn anew with a pen of fixed thickness: so it does not matter
where the user drew, how large, or with which pen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.data import raster
from nnlib.data.paths import Paths
from nnlib.errors import DataError

THICKNESS = 2.5
"""The median thickness of MNIST's strokes, in pixels."""
_THINNEST, _THICKEST = 0.5, 10.0
# Below this share of the coordinates' own size, an extent is rounding and not a drawing.
_RESOLUTION = 1e-10


def render(
    strokes: Sequence[ArrayLike], thickness: float = THICKNESS, *, dot_size: float = 0.0
) -> NDArray[np.float32]:
    """Draw strokes as the 28 x 28 picture of one digit, float32 (28, 28) in 0..1, ink is 1.

    strokes: each (n, 2), points x, y in the order of the pen, y downwards, in any unit, of any
    size, at any place; the picture is the same. No stroke, or only empty ones, give an empty
    picture; a tap gives a dot. thickness: of the pen, in pixels of the picture. dot_size: a drawing
    whose longer side is not above this (in the strokes' unit) is meant as a tap.

    DataError: a stroke is not (n, 2), a coordinate is not a finite number, or the thickness is not
    from 0.5 to 10 pixels.
    """
    if not _THINNEST <= thickness <= _THICKEST:
        raise DataError(
            f"The pen must be {_THINNEST} to {_THICKEST} pixels thick; it is {thickness}."
        )
    drawn = [points for points in map(_points, strokes) if len(points)]
    if not drawn:
        return np.zeros((raster.SIDE, raster.SIDE), np.float32)
    points = np.concatenate(drawn)
    largest = float(np.abs(points).max())
    if largest > 0:  # to a size at which nothing overflows
        points = points / largest
    paths = Paths(
        x=np.ascontiguousarray(points[:, 0]),
        y=np.ascontiguousarray(points[:, 1]),
        stroke_ends=np.cumsum([len(p) for p in drawn], dtype=np.int64),
        drawing_ends=np.array([len(drawn)], dtype=np.int64),
    )
    dot = max(_RESOLUTION, dot_size / largest if largest > 0 else 0.0)
    paths = raster.fit(paths, np.array([thickness]), dot)
    radius = np.full(len(paths.x), thickness / 2)
    picture: NDArray[np.float32] = raster.centre(raster.cover(paths, radius))[0]
    return picture


def _points(stroke: ArrayLike) -> NDArray[np.float64]:
    """One stroke as float64 (n, 2), or a DataError that says what is wrong with it."""
    try:
        points = np.asarray(stroke, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("A stroke must be an array of x, y numbers of shape (n, 2).") from None
    if points.size == 0:
        return np.empty((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise DataError(
            f"A stroke must have the shape (n, 2), x and y a point; it has {points.shape}."
        )
    if not np.isfinite(points).all():
        raise DataError("A stroke has a coordinate that is not a finite number.")
    return points
