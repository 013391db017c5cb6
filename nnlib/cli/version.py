"""Which version this is: `pyproject.toml` says it, in a checkout as in an installed package."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

_DECLARATION = Path(__file__).resolve().parents[2] / "pyproject.toml"


def version() -> str:
    """The version, for example "0.1.0"."""
    try:
        project = tomllib.loads(_DECLARATION.read_text(encoding="utf-8"))["project"]
        if project["name"] == "layerlab":
            return str(project["version"])
    except (OSError, ValueError, KeyError):
        pass
    try:
        return importlib.metadata.version("layerlab")
    except importlib.metadata.PackageNotFoundError:
        return "(unknown version)"
