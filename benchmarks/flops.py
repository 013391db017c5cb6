"""How many floating-point operations a network's matrix products take."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nnlib.errors import Shape
from nnlib.layers import Affine, Convolution, Layer


def multiplications(layer: Layer, shape: Shape) -> int:
    """Multiply-and-add operations of one sample's forward pass, for inputs of ``shape``.

    Biases, activation functions and pooling are not counted: they are no matrix products.
    """
    if isinstance(layer, Affine):
        return math.prod(shape) * layer.units
    if isinstance(layer, Convolution):
        return math.prod(layer.output_shape(shape)) * shape[0] * layer.kernel_size**2
    return 0


def of_forward(layers: Sequence[Layer], shape: Shape) -> int:
    """Operations of one sample's forward pass: a multiplication and an addition count as two."""
    return sum(2 * count for count in _by_layer(layers, shape))


def of_training(layers: Sequence[Layer], shape: Shape) -> int:
    """Operations of one sample's training step.

    Forward, then backward the gradients of the weights and those of the inputs: three products of
    equal size. The first layer that learns needs no gradient of its inputs.
    """
    counts = [count for count in _by_layer(layers, shape) if count]
    return 6 * sum(counts) - 2 * counts[0] if counts else 0


def _by_layer(layers: Sequence[Layer], shape: Shape) -> list[int]:
    counts = []
    for layer in layers:
        counts.append(multiplications(layer, shape))
        shape = layer.output_shape(shape)
    return counts
