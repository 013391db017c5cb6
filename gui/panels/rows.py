"""The parts of a plot whose rows stand above each other: its texts at either side, its mouse."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QWheelEvent

from gui.panels.plot import QuietPlot, tick_font
from gui.style import GRID, layer_color, theme

BASE = 0.1  # where a row's zero line is, in heights of a row
FEWEST = 4  # rows that there is room for, so that one row alone is not blown up
MARGIN = (
    0.015  # at either side of the rows: where they touch the texts, these are painted with them
)
LOWEST = 18  # pixels of a row; more rows than fit are scrolled


class RowTexts(pg.AxisItem):
    """Texts in columns, a line for each row, level with the row's zero line.

    An axis for pyqtgraph's layout only: it paints on its own, so that a new text costs little.

    Args:
        has_marks: the texts have their layer's colour before them.
        longest: no column is wider than this many pixels; longer texts end in "…".
    """

    def __init__(self, orientation: str, has_marks: bool = False, longest: int = 160) -> None:
        super().__init__(orientation)
        self.setStyle(showValues=False, tickLength=0)
        self._has_marks, self._longest = has_marks, longest
        self.cells: Sequence[tuple[str, ...]] = ()
        self._layers: Sequence[int] = ()
        self._widths: list[int] = []
        self._font = QFont()
        self.stressed = -1

    def set_font(self, font: QFont) -> None:
        """The font of all texts."""
        self._font = font
        self._widths = []
        self._make_room()

    def set_rows(self, layers: Sequence[int], cells: Sequence[tuple[str, ...]]) -> None:
        """The layer of each row, and its texts from left to right.

        While the layers stay the same the columns grow only, so that nothing jumps.
        """
        if list(layers) != list(self._layers):
            self._widths = []
        if list(cells) != list(self.cells) or not self._widths:
            self._layers, self.cells = layers, cells
            self._make_room()
            self.update()

    def stress(self, layer: int) -> None:
        """Write the row of that layer in bold; −1 for none."""
        self.stressed = layer
        self.update()

    def _make_room(self) -> None:
        metrics = QFontMetrics(self._bold())
        needed = [
            min(max(metrics.horizontalAdvance(text) for text in column) + 2, self._longest)
            for column in zip(*self.cells, strict=True)
        ]
        old = self._widths or [0] * len(needed)
        self._widths = [max(a, b) for a, b in zip(old, needed, strict=True)]
        marks = GRID + GRID // 2 if self._has_marks else 0
        width = marks + sum(self._widths) + GRID * max(len(self._widths) - 1, 0) + 2 * GRID
        if width != self.fixedWidth:
            self.setWidth(width)

    def _bold(self) -> QFont:
        font = QFont(self._font)
        font.setBold(True)
        return font

    def paint(self, painter: QPainter, option: object, widget: object) -> None:
        colors = theme()
        bounds = self.mapRectFromParent(self.geometry())
        height = bounds.height() / max(len(self.cells), FEWEST)
        metrics = QFontMetrics(self._font)
        for place, (layer, texts) in enumerate(zip(self._layers, self.cells, strict=True)):
            base = bounds.top() + (place + 1 - BASE) * height
            line = QRectF(bounds.left(), base - metrics.ascent(), 0, metrics.height())
            x = bounds.left() + GRID
            if self._has_marks:
                mark = QRectF(x, round(base) - GRID + 1, GRID, GRID)
                painter.fillRect(mark, layer_color(layer))
                x += GRID + GRID // 2
            is_stressed = layer == self.stressed
            painter.setFont(self._bold() if is_stressed else self._font)
            is_plain = self._has_marks or is_stressed
            painter.setPen(QColor(colors.text if is_plain else colors.quiet_text))
            for text, width in zip(texts, self._widths, strict=True):
                line.setLeft(x)
                line.setWidth(width)
                shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
                painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), shown)
                x += width + GRID


class RowCurve(pg.PlotCurveItem):
    """A curve that stays in its row; pyqtgraph would look for its bounds after each change."""

    def __init__(self, base: float, **options: object) -> None:
        self._bounds = QRectF(-MARGIN / 2, base - BASE / 2, 1 + MARGIN, 1 - BASE / 2)
        super().__init__(skipFiniteCheck=True, **options)

    def boundingRect(self) -> QRectF:
        return self._bounds


class RowPlot(QuietPlot):
    """A plot of rows, 1 high each, the first on top; it tells which one the mouse is on."""

    pointed = Signal(int)
    """The mouse has come to that place; −1 when it has left."""

    def __init__(self, name: str, empty_text: str) -> None:
        self.labels = RowTexts("left", has_marks=True)
        self.facts = RowTexts("right")
        guides = pg.AxisItem("bottom")
        guides.setStyle(showValues=False, tickLength=0, maxTickLevel=0, tickAlpha=255)
        guides.setTicks([[(0.0, ""), (0.5, ""), (1.0, "")]])
        guides.setGrid(255)
        self._count = 0
        self._pointed = -1
        super().__init__(
            name, empty_text, {"left": self.labels, "right": self.facts, "bottom": guides}
        )
        self.getPlotItem().showAxis("right")
        self.getPlotItem().setContentsMargins(0, GRID, 0, GRID // 2)
        self.setMouseEnabled(x=False, y=False)
        self.set_count(0)

    def set_count(self, count: int) -> None:
        """How many rows there are."""
        self._count = count
        self.setMinimumHeight(max(10 * GRID, count * LOWEST))
        self.follow(-MARGIN, 1 + MARGIN, count - max(count, FEWEST), max(count, 1))

    def base(self, place: int) -> float:
        """The height of a row's zero line."""
        return self._count - 1 - place + BASE

    def restyle(self) -> None:
        for texts in (self.labels, self.facts):
            texts.set_font(tick_font(self))
        super().restyle()
        self.own_axes["bottom"].setPen(None)  # guides, but no line along their feet

    def place_at(self, y: float) -> int:
        """The place of the row at that height of the widget; −1 where there is none."""
        view = self.getPlotItem().getViewBox()
        height = view.mapSceneToView(self.mapToScene(0, round(y))).y()
        place = self._count - 1 - int(height // 1)
        return place if 0 <= place < self._count else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.place_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # whoever scrolls the rows takes it

    def _point_at(self, place: int) -> None:
        if place != self._pointed:
            self._pointed = place
            self.pointed.emit(place)
