"""The line above a plot: its title, and the legend with the latest values or a caption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.style import GRID, theme

SAMPLE = 2 * GRID  # length of a line's sample
GAP = GRID  # between two entries


@dataclass(frozen=True)
class Entry:
    """One line of a plot as the legend names it.

    Attributes:
        label, short: its name, and what is left of the name where space is scarce.
        pen: gives the pen that it is drawn with, in the theme of the moment.
        widest: the longest value that is expected, so that the layout need not change.
    """

    label: str
    short: str
    pen: Callable[[], QPen]
    widest: str


class Header(QWidget):
    """Painted as a whole, and only when a text changes: labels would lay out anew each time.

    Where the legend does not fit beside the title it gets a line of its own.

    Args:
        beside: the longest title among those that stand beside each other, so that their legends
            take the same form.
    """

    def __init__(
        self, title: str, entries: Sequence[Entry] = (), caption: str = "", beside: str = ""
    ) -> None:
        super().__init__()
        self.title = title
        self._beside = beside
        self.caption = caption
        self.entries = tuple(entries)
        self.values: tuple[str, ...] = ("",) * len(self.entries)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._has_second_line = self._is_short = False

    def show_values(self, *values: str) -> None:
        """The latest value of each entry; "" for none."""
        if values != self.values:
            self.values = values
            self.update()

    # Size

    def sizeHint(self) -> QSize:
        return QSize(20 * GRID, self._line() * (2 if self._has_second_line else 1))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        metrics = QFontMetrics(self._bold())
        title = max(metrics.horizontalAdvance(text) for text in (self.title, self._beside))
        needed = self._legend_width(is_short=False)
        second = bool(self.entries) and title + GRID + needed > self.width()
        self._is_short = second and needed > self.width()
        if second != self._has_second_line:
            self._has_second_line = second
            self.updateGeometry()

    def _line(self) -> int:
        return self.fontMetrics().height() + GRID // 2

    def _legend_width(self, is_short: bool) -> int:
        metrics = self.fontMetrics()
        texts = [f"{e.short if is_short else e.label} {e.widest}" for e in self.entries]
        room = sum(metrics.horizontalAdvance(text) for text in texts)
        return room + len(texts) * (SAMPLE + GRID // 2) + (len(texts) - 1) * GAP

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = theme()
        line = QRectF(0, 0, self.width(), self._line())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._bold())
        painter.setPen(QColor(colors.text))
        painter.drawText(line, int(middle), self.title)
        used = painter.fontMetrics().horizontalAdvance(self.title) + 2 * GRID
        painter.setFont(self.font())
        if self.caption:
            painter.setPen(QColor(colors.quiet_text))
            rest = line.adjusted(used, 0, 0, 0)
            text = painter.fontMetrics().elidedText(
                self.caption, Qt.TextElideMode.ElideRight, int(rest.width())
            )
            painter.drawText(rest, int(middle | Qt.AlignmentFlag.AlignRight), text)
        if any(self.values):
            x = self.width() - self._legend_width(self._is_short)
            if self._has_second_line:
                line.translate(0, line.height())
                x = 0
            self._paint_legend(painter, line, x)

    def _paint_legend(self, painter: QPainter, line: QRectF, x: float) -> None:
        metrics, colors = painter.fontMetrics(), theme()
        middle = Qt.AlignmentFlag.AlignVCenter
        for entry, value in zip(self.entries, self.values, strict=True):
            y = round(line.center().y()) + 1
            painter.setPen(entry.pen())
            painter.drawLine(QLineF(x, y, x + SAMPLE, y))
            x += SAMPLE + GRID // 2
            label = entry.short if self._is_short else entry.label
            painter.setPen(QColor(colors.quiet_text))
            painter.drawText(line.adjusted(x, 0, 0, 0), int(middle), label)
            x += metrics.horizontalAdvance(label + " ")
            painter.setPen(QColor(colors.text))
            painter.drawText(line.adjusted(x, 0, 0, 0), int(middle), value)
            x += metrics.horizontalAdvance(entry.widest) + GAP
