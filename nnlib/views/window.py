"""One window of a convolution, step by step: pixels → a row of im2col → the output there.

Saitoh, section 7.4: im2col lays every window out as a row, and one matrix product does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnlib.errors import DataError, OptionError
from nnlib.functions import im2col
from nnlib.layers import Convolution
from nnlib.network import Network
from nnlib.types import Array


@dataclass(frozen=True)
class Window:
    """What a convolution does at one place of one image.

    Attributes:
        place: (i, j), the place in the output; 0 ≤ i < OH, 0 ≤ j < OW.
        top, left: the first row and column of the image that the window sees, negative where it
            begins in the padding.
        pixels: (C, FH, FW), what it sees; 0 in the padding.
        inside: (FH, FW), whether each position lies in the image and not in the padding.
        row: (C·FH·FW,), the pixels as their row of im2col's matrix.
        row_index: which row of the matrix that is for this image alone: i·OW + j.
        matrix_shape: (OH·OW, C·FH·FW), the matrix of this image alone.
        weights: (filters, C·FH·FW), each filter laid out as the row is.
        bias: (filters,).
    """

    place: tuple[int, int]
    top: int
    left: int
    pixels: Array
    inside: NDArray[np.bool_]
    row: Array
    row_index: int
    matrix_shape: tuple[int, int]
    weights: Array
    bias: Array

    @property
    def products(self) -> Array:
        """(filters, C·FH·FW): each weight times its pixel."""
        return self.weights * self.row

    @property
    def outputs(self) -> Array:
        """(filters,): what the layer puts at `place`, the sum of the products and the bias."""
        y: Array = self.weights @ self.row + self.bias
        return y


def convolution_window(network: Network, x: Array, index: int, place: tuple[int, int]) -> Window:
    """One window of the convolution at ``index`` for one sample.

    Args:
        x: one sample, of the network's input shape; the layers before the convolution change it
            first, in inference mode.
        index: which layer, from 0.
        place: (i, j), row and column in the layer's output.

    Raises:
        OptionError: the layer is no Convolution, or has no such place.
        DataError: ``x`` is not one sample of that shape.
    """
    layer = network.layers[index] if 0 <= index < len(network.layers) else None
    if not isinstance(layer, Convolution):
        known = [i for i, other in enumerate(network.layers) if isinstance(other, Convolution)]
        raise OptionError(
            f"A window is shown of a Convolution, and there is none at index {index}. "
            + (f"Choose one of {', '.join(map(str, known))}." if known else "The network has none.")
        )
    x = np.asarray(x)
    if x.shape != network.input_shape:
        raise DataError(
            f"A window is shown of one sample of shape {network.input_shape}, not {x.shape}. "
            "Choose one sample of the batch, x[0]."
        )
    with np.errstate(all="ignore"):
        outputs = network.activations(x[None])
    image = outputs[index - 1] if index else x[None].astype(network.dtype)
    return _window(layer, image, place)


def _window(layer: Convolution, image: Array, place: tuple[int, int]) -> Window:
    """The window at ``place`` of ``image`` (1, C, H, W)."""
    channels, height, width = image.shape[1:]
    _, oh, ow = layer.output_shape((channels, height, width))
    i, j = place
    if not (0 <= i < oh and 0 <= j < ow):
        raise OptionError(
            f"The output of this Convolution has {oh} rows and {ow} columns; there is no row {i}, "
            f"column {j}. Rows go from 0 to {oh - 1}, columns from 0 to {ow - 1}."
        )
    k = layer.kernel_size
    cols = im2col(image, (k, k), layer.stride, layer.padding)
    row = cols[i * ow + j].copy()
    top, left = i * layer.stride - layer.padding, j * layer.stride - layer.padding
    rows, columns = np.arange(top, top + k), np.arange(left, left + k)
    inside = np.outer((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
    return Window(
        (i, j),
        top,
        left,
        row.reshape(channels, k, k),
        inside,
        row,
        i * ow + j,
        (oh * ow, channels * k * k),
        layer.params["W"].reshape(layer.filters, -1).copy(),
        layer.params["b"].copy(),
    )
