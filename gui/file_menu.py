"""The File menu: projects, and the way out. It tells what is chosen, and decides nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from gui.document import recent_files


class FileMenu(QObject):
    """Fills ``menu``."""

    new_asked = Signal()
    open_asked = Signal()
    save_asked = Signal()
    save_as_asked = Signal()
    recent_chosen = Signal(str)

    def __init__(self, menu: QMenu, window: QWidget) -> None:
        super().__init__(window)
        self._menu, self._window = menu, window
        standard = QKeySequence.StandardKey
        self._add("actionNew", self.tr("New"), standard.New, self.new_asked.emit)
        self._add("actionOpen", self.tr("Open …"), standard.Open, self.open_asked.emit)
        self._recent = QMenu(self.tr("Open recent"), menu)
        self._recent.setObjectName("menuRecent")
        self._recent.setToolTipsVisible(True)
        self._recent.aboutToShow.connect(self._list_recent)
        menu.addMenu(self._recent)
        menu.aboutToShow.connect(self._list_recent)
        self._list_recent()
        menu.addSeparator()
        self._add("actionSave", self.tr("Save"), standard.Save, self.save_asked.emit)
        save_as = self._add(
            "actionSaveAs", self.tr("Save as …"), standard.SaveAs, self.save_as_asked.emit
        )
        if save_as.shortcut().isEmpty():  # some desktops have none
            save_as.setShortcut(QKeySequence("Ctrl+Shift+S"))
        menu.addSeparator()
        leave = self._add("actionQuit", self.tr("Quit"), None, window.close)
        leave.setShortcut(QKeySequence("Ctrl+Q"))

    def _add(
        self,
        name: str,
        text: str,
        key: QKeySequence.StandardKey | None,
        tell: Callable[[], object],
    ) -> QAction:
        action = QAction(text, self._window)
        action.setObjectName(name)
        if key is not None:
            action.setShortcuts(key)
        action.triggered.connect(lambda: tell())
        self._menu.addAction(action)
        return action

    def _list_recent(self) -> None:
        """Names, with the folder where two are alike; the whole path is in the tooltip."""
        menu, paths = self._recent, recent_files.recent_files()
        menu.clear()
        names = [os.path.basename(path) for path in paths]
        for path, name in zip(paths, names, strict=True):
            folder = os.path.basename(os.path.dirname(path))
            text = name if names.count(name) == 1 else f"{name} — {folder}"
            action = menu.addAction(text.replace("&", "&&"))
            action.setToolTip(path)
            action.triggered.connect(lambda _, path=path: self.recent_chosen.emit(path))
        if paths:
            menu.addSeparator()
        clear = menu.addAction(self.tr("Clear this list"))
        clear.setObjectName("actionClearRecent")
        clear.setEnabled(bool(paths))
        clear.triggered.connect(recent_files.forget_all)
        menu.setEnabled(bool(paths))
