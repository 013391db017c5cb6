"""The left column: palette, stack and inspector, one above the other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from gui.document.document import Document
from gui.editor.inspector import LayerInspector
from gui.editor.labels import heading_label
from gui.editor.palette import PalettePanel
from gui.editor.stack import LayerStack
from gui.style import GRID


class StackEditor(QWidget):
    """Where the network is built.

    Attributes:
        palette_panel, stack, inspector: the three parts, from the top.
        splitter: what holds them; its state is worth remembering.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stackEditor")
        self.setAccessibleName(self.tr("Build"))
        self.palette_panel = PalettePanel()
        # The stack before the inspector: each follows the document in the order of their making,
        # and the inspector has to know which rows are selected after an edit.
        self.stack = LayerStack(document)
        self.inspector = LayerInspector(document)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("editorSplitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(GRID)
        section = self._under_heading(self.tr("Network"), self.stack)
        section.setMinimumHeight(24 * GRID)  # where room is scarce, the others give way first
        for part, stretch in (
            (self.palette_panel, 0),
            (section, 1),
            (self.inspector, 0),
        ):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.addWidget(self.splitter)
        self.setMinimumWidth(28 * GRID)
        self._connect()

    def _connect(self) -> None:
        self.palette_panel.palette_view.layer_chosen.connect(
            lambda layer: self.stack.add_layers([layer])
        )
        self.stack.selection_changed.connect(self.inspector.show_rows)
        self.stack.opened.connect(self.inspector.focus_first_field)
        self.inspector.removed.connect(lambda: self.stack.setFocus(Qt.FocusReason.OtherFocusReason))

    @staticmethod
    def _under_heading(title: str, part: QWidget) -> QWidget:
        section = QWidget()
        heading = heading_label(title)
        heading.setBuddy(part)
        column = QVBoxLayout(section)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(heading)
        column.addWidget(part, 1)
        return section
