"""The perceptron: the neuron that networks are made of, and the gates that one or two layers are.

Saitoh, chapter 2. A perceptron draws one straight line, so AND, NAND and OR are perceptrons and
XOR is none; two layers of them are enough for XOR::

    >>> AND(1, 1), XOR(1, 1)
    (1, 0)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.errors import DataError, OptionError


@dataclass(frozen=True)
class Perceptron:
    """Fires where its weighted inputs and its bias exceed zero. Saitoh, section 2.3.

    Attributes:
        weights: D numbers, how much each input matters.
        bias: how easily it fires.
    """

    weights: tuple[float, ...]
    bias: float

    def __call__(self, *x: ArrayLike) -> Any:
        """1 where w₁x₁ + … + w_D x_D + b > 0, else 0.

        Args:
            x: D inputs, each a number or an array; arrays are worked on value by value.

        Raises:
            DataError: there are more or fewer inputs than weights, or one is not of numbers.
        """
        if len(x) != len(self.weights):
            raise DataError(
                f"This perceptron takes {len(self.weights)} inputs, one for each weight, "
                f"not {len(x)}. For points (N, D) write perceptron(*points.T)."
            )
        parts = (_numbers(part, "Inputs") for part in x)
        total = sum(w * part for w, part in zip(self.weights, parts, strict=True))
        fires = np.where(total + self.bias > 0, 1, 0)
        return fires if fires.ndim else fires.item()


AND = Perceptron((0.5, 0.5), -0.7)
"""1 where both inputs are 1. Saitoh, section 2.3."""
NAND = Perceptron((-0.5, -0.5), 0.7)
"""0 where both inputs are 1."""
OR = Perceptron((0.5, 0.5), -0.2)
"""1 where an input is 1."""


def XOR(x1: ArrayLike, x2: ArrayLike) -> Any:  # noqa: N802 - a gate like the others
    """1 where exactly one input is 1: two layers of gates. Saitoh, section 2.5."""
    return AND(NAND(x1, x2), OR(x1, x2))


@dataclass(frozen=True)
class Learning:
    """How a perceptron learned.

    Attributes:
        perceptron: what it was in the end.
        mistakes: for each epoch, how many points it got wrong when it came to them.
    """

    perceptron: Perceptron
    mistakes: tuple[int, ...]

    @property
    def epochs(self) -> int:
        """How many times it went through the points."""
        return len(self.mistakes)

    @property
    def converged(self) -> bool:
        """Whether it went through all points without a mistake, and so has nothing to learn."""
        return self.mistakes[-1] == 0


def learn(
    points: ArrayLike,
    t: ArrayLike,
    lr: float = 1.0,
    epochs: int = 1000,
    start: Perceptron | None = None,
) -> Learning:
    """The perceptron learning rule: at each mistake, w ← w + η (t − y) x and b ← b + η (t − y).

    It stops after the first epoch without a mistake. Where a straight line divides the two classes
    it always gets there, after at most (R/γ)² mistakes from zero: R is the largest length of a
    point (x, 1), γ the smallest distance of such a point from the best dividing plane through zero.
    Where none does, it never gets there. Rosenblatt 1958; Novikoff 1962.

    Args:
        points: (N, D), visited in this order; D is 2 for points of the plane.
        t: (N,), the class 0 or 1 of each point.
        lr: η. From a start at zero it scales the weights and changes nothing else.
        epochs: how many times to go through the points at most.
        start: where it begins; None for zero weights and bias.

    Raises:
        DataError: points, classes and start are not of numbers, or do not fit each other.
        OptionError: a learning rate that is no number above 0, epochs that are no whole number
            from 1.
    """
    x, targets, w = _checked(points, t, start)
    if not isinstance(lr, float | int | np.floating | np.integer) or not 0 < lr < np.inf:
        raise OptionError(f"The learning rate must be a number greater than 0, not {lr!r}.")
    if not isinstance(epochs, int | np.integer) or epochs < 1:
        raise OptionError(f"There must be at least one epoch, in a whole number, not {epochs!r}.")
    mistakes: list[int] = []
    while len(mistakes) < epochs and (not mistakes or mistakes[-1]):
        wrong = 0
        for point, target in zip(x, targets, strict=True):
            y = int(w @ point > 0)
            if y != target:
                w += lr * (target - y) * point
                wrong += 1
        mistakes.append(wrong)
    *weights, bias = w.tolist()
    return Learning(Perceptron(tuple(weights), bias), tuple(mistakes))


def _checked(
    points: ArrayLike, t: ArrayLike, start: Perceptron | None
) -> tuple[NDArray[np.float64], list[int], NDArray[np.float64]]:
    """Points with a 1 at their end, for the bias; classes; weights with the bias at their end."""
    x = _numbers(points, "Points")
    if x.ndim != 2 or not x.size or not np.isfinite(x).all():
        raise DataError(f"Points must be finite numbers of shape (N, D), not {x.shape}.")
    targets = _numbers(t, "Classes")
    if targets.shape != (len(x),) or not np.isin(targets, (0, 1)).all():
        raise DataError(
            f"There must be a class 0 or 1 for each of the {len(x)} points: ({len(x)},)."
        )
    start = start or Perceptron((0.0,) * x.shape[1], 0.0)
    if len(start.weights) != x.shape[1]:
        raise DataError(
            f"Points of {x.shape[1]} numbers need a start with as many weights, "
            f"not {len(start.weights)}."
        )
    w = np.array(_numbers([*start.weights, start.bias], "A start's weights and bias"))
    return np.column_stack([x, np.ones(len(x))]), [int(c) for c in targets], w


def _numbers(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """The values as an array; `DataError` where they are texts, or rows of unequal lengths."""
    try:
        found = np.asarray(values)
        if found.dtype.kind in "biuf":
            return found.astype(np.float64, copy=False)
        kind = f"{found.dtype}"
    except (ValueError, TypeError):
        kind = "rows of unequal lengths"
    raise DataError(f"{what} must be real numbers in rows of one length, not {kind}.")
