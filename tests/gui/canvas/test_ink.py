"""Painting strokes: what is repainted in part looks as if it were painted whole."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from gui.canvas.ink import CHANGING, PAPER, PEN, Ink, Paper, ink_box, ink_path
from tests.gui.canvas.conftest import SEVEN, THREE, pixels

SIDE = int(PAPER)


def scribble(n: int = 80) -> np.ndarray:
    rng = np.random.default_rng(3)
    return (140 + rng.normal(0, 9, (n, 2)).cumsum(0)).clip(0, PAPER).round()


def blank() -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    return image


def paint(image: QImage, points: np.ndarray, dirty: QRect | None = None) -> None:
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if dirty is not None:
        painter.setClipRect(dirty)
        painter.fillRect(dirty, QColor("white"))
    shown = QRectF(image.rect() if dirty is None else dirty)
    Ink().paint(painter, image.rect(), [], points, shown, QColor("black"))
    painter.end()


def array(image: QImage) -> np.ndarray:
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, SIDE, 4).astype(int)


def test_a_stroke_painted_move_by_move_is_the_stroke_painted_at_once(qapp) -> None:
    points = scribble()
    paper = Paper(QRect(0, 0, SIDE, SIDE))
    grown, whole = blank(), blank()
    for n in range(1, len(points) + 1):
        dirty = paper.to_screen(ink_box(points[max(0, n - CHANGING) : n]))
        paint(grown, points[:n], dirty.intersected(grown.rect()))
    paint(whole, points)
    assert np.abs(array(grown) - array(whole)).max() <= 2


def test_what_is_out_of_sight_is_left_out(qapp) -> None:
    points = np.array([(x, 20.0) for x in range(0, 280, 4)])
    whole, part = ink_path(points), ink_path(points, QRectF(0, 0, 30, 30))
    assert part.elementCount() < whole.elementCount() / 3


def test_the_line_stays_near_its_points_and_keeps_its_ends() -> None:
    path = ink_path(np.array(SEVEN, float))
    ends = path.pointAtPercent(0), path.pointAtPercent(1)
    assert [(p.x(), p.y()) for p in ends] == [pytest.approx(SEVEN[0]), pytest.approx(SEVEN[-1])]
    along = [path.pointAtPercent(t) for t in np.linspace(0, 1, 400)]
    corner = min(np.hypot(p.x() - SEVEN[1][0], p.y() - SEVEN[1][1]) for p in along)
    assert corner < PEN / 2


def test_jitter_of_whole_pixels_is_steadied() -> None:
    turn = np.linspace(0, np.pi, 40)
    true = np.stack([140 + 80 * np.cos(turn), 140 + 80 * np.sin(turn)], 1)

    def roughness(points: np.ndarray) -> float:
        path = ink_path(points)
        angles = np.radians([path.angleAtPercent(t) for t in np.linspace(0.05, 0.95, 200)])
        return float(np.abs(np.diff(np.unwrap(angles), 2)).sum())

    assert roughness(true.round()) < 3.0


def test_finished_strokes_are_painted_once(qapp, monkeypatch) -> None:
    from gui.canvas import ink as module

    painted: list[int] = []
    original = module._paint_stroke

    def remembering(painter: QPainter, points: np.ndarray, color: QColor) -> None:
        painted.append(len(points))
        original(painter, points, color)

    monkeypatch.setattr(module, "_paint_stroke", remembering)
    first, second = np.array(THREE, float), np.array(SEVEN, float)
    ink, nothing = Ink(), np.empty((0, 2))

    def show(strokes: list[np.ndarray], color: str = "black") -> list[int]:
        painted.clear()
        image = blank()
        painter = QPainter(image)
        ink.paint(painter, image.rect(), strokes, nothing, QRectF(image.rect()), QColor(color))
        painter.end()
        return list(painted)

    assert show([first]) == [7]
    assert show([first]) == []
    assert show([first, second]) == [3]
    assert show([first]) == [7]  # an undo paints anew
    assert show([first], "white") == [7]  # and so does another theme
    assert show([second]) == [3]


def test_a_dot_leaves_ink(canvas) -> None:
    canvas.set_strokes([[(140, 140)]])
    dark = pixels(canvas).mean(2) < 100
    assert dark.sum() == pytest.approx(np.pi * (PEN / 2) ** 2, rel=0.1)


def test_the_paper_has_the_largest_square() -> None:
    paper = Paper.in_middle_of(QSize(500, 284))
    assert paper.rect == QRect(110, 2, 280, 280)
