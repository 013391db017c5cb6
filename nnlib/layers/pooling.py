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
        self.x_shape = x.shape
        self.winner = np.zeros(first.shape, np.uint16)
        largest = first.copy()
        for k, seen in enumerate(others, start=1):
            larger = seen > largest
            np.copyto(largest, seen, where=larger)
            self.winner[larger] = k
        return largest

    def backward(self, dy: Array) -> Array:
        dx = np.zeros(self.x_shape, dy.dtype)
        for k, seen in enumerate(self.positions(dx)):
            seen += dy * (self.winner == k)
        return dx


@register("Layers")
@dataclass
class AveragePooling(Pooling):
    """Keeps the mean of each window. LeCun et al. 1998."""

    formula = "y = mean over each window"

    def forward(self, x: Array, training: bool) -> Array:
        self.x_shape = x.shape
        first, *others = self.positions(x)
        total = first.copy()
        for seen in others:
            total += seen
        return total / x.dtype.type(self.size * self.size)

    def backward(self, dy: Array) -> Array:
        dx = np.zeros(self.x_shape, dy.dtype)
        share = dy / dy.dtype.type(self.size * self.size)
        for seen in self.positions(dx):
            seen += share
        return dx
