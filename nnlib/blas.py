"""How many threads NumPy's BLAS uses: one, unless the environment says otherwise.

OpenBLAS's threads wait for each other by spinning: as soon as something else uses a core (this
program's own painting, a browser), training is up to sixty times slower with two threads on two
cores than with one. `nnlib.threads` uses the other cores instead. Who wants BLAS to have more sets
OPENBLAS_NUM_THREADS.

OpenBLAS reads the environment when NumPy is imported. Where that was before nnlib, as in a notebook
that begins with ``import numpy as np``, it is told by its own function.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VARIABLE = "OPENBLAS_NUM_THREADS"


def openblas_functions(name: str) -> Iterator[Any]:
    """A function of the OpenBLAS that was shipped with NumPy; none where NumPy has another BLAS."""
    package = Path(sys.modules["numpy"].__file__ or "").parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for file in folder.glob("*openblas*"):
            library = ctypes.CDLL(str(file))  # it is loaded already: this is the same one
            for symbol in (f"scipy_{name}64_", f"scipy_{name}", f"{name}64_", name):
                if hasattr(library, symbol):
                    yield getattr(library, symbol)
                    break


def settle() -> None:
    """Have BLAS use one thread, whether NumPy is there already or not."""
    if VARIABLE in os.environ:
        return
    os.environ[VARIABLE] = "1"  # for this process, and for those that it starts
    if "numpy" in sys.modules:
        for set_threads in openblas_functions("openblas_set_num_threads"):
            set_threads(1)


settle()
