"""The data sets that the program knows by name, one declaration each, and those at a path.

A new source is one entry in `_SOURCES`; the window's list and the command line come from it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nnlib.data import arrays, mnist
from nnlib.data.dataset import Dataset
from nnlib.errors import DataError

Progress = Callable[[float, str], None]
"""Called with the share done, 0..1, and what is being done."""


@dataclass(frozen=True)
class Source:
    """A data set that can be loaded by its name."""

    name: str
    title: str
    description: str
    load: Callable[[Progress | None], Dataset]


def _load_digits(progress: Progress | None) -> Dataset:
    from nnlib.data import digits  # here, so that `python -m nnlib.data.digits` finds it unimported

    return digits.load(progress=progress)


_SOURCES = (
    Source(
        "digits",
        "Built-in digits",
        "20,000 handwritten digits for training and 2,000 for testing, drawn by a recipe and "
        "shipped with the program.",
        _load_digits,
    ),
    Source(
        "mnist",
        "MNIST",
        "60,000 handwritten digits for training and 10,000 for testing, from files that you "
        "provide.",
        mnist.load,
    ),
)


def sources() -> tuple[Source, ...]:
    """The declarations of all known data sets, the built-in one first."""
    return _SOURCES


def names() -> tuple[str, ...]:
    """The names of all known data sets."""
    return tuple(source.name for source in _SOURCES)


def load(name_or_path: str | os.PathLike[str], progress: Progress | None = None) -> Dataset:
    """Load a data set by its name, or from a path.

    A path is a folder with four IDX files as MNIST's (see `mnist.load_folder`), or an `.npz` file
    (see `arrays.load_npz`). A name goes before a path; write `./digits` for a folder of that name.
    DataError: there is none, or it cannot be used; the text says what to do.
    """
    for source in _SOURCES:
        if name_or_path == source.name:
            return source.load(progress)
    path = Path(name_or_path).expanduser()
    try:
        # Path("") would be the current folder.
        is_folder, is_file = bool(os.fspath(name_or_path)) and path.is_dir(), path.is_file()
    except (OSError, ValueError):
        is_folder = is_file = False
    if is_folder:
        return mnist.load_folder(path, path.resolve().name or "data", progress)
    if is_file and path.suffix.lower() == ".npz":
        return arrays.load_npz(path, path.stem)
    if is_file:
        raise DataError(
            f"{path} is not a data set: give an .npz file, or a folder with four IDX files as "
            "MNIST's."
        )
    raise DataError(
        f"There is no data set {os.fspath(name_or_path)!r}. Known by name: {', '.join(names())}; "
        "or give the path of an .npz file or of a folder with four IDX files as MNIST's."
    )
