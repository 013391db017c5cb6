"""The mouse wheel changes a field only after it was clicked; before, what lies below scrolls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget


class _Guard(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_idle = isinstance(watched, QWidget) and not watched.hasFocus()
        if isinstance(event, QWheelEvent) and is_idle:
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def scroll_only_with_focus(widget: QWidget) -> None:
    """Guard a spin box or a combo box."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_Guard(widget))
