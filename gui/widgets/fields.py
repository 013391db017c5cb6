"""One field for one option: made from its declaration, it shows and gives values of that option.

What the option does not allow is refused in place: the text stays as typed, the field has an error
edge, and `Field.said` gives the reason. When the focus leaves, the last valid value is back.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from gui.widgets.reasons import ErrorEdge
from gui.widgets.spin_boxes import (
    LARGEST_FLOAT,
    LARGEST_INT,
    SMALLEST_FLOAT,
    Judged,
    JudgedDoubleSpinBox,
    JudgedSpinBox,
    is_half_typed,
    number_in,
)
from gui.widgets.texts import library_text
from gui.widgets.wheel import scroll_only_with_focus
from nnlib.errors import OptionError
from nnlib.options import Declared, Option, value_text

_UNDO, _REDO = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo


class Field(QObject):
    """A widget for an option. `edited` tells the new value when the user, nobody else, gives it.

    Attributes:
        widget: what stands in the form.
        rule: says why a value that the option allows does not fit the others, or "".
        reason: why the last thing that was typed or chosen is no value, or "".
        is_unfinished: whether that is only because more keys are expected.
    """

    edited = Signal(object)
    said = Signal(str)
    """The reason has changed; "" when there is none any more."""

    def __init__(self, declared: Option, widget: QWidget) -> None:
        super().__init__(widget)
        self.declared, self.widget = declared, widget
        self.rule: Callable[[Any], str] = lambda value: ""
        self.reason = ""
        self.is_unfinished = False
        self._value: Any = None
        self._edge = ErrorEdge(widget)
        self._help = library_text(declared.help)
        widget.setToolTip(self._help)
        widget.setAccessibleName(library_text(declared.title))
        widget.setAccessibleDescription(self._help)
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

    @property
    def is_refused(self) -> bool:
        """Whether what stands in the widget now is refused."""
        return self._edge.is_on

    def show_value(self, value: Any) -> None:
        """Show ``value`` without telling; what is being typed stays when it means the same."""
        is_other = value != self._value
        self._value = value
        self._put(value)
        if is_other:
            self._say("")

    def refuse(self, reason: str) -> None:
        """Say why the value that was last told cannot be, and show the one before."""
        self._put(self._value)
        self._say(reason)

    def value_words(self, value: Any) -> str:
        """A value as people read it in this field."""
        if value is None:
            return library_text(self.declared.none_text) or self.tr("none")
        return value_text(value)

    def _put(self, value: Any) -> None:
        """Bring the widget in line with ``value``, silently."""
        raise NotImplementedError

    def _offer(self, value: Any) -> None:
        """The user gave ``value``: tell it, unless a rule refuses it or nothing is new."""
        if type(value) is type(self._value) and value == self._value:
            return
        reason = self.rule(value)
        if reason:
            self.refuse(reason)
            return
        self._value = value
        self._say("")
        self.edited.emit(value)

    def _say(self, reason: str, is_unfinished: bool = False) -> None:
        is_same = (reason, is_unfinished) == (self.reason, self.is_unfinished)
        self.reason, self.is_unfinished = reason, is_unfinished
        if not is_same:
            self.widget.setAccessibleDescription(reason or self._help)
            self.said.emit(reason)


class NumberField(Field):
    """What both kinds of numbers share: how a typed text is judged, and how it goes back."""

    def __init__(self, declared: Option, box: Any) -> None:
        super().__init__(declared, box)
        self.box: JudgedSpinBox | JudgedDoubleSpinBox = box
        self._limits = declared  # where what the box can hold ends before the option's bounds
        self._separators = ""
        self._none: Any = None
        if declared.optional:
            box.setSpecialValueText(self.value_words(None))
        box.judge = self.judge
        box.lineEdit().installEventFilter(self)
        box.lineEdit().textEdited.connect(self._hear)
        box.lineEdit().textChanged.connect(self._mark)
        # Qt tells nobody when a box puts its value back into its line.
        box.editingFinished.connect(self._mark)
        box.stepped.connect(self._mark)

    def judge(self, text: str) -> Judged:
        """What a text is worth as this option's value."""
        if self._none is not None and text == self.box.specialValueText():
            return Judged(None, self.rule(None))
        number = number_in(text, self._separators)
        if math.isnan(number):
            return Judged(None, self._expected(self.declared), is_half_typed(text))
        value: Any = number
        for limits in (self.declared, self._limits):
            try:
                value = limits.check(number, "")
            except OptionError:
                return Judged(None, self._expected(limits), self._may_grow(text, number))
        return Judged(value, self.rule(value))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and (event.key() == Qt.Key.Key_Escape or event.matches(_UNDO))
            and not self.box.hasAcceptableInput()
        ):
            # A text that is no value is no edit yet: taking it back comes before the document.
            if event.type() == QEvent.Type.KeyPress:
                self.settle()
                self.box.selectAll()
                self._say("")
            event.accept()
            return True
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.text() != ""
            and event.text().isprintable()
            and self.box.text() == self.box.specialValueText() != ""
        ):
            self.box.selectAll()  # a digit takes the place of "none", wherever the cursor is
        return super().eventFilter(watched, event)

    def settle(self) -> None:
        """Take in what is typed and not yet told, or go back to the last valid value."""
        self.box.interpretText()
        self._mark()

    def _put(self, value: Any) -> None:
        shown: Any = self._none if value is None else value
        if shown is not None and shown != self.box.value():
            with QSignalBlocker(self.box):
                self.box.setValue(shown)
            self._mark()

    def _tell(self, shown: float) -> None:
        self._offer(None if shown == self._none else shown)

    def _hear(self, text: str) -> None:
        judged = self.judge(text)
        self._say(judged.reason, judged.is_unfinished)

    def _mark(self) -> None:
        judged = self.judge(self.box.lineEdit().text())
        self._edge.show_if(judged.is_refused)
        if self.is_unfinished and not judged.reason:
            self._say(self.reason)  # left unfinished, the field went back, and says why

    def _expected(self, limits: Option) -> str:
        allowed = limits.bounds_text()
        if self._none is not None:
            allowed = self.tr("{0}, or “{1}”").format(allowed, self.box.specialValueText())
        return self.tr("{0} must be {1}.").format(library_text(self.declared.title), allowed)

    def _may_grow(self, text: str, number: float) -> bool:
        """Whether more digits may bring a number that is too small into the bounds."""
        low = self._limits.minimum
        if low is None or number > low or "e" in text.casefold():
            return False
        return number > 0 or (number == 0 and self.declared.kind is float)


