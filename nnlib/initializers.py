"""How weights start: plain normal, Xavier, He, or chosen after the activation that follows.

Biases start at zero. Saitoh, section 6.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nnlib.options import Declared, option, register
from nnlib.types import Array


@dataclass
class Initializer(Declared):
    """Draws initial weights from a normal distribution around zero."""

    family = "initializer"
    members: ClassVar[dict[str, type[Any]]] = {}

    def standard_deviation(self, fan_in: int, activation: str) -> float:
        """The standard deviation for units with ``fan_in`` inputs each.

        Args:
            fan_in: how many numbers each unit sums.
            activation: the activation function that follows, ``""`` where none does.
        """
        raise NotImplementedError

    def draw(
        self, shape: tuple[int, ...], fan_in: int, activation: str, rng: np.random.Generator
    ) -> Array:
        """Weights of that shape, float64."""
        return rng.standard_normal(shape) * self.standard_deviation(fan_in, activation)

    @classmethod
    def coerce(cls, value: Any) -> Any:
        """As in `Declared`; a plain number is the standard deviation of a `Normal`."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Normal(std=value)
        return super().coerce(value)


InitialWeights = Initializer | str | float
"""What a layer's ``initial`` may be: an initializer, its name, or a standard deviation."""


@register()
@dataclass
class Auto(Initializer):
    """He before ReLU, Xavier before everything else."""

    def standard_deviation(self, fan_in: int, activation: str) -> float:
        chosen = He() if activation == "ReLU" else Xavier()
        return chosen.standard_deviation(fan_in, activation)


@register()
@dataclass
class Xavier(Initializer):
    """Standard deviation 1/√n for n inputs: keeps the spread through Sigmoid and Tanh.

    Glorot and Bengio 2010, in the book's simplified form.
    """

    def standard_deviation(self, fan_in: int, activation: str) -> float:
        return float(np.sqrt(1.0 / fan_in))


@register()
@dataclass
class He(Initializer):
    """Standard deviation √(2/n) for n inputs: ReLU silences half of them. He et al. 2015."""

    def standard_deviation(self, fan_in: int, activation: str) -> float:
        return float(np.sqrt(2.0 / fan_in))


@register()
@dataclass
class Normal(Initializer):
    """The same standard deviation for every layer, whatever its size."""

    std: float = option(0.01, minimum=0.0, maximum=1000.0, label="Std", help="Standard deviation.")

    def standard_deviation(self, fan_in: int, activation: str) -> float:
        return self.std

    def summary(self) -> str:
        return f"std {self.std:g}"
