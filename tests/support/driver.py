"""Shows the real window and answers questions about it: one JSON object a line, stdin to stdout.

Run by tests/support/xserver.py on a virtual screen, as `python -m tests.support.driver ARGUMENTS`.
It only looks, so that tests can find what they then click; the program itself has no hooks. The
one exception is `close`, which does what a close button does: there is no window manager.

    {"query": "widget", "name": "digitCanvas"}  ->  {"result": {"rect": [x, y, width, height], …}}
                                                or  {"error": "…"}

Rectangles are in screen coordinates. The functions below whose names begin with `query_` are all
there is to ask; `name` is always an object name.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QAbstractListModel, QObject, QPoint, QRect, QSize, QSocketNotifier, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QMenu,
    QMenuBar,
    QTabBar,
    QTabWidget,
    QWidget,
)

from gui.app import build

# Read from a widget where it has them.
GETTERS = (
    "text", "title", "value", "minimum", "maximum", "isChecked", "isCheckable", "currentText",
    "currentIndex", "count", "placeholderText", "isReadOnly", "toolTip", "accessibleName",
    "isModal", "windowTitle",
)  # fmt: skip


class Driver(QObject):
    def __init__(self, window: QWidget, answers: int) -> None:
        super().__init__()
        self.window = window
        self._answers = answers
        self._unread = b""
        # Works in nested event loops too: drag and drop, menus, dialogs.
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def _read(self) -> None:
        data = os.read(0, 65536)
        if not data:  # the test has gone
            self._notifier.setEnabled(False)
            os._exit(3)
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            try:
                question = json.loads(line)
                method = getattr(self, "query_" + question.pop("query"))
                answer = {"result": method(**question)}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            os.write(self._answers, json.dumps(answer, default=_plain).encode() + b"\n")

    # --- finding

    def _find(self, name: str, kind: type[QObject] = QWidget) -> Any:
        found = [o for o in self._all(kind) if o.objectName() == name]
        if not found:
            known = sorted({o.objectName() for o in self._all(kind)} - {""})
            raise LookupError(f"no {kind.__name__} is called {name}; there are {', '.join(known)}")
        # Of several (a dialog opened twice, a card for each layer) a visible one is meant.
        return next((o for o in found if not isinstance(o, QWidget) or o.isVisible()), found[0])

    def _all(self, kind: type[QObject]) -> Iterator[Any]:
        seen: dict[int, QObject] = {}  # holds them, so that no id is used twice
        for top in [self.window, *QApplication.topLevelWidgets()]:
            for found in [top, *top.findChildren(kind)]:
                if isinstance(found, kind) and id(found) not in seen:
                    seen[id(found)] = found
                    yield found

    # --- questions

    def query_ping(self) -> bool:
        return True

    def query_windows(self) -> list[dict[str, Any]]:
        """The visible top-level widgets: windows, dialogs, menus, tool tips."""
        return [_describe(w) for w in QApplication.topLevelWidgets() if w.isVisible()]

    def query_widget(self, name: str) -> dict[str, Any]:
        """Place, state and text of one widget."""
        return _describe(self._find(name))

    def query_names(self) -> list[str]:
        """Every object name in use."""
        return sorted({o.objectName() for o in self._all(QObject)} - {""})

    def query_children(self, name: str) -> list[dict[str, Any]]:
        """The visible widgets inside one, in reading order: cards, buttons, fields."""
        inside = [w for w in self._find(name).findChildren(QWidget) if w.isVisible()]
        return sorted((_describe(w) for w in inside), key=lambda d: (d["rect"][1], d["rect"][0]))

    def query_items(self, name: str) -> list[dict[str, Any]]:
        """The items of a list, table, tree, combo box (open or not) or row of tabs."""
        view = self._find(name)
        if isinstance(view, QTabWidget):
            view = view.tabBar()
        if isinstance(view, QTabBar):
            return [
                {"text": view.tabText(i), "selected": i == view.currentIndex(),
                 "enabled": view.isTabEnabled(i), "rect": _on_screen(view, view.tabRect(i))}
                for i in range(view.count())
            ]  # fmt: skip
        if isinstance(view, QComboBox):
            view = view.view()
        if not isinstance(view, QAbstractItemView):
            raise LookupError(f"{name} is a {type(view).__name__}; ask for its children")
        return list(_items(view, view.rootIndex()))

    def query_action(self, name: str) -> dict[str, Any]:
        """An action's state, and where it can be clicked now: rect is None where it cannot."""
        action = self._find(name, QAction)
        return {
            "name": name, "text": action.text(), "enabled": action.isEnabled(),
            "visible": action.isVisible(), "checked": action.isChecked(),
            "shortcut": action.shortcut().toString(), "rect": _rect_of_action(action),
        }  # fmt: skip

    def query_popup(self) -> list[dict[str, Any]]:
        """The entries of the open menu; none when no menu is open."""
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            return []
        return [
            {"name": a.objectName(), "text": a.text(), "enabled": a.isEnabled(),
             "checked": a.isChecked(), "rect": _on_screen(menu, menu.actionGeometry(a))}
            for a in menu.actions() if a.isVisible() and not a.isSeparator()
        ]  # fmt: skip

    def query_curves(self, name: str) -> list[dict[str, Any]]:
        """The curves of a plot, or of all plots in a panel: name, number of points, last point."""
        import pyqtgraph as pg

        root = self._find(name)
        curves = []
        for view in [root, *root.findChildren(pg.GraphicsView)]:
            if not isinstance(view, pg.GraphicsView):
                continue
            for item in view.scene().items():
                # A PlotDataItem owns PlotCurveItems; count each curve once.
                owned = isinstance(item.parentItem(), pg.PlotDataItem)
                if isinstance(item, pg.PlotDataItem | pg.PlotCurveItem) and not owned:
                    x, y = item.getData()
                    n = 0 if x is None else len(x)
                    last = [float(x[-1]), float(y[-1])] if n else None
                    visible = item.isVisible() and view.isVisible()
                    curves.append(
                        {"name": item.name(), "points": n, "last": last, "visible": visible}
                    )
        return sorted(curves, key=lambda c: c["name"] or "")

    def query_read(self, name: str, attribute: str) -> Any:
        """A public attribute, dotted if need be; a method stands for what it returns.

        `read("digitCanvas", "probabilities")`, `read("layerStack", "model.rowCount")`.
        """
        thing: Any = self._find(name, QObject)
        for part in attribute.split("."):
            if not part.isidentifier() or part.startswith(("_", "set")):
                raise LookupError(f"{part} may not be read")
            thing = getattr(thing, part)
            if callable(thing):
                thing = thing()
        return thing

    def query_focus(self) -> dict[str, Any] | None:
        widget = QApplication.focusWidget()
        return None if widget is None else _describe(widget)

    def query_close(self) -> bool:
        return self.window.close()


