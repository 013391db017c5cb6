"""How each layer's outputs, or the gradients there, are distributed.

It shows saturation, collapse, dead units and vanishing gradients.

Saitoh, section 6.2, draws these histograms; here all layers share axes, so that they compare.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnlib.network import Network
from nnlib.types import Array, Labels
from nnlib.views.gradients import gradients_per_layer

BINS = 60
VALUES = 20_000  # numbers of one layer that a histogram counts; more are thinned out evenly


@dataclass(frozen=True)
class Distribution:
    """The outputs of one layer, or the gradients at them.

    Attributes:
        index, name: which layer; the index counts from 0.
        low, high: the ends of its axis. Layers with bounded outputs have their own bounds; all
            others, and all gradients, share one axis that is symmetric around 0.
        shares: (BINS,) the share of numbers in each bin; those beyond the axis are in the outermost
            bins. Sums to 1, to 0 where no number is finite.
        zeros: the share of numbers that are exactly zero.
        mean, std: of all counted numbers.
    """

    index: int
    name: str
    low: float
    high: float
    shares: NDArray[np.float64]
    zeros: float
    mean: float
    std: float


@dataclass(frozen=True)
class _Numbers:
    """What is to be counted of one layer, and the bounds it keeps, where it has any."""

    index: int
    name: str
    values: Array
    bounds: tuple[float, float] | None = None


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
            _Numbers(index, layer.display_name(), _thinned(y), layer.output_range)
            for index, (layer, y) in enumerate(
                zip(network.layers, network.activations(x), strict=True)
            )
            if layer.changes_values
        ]
        return _on_one_axis(outputs, reach)


def gradient_distributions(
    network: Network, x: Array, t: Labels, reach: float = 0.0
) -> tuple[tuple[Distribution, ...], float]:
    """The distributions of the loss's gradient at the outputs of all layers that change values.

    All layers share one axis, so that a gradient that vanished is a spike at 0. What they are
    computed from, and that the network stays as it is: see `views.gradients_per_layer`.

    Args:
        x, t: a batch, as for `Network.gradient`.
        reach: as for `distributions`.

    Returns:
        The distributions and the reach that was used.
    """
    with np.errstate(all="ignore"):
        gradients = [
            _Numbers(layer.index, layer.name, _thinned(layer.at_outputs))
            for layer in gradients_per_layer(network, x, t)
            if layer.changes_values
        ]
        return _on_one_axis(gradients, reach)


def round_up(value: float) -> float:
    """The next number of the form 1, 2 or 5 times a power of ten."""
    if not value > 0 or not math.isfinite(value):
        return 1.0
    power = math.floor(math.log10(value))
    candidates = (float(f"{m}e{power}") for m in (1, 2, 5, 10, 20))
    return next(number for number in candidates if number >= value)


def _thinned(y: Array) -> Array:
    """About `VALUES` of the finite numbers, evenly spaced."""
    flat = y.ravel(order="K")
    stride = max(1, flat.size // VALUES)
    while math.gcd(stride, flat.size) > 1:  # or it would meet the same few units in every sample
        stride += 1
    flat = flat[::stride]
    return flat[np.isfinite(flat)]


def _on_one_axis(
    layers: Sequence[_Numbers], reach: float
) -> tuple[tuple[Distribution, ...], float]:
    for layer in layers:
        if layer.bounds is None and layer.values.size:
            large = float(np.quantile(np.abs(layer.values), 0.995))
            reach = max(reach, round_up(large)) if large > 0 else reach
    reach = reach or 1.0
    return tuple(_count(layer, *(layer.bounds or (-reach, reach))) for layer in layers), reach


def _count(layer: _Numbers, low: float, high: float) -> Distribution:
    index, name, y = layer.index, layer.name, layer.values
    if not y.size:
        return Distribution(index, name, low, high, np.zeros(BINS), 0.0, math.nan, math.nan)
    place = (np.clip((y - low) / (high - low), 0, 1) * BINS).astype(np.intp)
    shares = np.bincount(np.minimum(place, BINS - 1), minlength=BINS) / y.size
    zeros = float(np.count_nonzero(y == 0)) / y.size
    wide = y.astype(np.float64)
    return Distribution(index, name, low, high, shares, zeros, wide.mean(), wide.std())
