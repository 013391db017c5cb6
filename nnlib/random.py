"""Where random numbers come from: one seed, separate named streams.

Initial weights, data split, shuffling and dropout each draw from a stream of their own, so that
drawing more from one never changes another.
"""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of the stream with that name; same seed and name, same numbers."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
