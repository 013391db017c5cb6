"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.errors import Shape
from nnlib.functions import ones
from nnlib.initializers import InitialWeights
from nnlib.layers.base import Layer, Parameter, weights
from nnlib.options import option, register
from nnlib.types import Array

__all__ = ["Affine"]


@register("Layers")
@dataclass
class Affine(Layer):
    """Fully connected layer: every unit sums all inputs, each with a weight of its own.

    Input (N, D), output (N, units), W (D, units), b (units,). Saitoh, section 5.6.
    """

    formula = "y = x W + b"
    is_linear = True
    icon = (
        "M 5 4 L 19 8 M 5 4 L 19 16 M 5 12 L 19 8 M 5 12 L 19 16 M 5 20 L 19 8 M 5 20 L 19 16"
        "| D 5 4 2.4 D 5 12 2.4 D 5 20 2.4 D 19 8 2.4 D 19 16 2.4"
    )
    keywords = "dense fully connected linear"

    units: int = option(100, minimum=1, maximum=16384, help="Number of neurons.")
    initial: InitialWeights = option("auto", label="Initial weights", help="How W starts.")

    def output_shape(self, shape: Shape) -> Shape:
        self.expect_flat(shape)
        return (self.units,)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        inputs = self.expect_flat(shape)
        return {
            "W": weights((inputs, self.units), fan_in=inputs, initial=self.initial),
            "b": Parameter((self.units,)),
        }

    def multiply_adds(self, shape: Shape) -> int:
        return self.expect_flat(shape) * self.units

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        y = self.room.array("y", (len(x), self.units), x.dtype)
        np.dot(x, self.params["W"], out=y)
        y += self.params["b"]
        return y

    def learn(self, dy: Array) -> None:
        np.dot(self.x.T, dy, out=self.grads["W"])
        np.dot(ones(len(dy), dy.dtype), dy, out=self.grads["b"])  # the sum over the batch

    def backward(self, dy: Array) -> Array:
        self.learn(dy)
        dx = self.room.like("dx", self.x)
        return np.matmul(dy, self.params["W"].T, out=dx)  # np.dot wants dx in C order

    def summary(self) -> str:
        return f"{self.units} units"
