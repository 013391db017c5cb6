"""Workspace: arrays that are allocated in the first step and used again in every other.

Fresh large arrays cost more than what is computed in them: the system hands out their memory page
by page, and none of it is in the processor's cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnlib.errors import Shape
from nnlib.types import Array


class Workspace:
    """A layer's own arrays by name. What an array holds lasts until its name is asked for again."""

    def __init__(self) -> None:
        self._memory: dict[str, Array] = {}
        self._given: dict[str, tuple[Any, Array]] = {}
        self._inner: dict[str, Workspace] = {}

    def __reduce__(self) -> tuple[type[Workspace], tuple[()]]:
        return Workspace, ()  # a copy works out its own

    def array(self, name: str, shape: Shape, dtype: Any) -> Array:
        """An array of that shape with undefined contents, contiguous."""
        key = (shape, dtype)
        given = self._given.get(name)
        if given is not None and given[0] == key:
            return given[1]
        array = self._reserve(name, math.prod(shape), dtype).reshape(shape)
        self._given[name] = (key, array)
        return array

    def like(self, name: str, x: Array, dtype: Any = None) -> Array:
        """An array of x's shape and memory order with undefined contents, dense."""
        key = (x.shape, x.strides, dtype or x.dtype)
        given = self._given.get(name)
        if given is not None and given[0] == key:
            return given[1]
        order = sorted(range(x.ndim), key=lambda axis: -x.strides[axis])
        dense = self._reserve(name, x.size, key[2]).reshape([x.shape[axis] for axis in order])
        array = dense.transpose(np.argsort(order))
        self._given[name] = (key, array)
        return array

    def zeros(self, x: Array) -> Array:
        """Zeros in x's shape and memory order, to be read only."""
        before = self._given.get("zeros")
        zeros = self.like("zeros", x)
        if before is None or before[1] is not zeros:
            zeros[...] = 0
        return zeros

    def inner(self, name: str) -> Workspace:
        """A workspace within this one, whose names are apart from these."""
        return self._inner.setdefault(name, Workspace())

    @property
    def nbytes(self) -> int:
        """How much memory it holds."""
        own = sum(memory.nbytes for memory in self._memory.values())
        return own + sum(room.nbytes for room in self._inner.values())

    def clear(self) -> None:
        """Give all memory back; arrays that are in use stay what they are."""
        self._memory.clear()
        self._given.clear()
        self._inner.clear()

    def _reserve(self, name: str, size: int, dtype: Any) -> Array:
        memory = self._memory.get(name)
        if memory is None or memory.size < size or memory.dtype != dtype:
            memory = self._memory[name] = np.empty(size, dtype)
        return memory[:size]
