"""nnlib: the networks of *Deep Learning from Scratch* in plain NumPy.

Read it in the order functions → layers → losses → network → optimizers → training.
"""

# What is imported here is what nnlib offers. There is no __all__: mypy reads lists only that are
# spelled out, and the layers' names stand in the layers' files.
# mypy: implicit-reexport
# ruff: noqa: F401, F403

import nnlib.blas  # before NumPy is imported

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
from nnlib.layers.activations import *
from nnlib.layers.affine import *
from nnlib.layers.base import Layer
from nnlib.layers.convolution import *
from nnlib.layers.dropout import *
from nnlib.layers.normalization import *
from nnlib.layers.pooling import *
from nnlib.layers.reshape import *
from nnlib.network import Network
from nnlib.training import Trainer
