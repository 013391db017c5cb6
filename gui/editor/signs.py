"""Small signs on the cards: what is wrong, what could be better, what was changed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF


def triangle(painter: QPainter, rect: QRect, color: QColor) -> None:
    """A triangle with an exclamation mark: a problem."""
    size = min(rect.height(), rect.width()) - 2.0
    x, y = rect.left() + 0.5, rect.top() + (rect.height() - size) / 2
    corners = [QPointF(x + size / 2, y), QPointF(x + size, y + size), QPointF(x, y + size)]
    painter.setPen(QPen(color, 1.4, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF(corners))
    middle = x + size / 2
    painter.drawLine(QPointF(middle, y + size * 0.4), QPointF(middle, y + size * 0.65))
    painter.drawPoint(QPointF(middle, y + size * 0.83))


def circle(painter: QPainter, rect: QRect, color: QColor) -> None:
    """A circle with an i: a remark."""
    size = min(rect.height(), rect.width()) - 2.0
    x, y = rect.left() + 0.5, rect.top() + (rect.height() - size) / 2
    painter.setPen(QPen(color, 1.4, c=Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QRectF(x, y, size, size))
    middle = x + size / 2
    painter.drawPoint(QPointF(middle, y + size * 0.27))
    painter.drawLine(QPointF(middle, y + size * 0.48), QPointF(middle, y + size * 0.75))


def pencil(painter: QPainter, rect: QRectF, color: QColor) -> None:
    """A pencil: changed since training."""
    size = min(rect.width(), rect.height())
    x, y = rect.left(), rect.center().y() - size / 2
    painter.save()
    painter.setPen(QPen(color, 1.3, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)

    def at(u: float, v: float) -> QPointF:
        return QPointF(x + u * size, y + v * size)

    painter.drawPolygon(
        QPolygonF([at(0.1, 0.9), at(0.17, 0.62), at(0.68, 0.11), at(0.89, 0.32), at(0.38, 0.83)])
    )
    painter.drawLine(at(0.55, 0.24), at(0.76, 0.45))
    painter.restore()
