"""A field takes exactly what its option allows, and says why it does not take the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget

from gui.widgets.fields import BoolField, FloatField, IntField, make_field
from gui.widgets.reasons import ReasonBubble
from nnlib.errors import OptionError
from nnlib.options import Declared, option

UNITS = "Units must be a whole number from 1 to 16,384."
RATE = "Rate must be a number greater than 0 and at most 10."


@dataclass
class Settings(Declared):
    """Numbers of every kind."""

    units: int = option(100, minimum=1, maximum=16384, help="Number of neurons.")
    rate: float = option(0.1, minimum=0.0, maximum=10.0, exclusive_minimum=True)
    ratio: float = option(0.5, minimum=0.0, maximum=0.95)
    decay: float = option(0.0, minimum=0.0, maximum=1.0)
    shift: int = option(0)
    scale: float = option(1.0)
    stride: int | None = option(None, minimum=1, maximum=64, optional=True, none_text="as size")
    limit: float | None = option(None, minimum=0.0, optional=True)
    has_bias: bool = option(True, help="Whether b is added.")


DECLARED = {declared.name: declared for declared in Settings.declared_options()}
NUMBERS = [name for name in DECLARED if name != "has_bias"]


class Shown:
    """A field in a window of its own, beside something else that can have the focus."""

    def __init__(self, qtbot, name: str) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.field: Any = make_field(DECLARED[name])
        self.other = QLineEdit()
        row = QHBoxLayout(self.window)
        row.addWidget(self.field.widget)
        row.addWidget(self.other)
        self.window.show()
        self.window.activateWindow()
        with qtbot.waitActive(self.window):
            pass
        self.value = DECLARED[name].default
        self.field.show_value(self.value)
        self.field.edited.connect(self._take)
        self.qtbot = qtbot

    def _take(self, value) -> None:
        self.value = value
        self.field.show_value(value)

    def type(self, text: str) -> None:
        self.field.widget.setFocus()
        self.field.widget.selectAll()
        self.qtbot.keyClicks(self.field.widget, text)

    def paste(self, text: str) -> None:
        """What one edit of the line does, whatever the text is."""
        line = self.field.widget.lineEdit()
        line.selectAll()
        line.insert(text)

    @property
    def text(self) -> str:
        return self.field.widget.lineEdit().text()


@pytest.fixture
def show(qtbot):
    return lambda name: Shown(qtbot, name)


@pytest.mark.parametrize("text", ["99999", "16385", "0", "abc", "-5", "1.5", "9,5", "1e9"])
def test_what_is_no_value_stays_as_typed_with_the_reason(show, text):
    shown = show("units")
    shown.paste(text)
    assert shown.text == text
    assert shown.field.reason == UNITS
    assert shown.field.is_refused
    assert shown.field.widget.accessibleDescription() == UNITS
    assert shown.value == 100
    shown.field.settle()
    assert (shown.text, shown.value) == ("100", 100)
    shown.paste("64")
    assert shown.value == 64
    assert not shown.field.reason
    assert not shown.field.is_refused
    assert shown.field.widget.accessibleDescription() == "Number of neurons."


def leave_by_focus(shown: Shown) -> None:
    shown.other.setFocus()


def leave_by_enter(shown: Shown) -> None:
    shown.qtbot.keyClick(shown.field.widget, Qt.Key.Key_Return)


@pytest.mark.parametrize("leave", [leave_by_focus, leave_by_enter])
@pytest.mark.parametrize("text", ["x", "99999", ""])
def test_the_last_valid_value_comes_back_and_the_reason_stays(show, leave, text):
    shown = show("units")
    shown.type("7")
    shown.field.widget.selectAll()
    shown.qtbot.keyClick(shown.field.widget, Qt.Key.Key_Backspace)
    shown.qtbot.keyClicks(shown.field.widget, text)
    kept = 9999 if text == "99999" else 7
    leave(shown)
    assert (shown.text, shown.value) == (str(kept), kept)
    assert shown.field.reason == UNITS
    assert not shown.field.is_unfinished
    assert not shown.field.is_refused
    shown.type("8")
    assert shown.field.reason == ""


def test_nothing_typed_yet_says_what_is_expected_and_is_no_error(show):
    shown = show("units")
    shown.paste("")
    shown.field.widget.lineEdit().selectAll()
    shown.qtbot.keyClick(shown.field.widget, Qt.Key.Key_Backspace)
    assert shown.field.reason == UNITS
    assert shown.field.is_unfinished
    assert not shown.field.is_refused


def test_a_small_number_is_typed_without_being_scolded(show):
    shown = show("rate")
    shown.field.widget.setFocus()
    shown.field.widget.selectAll()
    for i, key in enumerate("0.001"):
        shown.qtbot.keyClicks(shown.field.widget, key)
        assert not shown.field.is_refused, "0.001"[: i + 1]
    assert shown.value == 0.001
    shown.type("1e-4")
    assert shown.value == 0.0001
    shown.type("0")
    leave_by_focus(shown)
    assert shown.field.reason == RATE


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, "undo"])
def test_escape_and_undo_take_back_what_is_no_value(show, key):
    shown = show("units")
    shown.type("abc")
    if key == "undo":
        shown.qtbot.keyClick(shown.field.widget, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    else:
        shown.qtbot.keyClick(shown.field.widget, key)
    assert shown.text == "100"
    assert not shown.field.reason
    assert not shown.field.is_refused


def test_a_value_from_elsewhere_ends_the_error(show):
    shown = show("units")
    shown.paste("abc")
    shown.field.show_value(5)
    assert shown.text == "5"
    assert not shown.field.reason
    assert not shown.field.is_refused


def test_a_step_takes_back_what_is_no_value(show):
    for name in ("units", "rate"):
        shown = show(name)
        shown.type("abc")
        shown.qtbot.keyClick(shown.field.widget, Qt.Key.Key_Up)
        assert not shown.field.is_refused
        assert shown.value == DECLARED[name].default
        shown.qtbot.keyClick(shown.field.widget, Qt.Key.Key_Up)
        assert shown.value > DECLARED[name].default
        assert not shown.field.reason


@pytest.mark.parametrize(
    ("start", "steps", "values"),
    [
        ("0.001", 2, [0.0011, 0.0012]),
        ("0.001", -2, [0.0009 + 9e-5, 0.00098]),
        ("0.0001", -1, [0.00009 + 9e-6]),
        ("1", 1, [1.1]),
    ],
)
def test_steps_are_a_tenth_of_the_size_and_round(show, start, steps, values):
    shown = show("rate")
    shown.type(start)
    key = Qt.Key.Key_Up if steps > 0 else Qt.Key.Key_Down
    for value in values:
        shown.qtbot.keyClick(shown.field.widget, key)
        assert shown.value == pytest.approx(value, rel=0.01)
        assert len(shown.text) <= 8


def test_a_step_from_zero_leads_somewhere(show):
    shown = show("limit")
    shown.type("0")
    assert shown.value == 0
    shown.field.widget.stepUp()
    assert shown.value == 0.0001
    ratio = show("ratio")
    ratio.field.widget.stepUp()
    assert ratio.value == 0.55


def test_an_optional_number_names_what_none_is_called(show):
    shown = show("stride")
    assert shown.text == "as size"
    shown.paste("65")
    assert shown.field.reason == "Stride must be a whole number from 1 to 64, or “as size”."
    shown.paste("3")
    assert shown.value == 3
    shown.paste("as size")
    assert shown.value is None
    shown.field.widget.lineEdit().setCursorPosition(3)
    shown.qtbot.keyClicks(shown.field.widget, "4")
    assert shown.value == 4


def test_a_rule_that_joins_several_options_is_a_reason_too(show):
    shown = show("units")
    shown.field.rule = lambda value: "Units must be even." if value % 2 else ""
    shown.paste("31")
    assert (shown.text, shown.value) == ("31", 100)
    assert shown.field.reason == "Units must be even."
    shown.paste("32")
    assert (shown.value, shown.field.reason) == (32, "")
    shown.field.widget.setValue(33)
    assert (shown.text, shown.value) == ("32", 32)
    assert shown.field.reason == "Units must be even."


def test_thousands_may_be_typed_as_the_reason_writes_them(show):
    shown = show("units")
    shown.paste("16,384")
    assert shown.value == 16384


def test_yes_or_no_is_a_box_to_tick(show):
    shown = show("has_bias")
    assert isinstance(shown.field, BoolField)
    assert shown.field.box.isChecked()
    shown.field.box.click()
    assert shown.value is False
    with pytest.raises(OptionError, match="has_bias must be true or false, not 1"):
        Settings(has_bias=1)  # type: ignore[arg-type]
    assert Settings(has_bias=False).summary() == "has bias off"


TYPED = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[+-]?[0-9]{0,9}[.,]?[0-9]{0,9}([eE][+-]?[0-9]{0,3})?", fullmatch=True),
    st.integers(-(2**40), 2**40).map(str),
    st.floats().map(repr),
)


@given(text=TYPED, name=st.sampled_from(NUMBERS))
@example(text="9" * 400, name="scale")
@example(text="1e-310", name="rate")
@example(text="2147483648", name="shift")
@example(text="1_0", name="units")
@example(text="１２", name="units")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_text_is_exactly_the_value_or_a_reason(show, text, name):
    shown = show(name)
    before = shown.value
    line = shown.field.widget.lineEdit()
    line.selectAll()
    line.insert(text)
    if shown.field.reason:
        assert shown.value == before
        assert shown.field.reason.startswith(DECLARED[name].title + " must be ")
    elif line.text() == shown.field.widget.specialValueText() != "":
        assert shown.value is None
    else:
        typed = line.text().strip().replace("−", "-")
        grouped = typed.replace(",", "")
        numbers = [float(t) for t in (typed.replace(",", "."), grouped) if is_number(t)]
        assert shown.value in numbers
        DECLARED[name].check(shown.value, "")
    value = shown.value
    shown.field.settle()
    assert shown.value == value
    assert not shown.field.is_refused
    assert shown.field.judge(shown.text).value == value


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", [IntField, FloatField])
def test_a_field_in_a_row_tells_its_reason_in_a_bubble(show, kind):
    shown = show("units" if kind is IntField else "rate")
    shown.field.box.setKeyboardTracking(False)
    bubble = ReasonBubble(shown.field)
    shown.type("99999")
    assert bubble.isVisible()
    assert bubble.text() == (UNITS if kind is IntField else RATE)
    assert bubble.parent() is shown.window
    leave_by_focus(shown)
    assert bubble.isVisible()
    assert shown.value == DECLARED[shown.field.declared.name].default
    shown.type("5")
    assert not bubble.isVisible()
    leave_by_focus(shown)
    assert shown.value == 5


def test_the_bubble_goes_away_by_itself_once_the_field_is_right(show):
    shown = show("units")
    bubble = ReasonBubble(shown.field)
    shown.type("abc")
    bubble._end.timeout.emit()
    assert bubble.isVisible()
    leave_by_focus(shown)
    bubble._end.timeout.emit()
    assert not bubble.isVisible()
    QApplication.processEvents()
