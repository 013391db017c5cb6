"""All layers there are, by category, read from their declarations: a new one is here by itself."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from gui.editor import mime
from gui.editor.layer_icons import layer_icon
from gui.widgets.texts import library_text
from nnlib.layers import Layer
from nnlib.layers.base import CATEGORIES

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()


class PaletteModel(QAbstractListModel):
    """Rows are headings (a category, which cannot be selected) and the layers under them."""

    LAYER = Qt.ItemDataRole.UserRole
    """The role under which a row gives its layer's class, or None for a heading."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[str | type[Layer]] = []
        self.show_matches("")

    def show_matches(self, text: str) -> None:
        """Show the layers that `find_layers` finds, under their categories.

        A search puts the category of the best match first, so that the first layer is the best.
        """
        self.beginResetModel()
        self._rows = []
        found = find_layers(text)
        for category in dict.fromkeys(member.category for member in found):
            self._rows.append(library_text(category))
            self._rows += [member for member in found if member.category == category]
        self.endResetModel()

    def first_layer(self) -> QModelIndex:
        """The first row that is a layer; invalid where nothing matches."""
        rows = (i for i, row in enumerate(self._rows) if not isinstance(row, str))
        return self.index(next(rows, -1))

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        if role == self.LAYER:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.display_name()
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(row)
        if role == Qt.ItemDataRole.DecorationRole:
            return layer_icon(row)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return library_text(row.describe())
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        )

    def mimeTypes(self) -> list[str]:
        return [mime.LAYERS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        members = [self._rows[index.row()] for index in indexes]
        return mime.write_layers([m() for m in members if not isinstance(m, str)])

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction


def tool_tip(member: type[Layer]) -> str:
    """A layer's name, formula and what it does."""
    lines = [f"<b>{html.escape(member.display_name())}</b>"]
    if member.formula:
        lines.append(html.escape(member.formula))
    lines.append(html.escape(library_text(member.describe())))
    return "<p>" + "<br>".join(lines) + "</p>"


def find_layers(text: str) -> list[type[Layer]]:
    """The layers that a search finds, the best first; all of them for an empty text.

    Each word has to stand in the name, the keywords, the category or the description. First come
    names that begin with the text, then names that hold it, then keywords that begin with it;
    among equals the library's order of categories. Layers without a category are not offered.
    """
    wanted = text.casefold().split()
    offered = [member for member in Layer.members.values() if member.category]
    found = [member for member in offered if all(word in _said(member) for word in wanted)]
    return sorted(found, key=lambda member: (_rank(member, wanted), _place(member.category)))


def _said(member: type[Layer]) -> str:
    """All under which a layer can be found."""
    parts = (member.category, member.keywords, member.describe())
    words = (member.display_name(), *parts, *(library_text(part) for part in parts))
    return " ".join(words).casefold()


def _rank(member: type[Layer], wanted: list[str]) -> int:
    """How well a layer that was found answers a search; 0 is best."""
    if not wanted:
        return 0
    name, whole = member.display_name().casefold(), "".join(wanted)
    keywords = f"{member.keywords} {library_text(member.keywords)}".casefold()
    if name.startswith(whole):
        return 0
    if whole in name:
        return 1
    return 2 if f" {' '.join(wanted)}" in f" {keywords}" else 3


def _place(category: str) -> tuple[int, str]:
    """Where a category stands: the library's order first, then what others have registered."""
    known = category in CATEGORIES
    return (CATEGORIES.index(category) if known else len(CATEGORIES), category)
