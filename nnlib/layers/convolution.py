"""The convolution layer."""

from __future__ import annotations

from dataclasses import dataclass

from nnlib.errors import Shape
from nnlib.initializers import InitialWeights
from nnlib.kernels import Windows, convolve, convolve_backward, filter_gradients
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
    W (filters, C, kernel, kernel), b (filters,). How it is computed is in `nnlib.kernels`. Saitoh,
    sections 7.2 and 7.4.
    """

    formula = "y = W * x + b"
    is_linear = True
    window_option = "kernel_size"
    icon = (
        "R 3 3 18 18 M 9 3 L 9 21 M 15 3 L 15 21 M 3 9 L 21 9 M 3 15 L 21 15| R 3 3 12 12 B 7 7 4 4"
    )
    keywords = "conv conv2d filter kernel"

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

    def multiply_adds(self, shape: Shape) -> int:
        rows, columns = self.output_shape(shape)[1:]
        return self.filters * shape[0] * self.kernel_size**2 * rows * columns

    def forward(self, x: Array, training: bool) -> Array:
        self.windows = Windows(self.kernel_size, self.stride, self.padding, self.room)
        self.x, self.padded = x, self.windows.padded(x)
        shape = self.output_shape(x.shape[1:])
        return convolve(self.windows, self.padded, self.params["W"], self.params["b"], shape)

    def learn(self, dy: Array) -> None:
        filter_gradients(self.windows, self.padded, dy, self.grads["W"], self.grads["b"])

    def backward(self, dy: Array) -> Array:
        W, dW, db = self.params["W"], self.grads["W"], self.grads["b"]
        return convolve_backward(self.windows, self.x, self.padded, W, dy, dW, db)

    def summary(self) -> str:
        text = f"{self.filters} filters {self.kernel_size} × {self.kernel_size}"
        text += f", stride {self.stride}" if self.stride != 1 else ""
        return text + (f", padding {self.padding}" if self.padding else "")