class IntField(NumberField):
    """A whole number; one below its minimum stands for None where None is allowed."""

    def __init__(self, declared: Option) -> None:
        box = JudgedSpinBox()
        super().__init__(declared, box)
        low = -LARGEST_INT if declared.minimum is None else math.ceil(declared.minimum)
        if declared.exclusive_minimum and low == declared.minimum:
            low += 1
        high = LARGEST_INT
        if declared.maximum is not None:
            high = min(int(declared.maximum), LARGEST_INT)
        self._limits = _within(declared, low, high)
        self._separators = "," + box.locale().groupSeparator()
        if declared.optional:
            self._none = low - 1
        box.set_bounds(low - declared.optional, high)
        box.valueChanged.connect(self._tell)


class FloatField(NumberField):
    """A number; like `IntField` with decimals."""

    def __init__(self, declared: Option) -> None:
        box = JudgedDoubleSpinBox()
        super().__init__(declared, box)
        low = -LARGEST_FLOAT if declared.minimum is None else float(declared.minimum)
        high = LARGEST_FLOAT if declared.maximum is None else float(declared.maximum)
        if declared.exclusive_minimum:
            low = max(low + SMALLEST_FLOAT, math.nextafter(low, math.inf))
        self._limits = _within(declared, low, high)
        if declared.optional:
            self._none = min(low - SMALLEST_FLOAT, math.nextafter(low, -math.inf))
        box.set_bounds(low if self._none is None else self._none, high)
        box.valueChanged.connect(self._tell)


class ChoiceField(Field):
    """One of several texts."""

    def __init__(self, declared: Option) -> None:
        self.box = QComboBox()
        super().__init__(declared, self.box)
        for choice in declared.choices:
            self.box.addItem(library_text(choice), choice)
        if declared.optional:
            self.box.insertItem(0, self.value_words(None), None)
        self.box.activated.connect(lambda _: self._offer(self.box.currentData()))

    def _put(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class BoolField(Field):
    """Yes or no."""

    def __init__(self, declared: Option) -> None:
        self.box = QCheckBox()
        super().__init__(declared, self.box)
        self.box.toggled.connect(self._offer)

    def _put(self, value: Any) -> None:
        with QSignalBlocker(self.box):
            self.box.setChecked(bool(value))


class MemberField(Field):
    """A member of a family, such as an initializer; `edited` tells it with options as declared."""

    def __init__(self, declared: Option) -> None:
        self.box = QComboBox()
        super().__init__(declared, self.box)
        self._family: type[Declared] = declared.kind
        fill_with_members(self.box, self._family)
        self.box.activated.connect(self._choose)

    def value_words(self, value: Any) -> str:
        return library_text(member_title(type(value)))

    def _put(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(type(value).__name__))

    def _choose(self) -> None:
        member = self._family.members[self.box.currentData()]
        if type(self._value) is not member:  # else the options that it has now would be lost
            self._offer(member())


def make_field(declared: Option) -> Field:
    """The field for an option."""
    if issubclass(declared.kind, Declared):
        return MemberField(declared)
    if declared.kind is int:
        return IntField(declared)
    if declared.kind is bool:
        return BoolField(declared)
    return FloatField(declared) if declared.kind is float else ChoiceField(declared)


def fill_with_members(box: QComboBox, family: type[Declared]) -> None:
    """One entry for each member of ``family``: its title, its name as data, what it is as tip."""
    for name, member in family.members.items():
        box.addItem(library_text(member_title(member)), name)
        about = library_text(member.describe())
        box.setItemData(box.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)


def member_title(member: type[Declared]) -> str:
    """What a list of choices calls a member of a family."""
    return getattr(member, "title", "") or member.display_name()


def _within(declared: Option, low: float, high: float) -> Option:
    """The option with the bounds of what a box can hold, both inclusive."""
    return dataclasses.replace(declared, minimum=low, maximum=high, exclusive_minimum=False)
