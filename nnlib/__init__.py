"""nnlib: the networks of *Deep Learning from Scratch* in plain NumPy.

Read it in the order functions → layers → losses → network → optimizers → training.
"""

import nnlib.blas as blas  # before NumPy is imported

# isort: split
from nnlib import data, layers, losses, optimizers, presets
from nnlib.data import Dataset
from nnlib.errors import (
    DataError,
    LayerLabError,
    OptionError,
    ProjectError,
    ShapeError,
)
from nnlib.gradient import gradient_check, gradient_descent, numerical_gradient
from nnlib.layers import *  # noqa: F403 - each module's __all__ says what is public
from nnlib.network import Network
from nnlib.training import Trainer

__all__ = [
    "DataError",
    "Dataset",
    "LayerLabError",
    "Network",
    "OptionError",
    "ProjectError",
    "ShapeError",
    "Trainer",
    "data",
    "gradient_check",
    "gradient_descent",
    "layers",
    "losses",
    "numerical_gradient",
    "optimizers",
    "presets",
]
__all__ += layers.__all__
