"""How a card of the stack is painted."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from gui.editor import signs
from gui.editor.card_layout import GAP, SIGN, WRAPPED, CardLayout, Fonts, Note, fonts_of
from gui.editor.cards import Card, Kind
from gui.editor.stack_model import StackModel
from gui.style import GRID, blend, layer_color, theme

BAR = 4
RADIUS = 5
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NO_BUTTON = (-1, -1)


class CardDelegate(QStyledItemDelegate):
    """Paints cards in the theme of the moment; a card grows with what is to be said of it.

    Attributes:
        lit: the layer whose card is lit up because its curve is hovered elsewhere, or -1.
        is_quiet: whether nothing lights up, because a drag is on its way.
        hot: row and number of the fix whose button the pointer is on.
    """

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self.lit = -1
        self.is_quiet = False
        self.hot = NO_BUTTON
        self._heights: dict[int, tuple[Card, int, str, int]] = {}  # of each row, as last asked for

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        card: Card = index.data(StackModel.CARD)
        width, font = self._view.viewport().width(), option.font
        room = self._room(QRect(0, 0, width, 0))
        known = self._heights.get(index.row())
        if known is None or known[0] is not card or known[1:3] != (room.width(), font.key()):
            height = CardLayout(card, fonts_of(font), room).height
            known = self._heights[index.row()] = (card, room.width(), font.key(), height)
        return QSize(width, known[3])

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        card: Card = index.data(StackModel.CARD)
        fonts = fonts_of(option.font)
        laid_out = CardLayout(card, fonts, self._room(option.rect))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, card, laid_out.body)
        _paint_lines(painter, card, fonts, laid_out)
        painter.setFont(fonts.small)
        for note in laid_out.notes:
            _paint_note(painter, note, fonts)
        for number, rect in enumerate(laid_out.buttons):
            is_hot = self.hot == (index.row(), number)
            _paint_button(painter, rect, card.fixes[number].label, is_hot)
        painter.restore()

    def button_rects(self, index: QModelIndex) -> list[QRect]:
        """Where the card's buttons stand in the view, one for each of its fixes."""
        card: Card = index.data(StackModel.CARD)
        if not card.fixes:
            return []
        room = self._room(self._view.visualRect(index))
        return CardLayout(card, fonts_of(self._view.font()), room).buttons

    def button_at(self, index: QModelIndex, point: QPoint) -> int:
        """The number of the fix whose button is there, or -1."""
        rects = self.button_rects(index) if index.isValid() else []
        return next((i for i, rect in enumerate(rects) if rect.contains(point)), -1)

    def _room(self, row: QRect) -> QRect:
        """A row without the distance to the scroll bar, where there is one."""
        bar = self._view.verticalScrollBar()
        return row.adjusted(0, 0, -GAP if bar.isVisible() else 0, 0)

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, card: Card, body: QRect
    ) -> None:
        look = theme()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        is_lit = is_hovered or (card.kind is Kind.LAYER and card.index == self.lit)
        on_ground = card.kind is Kind.LAYER and not card.is_off
        ground = QColor(look.surface if on_ground else look.window)
        edge, width = QColor(look.line), 1.0
        if card.problem:
            edge = QColor(look.error)
        if is_lit and not self.is_quiet:
            ground, edge = (
                blend(ground, QColor(look.text), 0.05),
                blend(edge, QColor(look.text), 0.35),
            )
        if is_selected:
            ground, edge = blend(ground, QColor(look.accent), 0.12), QColor(look.accent)
            width = 2.0 if self._view.hasFocus() else 1.0
        inset = width / 2
        outline = QRectF(body).adjusted(inset, inset, -inset, -inset)
        is_current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        dashes = Qt.PenStyle.SolidLine if is_selected or not is_current else Qt.PenStyle.DashLine
        painter.setPen(
            QPen(QColor(look.text) if is_current and not is_selected else edge, width, dashes)
        )
        painter.setBrush(ground)
        painter.drawRoundedRect(outline, RADIUS, RADIUS)
        if card.kind is Kind.LAYER:
            bar = QRectF(outline.left() + 5, outline.top() + 5, BAR, outline.height() - 10)
            color = layer_color(card.index)
            hollow = card.is_off
            painter.setPen(QPen(color, 1) if hollow else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if hollow else color)
            painter.drawRoundedRect(bar, BAR / 2, BAR / 2)


def _paint_lines(painter: QPainter, card: Card, fonts: Fonts, laid_out: CardLayout) -> None:
    look = theme()
    quiet, loud = QColor(look.quiet_text), QColor(look.text)
    title = QFont(fonts.title)
    title.setStrikeOut(card.is_off)
    is_plain = card.is_known and not card.is_off
    shape_font = fonts.plain if is_plain else fonts.small
    first = QRect(laid_out.first)
    if card.is_changed:
        shape = QFontMetrics(shape_font).horizontalAdvance(card.shape)
        wide = min(
            QFontMetrics(title).horizontalAdvance(card.title),
            first.width() - shape - 2 * GRID - SIGN,
        )
        pencil = QRectF(first.left() + wide + GRID // 2, first.top(), 12, first.height())
        signs.pencil(painter, pencil, QColor(look.accent))
    _pair(
        painter,
        first,
        (card.title, title, quiet if card.is_off else loud),
        (card.shape, shape_font, loud if is_plain else quiet),
        spare=SIGN if card.is_changed else 0,
    )
    if not laid_out.second.isEmpty():
        _pair(
            painter,
            laid_out.second,
            (card.detail, fonts.small, quiet),
            (card.count, fonts.small, quiet),
        )


def _paint_note(painter: QPainter, note: Note, fonts: Fonts) -> None:
    look = theme()
    sign = QRect(note.rect.left() - SIGN, note.rect.top(), SIGN, fonts.small_height)
    color = QColor(look.error if note.is_problem else look.warning)
    (signs.triangle if note.is_problem else signs.circle)(painter, sign, color)
    painter.setPen(color)
    text = note.text
    if not note.is_problem:
        metrics = QFontMetrics(fonts.small)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, note.rect.width())
    painter.drawText(note.rect, WRAPPED, text)


def _paint_button(painter: QPainter, rect: QRect, label: str, is_hot: bool) -> None:
    look = theme()
    accent, surface = QColor(look.accent), QColor(look.surface)
    painter.setPen(QPen(accent, 1))
    painter.setBrush(accent if is_hot else surface)
    outline = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(outline, RADIUS, RADIUS)
    painter.setPen(QColor(look.on_accent) if is_hot else accent)
    metrics = QFontMetrics(painter.font())
    text = metrics.elidedText(label, Qt.TextElideMode.ElideRight, rect.width() - GRID)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def _pair(
    painter: QPainter,
    rect: QRect,
    left: tuple[str, QFont, QColor],
    right: tuple[str, QFont, QColor],
    spare: int = 0,
) -> None:
    """Two texts on one line; the left one is shortened where they do not both fit."""
    text, font, color = right
    room = QRect(rect)
    if text:
        painter.setFont(font)
        painter.setPen(color)
        painter.drawText(rect, RIGHT, text)
        room.setRight(rect.right() - QFontMetrics(font).horizontalAdvance(text) - GRID)
    text, font, color = left
    painter.setFont(font)
    painter.setPen(color)
    width = room.width() - spare
    painter.drawText(
        room, LEFT, QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
    )