def _on_screen(widget: QWidget, rect: QRect) -> list[int]:
    corner = widget.mapToGlobal(rect.topLeft())
    return [corner.x(), corner.y(), rect.width(), rect.height()]


def _describe(widget: QWidget) -> dict[str, Any]:
    about: dict[str, Any] = {
        "name": widget.objectName(), "class": type(widget).__name__,
        "rect": _on_screen(widget, widget.rect()),
        "visible": widget.isVisible(), "enabled": widget.isEnabled(), "focus": widget.hasFocus(),
    }  # fmt: skip
    for getter in GETTERS:
        if callable(method := getattr(widget, getter, None)):
            try:
                about[getter] = method()
            except TypeError:  # the same name with arguments: QTableWidgetItem-like APIs
                continue
    return about


def _items(view: QAbstractItemView, parent: Any) -> Iterator[dict[str, Any]]:
    model = view.model()
    # Qt makes columnCount private where there is only one.
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for row in range(model.rowCount(parent)):
        for column in range(columns):
            index = model.index(row, column, parent)
            seen = view.visualRect(index)
            yield {
                "row": row, "column": column, "text": index.data(),
                "selected": view.selectionModel().isSelected(index),
                "enabled": bool(index.flags() & Qt.ItemFlag.ItemIsEnabled),
                "rect": _on_screen(view.viewport(), seen) if seen.isValid() else None,
            }  # fmt: skip
            yield from _items(view, index)


def _rect_of_action(action: QAction) -> list[int] | None:
    for owner in action.associatedObjects():
        if not isinstance(owner, QWidget) or not owner.isVisible():
            continue
        if isinstance(owner, QMenu | QMenuBar):
            return _on_screen(owner, owner.actionGeometry(action))
        if hasattr(owner, "widgetForAction"):  # a tool bar
            owner = owner.widgetForAction(action)
        elif not hasattr(owner, "defaultAction"):  # a window that only lends its shortcut
            continue
        if owner is not None and owner.isVisible():
            return _on_screen(owner, owner.rect())
    return None


def _plain(thing: Any) -> Any:
    """What JSON does not know, as simply as it can be said."""
    if hasattr(thing, "tolist"):  # NumPy's arrays and numbers
        return thing.tolist()
    if isinstance(thing, QColor):
        return thing.name()
    if isinstance(thing, QRect):
        return [thing.x(), thing.y(), thing.width(), thing.height()]
    if isinstance(thing, QPoint):
        return [thing.x(), thing.y()]
    if isinstance(thing, QSize):
        return [thing.width(), thing.height()]
    return getattr(thing, "name", None) or str(thing)  # an enum's member has a name


def main() -> int:
    # Answers go out alone: whatever the program prints joins stderr.
    answers = os.dup(1)
    os.dup2(2, 1)
    app, window = build(sys.argv)
    window.show()
    window.activateWindow()  # nobody else gives it the keyboard where there is no window manager
    driver = Driver(window, answers)
    status: int = app.exec()
    del driver
    return status


if __name__ == "__main__":
    sys.exit(main())
