"""Pooling: the picture gets smaller, what was found in it stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib import kernels
from nnlib.errors import Shape
from nnlib.functions import window_positions
from nnlib.layers.windows import WindowLayer
from nnlib.options import option, register
from nnlib.types import Array

__all__ = ["AveragePooling", "MaxPooling"]


@dataclass
class Pooling(WindowLayer):
    """What both kinds of pooling share. Input (N, C, H, W), output (N, C, OH, OW)."""

    window_option = "size"

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
    icon = "R 2 5 14 14 M 9 5 L 9 19 M 2 12 L 16 12 | B 9 5 7 7 B 18.5 9.5 5 5"
    keywords = "max pool subsampling downsampling"

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        self.y = kernels.max_pool(x, self.size, self.steps, self.room)
        return self.y

    def backward(self, dy: Array) -> Array:
        return kernels.max_pool_backward(self.x, self.y, dy, self.size, self.steps, self.room)

    def branches(self) -> NDArray[Any]:
        """The winner's position in each window, (N, C, OH, OW); the first of equals wins."""
        wins = [seen == self.y for seen in self.positions(self.x)]
        return np.asarray(np.argmax(wins, axis=0))


@register("Layers")
@dataclass
class AveragePooling(Pooling):
    """Keeps the mean of each window. LeCun et al. 1998."""

    formula = "y = mean over each window"
    is_linear = True
    icon = (
        "R 2 5 14 14 M 9 5 L 9 19 M 2 12 L 16 12"
        "| D 5.5 8.5 1.8 D 12.5 8.5 1.8 D 5.5 15.5 1.8 D 12.5 15.5 1.8 D 21 12 2.6"
    )
    keywords = "average avg mean pool subsampling downsampling"

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        first, *others = self.positions(x)
        y = self.room.like("y", first)
        y[...] = first
        for seen in others:
            y += seen
        y /= self.size * self.size
        return y

    def backward(self, dy: Array) -> Array:
        dx, share = self.room.like("dx", self.x), self.room.like("share", dy)
        dx[...] = 0
        np.divide(dy, self.size * self.size, out=share)
        for seen in self.positions(dx):
            seen += share
        return dx
