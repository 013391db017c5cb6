"""One field for one option: made from its declaration, it shows and gives values of that option."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, QLocale, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QSpinBox, QWidget

from gui.widgets.texts import library_text
from gui.widgets.wheel import scroll_only_with_focus
from nnlib.options import Declared, Option

LARGEST_INT = 2**31 - 1
DECIMALS = 8
_UNDO, _REDO = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
FINE_STEPS_UP_TO = 64
"""A whole number that can be larger than this is stepped by a tenth of its size."""


class Field(QObject):
    """A widget for an option. `edited` tells the new value when the user, nobody else, gives it.

    Attributes:
        widget: what stands in the form.
    """

    edited = Signal(object)

    def __init__(self, declared: Option, widget: QWidget) -> None:
        super().__init__(widget)
        self.declared, self.widget = declared, widget
        help_text = library_text(declared.help)
        widget.setToolTip(help_text)
        widget.setAccessibleName(library_text(declared.title))
        widget.setAccessibleDescription(help_text)
        scroll_only_with_focus(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and any(event.matches(key) for key in (_UNDO, _REDO))
        ):
            # Every keystroke is an edit already, so Ctrl+Z means the document's undo here too.
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def show_value(self, value: Any) -> None:
        """Show ``value`` without telling; what is being typed stays when it means the same."""
        raise NotImplementedError


class IntField(Field):
    """A whole number; one below its minimum stands for None where None is allowed."""

    def __init__(self, declared: Option) -> None:
        self.box = QSpinBox()
        super().__init__(declared, self.box)
        minimum = 0 if declared.minimum is None else math.ceil(declared.minimum)
        maximum = LARGEST_INT if declared.maximum is None else int(declared.maximum)
        if declared.minimum is None and not declared.optional:
            minimum = -LARGEST_INT
        if declared.exclusive_minimum and minimum == declared.minimum:
            minimum += 1
        self._none = minimum - 1 if declared.optional else None
        if declared.optional:
            minimum -= 1
            self.box.setSpecialValueText(library_text(declared.none_text) or self.tr("none"))
        self.box.setRange(minimum, maximum)
        if maximum > FINE_STEPS_UP_TO:
            self.box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.box.valueChanged.connect(self._tell)
        self.box.lineEdit().installEventFilter(self)

    def show_value(self, value: Any) -> None:
        shown = self._none if value is None else value
        if shown is not None and shown != self.box.value():
            with QSignalBlocker(self.box):
                self.box.setValue(shown)

    def _tell(self, value: int) -> None:
        self.edited.emit(None if value == self._none else value)


class FloatField(Field):
    """A number; like `IntField` with decimals."""

    def __init__(self, declared: Option) -> None:
        self.box = _PlainDoubleSpinBox()
        super().__init__(declared, self.box)
        smallest = 10.0**-DECIMALS
        minimum = -1e9 if declared.minimum is None else float(declared.minimum)
        maximum = 1e9 if declared.maximum is None else float(declared.maximum)
        if declared.exclusive_minimum:
            minimum += smallest
        self.box.setDecimals(DECIMALS)
        self.box.setRange(minimum - smallest if declared.optional else minimum, maximum)
        if declared.optional:
            self.box.setSpecialValueText(library_text(declared.none_text) or self.tr("none"))
        if maximum - minimum <= 1.0:
            self.box.setSingleStep(0.05)
        else:
            self.box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.box.valueChanged.connect(self._tell)
        self.box.lineEdit().installEventFilter(self)

    def show_value(self, value: Any) -> None:
        shown = self.box.minimum() if value is None else round(value, DECIMALS)
        if shown != self.box.value():
            with QSignalBlocker(self.box):
                self.box.setValue(shown)

    def _tell(self, value: float) -> None:
        is_none = self.declared.optional and value == self.box.minimum()
        self.edited.emit(None if is_none else value)


class ChoiceField(Field):
    """One of several texts."""

    def __init__(self, declared: Option) -> None:
        self.box = QComboBox()
        super().__init__(declared, self.box)
        for choice in declared.choices:
            self.box.addItem(library_text(choice), choice)
        if declared.optional:
            self.box.insertItem(0, library_text(declared.none_text) or self.tr("none"), None)
        self.box.activated.connect(lambda _: self.edited.emit(self.box.currentData()))

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class MemberField(Field):
    """A member of a family, such as an initializer; `edited` tells it with options as declared."""

    def __init__(self, declared: Option) -> None:
        self.box = QComboBox()
        super().__init__(declared, self.box)
        self._family: type[Declared] = declared.kind
        fill_with_members(self.box, self._family)
        self.box.activated.connect(self._tell)

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(type(value).__name__))

    def _tell(self) -> None:
        self.edited.emit(self._family.members[self.box.currentData()]())


def make_field(declared: Option) -> Field:
    """The field for an option."""
    if issubclass(declared.kind, Declared):
        return MemberField(declared)
    if declared.kind is int:
        return IntField(declared)
    return FloatField(declared) if declared.kind is float else ChoiceField(declared)


def fill_with_members(box: QComboBox, family: type[Declared]) -> None:
    """One entry for each member of ``family``: its title, its name as data, what it is as tip."""
    for name, member in family.members.items():
        box.addItem(library_text(getattr(member, "title", "") or member.display_name()), name)
        about = library_text(member.describe())
        box.setItemData(box.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)


class _PlainDoubleSpinBox(QDoubleSpinBox):
    """Writes 0.5, not 0.500000, and reads 0.5, 0,5 and 5e-1."""

    def textFromValue(self, value: float) -> str:
        text = self.locale().toString(value, "f", self.decimals())
        point = self.locale().decimalPoint()
        if not self.isGroupSeparatorShown():
            text = text.replace(QLocale(self.locale()).groupSeparator(), "")
        return text.rstrip("0").removesuffix(point) if point in text else text

    def valueFromText(self, text: str) -> float:
        return _number(text)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        states = QValidator.State
        if text == self.specialValueText() != "":
            return states.Acceptable, text, position
        if not set(text) <= set("0123456789.,eE+- "):
            return states.Invalid, text, position
        fits = self.minimum() <= _number(text) <= self.maximum()  # never for what is half typed
        return states.Acceptable if fits else states.Intermediate, text, position


def _number(text: str) -> float:
    """The number that somebody typed; NaN where it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return math.nan
