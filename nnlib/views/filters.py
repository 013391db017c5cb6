"""Filters: the weights of the first layer that has any, as pictures, before and after training.

Random specks become edges and blobs. Saitoh, section 7.6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nnlib.errors import Shape
from nnlib.network import Network
from nnlib.types import Array
from nnlib.views.scale import Scale, symmetric_scale


@dataclass(frozen=True)
class Filters:
    """The first weights of a network.

    Attributes:
        index, name: which layer has them; the index counts from 0.
        before: (filters, C, H, W), what the training started from. Each unit of an Affine layer
            counts as a filter of the whole picture's size; inputs (D,) are one row, C = H = 1.
        after: the same, as it is now.
        scale: for both, 0 in the middle.
    """

    index: int
    name: str
    before: Array
    after: Array
    scale: Scale


def first_filters(network: Network, before: Array | None = None) -> Filters | None:
    """The filters of the first layer with weights; None where no layer has any.

    Args:
        before: ``before`` of an earlier result. Without it the network is built once more from its
            layers and its seed, which gives the very weights that it started from.
    """
    index = next((i for i, layer in enumerate(network.layers) if "W" in layer.params), None)
    if index is None:
        return None
    after = _pictures(network, index)
    if before is None:
        before = _pictures(_as_it_started(network), index)
    name = network.layers[index].display_name()
    return Filters(index, name, before, after, symmetric_scale([before, after]))


def _as_it_started(network: Network) -> Network:
    return Network(
        network.layers, network.input_shape, network.loss_function, network.seed, network.dtype
    )


def _pictures(network: Network, index: int) -> Array:
    """A copy of the weights of layer ``index``, as (filters, C, H, W)."""
    W = network.layers[index].params["W"]
    if W.ndim == 4:
        return W.copy()
    return W.T.reshape(-1, *_picture_shape(network, index)).copy()


def _picture_shape(network: Network, index: int) -> Shape:
    """(C, H, W) of what layer ``index`` sees, had no Flatten come before it."""
    shape = picture = network.input_shape
    for layer in network.layers[:index]:
        shape = layer.output_shape(shape)
        picture = shape if len(shape) == 3 else picture
    if len(picture) == 3 and math.prod(picture) == math.prod(shape):
        return picture
    return (1, 1, math.prod(shape))
