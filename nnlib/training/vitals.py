"""Vitals: how a network is at one step, layer by layer, in a few dozen numbers.

They are what the diagnosis judges by and what the window draws as curves over time. A `Probe` takes
them between any two steps of a training, and the run goes on bit by bit as it would have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnlib.functions import one_hot
from nnlib.layers import Layer
from nnlib.network import Network
from nnlib.types import Array, Labels

MARGIN = 0.05
"""An output is saturated that lies within this share of the whole range from one of its bounds."""

NUMBERS = 100_000
"""Numbers of one layer that the moments are taken of; of larger images rows and columns are left
out evenly. Dead units and gradients are always judged by all."""


@dataclass(frozen=True)
class LayerVitals:
    """One layer at one step, for the samples of the probe, in training mode.

    A number that a layer does not have is NaN: a gap in a curve, and false in every comparison. A
    unit is a feature of (N, D) or a channel of (N, C, H, W). Gradients are those of the mean loss
    over the samples, weight decay apart.

    Attributes:
        index, name: which layer; the index is its place in the stack, from 0.
        mean, std: of all its outputs, in the outputs' own unit.
        saturated: the share of outputs within 5 % of their range from a bound, 0 … 1; NaN where
            outputs have no bounds.
        zeros: the share of outputs that are exactly zero, 0 … 1.
        units: how many units it has.
        dead: how many of them give zero for every sample; NaN for all but activation functions
            without bounds (ReLU).
        sample_spread: how far the outputs differ from sample to sample: their standard deviation
            over the samples (root mean square over units), as a share of the outputs' root mean
            square. About 0: every sample looks the same to the layers behind. NaN for one sample.
        unit_spread: the same from unit to unit within a sample. About 0: the units are copies of
            each other. NaN for one unit.
        gradient: ‖g‖, the length of the gradient at all its outputs.
        gradient_rms: √(mean g²): the same per number, which compares layers of different size.
        weights: ‖W‖ of its weights (not b, γ, β); NaN where it has none, as in the next two.
        weight_gradient: ‖g‖ of the gradient at W.
        update_ratio: ‖ΔW‖ / ‖W‖ of one single step, no share of several: the first step after the
            last vitals were taken. NaN until one was seen.
    """

    index: int
    name: str
    mean: float
    std: float
    saturated: float
    zeros: float
    units: int
    dead: float
    sample_spread: float
    unit_spread: float
    gradient: float
    gradient_rms: float
    weights: float
    weight_gradient: float
    update_ratio: float

    @property
    def root_mean_square(self) -> float:
        """√(mean y²) of its outputs: how large they are."""
        return math.hypot(self.mean, self.std)

    @property
    def dead_share(self) -> float:
        """The share of its units that are dead, 0 … 1; NaN where `dead` is."""
        return self.dead / self.units


@dataclass(frozen=True)
class Vitals:
    """A network at one step.

    Attributes:
        step: how many updates were made before.
        loss: of the probe's samples, in training mode, weight decay apart.
        layers: all layers that change values, first layer first. Others (Flatten, Disabled) hand on
            the numbers of the layer before them.
    """

    step: int
    loss: float
    layers: tuple[LayerVitals, ...]

    def layer(self, index: int) -> LayerVitals | None:
        """The layer at that place of the stack; None where it changes no values."""
        return next((layer for layer in self.layers if layer.index == index), None)


class Probe:
    """Takes the vitals of one network, always for the same samples.

    It works with twins of the layers, which share the network's parameters and have statistics,
    gradients and memory of their own. Dropout masks are drawn once, so that they do not make the
    curves tremble. It belongs to the thread that the network belongs to.

    Args:
        x: samples (N, *input_shape); 100 are enough. They are kept, so they must not be changed.
        t: class indices (N,) or one-hot rows (N, K).
    """

    def __init__(self, network: Network, x: Array, t: Labels) -> None:
        self._network = network
        self._x = np.asarray(x).astype(network.dtype, copy=False)
        t = np.asarray(t)
        is_named = t.ndim == 1
        self._t = (
            one_hot(t, network.classes, network.dtype) if is_named else t.astype(network.dtype)
        )
        self._loss = network.loss_function.copy()
        self._twins = [layer.twin() for layer in network.layers]
        masks = network.noise.bit_generator.state
        self._drawn = [layer.draw(len(self._x)) for layer in network.layers]
        network.noise.bit_generator.state = masks
        self._before = np.empty_like(network.values)
        self._copied_at: int | None = None
        self._ratios: dict[str, float] = {}

    @property
    def nbytes(self) -> int:
        """How much memory it holds."""
        masks = sum(mask.nbytes for mask in self._drawn if mask is not None)
        slopes = sum(g.nbytes for twin in self._twins for g in twin.grads.values())
        rooms = sum(twin.room.nbytes for twin in self._twins)
        return masks + slopes + rooms + self._before.nbytes

    def after_step(self, step: int) -> None:
        """Say that this step was made; costs something only right after vitals were taken."""
        if self._copied_at is None or self._copied_at + 1 != step:
            return
        self._copied_at = None
        now = self._network.values
        with np.errstate(all="ignore"):
            np.subtract(now, self._before, out=self._before)
            start = 0
            for key, array in self._network.params.items():
                change = self._before[start : start + array.size]
                start += array.size
                if key in self._network.decaying:
                    self._ratios[key] = _quotient(norm(change), norm(array))

    def take(self, step: int) -> Vitals:
        """The vitals now, after so many steps."""
        self.after_step(step)
        with np.errstate(all="ignore"):  # a network that diverged has vitals, too
            outputs = self._forward()
            loss = self._loss.forward(outputs, self._t)
            layers = self._backward(self._loss.backward())
        np.copyto(self._before, self._network.values)
        self._copied_at = step
        return Vitals(step, float(loss), layers)

    def _forward(self) -> Array:
        """Scores; leaves in `_outputs` what was seen of each layer's outputs."""
        y = self._x
        self._outputs: list[tuple[float, ...]] = []
        for twin, source, drawn in zip(self._twins, self._network.layers, self._drawn, strict=True):
            twin.buffers = {name: array.copy() for name, array in source.buffers.items()}
            twin.drawn = drawn
            y = twin.forward(y, training=True)
            self._outputs.append(_outputs(twin, y) if twin.changes_values else ())
        return y

    def _backward(self, dy: Array) -> tuple[LayerVitals, ...]:
        found = []
        for index, twin in reversed(list(enumerate(self._twins))):
            gradient, size = norm(dy), dy.size
            if index:
                dy = twin.backward(dy)
            else:
                twin.learn(dy)
            if twin.changes_values:
                mean, std, saturated, zeros, units, dead, samples, alike = self._outputs[index]
                found.append(
                    LayerVitals(
                        index, twin.display_name(), mean, std, saturated, zeros, int(units), dead,
                        samples, alike, gradient, gradient / math.sqrt(size), *self._weights(index),
                    )
                )  # fmt: skip
        return tuple(reversed(found))

    def _weights(self, index: int) -> tuple[float, float, float]:
        """‖W‖, the gradient's length there, and the update's share."""
        key = f"{index}.W"
        if key not in self._network.decaying:
            return math.nan, math.nan, math.nan
        twin = self._twins[index]
        ratio = self._ratios.get(key, math.nan)
        return norm(twin.params["W"]), norm(twin.grads["W"]), ratio


