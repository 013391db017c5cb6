"""A layer that is switched off, and keeps its place in the stack."""

from __future__ import annotations

from dataclasses import dataclass

from nnlib.errors import OptionError
from nnlib.layers.base import Layer
from nnlib.options import option, register
from nnlib.types import Array

__all__ = ["Disabled"]


@register()
@dataclass
class Disabled(Layer):
    """Stands for a layer that is switched off: what comes in goes out.

    The layers after it keep their places, and with them the names of their parameters.
    """

    formula = "y = x"
    changes_values = False
    is_linear = True

    layer: Layer = option("ReLU", help="The layer that is switched off.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.layer, Disabled):
            raise OptionError("A layer that is switched off cannot be switched off again.")

    def forward(self, x: Array, training: bool) -> Array:
        return x

    def backward(self, dy: Array) -> Array:
        return dy

    def summary(self) -> str:
        return f"{self.layer.display_name()}, off"


def enabled(layer: Layer) -> Layer:
    """The layer itself, or the one that is switched off."""
    return layer.layer if isinstance(layer, Disabled) else layer
