"""Activation functions: what makes a network more than one matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    is_activation = True

    def forward(self, x: Array, training: bool) -> Array:
        self.y = functions.relu(x)
        return self.y

    def backward(self, dy: Array) -> Array:
        return dy * (self.y > 0)


@register("Activation functions")
@dataclass
class Sigmoid(Layer):
    """Squeezes every value between 0 and 1. Saitoh, section 5.5."""

    formula = "y = 1 / (1 + exp(−x))"
    is_activation = True
    output_range = (0.0, 1.0)

    def forward(self, x: Array, training: bool) -> Array:
        self.y = functions.sigmoid(x)
        return self.y

    def backward(self, dy: Array) -> Array:
        return dy * self.y * (1 - self.y)


@register("Activation functions")
@dataclass
class Tanh(Layer):
    """Squeezes every value between −1 and 1, with zero kept at zero."""

    formula = "y = tanh(x)"
    is_activation = True
    output_range = (-1.0, 1.0)

    def forward(self, x: Array, training: bool) -> Array:
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy: Array) -> Array:
        dx: Array = dy * (1 - self.y * self.y)
        return dx


@register("Activation functions")
@dataclass
class Step(Layer):
    """Fires or does not: 1 above zero, else 0. Saitoh, section 3.2.

    Its derivative is zero wherever it has one, so that nothing before it can learn.
    """

    formula = "y = 1 if x > 0 else 0"
    is_activation = True
    output_range = (0.0, 1.0)

    def forward(self, x: Array, training: bool) -> Array:
        return functions.step(x)

    def backward(self, dy: Array) -> Array:
        return np.zeros_like(dy)


@register("Activation functions")
@dataclass
class Softmax(Layer):
    """Turns scores into shares that sum to 1 along the last axis. Saitoh, section 3.5."""

    formula = "yₖ = exp(xₖ) / Σ exp(xᵢ)"
    is_activation = True
    output_range = (0.0, 1.0)

    def forward(self, x: Array, training: bool) -> Array:
        self.y = functions.softmax(x)
        return self.y

    def backward(self, dy: Array) -> Array:
        dx: Array = self.y * (dy - (dy * self.y).sum(axis=-1, keepdims=True))
        return dx
