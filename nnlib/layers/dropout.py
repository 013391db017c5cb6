"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.errors import Shape
from nnlib.layers.base import BuildContext, Layer
from nnlib.options import option, register
from nnlib.types import Array

__all__ = ["Dropout"]


@register("Regularization")
@dataclass
class Dropout(Layer):
    """Silences a random share of its inputs in every training step, against overfitting.

    The book's rule: a mask in training, times (1 − ratio) in inference. Saitoh, section 6.4.
    """

    formula = "training: y = mask · x; inference: y = (1 − ratio) · x"

    ratio: float = option(0.5, minimum=0.0, maximum=0.95, help="Share of inputs set to zero.")

    def build(self, shape: Shape, context: BuildContext) -> None:
        self.noise = context.noise

    def forward(self, x: Array, training: bool) -> Array:
        if not training:
            self.scale = np.array(1 - self.ratio, x.dtype)
        else:
            self.scale = (self.noise.random(x.shape, dtype="float32") >= self.ratio).astype(x.dtype)
        return x * self.scale

    def backward(self, dy: Array) -> Array:
        return dy * self.scale

    def summary(self) -> str:
        return f"ratio {self.ratio:g}"
