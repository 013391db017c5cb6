"""The layers, each declared once, in one file. Importing this package makes all known by name."""

# ruff: noqa: F403 - what a module's __all__ names is public here, with no list to keep in step.

from nnlib.layers import (
    activations,
    affine,
    convolution,
    disabled,
    dropout,
    normalization,
    pooling,
    reshape,
)
from nnlib.layers.activations import *
from nnlib.layers.affine import *
from nnlib.layers.base import Layer as Layer
from nnlib.layers.convolution import *
from nnlib.layers.disabled import *
from nnlib.layers.dropout import *
from nnlib.layers.normalization import *
from nnlib.layers.pooling import *
from nnlib.layers.reshape import *

__all__ = ["Layer"]
__all__ += activations.__all__
__all__ += affine.__all__
__all__ += convolution.__all__
__all__ += disabled.__all__
__all__ += dropout.__all__
__all__ += normalization.__all__
__all__ += pooling.__all__
__all__ += reshape.__all__
