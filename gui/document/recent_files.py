"""The project files that were opened or saved last, the newest first; the settings keep them."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

MOST = 10
_KEY, _FOLDER = "files/recent", "files/folder"


def recent_files() -> list[str]:
    """Their paths; those that are no longer there are left out."""
    return [path for path in _listed() if os.path.isfile(path)][:MOST]


def remember(path: str) -> None:
    """Put this one first, and its folder where the next dialog begins."""
    others = [other for other in _listed() if other != path]
    settings = QSettings()
    settings.setValue(_KEY, [path, *others][:MOST])
    settings.setValue(_FOLDER, os.path.dirname(path))


def forget_all() -> None:
    """Begin with an empty list."""
    QSettings().remove(_KEY)


def last_folder() -> str:
    """Where a file dialog begins."""
    folder = QSettings().value(_FOLDER)
    if isinstance(folder, str) and os.path.isdir(folder):
        return folder
    documents = QStandardPaths.StandardLocation.DocumentsLocation
    place = QStandardPaths.writableLocation(documents)
    return place if os.path.isdir(place) else str(Path.home())


def _listed() -> list[str]:
    value = QSettings().value(_KEY)
    listed = [value] if isinstance(value, str) else value  # a list of one comes back as its item
    return [path for path in listed if isinstance(path, str)] if isinstance(listed, list) else []
