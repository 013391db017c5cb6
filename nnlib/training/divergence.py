"""Divergence: has a network burst, and in which layer does it show first?"""

from __future__ import annotations

import numpy as np

from nnlib.analysis import layer_name
from nnlib.network import Network
from nnlib.types import Array


def is_finite(network: Network) -> bool:
    """Whether all that the network learned is finite: parameters and kept statistics."""
    buffers = (a for layer in network.layers for a in layer.buffers.values())
    return has_finite_values(network) and all(np.isfinite(a).all() for a in buffers)


def has_finite_values(network: Network) -> bool:
    """Whether all parameters are finite; cheap enough for every step.

    One NaN or infinity makes the sum of squares NaN or infinite, and BLAS takes that sum in half
    the time of a scan. Huge finite numbers do so too; then a scan decides.
    """
    with np.errstate(all="ignore"):
        squares = network.values.dot(network.values)
    return bool(np.isfinite(squares)) or bool(np.isfinite(network.values).all())


def first_bad_layer(network: Network, x: Array, training: bool = False) -> str:
    """The first layer whose parameters, statistics or outputs are NaN or infinite.

    Args:
        x: the samples (N, *input_shape) at which it burst; the network is left as it was.
        training: whether it burst in training mode, where batch normalization and dropout compute
            something else than in inference.

    Returns:
        The layer's name, such as "layer 2 (Affine)", or else "the loss".
    """
    state, noise = network.state(), network.noise.bit_generator.state
    y = np.asarray(x).astype(network.dtype, copy=False)
    try:
        with np.errstate(all="ignore"):
            for index, layer in enumerate(network.layers):
                kept = [*layer.params.values(), *layer.buffers.values()]
                if not all(np.isfinite(array).all() for array in kept):
                    return layer_name(index, layer)
                y = layer.forward(y, training)
                if not np.isfinite(y).all():
                    return layer_name(index, layer)
    finally:
        network.restore(state)
        network.noise.bit_generator.state = noise
    return "the loss"
