"""Losses: one number that says how wrong the scores are, and its gradient.

A loss takes scores (N, K) and targets as one-hot rows (N, K). Saitoh, sections 4.2 and 5.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nnlib import functions
from nnlib.options import Declared, register
from nnlib.types import Array


@dataclass
class Loss(Declared):
    """Base of all losses; `forward` keeps what `backward` needs."""

    family = "loss"
    members: ClassVar[dict[str, type[Any]]] = {}
    title: ClassVar[str] = ""
    has_softmax: ClassVar[bool] = False
    """Whether it puts the scores through softmax itself."""

    def forward(self, scores: Array, t: Array) -> float:
        """The mean loss over the batch; both arguments are (N, K)."""
        raise NotImplementedError

    def backward(self) -> Array:
        """The gradient (N, K) at the scores."""
        raise NotImplementedError

    def probabilities(self, scores: Array) -> Array:
        """What the scores (N, K) say about each class."""
        return scores


@register()
@dataclass
class CrossEntropy(Loss):
    """Softmax with cross-entropy error: −Σ t log softmax(scores). Saitoh, section 5.6.

    Works on the logarithm of softmax, so that scores of ±1e4 neither overflow nor become log 0.
    """

    title = "Softmax with cross-entropy"
    has_softmax = True

    def forward(self, scores: Array, t: Array) -> float:
        log_p = functions.log_softmax(scores)
        self.slope = np.exp(log_p)
        self.slope -= t
        self.slope /= len(scores)
        return float(-np.vdot(t, log_p) / len(scores))

    def backward(self) -> Array:
        return self.slope

    def probabilities(self, scores: Array) -> Array:
        return functions.softmax(scores)


@register()
@dataclass
class MeanSquaredError(Loss):
    """½ Σ (y − t)², mean over the batch. Saitoh, section 4.2."""

    title = "Mean squared error"

    def forward(self, scores: Array, t: Array) -> float:
        self.difference = scores - t
        return float(0.5 * np.square(self.difference).sum() / len(scores))

    def backward(self) -> Array:
        return self.difference / self.difference.dtype.type(len(self.difference))

    def probabilities(self, scores: Array) -> Array:
        """The scores, which aim at 0 and 1, cut to that range and as shares of their sum."""
        shares = np.clip(scores, 0, 1)
        total = shares.sum(axis=-1, keepdims=True)
        uniform = np.full_like(shares, 1 / shares.shape[-1])
        return np.where(total > 0, shares / np.where(total > 0, total, 1), uniform)
