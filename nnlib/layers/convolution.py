"""The convolution layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.errors import Shape
from nnlib.functions import col2im, im2col
from nnlib.initializers import InitialWeights
from nnlib.layers.base import Parameter, weights
from nnlib.layers.windows import WindowLayer
from nnlib.options import option, register
from nnlib.types import Array

__all__ = ["Convolution"]


@register("Layers")
@dataclass
class Convolution(WindowLayer):
    """Slides small filters over the image; each looks for one pattern everywhere.

    Input (N, C, H, W), output (N, filters, OH, OW) with OH = (H + 2·padding − kernel) / stride + 1,
    W (filters, C, kernel, kernel), b (filters,). Saitoh, sections 7.2 and 7.4.
    """

    formula = "y = W * x + b"

    filters: int = option(16, minimum=1, maximum=4096, help="Number of filters.")
    kernel_size: int = option(3, minimum=1, maximum=64, help="Height and width of a filter.")
    stride: int = option(1, minimum=1, maximum=64, help="Pixels from one window to the next.")
    padding: int = option(0, minimum=0, maximum=64, help="Rows and columns of zeros around.")
    initial: InitialWeights = option("auto", label="Initial weights", help="How W starts.")

    def output_shape(self, shape: Shape) -> Shape:
        oh, ow = self.count_windows(shape, self.kernel_size, self.stride, self.padding)
        return (self.filters, oh, ow)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        channels, _, _ = self.expect_images(shape)
        k = self.kernel_size
        return {
            "W": weights((self.filters, channels, k, k), channels * k * k, self.initial),
            "b": Parameter((self.filters,)),
        }

    def forward(self, x: Array, training: bool) -> Array:
        oh, ow = self.output_shape(x.shape[1:])[1:]
        self.x_shape = x.shape
        self.cols = im2col(x, (self.kernel_size, self.kernel_size), self.stride, self.padding)
        y = self.params["W"].reshape(self.filters, -1) @ self.cols.T
        y += self.params["b"][:, None]
        return y.reshape(self.filters, oh, ow, len(x)).transpose(3, 0, 1, 2)

    def learn(self, dy: Array) -> None:
        rows = self._filter_rows(dy)
        np.matmul(rows, self.cols, out=self.grads["W"].reshape(self.filters, -1))
        np.sum(rows, axis=1, out=self.grads["b"])

    def backward(self, dy: Array) -> Array:
        self.learn(dy)
        dcols = self.params["W"].reshape(self.filters, -1).T @ self._filter_rows(dy)
        window = (self.kernel_size, self.kernel_size)
        return col2im(dcols.T, self.x_shape, window, self.stride, self.padding)

    def _filter_rows(self, y: Array) -> Array:
        """(N, filters, OH, OW) as (filters, OH·OW·N), in the order of `im2col`'s rows."""
        return y.transpose(1, 2, 3, 0).reshape(self.filters, -1)

    def summary(self) -> str:
        text = f"{self.filters} filters {self.kernel_size} × {self.kernel_size}"
        text += f", stride {self.stride}" if self.stride != 1 else ""
        return text + (f", padding {self.padding}" if self.padding else "")
