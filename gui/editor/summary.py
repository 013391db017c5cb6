"""The stack as a table, in a window of its own that follows the document."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.document.document import Document
from gui.editor.cards import data_title
from gui.style import GRID, theme
from nnlib.summary import HEADINGS, Row, Summary, summary

NUMBERS = (0, 3, 4)  # columns
REMARKS = 5


class StackSummary(QDialog):
    """Layers, outputs, parameters and remarks; the whole can be copied as Markdown."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stackSummary")
        self.setWindowTitle(self.tr("Summary of the network"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._document = document
        self._table = _Table()
        self._totals = QLabel()
        self._totals.setObjectName("summaryTotals")
        self._totals.setWordWrap(True)
        self._totals.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._said = QLabel()
        self._said.setObjectName("summarySaid")
        copy = QPushButton(self.tr("Copy as Markdown"))
        copy.setObjectName("summaryCopy")
        copy.clicked.connect(self._copy)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        copy.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self._said, 1)
        buttons.addWidget(copy)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        column.addWidget(self._table, 1)
        column.addWidget(self._totals)
        column.addLayout(buttons)
        document.spec_changed.connect(self._show)
        self._show()
        self.resize(110 * GRID, 64 * GRID)

    def _made(self) -> Summary:
        document, spec = self._document, self._document.spec
        return summary(
            spec.layers,
            document.input_shape,
            len(document.class_names),
            spec.loss,
            spec.training.batch_size,
            data_title(spec.data),
            len(spec.training.optimizer.slot_names),
        )

    def _show(self) -> None:
        made = self._made()
        self._table.show_rows(made.rows)
        self._totals.setText(made.totals)
        self._said.clear()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._made().markdown())
        self._said.setText(self.tr("Copied."))


class _Table(QTableWidget):
    """The rows; what is selected is copied as text with tabs."""

    def __init__(self) -> None:
        super().__init__(0, len(HEADINGS))
        self.setObjectName("summaryTable")
        self.setAccessibleName(self.tr("Layers of the network"))
        self.setHorizontalHeaderLabels(HEADINGS)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(REMARKS, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.sectionResized.connect(lambda *_: self.resizeRowsToContents())

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Fill the table anew."""
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row.cells):
                item = QTableWidgetItem(text)
                if column in NUMBERS:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                if column == REMARKS and row.is_problem:
                    item.setForeground(QColor(theme().error))
                if row.arithmetic and column == HEADINGS.index("Parameters"):
                    item.setToolTip(f"{row.arithmetic} = {text}")
                self.setItem(number, column, item)
        self.resizeRowsToContents()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted({index.row() for index in self.selectedIndexes()})
            lines = ["\t".join(self._texts(row)) for row in rows]
            QGuiApplication.clipboard().setText("\n".join(lines))
        else:
            super().keyPressEvent(event)

    def _texts(self, row: int) -> list[str]:
        found = (self.item(row, column) for column in range(self.columnCount()))
        return [item.text() if item else "" for item in found]
