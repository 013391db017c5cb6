"""Drawing less than was recorded, and nothing that was not recorded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LIMIT = 500
"""At most so many points of a curve are drawn; a column is rarely wider than that in pixels."""

Numbers = NDArray[np.float64]


def thinned(x: Numbers, y: Numbers, limit: int = LIMIT) -> tuple[Numbers, Numbers]:
    """At most ``limit`` of the recorded points: the ends, and the extremes of each stretch.

    All points where there are no more than that. Stretches have a power of two of points, counted
    from the first, so that those already drawn stay as they are while a curve grows. A stretch
    with a gap (NaN, infinity) keeps the gap.

    Args:
        x, y: (n,); limit: 5 or more.
    """
    n = len(x)
    if n <= limit:
        return x, y
    bad = ~np.isfinite(y)
    has_gaps = bool(bad.any())
    kept = 3 if has_gaps else 2
    width = 1
    while -(-n // width) * kept + 2 > limit:
        width *= 2
    starts = np.arange(0, n, width)
    picks = [
        starts + _stretches(np.where(bad, np.inf, y), width, np.inf).argmin(axis=1),
        starts + _stretches(np.where(bad, -np.inf, y), width, -np.inf).argmax(axis=1),
    ]
    if has_gaps:
        picks.append(starts + _stretches(bad, width, False).argmax(axis=1))
    chosen = np.unique(np.concatenate([np.array([0, n - 1]), *picks]))
    return x[chosen], y[chosen]


def within(x: Numbers, left: float, right: float) -> slice:
    """The points of ascending ``x`` (n,) in that range, and one more at either side."""
    first = int(np.searchsorted(x, left, side="left")) - 1
    last = int(np.searchsorted(x, right, side="right")) + 1
    return slice(max(first, 0), last)


def _stretches(y: NDArray, width: int, filler: float) -> NDArray:
    """``y`` (n,) as rows of ``width``, the last one filled up."""
    rows = np.full((-(-len(y) // width), width), filler, y.dtype)
    rows.reshape(-1)[: len(y)] = y
    return rows
