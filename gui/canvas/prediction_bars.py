"""What the network answers: a bar for each class, and the winner in large type."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.style import GRID, Theme, theme

Probabilities = NDArray[np.floating]

_LOWEST_ROW, _HIGHEST_ROW = 13, 24
_DIGITS = tuple("0123456789")


def percent(probability: float) -> str:
    """In whole percent, such as `98 %`."""
    return f"{round(100 * probability)} %"


def class_name(names: Sequence[str], index: int) -> str:
    return names[index] if index < len(names) else str(index)


class PredictionBars(QWidget):
    """One row a class: its name, a bar from 0 to 1, the percentage. The winner has a mark."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictionBars")
        self.setAccessibleName(self.tr("Prediction"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._names: tuple[str, ...] = _DIGITS
        self._probabilities: Probabilities | None = None
        self._message = ""
        self._describe()

    def set_classes(self, names: Sequence[str]) -> None:
        """What the classes are called, in the order of the network's outputs."""
        self._names = tuple(names)
        self.updateGeometry()
        self._describe()
        self.update()

    def show_probabilities(self, probabilities: Probabilities | None) -> None:
        """probabilities (K,), or None when there is no prediction."""
        shown = self._probabilities
        same = shown is probabilities or (
            shown is not None and probabilities is not None and np.array_equal(shown, probabilities)
        )
        if same and not self._message:
            return
        self._message = ""
        self._probabilities = None if probabilities is None else np.array(probabilities)
        self._describe()
        self.update()

    def show_message(self, message: str) -> None:
        """Say why there is no prediction."""
        if message != self._message:
            self._probabilities, self._message = None, message
            self._describe()
            self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self._message or self.description())

    def description(self) -> str:
        """The two most probable classes in words."""
        p = self._probabilities
        if p is None:
            return self.tr("No prediction yet.")
        first, *rest = np.argsort(-p, kind="stable")[:2]
        text = self.tr("{0} with {1}").format(class_name(self._names, first), percent(p[first]))
        for second in rest:
            text = self.tr("{0}, then {1} with {2}").format(
                text, class_name(self._names, second), percent(p[second])
            )
        return text

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._message:
            painter.setPen(QColor(colors.error))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self._message)
            return
        rows = self._rows()
        height = min(self.height() / max(len(rows), 1), _HIGHEST_ROW)
        columns = self._columns(rows)
        p = self._probabilities
        winner = -1 if p is None else int(np.argmax(p))
        for row, index in enumerate(rows):
            line = QRectF(0, row * height, self.width(), height)
            value = None if p is None else float(p[index])
            self._paint_row(painter, line, columns, index, value, index == winner, colors)

    def _rows(self) -> list[int]:
        """The classes shown: all of them, or as many of the most probable ones as fit."""
        p = self._probabilities
        count = len(self._names) if p is None else len(p)
        fit = max(1, self.height() // _LOWEST_ROW)
        if count <= fit:
            return list(range(count))
        best = np.arange(count) if p is None else np.argsort(-p, kind="stable")
        return sorted(int(i) for i in best[:fit])

    def _columns(self, rows: Sequence[int]) -> tuple[int, int]:
        """The width of the names and that of the percentages."""
        bold = QFontMetrics(self._bold())
        names = max((bold.horizontalAdvance(class_name(self._names, i)) for i in rows), default=0)
        return min(names, self.width() * 2 // 5), bold.horizontalAdvance(percent(1.0))

    def _paint_row(
        self,
        painter: QPainter,
        line: QRectF,
        columns: tuple[int, int],
        index: int,
        value: float | None,
        wins: bool,
        colors: Theme,
    ) -> None:
        names, percentages = columns
        mark = GRID
        painter.setFont(self._bold() if wins else self.font())
        painter.setPen(QColor(colors.text if wins else colors.quiet_text))
        middle = Qt.AlignmentFlag.AlignVCenter
        text = QRectF(line.left() + mark + 2, line.top(), names, line.height())
        name = painter.fontMetrics().elidedText(
            class_name(self._names, index), Qt.TextElideMode.ElideRight, names
        )
        painter.drawText(text, int(middle | Qt.AlignmentFlag.AlignRight), name)
        if wins:
            start = text.right() - painter.fontMetrics().horizontalAdvance(name) - mark - 2
            _paint_mark(painter, QRectF(start, line.top(), mark, line.height()), colors)
        left = text.right() + GRID
        width = max(line.right() - percentages - GRID - left, 1.0)
        thick = min(line.height() - 5, 10.0)
        track = QRectF(left, line.center().y() - thick / 2, width, thick)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.line))
        painter.setOpacity(0.55)
        painter.drawRoundedRect(track, 2, 2)
        painter.setOpacity(1.0)
        if value is None:
            return
        bar = QRectF(track)
        bar.setWidth(track.width() * min(max(value, 0.0), 1.0))
        if bar.width() >= 0.5:
            painter.setBrush(QColor(colors.accent if wins else colors.quiet_text))
            painter.drawRoundedRect(bar, min(2.0, bar.width() / 2), 2)
        painter.setPen(QColor(colors.text if wins else colors.quiet_text))
        painter.drawText(line, int(middle | Qt.AlignmentFlag.AlignRight), percent(value))

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _LOWEST_ROW * min(max(len(self._names), 1), 10))

    def sizeHint(self) -> QSize:
        return QSize(152, 18 * min(max(len(self._names), 1), 10))


