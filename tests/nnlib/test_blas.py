"""BLAS has one thread however a script begins; tried in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """
from nnlib.blas import openblas_functions
print(*[ask() for ask in openblas_functions("openblas_get_num_threads")])
"""


def threads(program: str, **environment: str) -> str:
    """What OpenBLAS says after the program, in an environment that says nothing else of it."""
    others = {key: text for key, text in os.environ.items() if "_NUM_THREADS" not in key}
    asked = subprocess.run(
        [sys.executable, "-c", program + ASK],
        env=others | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


@pytest.mark.parametrize("order", ["nnlib, numpy", "numpy, nnlib"])
def test_blas_has_one_thread_whichever_is_imported_first(order):
    program = f"import {order}"
    if not threads(program):
        pytest.skip("NumPy was built with another BLAS")
    assert threads(program) == "1"


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="OpenBLAS has one thread a core")
def test_who_asks_for_more_threads_has_them():
    if not threads("import numpy"):
        pytest.skip("NumPy was built with another BLAS")
    for order in ("nnlib, numpy", "numpy, nnlib"):
        assert threads(f"import {order}", OPENBLAS_NUM_THREADS="2") == "2"
