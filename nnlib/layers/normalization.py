"""Batch normalization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.errors import Shape
from nnlib.layers.base import BuildContext, Layer, Parameter
from nnlib.options import option, register
from nnlib.types import Array

__all__ = ["BatchNormalization"]

EPSILON = 1e-6  # the book's 10e-7, under the root


@register("Regularization")
@dataclass
class BatchNormalization(Layer):
    """Brings every feature to mean 0 and variance 1 over the batch, then scales and shifts it.

    Per feature for (N, D), per channel for (N, C, H, W). Inference uses running statistics.
    Ioffe and Szegedy 2015; Saitoh, section 6.3.
    """

    mixes_samples = True
    is_linear = True
    formula = "y = γ (x − mean) / √(variance + ε) + β"
    icon = "M 7 3 L 7 21 M 17 3 L 17 21 | M 2 20 C 9 20 8 5 12 5 C 16 5 15 20 22 20"
    keywords = "batch norm bn"

    momentum: float = option(
        0.9, minimum=0.0, maximum=0.9999, help="How much of the running statistics each step keeps."
    )

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        return {"gamma": Parameter((shape[0],), fill=1.0), "beta": Parameter((shape[0],))}

    def build(self, shape: Shape, context: BuildContext) -> None:
        super().build(shape, context)
        self.buffers["mean"] = np.zeros(shape[0], context.dtype)
        self.buffers["variance"] = np.ones(shape[0], context.dtype)

    def forward(self, x: Array, training: bool) -> Array:
        self.training = training
        axes = self._batch_axes(x)
        mean, variance = self.buffers["mean"], self.buffers["variance"]
        normalized, y = self.room.like("normalized", x), self.room.like("y", x)
        if training:
            mean = x.mean(axis=axes)
        np.subtract(x, self._spread(mean, x), out=normalized)
        if training:
            variance = np.square(normalized, out=y).mean(axis=axes)
            self._remember(mean, variance)
        self.deviation = self._spread(np.sqrt(variance + x.dtype.type(EPSILON)), x)
        normalized /= self.deviation
        np.multiply(normalized, self._spread(self.params["gamma"], x), out=y)
        y += self._spread(self.params["beta"], x)
        self.normalized = normalized
        return y

    def backward(self, dy: Array) -> Array:
        axes = self._batch_axes(dy)
        dx = self.room.like("dx", dy)
        np.sum(np.multiply(dy, self.normalized, out=dx), axis=axes, out=self.grads["gamma"])
        np.sum(dy, axis=axes, out=self.grads["beta"])
        slope = self._spread(self.params["gamma"], dy) / self.deviation
        if not self.training:
            return np.multiply(dy, slope, out=dx)
        # Mean and variance depend on x too: take out what moves them (Ioffe and Szegedy, §3).
        count = dy.dtype.type(dy.size // dy.shape[1])
        np.multiply(self.normalized, self._spread(self.grads["gamma"], dy) / count, out=dx)
        dx += self._spread(self.grads["beta"], dy) / count
        np.subtract(dy, dx, out=dx)
        dx *= slope
        return dx

    def _remember(self, mean: Array, variance: Array) -> None:
        for name, value in (("mean", mean), ("variance", variance)):
            running = self.buffers[name]
            running *= self.momentum
            running += (1 - self.momentum) * value

    @staticmethod
    def _batch_axes(x: Array) -> tuple[int, ...]:
        """Every axis but the features'."""
        return (0, *range(2, x.ndim))

    @staticmethod
    def _spread(per_feature: Array, x: Array) -> Array:
        """(C,) so that it applies to (N, C, …)."""
        return per_feature.reshape(-1, *[1] * (x.ndim - 2))
