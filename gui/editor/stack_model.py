"""The stack as Qt's views want it: one row a card, following the document after every edit."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUuid,
    Signal,
)

from gui.document.document import Document
from gui.editor import mime
from gui.editor.cards import Card, Kind, cards, tool_tip
from nnlib.layers import Layer
from nnlib.project import ProjectSpec

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()


class StackModel(QAbstractListModel):
    """Row 0 is the data, rows 1 … n are the layers, the last row is the loss.

    It holds nothing of its own: what is dropped on it becomes an edit of the document, and what the
    document becomes, by whatever edit, shows here row by row, so that selections last.
    """

    CARD = Qt.ItemDataRole.UserRole
    """The role under which a row gives its `Card`."""

    followed = Signal(list)
    """After every change of the document: the rows of layers that came in and are worth a look."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._name = QUuid.createUuid().toString()
        self._layers = list(document.spec.layers)
        self._trained: ProjectSpec | None = None
        self._cards = self._make_cards()
        document.spec_changed.connect(self._follow)

    def show_trained(self, spec: ProjectSpec | None) -> None:
        """Mark what is not as it was trained; None where nothing was."""
        if spec is not self._trained:
            self._trained = spec
            self._show(self._make_cards())

    # What views read

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._cards)

    def card(self, row: int) -> Card:
        """The card in that row."""
        return self._cards[row]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._cards):
            return None
        card = self._cards[index.row()]
        if role == self.CARD:
            return card
        if role == Qt.ItemDataRole.DisplayRole:
            return card.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return card.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(card)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        is_layer = self._cards[index.row()].kind is Kind.LAYER
        return plain | Qt.ItemFlag.ItemIsDragEnabled if is_layer else plain

    # Drag and drop

    def mimeTypes(self) -> list[str]:
        return [mime.LAYERS]

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        found = sorted({self._cards[i.row()].index for i in indexes} - {-1})
        data = mime.write_layers([self._layers[i] for i in found])
        mime.write_rows(data, self._name, found)
        return data

    def own_layers(self, data: QMimeData) -> list[int]:
        """Which of this stack's layers ``data`` holds; none where it comes from elsewhere."""
        found = mime.read_rows(data, self._name)
        if any(i >= len(self._layers) for i in found):
            return []
        # The stack may have changed since the drag began.
        return found if [self._layers[i] for i in found] == mime.read_layers(data) else []

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        is_gap = not parent.isValid() and 1 <= row < self.rowCount()
        is_known = action in (Qt.DropAction.CopyAction, Qt.DropAction.MoveAction)
        return is_gap and is_known and bool(mime.read_layers(data))

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        own = self.own_layers(data) if action == Qt.DropAction.MoveAction else []
        if own:
            self.document.move_layers(own, row - 1)
        else:
            self.document.insert_layers(row - 1, mime.read_layers(data))
        return True

    # Following the document

    def _follow(self) -> None:
        new = list(self.document.spec.layers)
        new_cards = self._make_cards()
        old_keys, new_keys = _keys(self._layers), _keys(new)
        kept = set(old_keys) & set(new_keys)
        came: list[int] = []
        if not _is_in_place(old_keys, new_keys, kept):
            self._remove([i for i, key in enumerate(old_keys) if key not in kept])
            self._reorder(
                [key for key in old_keys if key in kept], [key for key in new_keys if key in kept]
            )
            came = [i for i, key in enumerate(new_keys) if key not in kept]
            self._insert(came, new, new_cards)
        self._layers = new
        self._show(new_cards)
        is_another_network = not kept and len(new) > 1
        self.followed.emit([] if is_another_network else [i + 1 for i in came])

    def _make_cards(self) -> list[Card]:
        spec, trained = self.document.spec, self._trained
        return cards(self.document, changed_since(trained, spec) if trained else ())

    def _show(self, new_cards: list[Card]) -> None:
        """Other texts on the same cards."""
        changed = [r for r, card in enumerate(new_cards) if card != self._cards[r]]
        self._cards = new_cards
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def _remove(self, indices: Sequence[int]) -> None:
        for first, last in reversed(_runs(indices)):
            self.beginRemoveRows(NO_INDEX, first + 1, last + 1)
            del self._layers[first : last + 1]
            del self._cards[first + 1 : last + 2]
            self.endRemoveRows()

    def _insert(
        self, indices: Sequence[int], layers: Sequence[Layer], new_cards: Sequence[Card]
    ) -> None:
        for first, last in _runs(indices):
            self.beginInsertRows(NO_INDEX, first + 1, last + 1)
            self._layers[first:first] = layers[first : last + 1]
            self._cards[first + 1 : first + 1] = new_cards[first + 1 : last + 2]
            self.endInsertRows()

    def _reorder(self, before: Sequence[object], after: Sequence[object]) -> None:
        if before == after:
            return
        self.layoutAboutToBeChanged.emit()
        place = {key: row for row, key in enumerate(after, start=1)}
        new_row = [0, *(place[key] for key in before), len(before) + 1]
        held = self.persistentIndexList()
        self.changePersistentIndexList(held, [self.index(new_row[i.row()]) for i in held])
        old = self._cards
        self._cards = [old[new_row.index(row)] for row in range(len(old))]
        self._layers = [self._layers[new_row.index(row) - 1] for row in range(1, len(old) - 1)]
        self.layoutChanged.emit()


def changed_since(trained: ProjectSpec, spec: ProjectSpec) -> set[int]:
    """The places in ``spec`` that are not as they were trained; the loss comes after the layers."""
    before, now = [repr(layer) for layer in trained.layers], [repr(layer) for layer in spec.layers]
    matches = SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks()
    same = {match.b + i for match in matches for i in range(match.size)}
    changed = set(range(len(now))) - same
    return changed | {len(now)} if trained.loss != spec.loss else changed


def _keys(layers: Sequence[Layer]) -> list[tuple[int, int]]:
    """Which object stands where; one that stands twice has two keys."""
    seen: dict[int, int] = {}
    keys = []
    for layer in layers:
        seen[id(layer)] = seen.get(id(layer), 0) + 1
        keys.append((id(layer), seen[id(layer)]))
    return keys


def _is_in_place(
    old: Sequence[tuple[int, int]], new: Sequence[tuple[int, int]], kept: set[tuple[int, int]]
) -> bool:
    """Whether every layer stands where it was or gave its place to another: options changed."""
    return len(old) == len(new) and all(
        a == b or (a not in kept and b not in kept) for a, b in zip(old, new, strict=True)
    )


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Rising numbers as runs without holes: [1, 2, 5] is [(1, 2), (5, 5)]."""
    grouped = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in run] for _, run in grouped]
    return [(run[0], run[-1]) for run in runs]
