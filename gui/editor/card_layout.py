"""Where everything on a card stands: its lines, what is to be said of it, and buttons for fixes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics

from gui.editor.cards import Card
from gui.style import GRID

GAP = GRID // 2
"""Between two cards; half of it belongs to each."""

WRAPPED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
SIGN = 2 * GRID
"""The width of the sign before a note."""


class Fonts:
    """The three fonts of a card."""

    def __init__(self, font: QFont) -> None:
        # Copies: a style option's font is gone with the option.
        self.plain, self.title, self.small = QFont(font), QFont(font), QFont(font)
        self.title.setWeight(QFont.Weight.DemiBold)
        self.small.setPointSizeF(font.pointSizeF() * 0.9)
        self.title_height = QFontMetrics(self.title).height()
        self.small_height = QFontMetrics(self.small).height()


_known: dict[str, Fonts] = {}


def fonts_of(font: QFont) -> Fonts:
    """The fonts of a card in a view with that font, made once."""
    if font.key() not in _known:
        _known.clear()
        _known[font.key()] = Fonts(font)
    return _known[font.key()]


@dataclass(frozen=True)
class Note:
    """Something to be said of the card, beside a sign."""

    text: str
    rect: QRect
    is_problem: bool


class CardLayout:
    """The places on one card in a row of the view.

    Attributes:
        body: the card itself, without its share of the gaps.
        first, second: the two lines of texts; second is empty where there is nothing to say.
        notes: problem and remarks, from the top.
        buttons: one rectangle for each of the card's fixes.
        height: of the whole row.
    """

    def __init__(self, card: Card, fonts: Fonts, row: QRect) -> None:
        edge = GRID - GRID // 4
        left, right = row.left() + 2 * GRID + GRID // 4, row.right() - GRID - GRID // 4
        width = max(right - left + 1, 6 * GRID)
        top = row.top() + GAP // 2 + edge
        self.first = QRect(left, top, width, fonts.title_height)
        bottom = top + fonts.title_height
        self.second = QRect()
        if card.detail or card.count:
            self.second = QRect(left, bottom, width, fonts.small_height)
            bottom += fonts.small_height
        self.notes: list[Note] = []
        metrics = QFontMetrics(fonts.small)
        for text, is_problem in _notes(card):
            room = QRect(left + SIGN, bottom + GRID // 4, width - SIGN, fonts.small_height)
            if is_problem:
                room.setHeight(metrics.boundingRect(_tall(room), WRAPPED, text).height())
            self.notes.append(Note(text, room, is_problem))
            bottom = room.bottom() + 1
        self.buttons: list[QRect] = []
        tall, x, y = fonts.small_height + GRID // 2, left + SIGN, bottom + GRID // 2
        for fix in card.fixes:
            wide = min(metrics.horizontalAdvance(fix.label) + 2 * GRID, width - SIGN)
            if x > left + SIGN and x + wide > left + width:
                x, y = left + SIGN, y + tall + GRID // 2
            self.buttons.append(QRect(x, y, wide, tall))
            x += wide + GRID // 2
            bottom = y + tall
        self.height = bottom + edge + GAP // 2 - row.top()
        self.body = QRect(row.left(), row.top() + GAP // 2, row.width(), self.height - GAP)


def _notes(card: Card) -> list[tuple[str, bool]]:
    if card.problem:
        return [(card.problem, True)]
    return [(remark.title, False) for remark in card.remarks]


def _tall(rect: QRect) -> QRect:
    return QRect(rect.left(), 0, rect.width(), 10_000)
