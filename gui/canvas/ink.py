"""Ink on paper: how strokes are painted, for the drawing canvas.

All coordinates here are those of the paper, 280 x 280, whatever its size on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

PAPER = 280.0
"""The width and height of the paper."""
FRAME = 2
"""Around the paper, in screen pixels; it shows the focus."""
PEN = 24.0
"""The pen's thickness: about what 2.5 pixels are to a digit of 20."""
ROUNDING = 16.0
"""How far from a point its corner begins to be rounded."""
STEADYING, PASSES = 1.5, 3
CHANGING = PASSES + 3
"""How many of the last points may be painted otherwise when a new one comes."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Paper:
    """Where the paper is on the screen, without its frame."""

    rect: QRect

    @classmethod
    def in_middle_of(cls, size: QSize) -> Paper:
        """The largest square that has room, its frame included."""
        side = min(size.width(), size.height())
        frame = QRect((size.width() - side) // 2, (size.height() - side) // 2, side, side)
        return cls(frame.adjusted(FRAME, FRAME, -FRAME, -FRAME))

    @property
    def scale(self) -> float:
        """How many screen pixels a unit of the paper is."""
        return self.rect.width() / PAPER

    def is_on(self, where: QPointF) -> bool:
        """Whether a place on the screen is on the paper or its frame."""
        return QRectF(self.rect).adjusted(-FRAME, -FRAME, FRAME, FRAME).contains(where)

    def from_screen(self, where: QPointF) -> tuple[float, float]:
        """The place on the paper; for what is outside, the nearest at its edge."""
        x, y = (where.x() - self.rect.x()) / self.scale, (where.y() - self.rect.y()) / self.scale
        return min(max(x, 0.0), PAPER), min(max(y, 0.0), PAPER)

    def to_screen(self, box: QRectF) -> QRect:
        """The whole screen pixels that a rectangle on the paper touches."""
        corner = QPointF(self.rect.topLeft()) + box.topLeft() * self.scale
        return QRectF(corner, box.size() * self.scale).toAlignedRect()


def ink_path(points: Points, near: QRectF | None = None) -> QPainterPath:
    """The line of the pen through points (n, 2), its corners rounded.

    A fast hand leaves few points, and a mouse whole pixels; rounded and steadied they look like
    what was drawn. That moves the line by a few units, much less than the pen is thick, and the
    network reads the points themselves.

    near: leave out what cannot be seen in this rectangle. What is left covers it exactly as the
    whole line would, so that a dirty rectangle can be painted again without a seam.
    """
    path = QPainterPath()
    n = len(points)
    if n == 0:
        return path
    if n == 1 or not np.ptp(points, axis=0).any():
        x, y = points[0]
        path.moveTo(x, y)
        path.lineTo(x + 0.01, y)  # a line of no length would leave no ink
        return path
    points = _steadied(points)
    before, after = _cuts(points)
    visible = _chunks_in_sight(points, near)
    pen_is_down = False
    for i in range(1, n):  # chunk i: from behind corner i - 1 to behind corner i
        if not visible[i - 1]:
            pen_is_down = False
            continue
        if not pen_is_down:
            path.moveTo(*after[i - 1])
            pen_is_down = True
        path.lineTo(*before[i])
        if i < n - 1:
            path.quadTo(QPointF(*points[i]), QPointF(*after[i]))
    return path


def _steadied(points: Points) -> Points:
    """The points without the jitter of whole mouse pixels, which a thick pen makes visible.

    Each moves towards the mean of its neighbours, by less than STEADYING in x and in y.
    """
    for _ in range(PASSES):
        means = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
        moves = (means - points[1:-1]).clip(-STEADYING / PASSES, STEADYING / PASSES)
        points = np.vstack([points[:1], points[1:-1] + moves, points[-1:]])
    return points


def _cuts(points: Points) -> tuple[list[list[float]], list[list[float]]]:
    """For each point, where the line leaves straight before it and is straight again after it."""
    steps = np.diff(points, axis=0)
    lengths = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-9)
    cuts = steps * np.minimum(0.5, ROUNDING / lengths)[:, None]
    before, after = points.copy(), points.copy()
    before[1:-1] -= cuts[:-1]
    after[1:-1] += cuts[1:]
    return before.tolist(), after.tolist()


def _chunks_in_sight(points: Points, near: QRectF | None) -> NDArray[np.bool_]:
    """Which of the n - 1 chunks can be seen in the rectangle."""
    if near is None:
        return np.ones(len(points) - 1, np.bool_)
    # Chunk i lies within the corners i - 1, i, i + 1; the last one has no corner after it.
    corners = np.stack([points[:-1], points[1:], np.vstack([points[2:], points[-1:]])])
    low, high = corners.min(0) - PEN / 2 - 1, corners.max(0) + PEN / 2 + 1
    seen: NDArray[np.bool_] = (
        (high[:, 0] >= near.left())
        & (low[:, 0] <= near.right())
        & (high[:, 1] >= near.top())
        & (low[:, 1] <= near.bottom())
    )
    return seen


def ink_box(points: Points) -> QRectF:
    """The rectangle that holds the ink of these points."""
    (left, top), (right, bottom) = points.min(0), points.max(0)
    reach = PEN / 2 + 2
    return QRectF(left, top, right - left, bottom - top).adjusted(-reach, -reach, reach, reach)


class Ink:
    """Paints strokes, and remembers those that are finished as a picture."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._made_for: object = None
        self._shown: list[Points] = []

    def paint(
        self,
        painter: QPainter,
        paper: QRect,
        strokes: list[Points],
        live: Points,
        dirty: QRectF,
        color: QColor,
    ) -> None:
        """Paint the finished strokes and the live one on the paper, at least where it is dirty.

        paper and dirty are in the painter's coordinates. A stroke must not be changed once it was
        painted; a list that begins with the strokes of last time costs only what is new.
        """
        self._bring_up_to_date(paper, strokes, color, painter.device().devicePixelRatioF())
        painter.drawPixmap(paper.topLeft(), self._picture)
        if len(live):
            painter.save()
            painter.setClipRect(paper, Qt.ClipOperation.IntersectClip)
            painter.translate(paper.topLeft())
            scale = paper.width() / PAPER
            painter.scale(scale, scale)
            here = QRectF((dirty.topLeft() - paper.topLeft()) / scale, dirty.size() / scale)
            _paint_stroke(painter, live, color, here)
            painter.restore()

    def _bring_up_to_date(
        self, paper: QRect, strokes: list[Points], color: QColor, ratio: float
    ) -> None:
        wanted = (paper.width(), ratio, color.rgba())
        shown = self._shown
        begins_the_same = len(shown) <= len(strokes) and all(
            a is b for a, b in zip(shown, strokes, strict=False)
        )
        if wanted != self._made_for or not begins_the_same:
            self._picture = QPixmap(paper.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            self._made_for, self._shown = wanted, []
        if new := strokes[len(self._shown) :]:
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(paper.width() / PAPER, paper.width() / PAPER)
            for stroke in new:
                _paint_stroke(painter, stroke, color)
            painter.end()
            self._shown = list(strokes)


def _paint_stroke(
    painter: QPainter, points: Points, color: QColor, near: QRectF | None = None
) -> None:
    """Paint one stroke with the round pen; the painter is scaled to the paper."""
    pen = QPen(color, PEN, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(ink_path(points, near), pen)
