"""Texts that nnlib declares, in the user's language. nnlib itself knows no Qt."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def library_text(text: str) -> str:
    """A category, an option's name, a layer's description, as `nnlib` declares it."""
    return QCoreApplication.translate("nnlib", text)
