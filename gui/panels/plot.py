"""A quiet plot: pyqtgraph without its menus, in the colours of the theme, cheap to repaint.

Painting is what a training thread pays for (it holds Python's lock), so: no antialiasing, opaque
pens, ranges that are set instead of found, and few points a curve.
"""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from gui.style import GRID, blend, theme

ZOOM, SHIFT = 0.8, 0.1  # what one key press does
Range = tuple[float, float, float, float]  # left, right, bottom, top


class QuietPlot(pg.PlotWidget):
    """One plot. It follows its data until the user pans or zooms.

    A double click, the Home key or the small button in its corner makes it follow again.
    """

    restyled = Signal()
    """The theme or the font has changed; curves want new pens."""
    moved = Signal()
    """The visible range has changed."""

    def __init__(self, name: str, empty_text: str, axes: dict[str, pg.AxisItem]) -> None:
        # PlotWidget would make the axes that are not given; those stay hidden.
        super().__init__(axisItems=axes, enableMenu=False)
        self.setObjectName(name)
        self.follows = True
        self._range: Range | None = None
        self.own_axes = axes
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.disableAutoRange()
        item.setContentsMargins(0, GRID, GRID, 0)
        view = item.getViewBox()
        view.setDefaultPadding(0.0)
        view.sigRangeChangedManually.connect(self._stop_following)
        view.sigRangeChanged.connect(self.moved)
        self.setAntialiasing(False)
        self.setMinimumSize(15 * GRID, 10 * GRID)
        for axis in axes.values():
            axis.enableAutoSIPrefix(False)
            axis.setZValue(-10)  # grid lines lie below the curves
        self._make_children(empty_text)
        self._styled = True  # from here on changes of palette and font are followed
        self.restyle()

    def _make_children(self, empty_text: str) -> None:
        self.setAcceptDrops(False)
        self._empty = QLabel(empty_text, self)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._empty.setForegroundRole(self._empty.palette().ColorRole.PlaceholderText)
        self.follow_button = QToolButton(self)
        self.follow_button.setObjectName(f"{self.objectName()}Follow")
        self.follow_button.setText(self.tr("A", "the button that shows all of a plot again"))
        self.follow_button.setToolTip(
            self.tr("Show everything and follow the training (double click, or Home)")
        )
        self.follow_button.setAccessibleName(self.tr("Show everything"))
        self.follow_button.clicked.connect(self.follow_again)
        self.follow_button.hide()

    # What is shown

    def show_empty(self, is_empty: bool) -> None:
        """Say what will appear here, or stop saying so."""
        self._empty.setVisible(is_empty)
        for axis in self.own_axes.values():
            axis.setVisible(not is_empty)

    @property
    def says_empty(self) -> str:
        """The sentence that stands in the empty plot; "" where there is something to see."""
        return "" if self._empty.isHidden() else self._empty.text()

    def follow(self, left: float, right: float, bottom: float, top: float) -> None:
        """Show that range, unless the user has chosen another."""
        wanted = (left, right, bottom, top)
        if wanted != self._range:
            self._range = wanted
            if self.follows:
                self._show_range()

    def follow_again(self) -> None:
        """Forget what the user has zoomed to."""
        self.follows = True
        self.follow_button.hide()
        self._show_range()

    def _show_range(self) -> None:
        if self._range is not None:
            left, right, bottom, top = self._range
            self.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)

    def _stop_following(self, *_: Any) -> None:
        self.follows = False
        self.follow_button.show()

    # How it looks

    def restyle(self) -> None:
        """Take the colours of the theme and the font in use."""
        colors = theme()
        self.setBackground(QColor(colors.surface))
        font = tick_font(self)
        grid = blend(QColor(colors.line), QColor(colors.surface), 0.5)
        for axis in self.own_axes.values():
            axis.setPen(pg.mkPen(colors.line))
            axis.setTextPen(pg.mkPen(colors.quiet_text))
            axis.setTickPen(pg.mkPen(grid))
            axis.setTickFont(font)
            axis.label.setFont(font)
        self.restyled.emit()

    def changeEvent(self, event: QEvent) -> None:
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.FontChange)
        if event.type() in kinds and hasattr(self, "_styled"):
            self.restyle()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_styled"):
            self._empty.setGeometry(self.rect().adjusted(2 * GRID, GRID, -2 * GRID, -GRID))
            side = 3 * GRID
            self.follow_button.setGeometry(self.width() - side - GRID - 2, GRID + 2, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme().accent))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    # Mouse and keys

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.follow_again()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, view = event.key(), self.getPlotItem().getViewBox()
        if not any(view.mouseEnabled()):
            event.ignore()
            return
        (left, right), (bottom, top) = view.viewRange()
        shifts = {
            Qt.Key.Key_Left: (-SHIFT, 0.0),
            Qt.Key.Key_Right: (SHIFT, 0.0),
            Qt.Key.Key_Down: (0.0, -SHIFT),
            Qt.Key.Key_Up: (0.0, SHIFT),
        }
        if key == Qt.Key.Key_Home:
            self.follow_again()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM
            view.scaleBy((factor, factor))
            self._stop_following()
        elif key in shifts:
            x, y = shifts[Qt.Key(key)]
            view.translateBy(x=x * (right - left), y=y * (top - bottom))
            self._stop_following()
        else:
            event.ignore()


