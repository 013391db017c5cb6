"""What can be done with the selected layers: actions with keys, for menus and the stack itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu

from gui.document.document import Document
from gui.editor import mime
from nnlib.fixes import Fix
from nnlib.layers import Disabled

if TYPE_CHECKING:
    from gui.editor.stack import LayerStack

Keys = QKeySequence.StandardKey


class StackActions(QObject):
    """Actions on the layers that are selected in a stack; their keys work while it has the focus.

    Attributes:
        actions: all of them by name, in the order of a menu.
    """

    def __init__(self, stack: LayerStack, document: Document) -> None:
        super().__init__(stack)
        self._stack, self._document = stack, document
        self.actions: dict[str, QAction] = {}
        self._make("cut", self.tr("Cut layers"), [Keys.Cut], self._cut)
        self._make("copy", self.tr("Copy layers"), [Keys.Copy], self._copy)
        self._make("paste", self.tr("Paste layers"), [Keys.Paste], self._paste)
        self._make("duplicate", self.tr("Duplicate layers"), ["Ctrl+D"], self._duplicate)
        self._make("insert", self.tr("Insert layer …"), ["Ins", "+"], stack.ask_for_layer)
        self._make("up", self.tr("Move up"), ["Alt+Up"], lambda: stack.move_selected(-1))
        self._make("down", self.tr("Move down"), ["Alt+Down"], lambda: stack.move_selected(+1))
        self._make("toggle", self.tr("Disable"), ["Ctrl+E"], self._toggle)
        self._make("delete", self.tr("Delete layers"), ["Del", "Backspace"], stack.remove_selected)
        self._make("select_all", self.tr("Select all layers"), [Keys.SelectAll], self._select_all)
        self._make("fix", self.tr("Apply the first fix"), ["Alt+Return"], self._fix)
        self._make("clear", self.tr("Clear network"), [], document.clear)
        stack.selection_changed.connect(self._follow)
        document.spec_changed.connect(self._follow)
        QGuiApplication.clipboard().dataChanged.connect(self._follow)
        self._follow()

    def action_for(self, event: QKeyEvent) -> QAction | None:
        """The action that has this key."""
        typed = QKeySequence(event.keyCombination())
        return next((a for a in self.actions.values() if typed in a.shortcuts()), None)

    def menu(self, fixes: Sequence[Fix] = ()) -> QMenu:
        """A menu of all actions, fixes first; it goes when it is closed."""
        menu = QMenu(self._stack)
        menu.setObjectName("layerMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for fix in fixes:
            menu.addAction(fix.label, partial(self._document.apply_fix, fix))
        if fixes:
            menu.addSeparator()
        self.fill(menu)
        return menu

    def fill(self, menu: QMenu) -> None:
        """Add the actions to a menu, in groups."""
        for name, action in self.actions.items():
            if name in ("insert", "up", "toggle", "select_all", "clear"):
                menu.addSeparator()
            menu.addAction(action)

    def _make(
        self, name: str, text: str, keys: Sequence[Keys | str], slot: Callable[[], object]
    ) -> None:
        action = QAction(text, self._stack)
        action.setObjectName("actionLayers" + name.title().replace("_", ""))
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _: slot())
        self._stack.addAction(action)
        self.actions[name] = action

    def _follow(self) -> None:
        """Enable what makes sense for the selection."""
        chosen, layers = self._stack.selected_layers(), self._document.spec.layers
        last = len(layers) - 1
        for name in ("cut", "copy", "duplicate", "toggle", "delete"):
            self.actions[name].setEnabled(bool(chosen))
        is_block = bool(chosen) and chosen[-1] - chosen[0] + 1 == len(chosen)
        self.actions["up"].setEnabled(bool(chosen) and not (is_block and chosen[0] == 0))
        self.actions["down"].setEnabled(bool(chosen) and not (is_block and chosen[-1] == last))
        self.actions["paste"].setEnabled(bool(self._on_clipboard()))
        self.actions["clear"].setEnabled(bool(layers))
        self.actions["select_all"].setEnabled(bool(layers))
        self.actions["fix"].setEnabled(self._row_to_fix() >= 0)
        are_off = bool(chosen) and all(isinstance(layers[i], Disabled) for i in chosen)
        self.actions["toggle"].setText(self.tr("Enable") if are_off else self.tr("Disable"))

    def _on_clipboard(self) -> list[object]:
        data = QGuiApplication.clipboard().mimeData()
        return list(mime.read_layers(data)) if data is not None else []

    def _row_to_fix(self) -> int:
        """The row whose first fix Alt+Return applies: a selected one, or the first that has any."""
        rows = self._stack.rows_with_fixes()
        chosen = [row for row in self._stack.selected_rows() if row in rows]
        return next(iter(chosen or rows), -1)

    def _copy(self) -> None:
        chosen = [self._document.spec.layers[i] for i in self._stack.selected_layers()]
        if chosen:
            data = mime.write_layers(chosen)
            data.setText("[" + ", ".join(map(repr, chosen)) + "]")
            QGuiApplication.clipboard().setMimeData(data)

    def _cut(self) -> None:
        self._copy()
        self._stack.remove_selected()

    def _paste(self) -> None:
        data = QGuiApplication.clipboard().mimeData()
        layers = mime.read_layers(data) if data is not None else []
        if layers:
            place = self._stack.place_to_insert()
            self._document.insert_layers(place, layers, self.tr("Paste {0}"))

    def _duplicate(self) -> None:
        self._document.duplicate_layers(self._stack.selected_layers())

    def _toggle(self) -> None:
        chosen, layers = self._stack.selected_layers(), self._document.spec.layers
        are_off = all(isinstance(layers[i], Disabled) for i in chosen)
        self._document.enable_layers(chosen, is_on=are_off)

    def _select_all(self) -> None:
        self._stack.select_layers(range(len(self._document.spec.layers)))

    def _fix(self) -> None:
        self._stack.apply_fix(self._row_to_fix())
