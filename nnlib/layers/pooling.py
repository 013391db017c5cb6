"""Pooling: the picture gets smaller, what was found in it stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.errors import Shape
from nnlib.functions import window_positions
from nnlib.layers.windows import WindowLayer
from nnlib.options import option, register
from nnlib.types import Array

__all__ = ["AveragePooling", "MaxPooling"]


@dataclass
class Pooling(WindowLayer):
    """What both kinds of pooling share. Input (N, C, H, W), output (N, C, OH, OW)."""

    size: int = option(2, minimum=1, maximum=64, help="Height and width of the window.")
    stride: int | None = option(
        None,
        minimum=1,
        maximum=64,
        optional=True,
        none_text="same as size",
        help="Pixels from one window to the next.",
    )

    @property
    def steps(self) -> int:
        """The stride that counts: the size where none was given."""
        return self.size if self.stride is None else self.stride

    def output_shape(self, shape: Shape) -> Shape:
        oh, ow = self.count_windows(shape, self.size, self.steps)
        return (shape[0], oh, ow)

    def positions(self, x: Array) -> list[Array]:
        """What each position of the window sees: size·size views (N, C, OH, OW)."""
        return list(window_positions(x, (self.size, self.size), self.steps))

    def summary(self) -> str:
        text = f"{self.size} × {self.size}"
        return text if self.stride in (None, self.size) else f"{text}, stride {self.stride}"


@register("Layers")
@dataclass
class MaxPooling(Pooling):
    """Keeps the largest value of each window. Saitoh, section 7.3."""

    formula = "y = max over each window"

    def forward(self, x: Array, training: bool) -> Array:
        first, *others = self.positions(x)
        y = first.copy(order="K")
        for seen in others:
            np.maximum(y, seen, out=y)
        self.x, self.y = x, y
        return y

    def backward(self, dy: Array) -> Array:
        dx = np.zeros_like(self.x)
        open_ = np.ones_like(self.y, dtype=bool)  # windows whose winner is still to be found
        for seen, slope in zip(self.positions(self.x), self.positions(dx), strict=True):
            wins = (seen == self.y) & open_
            slope += dy * wins
            open_ ^= wins
        return dx


@register("Layers")
@dataclass
class AveragePooling(Pooling):
    """Keeps the mean of each window. LeCun et al. 1998."""

    formula = "y = mean over each window"

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        first, *others = self.positions(x)
        total = first.copy(order="K")
        for seen in others:
            total += seen
        return total / x.dtype.type(self.size * self.size)

    def backward(self, dy: Array) -> Array:
        dx = np.zeros_like(self.x)
        share = dy / dy.dtype.type(self.size * self.size)
        for seen in self.positions(dx):
            seen += share
        return dx
