"""Where data that the program made or the user fetched lies on this computer."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The folder for data sets: `$LAYERLAB_DATA_DIR` when set, else the user's cache folder.

    It need not exist.
    """
    chosen = os.environ.get("LAYERLAB_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_cache_dir("LayerLab", appauthor=False))
