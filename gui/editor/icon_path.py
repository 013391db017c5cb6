"""Reads the tiny drawings that layers declare: a few letters and numbers on a square of 24 by 24.

    M x y                go there            R x y w h   a rectangle's outline
    L x y                a line to there     B x y w h   a filled block
    C x y x y x y        a curve to there    O x y r     a ring
    Z                    close the line      D x y r     a dot

What stands before a ``|`` is drawn faintly, as what the rest acts on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

SIDE = 24.0

_TAKES = {"M": 2, "L": 2, "C": 6, "Z": 0, "R": 4, "B": 4, "O": 3, "D": 3}
_WORD = re.compile(r"[MLCZRBOD]|\d+(?:\.\d+)?", re.ASCII)


@dataclass
class Strokes:
    """What is drawn with one strength.

    Attributes:
        lines: what is drawn with a pen.
        blocks: what is filled.
    """

    lines: QPainterPath = field(default_factory=QPainterPath)
    blocks: QPainterPath = field(default_factory=QPainterPath)


@dataclass
class Drawing:
    """A picture in two strengths."""

    faint: Strokes = field(default_factory=Strokes)
    strong: Strokes = field(default_factory=Strokes)


def read_drawing(text: str) -> Drawing | None:
    """The drawing that ``text`` describes; None where it describes none."""
    parts = text.split("|")
    if len(parts) > 2:
        return None
    strokes = [_read(part) for part in parts]
    strong = strokes[-1]
    faint = strokes[0] if len(parts) == 2 else Strokes()
    if faint is None or strong is None or _is_empty(strong):
        return None
    return Drawing(faint, strong)


def _read(text: str) -> Strokes | None:
    words = _WORD.findall(text)
    if _WORD.sub("", text).strip(" ,\t\n"):
        return None  # something is left that is neither a letter nor a number
    made = Strokes()
    at = 0
    while at < len(words):
        letter = words[at]
        numbers = words[at + 1 : at + 1 + _TAKES.get(letter, 0)]
        is_whole = letter in _TAKES and len(numbers) == _TAKES[letter]
        if not is_whole or any(word in _TAKES for word in numbers):
            return None
        values = [float(word) for word in numbers]
        if any(value > SIDE for value in values) or not _draw(made, letter, values):
            return None
        at += 1 + len(numbers)
    return made


def _draw(made: Strokes, letter: str, values: list[float]) -> bool:
    """Carry out one letter; False where it has no beginning to go on from."""
    lines = made.lines
    if letter in "LCZ" and lines.elementCount() == 0:
        return False
    if letter == "M":
        lines.moveTo(QPointF(*values))
    elif letter == "L":
        lines.lineTo(QPointF(*values))
    elif letter == "C":
        lines.cubicTo(*(QPointF(*values[i : i + 2]) for i in (0, 2, 4)))
    elif letter == "Z":
        lines.closeSubpath()
    elif letter in "RB":
        (lines if letter == "R" else made.blocks).addRect(QRectF(*values))
    else:
        x, y, radius = values
        (lines if letter == "O" else made.blocks).addEllipse(QPointF(x, y), radius, radius)
    return True


def _is_empty(made: Strokes) -> bool:
    return made.lines.isEmpty() and made.blocks.isEmpty()