def norm(g: Array) -> float:
    """‖g‖ of an array of any shape.

    BLAS takes the sum of squares in the array's own type, in one pass; where that may have run
    over or under (the square of a vanished gradient is zero in float32), it is taken in float64.
    """
    flat = g.ravel(order="K")
    squares = float(np.dot(flat, flat))
    if 1e-20 < squares < 1e30:
        return math.sqrt(squares)
    return float(np.linalg.norm(flat.astype(np.float64)))


def _outputs(layer: Layer, y: Array) -> tuple[float, ...]:
    """The fields from ``mean`` to ``unit_spread`` of `LayerVitals`."""
    some = _thinned(y)
    square = float(np.square(some).mean())
    spread = [
        _quotient(math.sqrt(some.var(axis=axis).mean()), math.sqrt(square))
        if some.shape[axis] > 1 else math.nan
        for axis in (0, 1)
    ]  # fmt: skip
    return (
        float(some.mean()),
        float(some.std()),
        _saturated(some, layer.output_range),
        float(1 - np.count_nonzero(some) / some.size),
        y.shape[1],
        _dead(y) if layer.is_activation and layer.output_range is None else math.nan,
        *spread,
    )


def _thinned(y: Array) -> NDArray[np.float64]:
    """All or about `NUMBERS` of the outputs, (N, units, …), in float64: it does not run over."""
    if y.ndim == 4 and y.size > NUMBERS:
        stride = math.isqrt(y.size // NUMBERS) + 1
        y = y[:, :, ::stride, ::stride]
    return y.astype(np.float64)


def _saturated(y: NDArray[np.float64], bounds: tuple[float, float] | None) -> float:
    if bounds is None:
        return math.nan
    low, high = bounds
    margin = MARGIN * (high - low)
    return float(np.count_nonzero((y <= low + margin) | (y >= high - margin))) / y.size


def _dead(y: Array) -> float:
    """How many units are zero for every sample, at every position."""
    axes = (0, *range(2, y.ndim))
    silent = y.max(axis=axes) == 0
    if silent.any():
        silent &= y.min(axis=axes) == 0
    return float(np.count_nonzero(silent))


def _quotient(a: float, b: float) -> float:
    """a / b; 0 where both are 0, for nothing is no share of anything."""
    if b == 0:
        return 0.0 if a == 0 else math.inf
    return a / b
