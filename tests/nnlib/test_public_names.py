"""What `import nnlib` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import nnlib

ROOT = Path(__file__).resolve().parents[2]
LATER = {"Ensemble": "nnlib.ensemble", "search": "nnlib.search", "views": "nnlib.views"}
HEAVY = {"multiprocessing", "concurrent.futures", "socket", "PIL", *LATER.values()}


def fresh(program: str) -> str:
    """What a program prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_it_does_not_import_what_only_a_search_needs():
    loaded = set(fresh("import sys, nnlib; print(*sys.modules, sep='\\n')").split())
    assert "nnlib.network" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(("name", "module"), LATER.items())
def test_what_is_imported_later_is_there_all_the_same(name, module):
    told = fresh(f"import sys, nnlib; print(nnlib.{name}, '{module}' in sys.modules)")
    assert told.split()[-1] == "True"
    assert module in told
    assert name in fresh("import nnlib; print(*dir(nnlib))").split()


def test_search_is_the_package_whatever_was_imported_before():
    fresh("import nnlib, nnlib.search.search; nnlib.search.LogUniform")
    fresh("from nnlib import Ensemble, search, views; search.LogUniform, Ensemble.build")


@pytest.mark.parametrize("name", ["Netwrok", "ensembles"])
def test_a_name_that_does_not_exist_is_the_usual_error(name):
    with pytest.raises(AttributeError, match=f"module 'nnlib' has no attribute '{name}'"):
        getattr(nnlib, name)
