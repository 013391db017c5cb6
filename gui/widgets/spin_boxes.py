"""Spin boxes that let anything be typed; a field says what it is worth.

Qt's own swallow the keys that would lead out of the bounds, and nobody learns why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

LARGEST_INT = 2**31 - 1
LARGEST_FLOAT = 1e300
SMALLEST_FLOAT = 1e-300
FINE_STEPS_UP_TO = 64
"""A whole number that can be larger than this is stepped by a tenth of its size."""
FIRST_STEP = 1e-4
"""From zero, where a tenth of the size leads nowhere."""
SHORTEST = QLocale.FloatingPointPrecisionOption.FloatingPointShortest.value

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
_HALF_TYPED = re.compile(r"[+-]?[.,]?|[+-]?\d[\d.,]*[eE][+-]?", re.ASCII)


@dataclass(frozen=True)
class Judged:
    """What a typed text is worth.

    Attributes:
        value: the option's value, where there is no reason against it.
        reason: why it is none, in a sentence; "" for a valid one.
        is_unfinished: whether more keys may still make it one.
    """

    value: Any = None
    reason: str = ""
    is_unfinished: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether it is worth an error, and not only more keys."""
        return self.reason != "" and not self.is_unfinished


Judge = Callable[[str], Judged]


class JudgedSpinBox(QSpinBox):
    """A whole number; a text that `judge` refuses stays until the focus leaves or Enter."""

    stepped = Signal()
    """A step was asked for: what was typed before has been taken in, or has gone back."""

    def __init__(self) -> None:
        super().__init__()
        self.judge: Judge = _refuse_all

    def set_bounds(self, minimum: int, maximum: int) -> None:
        """What the value stays in, and with it the size of a step."""
        self.setRange(minimum, maximum)
        if maximum > FINE_STEPS_UP_TO:
            self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)

    def valueFromText(self, text: str) -> int:
        value = self.judge(text).value
        return self.minimum() if value is None else int(value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return _state(self.judge, text), text, position

    def fixup(self, text: str) -> str:
        return text  # Qt's own takes commas away: 9,5 would become 95

    def stepBy(self, steps: int) -> None:
        super().stepBy(steps)
        self.stepped.emit()


class JudgedDoubleSpinBox(QDoubleSpinBox):
    """A number of any size; writes 0.5, not 0.500000, and 1e-6, not 0.000001."""

    stepped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.judge: Judge = _refuse_all
        self._fine_step: float | None = None
        self.setDecimals(323)  # all that a float has: Qt rounds the value to them

    def set_bounds(self, minimum: float, maximum: float) -> None:
        """What the value stays in, and with it the size of a step."""
        self.setRange(minimum, maximum)
        self._fine_step = 0.05 if maximum - minimum <= 1.0 else None

    def textFromValue(self, value: float) -> str:
        if value != 0 and not 1e-5 <= abs(value) < 1e15:
            mantissa, _, exponent = repr(value).partition("e")
            if exponent:
                text = f"{mantissa.removesuffix('.0')}e{int(exponent)}"
                return text.replace(".", self.locale().decimalPoint())
        text = self.locale().toString(value, "f", SHORTEST)
        return text.replace(QLocale(self.locale()).groupSeparator(), "")

    def valueFromText(self, text: str) -> float:
        value = self.judge(text).value
        return self.minimum() if value is None else float(value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return _state(self.judge, text), text, position

    def fixup(self, text: str) -> str:
        return text

    def stepBy(self, steps: int) -> None:
        """Steps of a tenth of the size, without the noise that binary fractions leave."""
        was_valid = self.hasAcceptableInput()
        self.interpretText()
        if was_valid:  # what was refused goes back first
            step = self._fine_step or _tenth(self.value(), steps)
            stepped = self.value() + steps * step
            self.setValue(float(f"{stepped:.12g}"))
        self.selectAll()
        self.stepped.emit()


def _refuse_all(text: str) -> Judged:
    """What a box that belongs to no field yet makes of a text."""
    return Judged(reason="?")


def number_in(text: str, separators: str = "") -> float:
    """The number that somebody typed; NaN where it is none.

    Args:
        separators: the signs that may stand between thousands, for a whole number.
    """
    text = text.strip().replace("−", "-")
    for sign in separators:
        if re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(sign)}\d{{3}})+", text, re.ASCII):
            return float(text.replace(sign, ""))
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else math.nan


def is_half_typed(text: str) -> bool:
    """Whether it is the beginning of a number, such as nothing at all, or "1e-"."""
    return _HALF_TYPED.fullmatch(text.strip().replace("−", "-")) is not None


def _tenth(value: float, steps: int) -> float:
    """The power of ten that is a tenth of the value's size, or less."""
    if value == 0:
        return FIRST_STEP
    size = abs(value)
    if (value < 0) != (steps < 0):
        size /= 1.01  # down from 0.001 leads to 0.0009, not to 0
    return float(f"1e{math.floor(math.log10(size)) - 1}")


def _state(judge: Judge, text: str) -> QValidator.State:
    """Never "invalid", which would swallow the key."""
    states = QValidator.State
    return states.Intermediate if judge(text).reason else states.Acceptable
