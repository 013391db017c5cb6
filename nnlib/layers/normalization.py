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

    formula = "y = γ (x − mean) / √(variance + ε) + β"

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
        if training:
            mean, variance = x.mean(axis=axes), x.var(axis=axes)
            self._remember(mean, variance)
        else:
            mean, variance = self.buffers["mean"], self.buffers["variance"]
        self.deviation = self._spread(np.sqrt(variance + x.dtype.type(EPSILON)), x)
        self.normalized = (x - self._spread(mean, x)) / self.deviation
        gamma, beta = self._spread(self.params["gamma"], x), self._spread(self.params["beta"], x)
        return gamma * self.normalized + beta

    def backward(self, dy: Array) -> Array:
        axes = self._batch_axes(dy)
        np.sum(dy * self.normalized, axis=axes, out=self.grads["gamma"])
        np.sum(dy, axis=axes, out=self.grads["beta"])
        slope = self._spread(self.params["gamma"], dy) / self.deviation
        if not self.training:
            return dy * slope
        # Mean and variance depend on x too: take out what moves them (Ioffe and Szegedy, §3).
        count = dy.size // dy.shape[1]
        common = self._spread(self.grads["beta"], dy)
        along = self.normalized * self._spread(self.grads["gamma"], dy)
        dx: Array = slope * (dy - (common + along) / count)
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
