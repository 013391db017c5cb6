"""The kinds of text in the left column."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QLabel


def title_label() -> QLabel:
    """A label for the name of what is shown."""
    label = plain_label()
    font = QFont(label.font())
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label


def plain_label(text: str = "") -> QLabel:
    """A label whose text is never read as markup, over as many lines as needed."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def quiet_label(text: str = "") -> QLabel:
    """The same in the quiet colour, whatever the theme."""
    label = plain_label(text)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def heading_label(text: str) -> QLabel:
    """The name of a part of the column."""
    label = title_label()
    label.setText(text)
    label.setWordWrap(False)
    return label
