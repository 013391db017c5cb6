"""Mail: what this process and the helper hand each other for one network, in shared memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from numpy.typing import NDArray

from nnlib.errors import Shape
from nnlib.helper.pages import Forms, Pages, arrays, needed, opened
from nnlib.types import Array

MOST_MAIL = 1 << 28
"""Bytes of a batch that are shared; larger ones are worked on here."""

Drawn = list[tuple[int, NDArray[Any]]]
"""Random numbers of a batch, samples first, with the index of the layer that takes them."""


@dataclass(frozen=True)
class Form:
    """What a network's samples look like; both sides make their arrays by it.

    Attributes:
        input_shape, classes, dtype: the network's.
        drawn: of each layer that takes random numbers its index, and the shape and type of those
            for one sample.
    """

    input_shape: Shape
    classes: int
    dtype: str
    drawn: tuple[tuple[int, Shape, str], ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` reads it back."""
        return vars(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """What `to_json` gave."""
        drawn = tuple((index, tuple(shape), dtype) for index, shape, dtype in data["drawn"])
        return cls(tuple(data["input_shape"]), data["classes"], data["dtype"], drawn)

    def arrays(self, capacity: int) -> Forms:
        """The arrays for so many samples: x, one-hot targets, scores, random numbers."""
        k = (capacity, self.classes)
        drawn: Forms = [((capacity, *shape), dtype) for _, shape, dtype in self.drawn]
        x = (capacity, *self.input_shape)
        return [(x, self.dtype), (k, self.dtype), (k, self.dtype), *drawn]


class Mail:
    """Room for a batch, of which the helper takes some samples and gives back their scores.

    Attributes:
        capacity: the most samples that fit.
        x, t, scores: samples (capacity, …), one-hot targets and scores (capacity, K).
        nbytes: how much memory that takes.
        pages: the memory; None at the helper's side.

    Args:
        descriptor: of memory that the other side shared; there is new memory without one.
    """

    def __init__(self, form: Form, capacity: int, descriptor: int | None = None) -> None:
        self.capacity = capacity
        self.pages: Pages | None = None
        forms = form.arrays(capacity)
        self.nbytes = needed(forms)
        if descriptor is None:
            self.pages = Pages(self.nbytes)
            parts = arrays(self.pages.bytes, forms)
        else:
            parts = opened(descriptor, forms)
        self.x, self.t, self.scores, *drawn = parts
        self._drawn = [(index, a) for (index, _, _), a in zip(form.drawn, drawn, strict=True)]
        self._inbox: Array = self.x[:0]

    def inbox(self, count: int) -> Array:
        """The place of so many samples; what is in it already needs no copying."""
        if len(self._inbox) != count:
            self._inbox = self.x[:count]
        return self._inbox

    def put(self, rows: slice, x: Array) -> None:
        """Put some samples of a batch into it."""
        if x is not self._inbox:
            self.x[rows] = x[rows]

    def put_targets(self, rows: slice, t: Array, drawn: Drawn) -> None:
        """Put into it what a step takes with them."""
        self.t[rows] = t[rows]
        for (_, place), (_, numbers) in zip(self._drawn, drawn, strict=True):
            place[rows] = numbers[rows]

    def drawn(self, rows: slice) -> Drawn:
        """The random numbers of some samples."""
        return [(index, numbers[rows]) for index, numbers in self._drawn]
