"""Parts: a batch is cut into parts, each of which goes through layers of its own on any thread.

The layers of all parts share their parameters; each part has its own outputs and gradients, and the
gradients are added up at the end, always in the same order. How a batch is cut depends on its size
and on the network alone: results are the same to the bit for any number of cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.layers import Layer, MaxPooling, ReLU
from nnlib.losses import Loss
from nnlib.threads import crew
from nnlib.types import Array, Params

MOST_PARTS = 2
LEAST_SAMPLES = 16
LEAST_WORK = 20_000_000
"""Multiply-adds of a part going forward; smaller ones are done before another thread wakes up."""


MUCH_LARGER = 4
PATIENCE = 200
"""After so many batches in a row that were so much smaller than the largest, its memory goes."""


class Part:
    """A network's layers, once more, for one part of the batch.

    Attributes:
        slopes: the gradient, a flat vector like `Network.values`.
        loss, scores: of the last `step`; of the last `forward`.
    """

    def __init__(self, layers: Sequence[Layer], loss: Loss, slopes: Array) -> None:
        self.layers = layers
        self.loss_function = loss
        self.slopes = slopes
        self.loss = 0.0
        self.scores: Array = np.empty(0)
        self._order = working_order(layers)
        learning = [place for place, layer in enumerate(self._order) if layer.params]
        self._learning = self._order[learning[0] :] if learning else []

    def forward(self, x: Array, training: bool) -> None:
        """Work out the scores (N, K) of samples (N, …)."""
        for layer in self._order:
            x = layer.forward(x, training)
        self.scores = x

    def step(
        self, x: Array, t: Array, drawn: Iterable[tuple[int, NDArray[Any]]], share: float
    ) -> None:
        """Work out loss, scores and gradient for samples x and one-hot targets t.

        Args:
            drawn: random numbers for these samples, with the index of the layer that takes them.
            share: the samples' share of the batch; loss and gradient are multiplied by it.
        """
        for index, numbers in drawn:
            self.layers[index].drawn = numbers
        self.forward(x, training=True)
        self.loss = share * self.loss_function.forward(self.scores, t)
        if not self._learning:
            return
        dy = self.loss_function.backward()
        if share != 1:
            dy *= dy.dtype.type(share)
        first, *others = self._learning
        for layer in reversed(others):
            dy = layer.backward(dy)
        first.learn(dy)


class Parts:
    """All parts of one network; the first is the network's own layers."""

    def __init__(self, layers: Sequence[Layer], loss: Loss, slopes: Array, work: int) -> None:
        self._parts = [Part(layers, loss, slopes)]
        self._work = work  # multiply-adds of a sample
        self._mixes_samples = any(layer.mixes_samples for layer in layers)
        self._largest = 0  # samples in a batch
        self._smaller_in_a_row = 0

    @property
    def nbytes(self) -> int:
        """How much memory the layers hold to work in."""
        return sum(layer.room.nbytes for part in self._parts for layer in part.layers)

    def step(self, x: Array, t: Array) -> tuple[float, Array]:
        """Loss and scores (N, K) of a training step; the gradient is in the network's slopes."""
        self._give_back(len(x))
        first = self._parts[0]
        drawn = [(i, numbers) for i, layer in enumerate(first.layers)
                 if (numbers := layer.draw(len(x))) is not None]  # fmt: skip
        cuts = cut(len(x), 0 if self._mixes_samples else self._work)
        parts = self._take(len(cuts))
        if len(parts) == 1:
            first.step(x, t, drawn, 1.0)
            return first.loss, first.scores.copy()
        crew.run([
            partial(part.step, x[c], t[c], [(i, numbers[c]) for i, numbers in drawn],
                    (c.stop - c.start) / len(x))
            for part, c in zip(parts, cuts, strict=True)
        ])  # fmt: skip
        for part in parts[1:]:
            first.slopes += part.slopes
        return sum(part.loss for part in parts), np.concatenate([part.scores for part in parts])

    def training_scores(self, x: Array) -> Array:
        """Scores (N, K) in training mode, a new array; the batch goes through in one part."""
        first = self._parts[0]
        for layer in first.layers:
            layer.drawn = None  # what a step that was interrupted did not take
        first.forward(x, training=True)
        return first.scores.copy()

    def scores(self, x: Array) -> Array:
        """Scores (N, K) in inference mode, a new array."""
        self._give_back(len(x))
        cuts = cut(len(x), self._work)
        parts = self._take(len(cuts))
        tasks: list[Callable[[], None]] = [
            partial(part.forward, x[c], training=False) for part, c in zip(parts, cuts, strict=True)
        ]
        crew.run(tasks)
        return np.concatenate([part.scores for part in parts])

    def _give_back(self, count: int) -> None:
        """Free the memory of batches as large as have not come for long."""
        if count * MUCH_LARGER > self._largest:
            self._largest, self._smaller_in_a_row = max(count, self._largest), 0
            return
        self._smaller_in_a_row += 1
        if self._smaller_in_a_row == PATIENCE:
            self._largest = count
            for part in self._parts:
                for layer in part.layers:
                    layer.room.clear()

    def _take(self, count: int) -> list[Part]:
        while len(self._parts) < count:
            first = self._parts[0]
            twins = [layer.twin() for layer in first.layers]
            slopes = flattened([layer.grads for layer in twins], first.slopes.dtype)
            self._parts.append(Part(twins, first.loss_function.copy(), slopes))
        return self._parts[:count]


def cut(count: int, work: int) -> list[slice]:
    """Into which parts so many samples are cut, of ``work`` multiply-adds each."""
    parts = max(1, min(MOST_PARTS, count * work // LEAST_WORK, count // LEAST_SAMPLES))
    return [slice(count * k // parts, count * (k + 1) // parts) for k in range(parts)]


def working_order(layers: Sequence[Layer]) -> list[Layer]:
    """The layers as they are carried out: MaxPooling before a ReLU that stands before it.

    The largest of the positive parts is the positive part of the largest, with the same gradient,
    and after pooling there is a quarter of the numbers.
    """
    order = list(layers)
    for i in range(len(order) - 1):
        if isinstance(order[i], ReLU) and isinstance(order[i + 1], MaxPooling):
            order[i], order[i + 1] = order[i + 1], order[i]
    return order


def named(layers: Iterable[Params]) -> Iterator[tuple[str, Array]]:
    """The arrays of all layers with their names in the network: "0.W" is the first layer's W."""
    for index, arrays in enumerate(layers):
        for name, array in arrays.items():
            yield f"{index}.{name}", array


def flattened(layers: Sequence[Params], dtype: np.dtype[Any]) -> Array:
    """One flat vector with the numbers of all arrays, which become views into it."""
    flat = np.empty(sum(array.size for _, array in named(layers)), dtype)
    start = 0
    for arrays in layers:
        for name, array in arrays.items():
            view = flat[start : start + array.size].reshape(array.shape)
            view[...] = array
            arrays[name] = view
            start += array.size
    return flat
