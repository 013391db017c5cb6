"""Spin boxes whose type, bounds and help come from an option's declaration."""

from __future__ import annotations

import math

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from nnlib.options import Option

DECIMALS = 8


def _set_up(field: QAbstractSpinBox, option: Option) -> None:
    field.setAccessibleName(option.title)
    field.setToolTip(f"{option.help} ({option.bounds_text()})".strip())
    field.setKeyboardTracking(False)  # a half-typed number is not a choice
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class IntField(QSpinBox):
    """A whole number within an option's bounds."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _set_up(self, option)
        self.setRange(
            int(option.minimum) if option.minimum is not None else -(2**31),
            int(option.maximum) if option.maximum is not None else 2**31 - 1,
        )
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)

    def wheelEvent(self, event: QWheelEvent) -> None:
        _scroll_only_with_focus(self, event, super().wheelEvent)


class FloatField(QDoubleSpinBox):
    """A number within an option's bounds, written as short as it can be: 0.001, 1e-06."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _set_up(self, option)
        least = 10.0**-DECIMALS if option.exclusive_minimum else 0.0
        self.setDecimals(DECIMALS)
        self.setRange(
            option.minimum + least if option.minimum is not None else -1e9,
            option.maximum if option.maximum is not None else 1e9,
        )
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)

    def textFromValue(self, value: float) -> str:
        return f"{value:.6g}".replace(".", self.locale().decimalPoint())

    def valueFromText(self, text: str) -> float:
        return _number(text, self.locale())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        number = _number(text, self.locale())
        if math.isnan(number):
            begun = all(c in "0123456789.,eE+-" for c in text)
            state = QValidator.State.Intermediate if begun else QValidator.State.Invalid
        elif self.minimum() <= number <= self.maximum():
            state = QValidator.State.Acceptable
        else:
            state = QValidator.State.Intermediate
        return state, text, position

    def stepBy(self, steps: int) -> None:
        """Steps of a tenth of the value's own power of ten; from zero to a first small value."""
        value = self.value()
        if value == 0 and steps > 0:
            self.setValue(0.0001)
            return
        for _ in range(abs(steps)):
            power = 10.0 ** math.floor(math.log10(abs(value)) + 1e-9) if value else 0.0001
            if steps < 0 and math.isclose(abs(value), power):
                power /= 10
            value += math.copysign(power, steps)
        self.setValue(float(f"{value:.6g}"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        _scroll_only_with_focus(self, event, super().wheelEvent)


def _scroll_only_with_focus(field: QWidget, event: QWheelEvent, scroll: object) -> None:
    if field.hasFocus():
        scroll(event)  # type: ignore[operator]
    else:
        event.ignore()  # what lies below scrolls, and nothing is changed by accident


def _number(text: str, locale: QLocale) -> float:
    try:
        return float(text.strip().replace(locale.decimalPoint(), "."))
    except ValueError:
        return math.nan
