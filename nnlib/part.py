"""A part of a batch, on its way through a network's layers and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.layers import Disabled, Layer, MaxPooling, ReLU
from nnlib.losses import Loss
from nnlib.types import Array


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


def working_order(layers: Sequence[Layer]) -> list[Layer]:
    """The layers as they are carried out: MaxPooling before a ReLU that stands before it, and
    none that is switched off.

    The largest of the positive parts is the positive part of the largest, with the same gradient,
    and after pooling there is a quarter of the numbers.
    """
    order = [layer for layer in layers if not isinstance(layer, Disabled)]
    for i in range(len(order) - 1):
        if isinstance(order[i], ReLU) and isinstance(order[i + 1], MaxPooling):
            order[i], order[i + 1] = order[i + 1], order[i]
    return order
