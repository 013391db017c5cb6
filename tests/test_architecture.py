"""Promises about the whole tree: what is in it, what it imports, what it never does.

Who may import whom is kept by import-linter, in `make check`.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 400
DATA = {".gz", ".npz", ".npy", ".png", ".jpg", ".ico", ".gif", ".layerlab", ".onnx", ".qm"}


def tracked_files() -> list[Path]:
    """What git has, or would take; in a copy without git, everything that is not hidden."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split("\0")  # fmt: skip
        files = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        files = [p for p in ROOT.rglob("*") if not _is_hidden(p) and p.suffix != ".pyc"]
    return sorted(p for p in files if p.is_file())


def _is_hidden(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part.startswith(".") or part == "__pycache__" for part in parts)


def python_files(*folders: str) -> list[Path]:
    inside = [ROOT / folder for folder in folders]
    return [
        p for p in tracked_files()
        if p.suffix == ".py" and (not inside or any(p.is_relative_to(i) for i in inside))
    ]  # fmt: skip


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls_and_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and name of every function called by its bare name, and of every module imported."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield node.lineno, name + "()"
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name.split(".")[0]) for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module.split(".")[0]


def test_every_source_file_is_short_enough_to_read() -> None:
    lengths = {short(p): len(p.read_bytes().splitlines()) for p in python_files()}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


def test_nothing_stored_is_ever_executed() -> None:
    unsafe = {
        "eval()", "exec()", "compile()", "__import__()",
        "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve",
    }  # fmt: skip
    files = [*python_files("nnlib", "gui"), *(p for p in [ROOT / "main.py"] if p.exists())]
    found = [
        f"{short(path)}:{line} {name}"
        for path in files
        for line, name in calls_and_imports(path)
        if name in unsafe
    ]
    found += [f"{short(p)} allow_pickle" for p in files if "allow_pickle=True" in p.read_text()]
    assert found == []


def test_nnlib_draws_no_random_number_of_its_own() -> None:
    found = [
        f"{short(path)}:{line}"
        for path in python_files("nnlib")
        for line, name in calls_and_imports(path)
        if name in {"random", "secrets"}
    ]
    assert found == []


def test_nnlib_works_without_qt() -> None:
    """Every module of nnlib, imported in a fresh interpreter in which Qt and gui do not exist."""
    modules = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for p in python_files("nnlib")
        if p.name != "__main__.py"
    ]
    if not modules:
        pytest.skip("there is no nnlib yet")
    code = (
        "import sys, importlib\n"
        "for name in ('PySide6', 'shiboken6', 'pyqtgraph', 'gui'): sys.modules[name] = None\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *modules],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_no_file_names_a_machine_or_a_package_index() -> None:
    """The project installs from wherever the user's own tools are told to look."""
    places = [re.escape(str(p)) for p in {ROOT, Path.home()} if len(p.parts) > 1]
    forbidden = re.compile(
        "|".join([
            *(rf"(?<![\w./-]){place}(?![\w-])" for place in places),
            r"(?<![\w./-])/(?:home|Users)/\w+",
            r"https?://[^\s\"')>]*/simple\b",
            # in two halves, or this file would be its own find
            "(?:py" + r"pi|python" + r"hosted)\.org",
            r"--(?:extra-)?index" + "-url",
            "--trusted" + "-host",
        ])
    )  # fmt: skip
    found = [
        f"{short(path)}:{number}: {line.strip()}"
        for path in tracked_files()
        if path.suffix not in DATA
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("entry", ["gui.app", "nnlib", "nnlib.cli", "benchmarks.window"])
def test_blas_is_told_to_use_one_thread_before_numpy_is_imported(entry: str) -> None:
    script = (
        "import os, sys\n"
        "class Spy:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'numpy': print(os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        "sys.meta_path.insert(0, Spy())\n"
        f"import {entry}\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == ["1"], done.stderr
