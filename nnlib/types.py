"""The array types that signatures name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""Real numbers, float32 to train and float64 to check."""

Labels = NDArray[Any]
"""Class indices (N,) or one-hot rows (N, K)."""

Params = dict[str, Array]
