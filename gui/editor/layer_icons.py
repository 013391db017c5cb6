"""The layers' icons, in the colours of the theme.

An activation function shows its own curve, got by running it; any other layer shows the drawing
that it declares, and one that declares none the drawing of its category.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from gui.editor.icon_path import SIDE, Drawing, read_drawing
from gui.style import theme
from nnlib.layers import Layer

PEN, FAINT_PEN = 1.8, 1.3  # in units of the square
FAINT = 0.5  # as opaque as this
SIDES = (16, 20, 24, 32, 40, 48, 64, 96)
"""The sizes in which an icon is drawn, so that no screen has to enlarge one."""

REACH = 3.0
"""A curve shows what the function gives from minus this to this."""
POINTS = 121
EDGE = 3.5

PLAIN = "R 4 4 16 16"
CATEGORIES = {
    "Layers": "M 4 15 L 12 19 L 20 15 | M 12 5 L 20 9 L 12 13 L 4 9 Z",
    "Activation functions": "M 3 12 L 21 12 M 12 3 L 12 21 | M 4 18 C 13 18 11 6 20 6",
    "Regularization": "M 4 12 L 20 12 | M 12 4 L 20 12 L 12 20 L 4 12 Z",
}


def layer_icon(shown: Layer | type[Layer], color: QColor | str | None = None) -> QIcon:
    """The icon of a layer, or of a kind of layer, in the text colour or in ``color``.

    Ask again when the theme changes.
    """
    icon = QIcon()
    for side in SIDES:
        icon.addPixmap(layer_pixmap(shown, side, color=color))
    return icon


def layer_pixmap(
    shown: Layer | type[Layer],
    side: int,
    ratio: float = 1.0,
    color: QColor | str | None = None,
) -> QPixmap:
    """The same as a picture, ``side`` wide on a screen with ``ratio`` dots to a pixel."""
    name = QColor(color if color is not None else theme().text).name(QColor.NameFormat.HexArgb)
    member, options = _key(shown)
    return _pixmap(member, options, side, ratio, name)


def layer_drawing(shown: Layer | type[Layer]) -> Drawing:
    """What a layer's icon consists of."""
    member, options = _key(shown)
    return _drawing(member, options)


def paint_drawing(painter: QPainter, rect: QRectF, drawing: Drawing, color: QColor) -> None:
    """Paint a drawing as large as fits into ``rect``, in the middle."""
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center() - QPointF(side / 2, side / 2))
    painter.scale(side / SIDE, side / SIDE)
    faint = QColor(color)
    faint.setAlphaF(FAINT * color.alphaF())
    round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    for strokes, shade, pen in (
        (drawing.faint, faint, FAINT_PEN),
        (drawing.strong, color, PEN),
    ):
        painter.strokePath(strokes.lines, QPen(shade, pen, c=round_cap, j=round_join))
        painter.fillPath(strokes.blocks, shade)
    painter.restore()


def _key(shown: Layer | type[Layer]) -> tuple[Any, str]:
    """What an icon depends on: the class, and the options (a slope shows in the curve)."""
    if isinstance(shown, type):
        return shown, ""
    return type(shown), json.dumps(shown.to_json()) if shown.is_activation else ""


@lru_cache(maxsize=512)
def _pixmap(member: Any, options: str, side: int, ratio: float, color: str) -> QPixmap:
    dots = round(side * ratio)
    pixmap = QPixmap(QSize(dots, dots))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_drawing(painter, QRectF(0, 0, side, side), _drawing(member, options), QColor(color))
    painter.end()
    return pixmap


@lru_cache(maxsize=128)
def _drawing(member: Any, options: str) -> Drawing:
    declared = read_drawing(str(member.icon))
    if declared is not None:
        return declared
    if member.is_activation:
        layer: Layer = member.from_json(json.loads(options)) if options else member()
        curve = _curve(layer)
        if curve is not None:
            return _plot(curve)
    drawing = read_drawing(CATEGORIES.get(member.category, PLAIN))
    assert drawing is not None
    return drawing


def _curve(layer: Layer) -> NDArray[np.float64] | None:
    """What the function gives at points from -REACH to REACH; None for what has no curve."""
    x = np.linspace(-REACH, REACH, POINTS)
    try:
        with np.errstate(all="ignore"):
            column = np.array(layer.forward(x[:, None].copy(), False), dtype=float)
            row = np.array(layer.forward(x[None, :].copy(), False), dtype=float)
    except Exception:  # anybody's layer: no picture of it may keep the palette from showing
        return None
    if column.shape != (POINTS, 1) or row.shape != (1, POINTS):
        return None
    curve = column[:, 0]
    # One that acts along an axis, as softmax does, gives one number something else than many.
    is_elementwise = np.allclose(curve, row[0], equal_nan=True)
    return curve if is_elementwise and np.isfinite(curve).all() else None


def _plot(curve: NDArray[np.float64]) -> Drawing:
    """The curve over its two axes, as high as the square allows."""
    low, high = min(0.0, float(curve.min())), max(0.0, float(curve.max()))
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    room = SIDE - 2 * EDGE
    across = np.linspace(EDGE, SIDE - EDGE, len(curve))
    down = SIDE - EDGE - (curve - low) / (high - low) * room
    zero = SIDE - EDGE + low / (high - low) * room
    drawing = Drawing()
    axes = drawing.faint.lines
    for start, end in (
        (QPointF(2, zero), QPointF(SIDE - 2, zero)),
        (QPointF(SIDE / 2, 2), QPointF(SIDE / 2, SIDE - 2)),
    ):
        axes.moveTo(start)
        axes.lineTo(end)
    line = drawing.strong.lines
    line.moveTo(across[0], down[0])
    for x, y in zip(across[1:], down[1:], strict=True):
        line.lineTo(x, y)
    return drawing