def _paint_mark(painter: QPainter, box: QRectF, colors: Theme) -> None:
    """A triangle that points at the winner."""
    y = box.center().y()
    triangle = QPainterPath()
    triangle.moveTo(box.left(), y - 4)
    triangle.lineTo(box.left() + 6, y)
    triangle.lineTo(box.left(), y + 4)
    painter.fillPath(triangle, QColor(colors.accent))


class PredictionResult(QWidget):
    """The winner in large type, with its percentage."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictionResult")
        self.setAccessibleName(self.tr("The network's answer"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._empty = self.tr("The answer appears here.")
        self._hint = self._empty
        self.show_nothing()

    def show_result(self, name: str, probability: float) -> None:
        self._name, self._percent, self._hint = name, percent(probability), ""
        self.setAccessibleDescription(self.text)
        self.update()

    def show_nothing(self, hint: bool = True) -> None:
        """No answer; with a hint, say that it will be here."""
        self._name, self._percent, self._hint = "", "", self._empty if hint else ""
        self.setAccessibleDescription(self._empty)
        self.update()

    @property
    def text(self) -> str:
        """What is read here, such as `3 98 %`; empty without an answer."""
        return f"{self._name} {self._percent}".strip()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme()
        painter = QPainter(self)
        if not self._name:
            painter.setPen(QColor(colors.quiet_text))
            flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self._hint)
            return
        small = self._larger(1.3, bold=False)
        room = self.width() - QFontMetrics(small).horizontalAdvance(self._percent) - GRID
        fonts = [self._larger(times) for times in (2.8, 2.0, 1.3)]
        fits = (f for f in fonts if QFontMetrics(f).horizontalAdvance(self._name) <= room)
        large = next(fits, fonts[-1])
        metrics = QFontMetrics(large)
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        baseline = GRID // 2 + QFontMetrics(fonts[0]).capHeight()
        painter.setFont(large)
        painter.setPen(QColor(colors.accent))
        painter.drawText(0, baseline, name)
        painter.setFont(small)
        painter.setPen(QColor(colors.text))
        painter.drawText(metrics.horizontalAdvance(name) + GRID, baseline, self._percent)

    def _larger(self, times: float, bold: bool = True) -> QFont:
        font = QFont(self.font())
        font.setBold(bold)
        font.setPointSizeF(times * max(self.font().pointSizeF(), 6.0))
        return font

    def sizeHint(self) -> QSize:
        lines = QFontMetrics(self.font()).lineSpacing() * 2
        return QSize(80, max(QFontMetrics(self._larger(2.8)).capHeight() + GRID, lines))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
