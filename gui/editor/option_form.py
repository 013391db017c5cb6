"""A form for the options of anything that is declared: a layer, an initializer, an optimizer."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from gui.style import GRID
from gui.widgets.fields import Field, MemberField, make_field
from gui.widgets.texts import library_text
from nnlib.errors import OptionError
from nnlib.options import Declared


class OptionForm(QWidget):
    """One row an option. An option that holds something declared itself has its form below it.

    Fields are named ``option_<name>``; those of a nested form ``option_<name>_<nested name>``.
    """

    edited = Signal(object, str)
    """The changed copy of what is shown, and the name of the option that was edited."""

    def __init__(self, shown: Declared, prefix: str = "option_") -> None:
        super().__init__()
        self._shown = shown
        self._prefix = prefix
        self._fields: dict[str, Field] = {}
        self._nested: dict[str, OptionForm] = {}
        self._holders: dict[str, QVBoxLayout] = {}
        self._rows = QFormLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setHorizontalSpacing(GRID)
        self._rows.setVerticalSpacing(GRID // 2)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for declared in shown.declared_options():
            self._add_row(declared.name)

    def show_values(self, shown: Declared) -> None:
        """Show another value of the same type; widgets stay, and so does what is being typed."""
        self._shown = shown
        for name, field in self._fields.items():
            value = getattr(shown, name)
            field.show_value(value)
            if isinstance(field, MemberField):
                self._show_nested(name, value)

    def focus_first_field(self) -> None:
        """Give the keyboard to the first field."""
        for field in self._fields.values():
            field.widget.setFocus(Qt.FocusReason.TabFocusReason)
            return

    def _add_row(self, name: str) -> None:
        declared = next(d for d in self._shown.declared_options() if d.name == name)
        field = make_field(declared)
        field.widget.setObjectName(self._prefix + name)
        label = QLabel(library_text(declared.title))
        label.setToolTip(library_text(declared.help))
        label.setBuddy(field.widget)
        self._rows.addRow(label, field.widget)
        self._fields[name] = field
        value = getattr(self._shown, name)
        field.show_value(value)
        field.edited.connect(lambda new, name=name: self._edit(name, new))
        if isinstance(field, MemberField):
            self._holders[name] = holder = QVBoxLayout()
            holder.setContentsMargins(2 * GRID, 0, 0, 0)
            self._rows.addRow(holder)
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
            form.edited.connect(lambda new, _, name=name: self._edit(name, new))
            self._holders[name].addWidget(form)
            self._nested[name] = form

    def _edit(self, name: str, value: Any) -> None:
        try:
            changed = self._shown.replace(**{name: value})
        except OptionError:
            # A rule that joins several options refused it: the field goes back.
            self.show_values(self._shown)
            return
        self.edited.emit(changed, name)
