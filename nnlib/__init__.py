"""nnlib: the networks of *Deep Learning from Scratch* in plain NumPy.

Read it in the order functions → perceptron → gradient → graph → layers → losses → network →
optimizers → schedules → training; after that ensemble, search and views. docs/book.md says which
section of the book is where, docs/performance.md what the rest is for.
"""

# What is imported here is what nnlib offers. There is no __all__: mypy reads lists only that are
# spelled out, and the layers' names stand in the layers' files.
# mypy: implicit-reexport
# ruff: noqa: F401, F403

import nnlib.blas  # before NumPy is imported

# isort: split
from typing import TYPE_CHECKING

from nnlib import data, graph, layers, losses, optimizers, perceptron, presets, schedules
from nnlib.data import Dataset
from nnlib.errors import (
    DataError,
    LayerLabError,
    OptionError,
    ProjectError,
    ShapeError,
)
from nnlib.gradient import GradientReport, gradient_check, gradient_descent, numerical_gradient
from nnlib.layers.activations import *
from nnlib.layers.affine import *
from nnlib.layers.base import Layer
from nnlib.layers.convolution import *
from nnlib.layers.disabled import *
from nnlib.layers.dropout import *
from nnlib.layers.normalization import *
from nnlib.layers.pooling import *
from nnlib.layers.reshape import *
from nnlib.network import Network
from nnlib.training import Trainer, TrainingSettings

if TYPE_CHECKING:
    from nnlib import search, views
    from nnlib.ensemble import Ensemble
else:
    # Imported when it is first asked for: what a search runs on (processes, sockets) takes a sixth
    # of the time that all the rest takes, and the window is to appear at once.
    _LATER = {"Ensemble": "nnlib.ensemble", "search": "nnlib.search", "views": "nnlib.views"}

    def __getattr__(name):
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        module = importlib.import_module(_LATER[name])
        found = globals()[name] = module.Ensemble if name == "Ensemble" else module
        return found

    def __dir__():
        return sorted({*globals(), *_LATER})
