"""The scale of a picture: which number is the darkest, which the brightest.

Pictures that are meant to be compared share one scale. Where each had its own, a map of numbers
around 1e-9 would look as vivid as a healthy one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnlib.types import Array


@dataclass(frozen=True)
class Scale:
    """The numbers at both ends of a picture's range of shades; ``low`` is less than ``high``."""

    low: float
    high: float

    def shade(self, values: Array) -> NDArray[np.float64]:
        """Where the values, of any shape, stand between low (0) and high (1).

        What lies beyond an end is shown as that end. NaN stays NaN: it has no shade.
        """
        with np.errstate(over="ignore"):
            place = (values.astype(np.float64) - self.low) / (self.high - self.low)
        shades: NDArray[np.float64] = np.clip(place, 0.0, 1.0)
        return shades


def symmetric_scale(arrays: Iterable[Array], reach: float = 0.0) -> Scale:
    """One scale for all the arrays: 0 in the middle, the largest finite value at an end.

    Args:
        reach: the ends are at least that far from 0.

    Returns:
        −1 … 1 where all is zero and ``reach`` is too.
    """
    for values in arrays:
        sizes = np.abs(values[np.isfinite(values)])
        reach = max(reach, float(sizes.max(initial=0.0)))
    return Scale(-reach, reach) if reach > 0 else Scale(-1.0, 1.0)
