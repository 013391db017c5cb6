"""Layers that only rearrange numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nnlib.errors import Shape
from nnlib.layers.base import Layer
from nnlib.options import register
from nnlib.types import Array

__all__ = ["Flatten"]


@register("Layers")
@dataclass
class Flatten(Layer):
    """Lays all numbers of a sample in one row.

    Input (N, …), output (N, D).
    """

    formula = "(N, C, H, W) → (N, C·H·W)"
    icon = (
        "B 7 2 4.5 4.5 B 12.5 2 4.5 4.5 B 7 7.5 4.5 4.5 B 12.5 7.5 4.5 4.5"
        "| B 1.5 17 4.5 4.5 B 7 17 4.5 4.5 B 12.5 17 4.5 4.5 B 18 17 4.5 4.5"
    )
    keywords = "reshape"
    changes_values = False
    is_linear = True

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def forward(self, x: Array, training: bool) -> Array:
        self.shape = x.shape
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy: Array) -> Array:
        return dy.reshape(self.shape)
