"""A form for the options of anything that is declared: a layer, an initializer, an optimizer."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSpacerItem, QVBoxLayout, QWidget

from gui.editor.option_row import OptionRow
from gui.style import GRID
from gui.widgets.fields import MemberField
from nnlib.errors import OptionError
from nnlib.options import Declared, Option


class OptionForm(QWidget):
    """One row an option. An option that holds something declared itself has its form below it.

    Fields are named ``option_<name>``, the buttons beside them ``reset_<name>``, the lines below
    them ``note_<name>``; in a nested form each name follows that of the option which holds it.
    """

    edited = Signal(object, str)
    """The changed copy of what is shown, and the option that was edited; "" after a reset."""

    def __init__(self, shown: Declared, prefix: str = "") -> None:
        super().__init__()
        self._shown = shown
        self._prefix = prefix
        self._rows: dict[str, OptionRow] = {}
        self._nested: dict[str, OptionForm] = {}
        self._holders: dict[str, QVBoxLayout] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID - GRID // 4)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        for declared in shown.declared_options():
            self._add_row(declared)

    def show_values(self, shown: Declared) -> None:
        """Show another value of the same type; widgets stay, and so does what is being typed."""
        self._shown = shown
        for name, row in self._rows.items():
            value = getattr(shown, name)
            row.show_value(value)
            if isinstance(row.field, MemberField):
                self._show_nested(name, value)

    def focus_first_field(self) -> None:
        """Give the keyboard to the first field."""
        for row in self._rows.values():
            row.field.widget.setFocus(Qt.FocusReason.TabFocusReason)
            return

    def area_in_use(self, page: QWidget) -> QRect | None:
        """Where on ``page`` the option stands whose field has the keyboard, with its note."""
        for row in self._rows.values():
            if row.field.widget.hasFocus():
                return row.area(page)
        areas = (form.area_in_use(page) for form in self._nested.values())
        return next((area for area in areas if area is not None), None)

    def _add_row(self, declared: Option) -> None:
        name = declared.name
        row = OptionRow(declared, self._prefix + name, self)
        if self._rows:
            gap = self._grid.rowCount()
            self._grid.addItem(QSpacerItem(0, GRID // 2 + GRID // 4), gap, 0)
        row.lay_into(self._grid)
        self._rows[name] = row
        value = getattr(self._shown, name)
        row.show_value(value)
        row.field.rule = lambda value: self._refusal(name, value)
        row.field.edited.connect(lambda new: self._edit(name, new))
        row.reset_asked.connect(lambda new: self._edit(name, new, ""))
        if isinstance(row.field, MemberField):
            self._holders[name] = holder = QVBoxLayout()
            holder.setContentsMargins(2 * GRID, GRID // 2, 0, 0)
            self._grid.addLayout(holder, self._grid.rowCount(), 0, 1, 3)
            self._show_nested(name, value)

    def _show_nested(self, name: str, value: Any) -> None:
        """The nested form: kept while the member's type stays, made anew when it changes."""
        kept = self._nested.get(name)
        if kept is not None and type(kept._shown) is type(value):
            kept.show_values(value)
            return
        if kept is not None:
            kept.hide()
            kept.deleteLater()
            del self._nested[name]
        if isinstance(value, Declared) and value.declared_options():
            form = OptionForm(value, f"{self._prefix}{name}_")
            form.edited.connect(lambda new, inner: self._edit(name, new, name if inner else ""))
            self._holders[name].addWidget(form)
            self._nested[name] = form

    def _refusal(self, name: str, value: Any) -> str:
        """Why the options cannot be with this value beside the others, or ""."""
        try:
            self._shown.replace(**{name: value})
        except OptionError as error:
            return str(error).removeprefix(f"{self._shown.display_name()}: ")
        return ""

    def _edit(self, name: str, value: Any, told: str | None = None) -> None:
        """Tell the change of an option; ``told`` is what the listener hears as its name."""
        reason = self._refusal(name, value)
        if reason:  # a default, or a nested option, that does not fit the others
            self._rows[name].field.refuse(reason)
            self.show_values(self._shown)
            return
        self.edited.emit(self._shown.replace(**{name: value}), name if told is None else told)
