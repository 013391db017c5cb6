"""Ranges: where the values of a hyperparameter are drawn from, and how a range is narrowed.

Saitoh, section 6.5.2: begin with a wide range, often on a logarithmic scale, and make it smaller
around the values that did well.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from nnlib.errors import OptionError

MARGIN = 0.1
"""The share of a range that stays beyond the best values at either side."""
LARGEST = 1e300


class Range(ABC):
    """Where the values of one hyperparameter are drawn from."""

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> Any:
        """One value at random."""

    @abstractmethod
    def contains(self, value: Any) -> bool:
        """Whether `sample` could give that value."""

    @abstractmethod
    def probes(self) -> tuple[Any, ...]:
        """The values that show whether all of it is allowed: the two ends, or every choice."""

    @abstractmethod
    def narrowed(self, best: Sequence[Any], tried: Sequence[Any]) -> Range:
        """The part of it around the best values, which all stay inside.

        Args:
            best: the values of the best trials; none leaves the range as it is.
            tried: the values of all trials so far.
        """


@dataclass(frozen=True)
class Interval(Range):
    """The numbers from ``low`` to ``high``, both included.

    Args:
        whole: only whole numbers, which options such as ``batch_size`` and ``units`` need.

    Raises:
        OptionError: the ends are no numbers, or in the wrong order.
    """

    low: float
    high: float
    whole: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            value = getattr(self, name)
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            if not number or not -LARGEST <= value <= LARGEST:
                raise OptionError(f"{self._name()}: {name} must be a finite number, not {value!r}.")
            if self.whole and value != int(value):
                raise OptionError(
                    f"{self._name()}: {name} must be a whole number, as all its values are to be, "
                    f"not {value!r}."
                )
            object.__setattr__(self, name, int(value) if self.whole else float(value))
        if self.low > self.high:
            raise OptionError(
                f"{self._name()}: low must not be greater than high, but {self.low:g} is greater "
                f"than {self.high:g}. Exchange them."
            )

    def sample(self, rng: np.random.Generator) -> float:
        half = 0.5 if self.whole else 0.0  # each whole number stands for what rounds to it
        start, stop = self._scaled(self.low - half), self._scaled(self.high + half)
        value = self._unscaled(start + (stop - start) * float(rng.random()))
        return min(max(round(value) if self.whole else value, self.low), self.high)

    def contains(self, value: Any) -> bool:
        return (
            isinstance(value, int | float)
            and self.low <= value <= self.high
            and (not self.whole or value == int(value))
        )

    def probes(self) -> tuple[Any, ...]:
        return (self.low, self.high)

    def narrowed(self, best: Sequence[Any], tried: Sequence[Any]) -> Self:
        """From the lowest to the highest of the best, and a tenth of the range beyond at each side.

        It never reaches beyond the range. Lengths are those on the range's own scale.
        """
        inside = [value for value in best if self.contains(value)]
        if not inside:
            return self
        start, stop = self._scaled(self.low), self._scaled(self.high)
        margin = MARGIN * (stop - start)
        below = self._scaled(min(inside)) - margin
        above = self._scaled(max(inside)) + margin
        low = self.low if below <= start else self._unscaled(below)
        high = self.high if above >= stop else self._unscaled(above)
        if self.whole:
            low, high = math.floor(low), math.ceil(high)
        # The scale rounds: the best stay inside, and nothing is added.
        low = max(self.low, min(low, *inside))
        high = min(self.high, max(high, *inside))
        return dataclasses.replace(self, low=low, high=high)

    @abstractmethod
    def _scaled(self, value: float) -> float:
        """Where a value lies on the scale on which all stretches of one length are alike."""

    @abstractmethod
    def _unscaled(self, place: float) -> float:
        """The value at that place."""

    def _name(self) -> str:
        return type(self).__name__


@dataclass(frozen=True)
class Uniform(Interval):
    """Numbers of which all are equally likely: ``Uniform(0.0, 0.5)``."""

    def _scaled(self, value: float) -> float:
        return value

    def _unscaled(self, place: float) -> float:
        return place


@dataclass(frozen=True)
class LogUniform(Interval):
    """Numbers of which all orders of magnitude are equally likely: ``LogUniform(1e-6, 1e-2)``.

    For what matters by its ratio, such as learning rate and weight decay.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low <= 0:
            raise OptionError(
                f"LogUniform: low must be greater than 0, not {self.low:g}: zero has no order of "
                "magnitude. Choose a small number, or take Uniform."
            )

    def _scaled(self, value: float) -> float:
        return math.log(value)

    def _unscaled(self, place: float) -> float:
        return math.exp(place)


@dataclass(frozen=True, init=False)
class Choice(Range):
    """One of some values: ``Choice("SGD", "Adam")``, ``Choice(16, 32, 64)``.

    Raises:
        OptionError: there is none, or one stands twice.
    """

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        if not values:
            raise OptionError('Choice needs the values to choose from, such as Choice("SGD").')
        for index, value in enumerate(values):
            if value in values[:index]:
                raise OptionError(f"Choice: {value!r} stands there twice. Remove one of the two.")
        object.__setattr__(self, "values", values)

    def sample(self, rng: np.random.Generator) -> Any:
        return self.values[int(rng.integers(len(self.values)))]

    def contains(self, value: Any) -> bool:
        return value in self.values

    def probes(self) -> tuple[Any, ...]:
        return self.values

    def narrowed(self, best: Sequence[Any], tried: Sequence[Any]) -> Choice:
        """The values that are among the best, and those of which nothing is known yet."""
        if not any(value in best for value in self.values):
            return self
        return Choice(*(value for value in self.values if value in best or value not in tried))
