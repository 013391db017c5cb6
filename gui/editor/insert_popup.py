"""The search that opens at the selection when a letter is typed: Enter inserts what it found."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.editor.layer_icons import layer_icon
from gui.editor.palette_model import find_layers, tool_tip
from gui.style import GRID

ROWS = 7  # that are seen at once
IN_LIST = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class InsertPopup(QFrame):
    """A field and a list of the layers that match what is typed there."""

    layer_chosen = Signal(object)
    """A new `Layer` with its options as declared."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("insertPopup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.search = QLineEdit(text)
        self.search.setObjectName("insertSearch")
        self.search.setAccessibleName(self.tr("Insert a layer"))
        self.search.setPlaceholderText(self.tr("Insert a layer"))
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("insertList")
        self.list.setAccessibleName(self.tr("Layers found"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _: self._choose())
        self.list.setIconSize(QSize(2 * GRID, 2 * GRID))
        self._nothing = QLabel(self.tr("No layer is called that."))
        self._nothing.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID // 2, GRID // 2, GRID // 2, GRID // 2)
        column.setSpacing(GRID // 2)
        for part in (self.search, self.list, self._nothing):
            column.addWidget(part)
        self.search.textChanged.connect(self._fill)
        self._line = self.fontMetrics().height()
        self._fill(text)

    def open_at(self, corner: QPoint, width: int) -> None:
        """Show it there, wholly on the screen, with the keyboard in the field."""
        self.setFixedWidth(width)
        room = self.screen().availableGeometry()
        tallest = self.sizeHint().height() + self._line * (ROWS - self._lines())
        x = min(corner.x(), room.right() - width)
        y = min(corner.y(), room.bottom() - tallest)
        self.move(max(x, room.left()), max(y, room.top()))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The field keeps the keyboard; what leads through a list goes to the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in IN_LIST:
                self.list.event(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
                self._choose()
                return True
        return super().eventFilter(watched, event)

    def _fill(self, text: str) -> None:
        self.list.clear()
        for member in find_layers(text):
            item = QListWidgetItem(layer_icon(member), member.display_name())
            item.setToolTip(tool_tip(member))
            item.setData(Qt.ItemDataRole.UserRole, member)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        if self.list.count():
            self._line = self.list.sizeHintForRow(0)
        self.list.setFixedHeight(self._line * self._lines() + 2)
        self.list.setVisible(self.list.count() > 0)
        self._nothing.setVisible(self.list.count() == 0)
        self.adjustSize()

    def _lines(self) -> int:
        return min(max(self.list.count(), 1), ROWS)

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            member = item.data(Qt.ItemDataRole.UserRole)
            self.close()
            self.layer_chosen.emit(member())
