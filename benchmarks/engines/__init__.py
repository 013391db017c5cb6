"""The engines that are compared: nnlib and its peers, each in a file of its own."""

from __future__ import annotations

import importlib
import importlib.util

from benchmarks.engines.base import Engine

TITLES = {"nnlib": "nnlib", "torch": "PyTorch", "jax": "JAX"}
"""Names as the command line and the tables say them; nnlib first, the others are its peers."""

_CLASSES = {
    "nnlib": ("benchmarks.engines.ours", "NnlibEngine"),
    "torch": ("benchmarks.engines.pytorch", "TorchEngine"),
    "jax": ("benchmarks.engines.xla", "JaxEngine"),
}


def is_installed(name: str) -> bool:
    """Whether the engine's library is there."""
    return importlib.util.find_spec(name) is not None


def find(name: str) -> type[Engine]:
    """The engine's class; imports its library."""
    module, engine = _CLASSES[name]
    found: type[Engine] = getattr(importlib.import_module(module), engine)
    return found
