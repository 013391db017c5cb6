"""What hangs from the pointer while layers are dragged."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QDrag, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from gui.style import GRID, theme


def make_drag(source: QWidget, data: QMimeData, names: Sequence[str]) -> QDrag:
    """A drag from ``source`` that shows the names of what it carries."""
    drag = QDrag(source)
    drag.setMimeData(data)
    drag.setPixmap(_label(source, names))
    drag.setHotSpot(QPoint(-GRID, -GRID))
    return drag


def _label(widget: QWidget, names: Sequence[str]) -> QPixmap:
    look = theme()
    shown = [*names[:4], *(["…"] if len(names) > 4 else [])]
    metrics = QFontMetrics(widget.font())
    line = metrics.height() + GRID // 2
    width = max(metrics.horizontalAdvance(name) for name in shown) + 2 * GRID
    size = QSize(width, line * len(shown) + GRID // 2)
    ratio = widget.devicePixelRatioF()
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(look.accent), 1))
    painter.setBrush(QColor(look.surface))
    painter.drawRoundedRect(QRectF(0.5, 0.5, size.width() - 1, size.height() - 1), 5, 5)
    painter.setPen(QColor(look.text))
    painter.setFont(widget.font())
    for i, name in enumerate(shown):
        top = GRID // 4 + i * line
        painter.drawText(GRID, top, width, line, Qt.AlignmentFlag.AlignVCenter, name)
    painter.end()
    return picture
