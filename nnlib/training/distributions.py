"""How the outputs of each layer are distributed: what shows saturation, collapse and dead units.

Saitoh, section 6.2, draws these histograms; here all layers share axes, so that they compare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnlib.network import Network
from nnlib.types import Array

BINS = 60
VALUES = 20_000  # outputs of one layer that a histogram counts; more are thinned out evenly


@dataclass(frozen=True)
class Distribution:
    """The outputs of one layer.

    Attributes:
        index, name: which layer; the index counts from 0.
        low, high: the ends of its axis. Layers with bounded outputs have their own bounds; all
            others share one axis that is symmetric around 0.
        shares: (BINS,) the share of outputs in each bin; outputs beyond the axis are in the
            outermost bins. Sums to 1, to 0 where no output is finite.
        zeros: the share of outputs that are exactly zero.
        mean, std: of all counted outputs.
    """

    index: int
    name: str
    low: float
    high: float
    shares: NDArray[np.float64]
    zeros: float
    mean: float
    std: float


def distributions(
    network: Network, x: Array, reach: float = 1.0
) -> tuple[tuple[Distribution, ...], float]:
    """The distributions of all layers that change values, for samples ``x`` in inference mode.

    Args:
        reach: the shared axis goes from −reach to reach at least; pass the last result back in,
            so that the axis never shrinks while one watches.

    Returns:
        The distributions and the reach that was used.
    """
    with np.errstate(all="ignore"):
        outputs = [
            (index, layer, _thinned(y))
            for index, (layer, y) in enumerate(
                zip(network.layers, network.activations(x), strict=True)
            )
            if layer.changes_values
        ]
        for _, layer, y in outputs:
            if layer.output_range is None and y.size:
                reach = max(reach, round_up(float(np.quantile(np.abs(y), 0.995))))
        found = []
        for index, layer, y in outputs:
            low, high = layer.output_range or (-reach, reach)
            found.append(_count(index, layer.display_name(), y, low, high))
    return tuple(found), reach


def round_up(value: float) -> float:
    """The next number of the form 1, 2 or 5 times a power of ten."""
    if not value > 0 or not math.isfinite(value):
        return 1.0
    power = math.floor(math.log10(value))
    candidates = (float(f"{m}e{power}") for m in (1, 2, 5, 10, 20))
    return next(number for number in candidates if number >= value)


def _thinned(y: Array) -> Array:
    """About `VALUES` of the finite outputs, evenly spaced."""
    flat = y.ravel(order="K")
    stride = max(1, flat.size // VALUES)
    while math.gcd(stride, flat.size) > 1:  # or it would meet the same few units in every sample
        stride += 1
    flat = flat[::stride]
    return flat[np.isfinite(flat)]


def _count(index: int, name: str, y: Array, low: float, high: float) -> Distribution:
    if not y.size:
        return Distribution(index, name, low, high, np.zeros(BINS), 0.0, math.nan, math.nan)
    place = (np.clip((y - low) / (high - low), 0, 1) * BINS).astype(np.intp)
    shares = np.bincount(np.minimum(place, BINS - 1), minlength=BINS) / y.size
    zeros = float(np.count_nonzero(y == 0)) / y.size
    wide = y.astype(np.float64)
    return Distribution(index, name, low, high, shares, zeros, wide.mean(), wide.std())
