"""The program's own icons: plain shapes, drawn in the text colour of the theme in use."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from gui.style import theme

SIDE = 24.0  # the shapes below are drawn on a square of this size
SCALE = 3  # pixels for each of its units, so that icons stay sharp on dense screens

Shape = Callable[[QPainter], None]


def _triangle(painter: QPainter, left: float, right: float) -> None:
    painter.drawPolygon(QPolygonF([QPointF(left, 5), QPointF(right, 12), QPointF(left, 19)]))


def _train(painter: QPainter) -> None:
    _triangle(painter, 7, 19)


def _pause(painter: QPainter) -> None:
    painter.drawRect(QRectF(6.5, 5.5, 4, 13))
    painter.drawRect(QRectF(13.5, 5.5, 4, 13))


def _step_batch(painter: QPainter) -> None:
    _triangle(painter, 5, 15)
    painter.drawRect(QRectF(16.5, 5.5, 2.5, 13))


def _step_epoch(painter: QPainter) -> None:
    _triangle(painter, 2.5, 10)
    _triangle(painter, 10, 17.5)
    painter.drawRect(QRectF(18.5, 5.5, 2.5, 13))


def _stop(painter: QPainter) -> None:
    painter.drawRect(QRectF(6.5, 6.5, 11, 11))


def _reset(painter: QPainter) -> None:
    color = painter.brush().color()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 2.2, c=Qt.PenCapStyle.RoundCap))
    arc = QPainterPath()
    around = QRectF(5, 5.5, 14, 14)
    arc.arcMoveTo(around, 60)
    arc.arcTo(around, 60, -300)
    painter.drawPath(arc)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF([QPointF(11, 2), QPointF(17.5, 5.5), QPointF(11.5, 10)]))


def _restore(painter: QPainter) -> None:
    """An arrow that turns back."""
    color = painter.brush().color()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 2.4, c=Qt.PenCapStyle.RoundCap))
    way = QPainterPath(QPointF(7, 8))
    way.lineTo(14, 8)
    way.cubicTo(21.5, 8, 21.5, 18.5, 14, 18.5)
    way.lineTo(9, 18.5)
    painter.drawPath(way)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF([QPointF(9.5, 2.5), QPointF(3, 8), QPointF(9.5, 13.5)]))


SHAPES: dict[str, Shape] = {
    "train": _train,
    "pause": _pause,
    "stop": _stop,
    "step_batch": _step_batch,
    "step_epoch": _step_epoch,
    "reset": _reset,
    "restore": _restore,
}


def icon(name: str) -> QIcon:
    """The icon with that name, in the colours of the present theme; ask again when it changes."""
    colors = theme()
    made = QIcon()
    normal = QColor(colors.accent if name == "train" else colors.text)
    faint = QColor(colors.quiet_text)
    faint.setAlpha(110)
    made.addPixmap(_pixmap(SHAPES[name], normal), QIcon.Mode.Normal)
    made.addPixmap(_pixmap(SHAPES[name], faint), QIcon.Mode.Disabled)
    return made


def _pixmap(shape: Shape, color: QColor) -> QPixmap:
    side = int(SIDE * SCALE)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SCALE, SCALE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    shape(painter)
    painter.end()
    return pixmap
