"""All parameters of a network in one flat vector, and their gradient in another.

An optimizer then goes through one array and not through many, and other processes find all in one
place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from nnlib.helper import pages
from nnlib.helper.pages import Forms, Pages
from nnlib.types import Array, Params


class Flat:
    """The parameters and gradients of some layers, which become views into it.

    Attributes:
        values, slopes: the two vectors.
        pages: the memory in which they lie, in this order.
    """

    def __init__(
        self, params: Sequence[Params], grads: Sequence[Params], dtype: np.dtype[Any]
    ) -> None:
        size = sum(array.size for _, array in named(params))
        forms: Forms = [((size,), dtype)] * 2
        self.pages = Pages(pages.needed(forms))
        self.values, self.slopes = pages.arrays(self.pages.bytes, forms)
        for flat, parts in ((self.values, params), (self.slopes, grads)):
            before = [array for _, array in named(parts)]
            bind(parts, flat)
            for (_, array), old in zip(named(parts), before, strict=True):
                array[...] = old


def named(layers: Iterable[Params]) -> Iterator[tuple[str, Array]]:
    """The arrays of all layers with their names in the network: "0.W" is the first layer's W."""
    for index, arrays in enumerate(layers):
        for name, array in arrays.items():
            yield f"{index}.{name}", array


def bind(layers: Sequence[Params], flat: Array) -> None:
    """Have all arrays be views into one flat vector, whose numbers stand."""
    start = 0
    for arrays in layers:
        for name, array in arrays.items():
            arrays[name] = flat[start : start + array.size].reshape(array.shape)
            start += array.size
