"""The left column: palette, stack and inspector, one above the other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from gui.document.document import Document
from gui.editor.gallery import PresetGallery
from gui.editor.inspector import LayerInspector
from gui.editor.labels import heading_label
from gui.editor.palette import PalettePanel
from gui.editor.stack import LayerStack
from gui.editor.summary import StackSummary
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
        self._document = document
        self._summary: StackSummary | None = None
        self._make_actions()
        self.palette_panel = PalettePanel()
        # The stack before the inspector: each follows the document in the order of their making,
        # and the inspector has to know which rows are selected after an edit.
        self.stack = LayerStack(document)
        self.inspector = LayerInspector(document)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("editorSplitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(GRID)
        section = self._stack_section()
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

    def choose_network(self) -> None:
        """Open the gallery of networks."""
        PresetGallery(self._document, self.window()).open()

    def show_summary(self) -> None:
        """Show the stack as a table, in a window beside this one."""
        if self._summary is None:
            self._summary = StackSummary(self._document, self.window())
            self._summary.destroyed.connect(self._forget_summary)
        self._summary.show()
        self._summary.raise_()
        self._summary.activateWindow()

    def _forget_summary(self) -> None:
        self._summary = None

    def _make_actions(self) -> None:
        self.action_gallery = QAction(self.tr("Gallery"), self)
        self.action_gallery.setObjectName("actionGallery")
        self.action_gallery.setShortcut(QKeySequence("Ctrl+Shift+N"))
        self.action_gallery.setToolTip(self.tr("Choose a network from pictures (Ctrl+Shift+N)"))
        self.action_gallery.triggered.connect(self.choose_network)
        self.action_summary = QAction(self.tr("Summary"), self)
        self.action_summary.setObjectName("actionSummary")
        self.action_summary.setShortcut(QKeySequence("Ctrl+I"))
        self.action_summary.setToolTip(
            self.tr("Layers, shapes and numbers as a table, to be copied (Ctrl+I)")
        )
        self.action_summary.triggered.connect(self.show_summary)

    def _stack_section(self) -> QWidget:
        """The stack under its name, with buttons for what concerns all of it."""
        section = QWidget()
        heading = heading_label(self.tr("Network"))
        heading.setBuddy(self.stack)
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(heading, 1)
        for action in (self.action_gallery, self.action_summary):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            top.addWidget(button)
        column = QVBoxLayout(section)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 4)
        column.addLayout(top)
        column.addWidget(self.stack, 1)
        return section