class ValueAxis(pg.AxisItem):
    """An axis with few ticks, numbers that are easy to read, and a width that never jumps.

    Args:
        unit: what follows each number; "%" shows shares as percent.
    """

    def __init__(self, orientation: str, unit: str = "", has_grid: bool = False) -> None:
        super().__init__(orientation)
        self._unit = f" {unit}" if unit else ""
        self.setStyle(
            maxTickLevel=0,
            tickLength=0,
            tickAlpha=255,
            tickTextOffset=6,
            hideOverlappingLabels=False,  # the numbers at the ends stay
        )
        if unit == "%":
            self.setScale(100)
        if has_grid:
            self.setGrid(255)

    def boundingRect(self) -> QRectF:
        # pyqtgraph leaves no room for half a line of text beyond the ends where there is a grid.
        room = 2 * GRID if self.orientation in ("left", "right") else 0
        return super().boundingRect().adjusted(0, -room, 0, room)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        places = max(0, math.ceil(-math.log10(spacing * scale) - 1e-9))
        texts = []
        for value in values:
            shown = value * scale
            plain = places <= 3 and abs(shown) < 10_000
            number = f"{shown:.{places}f}" if plain else short_number(shown)
            texts.append(f"{number.replace('-', '−')}{self._unit}")
        return texts


def tick_font(widget: QWidget) -> QFont:
    """The font of numbers beside a plot: a little smaller than the widget's."""
    font = QFont(widget.font())
    if font.pointSizeF() > 0:
        font.setPointSizeF(max(font.pointSizeF() - 1, 7.5))
    return font


def fix_size(axis: pg.AxisItem, widget: QWidget, widest: str) -> None:
    """Give a vertical axis room for the text ``widest``, a horizontal one for numbers and label."""
    metrics = QFontMetrics(tick_font(widget))
    if axis.orientation in ("left", "right"):
        axis.setWidth(metrics.horizontalAdvance(widest) + GRID)
    else:
        axis.setHeight(metrics.height() * (2 if widest else 1) + GRID)


def short_number(value: float, has_two_digits: bool = False) -> str:
    """A number in few characters, with a true minus sign: 0.24, −5, 2e6, 3e−5.

    Args:
        has_two_digits: also where the second is a zero: 0.10, 9.0.
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    size = abs(value)
    if size and (size < 0.001 or size >= 10_000):
        digits, power = f"{value:.1e}".split("e")
        text = f"{digits.removesuffix('.0')}e{int(power)}"
    elif size >= 9.95:
        text = f"{value:.0f}"
    else:
        text = f"{value:#.2g}" if has_two_digits and size else f"{value:.2g}"
    return text.replace("-", "−")
