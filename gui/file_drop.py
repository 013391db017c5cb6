"""Files dropped anywhere on a window.

The window's native events are looked at before its widgets see them: text fields would take a
file's name for text. Whatever is not a file goes its usual way, layers to the stack among it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

_KINDS = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


class FileDrop(QObject):
    """Watches over one window, once that is shown."""

    dropped = Signal(list)
    """The paths of local files and folders."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._window:
            if kind == QEvent.Type.Show and (handle := self._window.windowHandle()) is not None:
                self._window.removeEventFilter(self)  # would see every event of the window
                handle.installEventFilter(self)
            return False
        if kind not in _KINDS or not isinstance(event, QDropEvent):
            return False
        paths = _files(event.mimeData())
        if not paths:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)  # never moved away
        event.accept()
        if kind == QEvent.Type.Drop:
            self.dropped.emit(paths)
        return True


def _files(data: QMimeData) -> list[str]:
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
