"""Activation functions: what makes a network more than one matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib import functions
from nnlib.layers.base import Layer
from nnlib.options import register
from nnlib.types import Array

__all__ = ["ReLU", "Sigmoid", "Softmax", "Step", "Tanh"]


@register("Activation functions")
@dataclass
class ReLU(Layer):
    """Passes positive values and silences the rest. Saitoh, section 5.5."""

    formula = "y = max(x, 0)"
    keywords = "rectifier rectified linear unit"
    is_activation = True

    def forward(self, x: Array, training: bool) -> Array:
        # With an array of zeros three times as fast as with the number 0.
        self.y = np.maximum(x, self.room.zeros(x), out=self.room.like("y", x))
        return self.y

    def backward(self, dy: Array) -> Array:
        passed = np.greater(self.y, 0, out=self.room.like("passed", self.y, np.bool_))
        return np.multiply(dy, passed, out=self.room.like("dx", dy))

    def branches(self) -> NDArray[Any]:
        return self.y > 0


@register("Activation functions")
@dataclass
class Sigmoid(Layer):
    """Squeezes every value between 0 and 1. Saitoh, section 5.5."""

    formula = "y = 1 / (1 + exp(−x))"
    keywords = "logistic"
    is_activation = True
    output_range = (0.0, 1.0)

    def forward(self, x: Array, training: bool) -> Array:
        self.y = functions.sigmoid(x, out=self.room.like("y", x))
        return self.y

    def backward(self, dy: Array) -> Array:
        dx = np.subtract(1, self.y, out=self.room.like("dx", self.y))
        dx *= self.y
        dx *= dy
        return dx


@register("Activation functions")
@dataclass
class Tanh(Layer):
    """Squeezes every value between −1 and 1, with zero kept at zero."""

    formula = "y = tanh(x)"
    keywords = "hyperbolic tangent"
    is_activation = True
    output_range = (-1.0, 1.0)

    def forward(self, x: Array, training: bool) -> Array:
        self.y = np.tanh(x, out=self.room.like("y", x))
        return self.y

    def backward(self, dy: Array) -> Array:
        dx = np.square(self.y, out=self.room.like("dx", self.y))
        np.subtract(1, dx, out=dx)
        dx *= dy
        return dx


@register("Activation functions")
@dataclass
class Step(Layer):
    """Fires or does not: 1 above zero, else 0. Saitoh, section 3.2.

    Its derivative is zero wherever it has one, so that nothing before it can learn.
    """

    formula = "y = 1 if x > 0 else 0"
    keywords = "heaviside threshold"
    is_activation = True
    output_range = (0.0, 1.0)

    def forward(self, x: Array, training: bool) -> Array:
        self.y = np.greater(x, 0, out=self.room.like("y", x))
        return self.y

    def backward(self, dy: Array) -> Array:
        dx = self.room.like("dx", dy)
        dx[...] = 0
        return dx

    def branches(self) -> NDArray[Any]:
        return self.y > 0


@register("Activation functions")
@dataclass
class Softmax(Layer):
    """Turns scores into shares that sum to 1 along the last axis. Saitoh, section 3.5."""

    formula = "yₖ = exp(xₖ) / Σ exp(xᵢ)"
    icon = "M 3 21 L 21 21 | B 4 14 4 6 B 10 4 4 16 B 16 17 4 3"
    keywords = "probabilities"
    is_activation = True
    output_range = (0.0, 1.0)

    def forward(self, x: Array, training: bool) -> Array:
        self.y = functions.softmax(x, out=self.room.like("y", x))
        return self.y

    def backward(self, dy: Array) -> Array:
        dx: Array = np.multiply(dy, self.y, out=self.room.like("dx", self.y))
        common = dx.sum(axis=-1, keepdims=True)
        np.subtract(dy, common, out=dx)
        dx *= self.y
        return dx
