"""A stack as a small picture: one block a layer, from left to right, sized by what it hands on.

An image is a slab, as high as the image and as deep as it has channels; flat outputs are a bar as
long as there are numbers, on a logarithmic scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui.style import blend, layer_color, theme
from nnlib.errors import Shape
from nnlib.layers import Disabled, Layer
from nnlib.layers.disabled import enabled

GAP = 3.0
LARGEST_SCALE = 1.6
TALLEST_FLAT = 16384
_DEPTH = 3.0  # of the slab for each doubling of the channels, in pixels


def paint_stack(
    painter: QPainter, rect: QRectF, layers: Sequence[Layer], shapes: Sequence[Shape | None]
) -> None:
    """Paint the stack into ``rect``, in the middle.

    Args:
        shapes: what each layer hands on, without the batch axis; None where nobody can tell.
    """
    if not layers:
        return
    widths = [_width(layer, shape) for layer, shape in zip(layers, shapes, strict=True)]
    total = sum(widths) + GAP * (len(widths) - 1)
    scale = min(LARGEST_SCALE, rect.width() / total)
    x = rect.center().x() - scale * total / 2
    largest = max((s[1] for s in shapes if s is not None and len(s) == 3), default=28)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, (layer, shape) in enumerate(zip(layers, shapes, strict=True)):
        width = scale * widths[index]
        room = QRectF(x, rect.top(), width, rect.height())
        color = layer_color(index)
        if shape is None:
            _paint_unknown(painter, room)
        elif len(shape) == 3:
            _paint_slab(painter, room, shape, largest, color, _is_hollow(layer))
        else:
            _paint_bar(painter, room, math.prod(shape), color, _is_hollow(layer))
        x += width + scale * GAP
    painter.restore()


def _is_hollow(layer: Layer) -> bool:
    """Activation functions and what is off are outlines only; layers that compute are filled."""
    return isinstance(layer, Disabled) or "initial" not in enabled(layer).options()


def _width(layer: Layer, shape: Shape | None) -> float:
    if shape is not None and len(shape) == 3:
        return 5.0 + _DEPTH * math.log2(1 + shape[0])
    return 5.0 if _is_hollow(layer) else 9.0


def _paint_slab(
    painter: QPainter, room: QRectF, shape: Shape, largest: int, color: QColor, hollow: bool
) -> None:
    """A front in perspective: the higher the image the higher, the more channels the deeper."""
    height = max(room.height() * 0.8 * shape[1] / largest, 4.0)
    slant = min(room.width() * 0.5, height * 0.35)
    left, right = room.left(), room.right() - slant
    top = room.center().y() - height / 2
    front = QRectF(left, top + slant / 2, right - left, height - slant / 2)
    fill = QColor(theme().surface) if hollow else color
    painter.setPen(QPen(color, 1.2, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(blend(fill, QColor(theme().surface), 0.45))
    upper = [front.topLeft(), front.topLeft() + QPointF(slant, -slant / 2),
             front.topRight() + QPointF(slant, -slant / 2), front.topRight()]  # fmt: skip
    side = [front.topRight(), front.topRight() + QPointF(slant, -slant / 2),
            front.bottomRight() + QPointF(slant, -slant / 2), front.bottomRight()]  # fmt: skip
    painter.drawPolygon(QPolygonF(upper))
    painter.drawPolygon(QPolygonF(side))
    painter.setBrush(fill)
    painter.drawRect(front)


def _paint_bar(painter: QPainter, room: QRectF, count: int, color: QColor, hollow: bool) -> None:
    share = math.log(1 + count) / math.log(1 + TALLEST_FLAT)
    height = max(room.height() * 0.9 * share, 4.0)
    bar = QRectF(room.left(), room.center().y() - height / 2, room.width(), height)
    painter.setPen(QPen(color, 1.2))
    painter.setBrush(QColor(theme().surface) if hollow else color)
    painter.drawRoundedRect(bar.adjusted(0.6, 0.6, -0.6, -0.6), 1.5, 1.5)


def _paint_unknown(painter: QPainter, room: QRectF) -> None:
    painter.setPen(QPen(QColor(theme().quiet_text), 1.0, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    height = room.height() * 0.4
    painter.drawRect(QRectF(room.left(), room.center().y() - height / 2, room.width(), height))
