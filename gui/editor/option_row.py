"""One option of a form: its name, its field, a way back to the default, and a line below."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from gui import icons
from gui.style import GRID
from gui.widgets.fields import make_field
from gui.widgets.reasons import NoteLine
from gui.widgets.texts import library_text
from nnlib.options import Option


class OptionRow(QObject):
    """The widgets of one option, laid into two rows of a grid.

    Attributes:
        field: what shows and gives the value.
        note: the line below: the option's help, or why what was typed cannot be.
    """

    reset_asked = Signal(object)
    """The default that the user wants back."""

    def __init__(self, declared: Option, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.declared = declared
        self.field = make_field(declared)
        self.field.widget.setObjectName(f"option_{name}")
        self.note = NoteLine(library_text(declared.help))
        self.note.setObjectName(f"note_{name}")
        self.note.follow(self.field)
        self._label = QLabel(library_text(declared.title))
        self._label.setToolTip(library_text(declared.help))
        self._label.setBuddy(self.field.widget)
        self._reset = self._make_reset(name)

    def lay_into(self, grid: QGridLayout) -> None:
        """Put the widgets below what the grid holds."""
        row = grid.rowCount()
        middle = Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self._label, row, 0, middle)
        grid.addWidget(self.field.widget, row, 1)
        grid.addWidget(self._reset, row, 2, middle)
        grid.addWidget(self.note, row + 1, 0, 1, 3)

    def show_value(self, value: Any) -> None:
        """Show the option's present value."""
        self.field.show_value(value)
        had_focus = self._reset.hasFocus()
        self._reset.setVisible(value != self.declared.default)
        if had_focus and self._reset.isHidden():
            self.field.widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def area(self, page: QWidget) -> QRect:
        """Where field and note stand on ``page``."""
        parts = (self.field.widget, self.note)
        areas = [QRect(part.mapTo(page, part.rect().topLeft()), part.size()) for part in parts]
        return areas[0].united(areas[1])

    def _make_reset(self, name: str) -> QToolButton:
        title = library_text(self.declared.title)
        usual = self.field.value_words(self.declared.default)
        button = _ResetButton()
        button.setObjectName(f"reset_{name}")
        button.setAccessibleName(self.tr("Reset {0} to {1}").format(title, usual))
        button.setToolTip(self.tr("Back to {0}, the usual value").format(usual))
        button.clicked.connect(lambda: self.reset_asked.emit(self.declared.default))
        return button


class _ResetButton(QToolButton):
    """A small arrow back; it keeps its place while there is nothing to take back."""

    def __init__(self) -> None:
        super().__init__()
        self.setAutoRaise(True)
        self.setIconSize(QSize(2 * GRID, 2 * GRID))
        self.setFixedSize(3 * GRID, 3 * GRID)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIcon(icons.icon("restore"))
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setIcon(icons.icon("restore"))
