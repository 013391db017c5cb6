"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

    is_linear = True
    formula = "training: y = mask · x; inference: y = (1 − ratio) · x"
    icon = (
        "O 12 5 2.3 O 5 12 2.3 O 19 19 2.3 O 12 19 2.3"
        "| D 5 5 2.6 D 19 5 2.6 D 12 12 2.6 D 19 12 2.6 D 5 19 2.6"
    )
    keywords = "regularization"

    ratio: float = option(0.5, minimum=0.0, maximum=0.95, help="Share of inputs set to zero.")

    def build(self, shape: Shape, context: BuildContext) -> None:
        self.noise = context.noise
        self.shape = shape

    def draw(self, count: int) -> NDArray[np.bool_]:
        kept: NDArray[np.bool_] = (
            self.noise.random((count, *self.shape), dtype=np.float32) >= self.ratio
        )
        return kept

    def forward(self, x: Array, training: bool) -> Array:
        self.scale: NDArray[Any] = np.array(1 - self.ratio, x.dtype)
        if training:
            self.scale = self.draw(len(x)) if self.drawn is None else self.drawn
            self.drawn = None
        y: Array = np.multiply(x, self.scale, out=self.room.like("y", x))
        return y

    def backward(self, dy: Array) -> Array:
        dx: Array = np.multiply(dy, self.scale, out=self.room.like("dx", dy))
        return dx

    def summary(self) -> str:
        return f"ratio {self.ratio:g}"
