"""How a card of the stack is painted."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from gui.editor.cards import Card, Kind
from gui.editor.stack_model import StackModel
from gui.style import GRID, blend, layer_color, theme

GAP = GRID // 2
"""Between two cards; half of it belongs to each."""

BAR = 4
RADIUS = 5
WRAPPED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CardDelegate(QStyledItemDelegate):
    """Paints cards in the theme of the moment; a card with a problem grows with its text.

    Attributes:
        lit: the layer whose card is lit up because its curve is hovered elsewhere, or -1.
        is_quiet: whether nothing lights up, because a drag is on its way.
    """

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self.lit = -1
        self.is_quiet = False

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        card: Card = index.data(StackModel.CARD)
        width = self._view.viewport().width()
        room = self._room(QRect(0, 0, width, 0))
        fonts = _Fonts(option.font)
        height = fonts.title_height
        if card.detail or card.count:
            height += fonts.small_height
        if card.problem:
            height += GRID // 2 + self._problem_rect(card, fonts, room).height()
        return QSize(width, height + 2 * GRID - GRID // 2 + GAP)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        card: Card = index.data(StackModel.CARD)
        fonts = _Fonts(option.font)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, card)
        self._paint_texts(painter, self._room(option.rect), card, fonts)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """The whole text of a card on which not all of it fits."""
        card: Card = index.data(StackModel.CARD)
        fonts = _Fonts(option.font)
        width = _inner(self._room(option.rect)).width() - GRID
        title = QFontMetrics(fonts.title).horizontalAdvance(card.title)
        shape = QFontMetrics(fonts.plain).horizontalAdvance(card.shape)
        details = QFontMetrics(fonts.small).horizontalAdvance(card.detail + card.count)
        if event.type() == QEvent.Type.ToolTip and max(title + shape, details) > width:
            lines = (card.title, card.detail, card.shape, card.count)
            QToolTip.showText(event.globalPos(), "\n".join(filter(None, lines)), view)
            return True
        return super().helpEvent(event, view, option, index)

    def _room(self, rect: QRect) -> QRect:
        """A row without the distance to the scroll bar, where there is one."""
        bar = self._view.verticalScrollBar()
        return rect.adjusted(0, 0, -GAP if bar.isVisible() else 0, 0)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, card: Card) -> None:
        look = theme()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        is_lit = is_hovered or (card.kind is Kind.LAYER and card.index == self.lit)
        ground = QColor(look.surface if card.kind is Kind.LAYER else look.window)
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
        body = QRectF(_body(self._room(option.rect))).adjusted(
            width / 2, width / 2, -width / 2, -width / 2
        )
        is_current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        dashes = Qt.PenStyle.SolidLine if is_selected or not is_current else Qt.PenStyle.DashLine
        painter.setPen(
            QPen(QColor(look.text) if is_current and not is_selected else edge, width, dashes)
        )
        painter.setBrush(ground)
        painter.drawRoundedRect(body, RADIUS, RADIUS)
        if card.kind is Kind.LAYER:
            bar = QRectF(body.left() + 5, body.top() + 5, BAR, body.height() - 10)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(layer_color(card.index))
            painter.drawRoundedRect(bar, BAR / 2, BAR / 2)

    def _paint_texts(self, painter: QPainter, rect: QRect, card: Card, fonts: _Fonts) -> None:
        look = theme()
        inner = _inner(rect)
        first = QRect(inner.left(), inner.top(), inner.width(), fonts.title_height)
        second = QRect(inner.left(), first.bottom() + 1, inner.width(), fonts.small_height)
        quiet, loud = QColor(look.quiet_text), QColor(look.text)
        shape_font = fonts.plain if card.is_known else fonts.small
        _pair(
            painter,
            first,
            (card.title, fonts.title, loud),
            (card.shape, shape_font, loud if card.is_known else quiet),
        )
        if card.detail or card.count:
            _pair(
                painter,
                second,
                (card.detail, fonts.small, quiet),
                (card.count, fonts.small, quiet),
            )
        if card.problem:
            words = self._problem_rect(card, fonts, rect)
            top = (second if card.detail or card.count else first).bottom() + 1 + GRID // 2
            words.moveTop(top)
            painter.setPen(QColor(look.error))
            painter.setFont(fonts.small)
            painter.drawText(words, WRAPPED, card.problem)
            _warning_sign(painter, QRect(inner.left(), top, 2 * GRID, fonts.small_height))

    def _problem_rect(self, card: Card, fonts: _Fonts, rect: QRect) -> QRect:
        """The words of the problem, beside their sign; the top is not set."""
        inner = _inner(rect).adjusted(2 * GRID + GRID // 2, 0, 0, 0)
        room = QRect(inner.left(), 0, max(inner.width(), 4 * GRID), 10_000)
        return QRect(
            room.left(),
            0,
            room.width(),
            QFontMetrics(fonts.small).boundingRect(room, WRAPPED, card.problem).height(),
        )


class _Fonts:
    """The three fonts of a card."""

    def __init__(self, font: QFont) -> None:
        self.plain, self.title, self.small = font, QFont(font), QFont(font)
        self.title.setWeight(QFont.Weight.DemiBold)
        self.small.setPointSizeF(font.pointSizeF() * 0.9)
        self.title_height = QFontMetrics(self.title).height()
        self.small_height = QFontMetrics(self.small).height()


def _body(rect: QRect) -> QRect:
    """The card itself, without its share of the gaps."""
    return rect.adjusted(0, GAP // 2, 0, -GAP // 2)


def _inner(rect: QRect) -> QRect:
    """Where a card's texts stand."""
    edge = GRID - GRID // 4
    return _body(rect).adjusted(2 * GRID + GRID // 4, edge, -GRID - GRID // 4, -edge)


def _pair(
    painter: QPainter,
    rect: QRect,
    left: tuple[str, QFont, QColor],
    right: tuple[str, QFont, QColor],
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
    short = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, LEFT, short)


def _warning_sign(painter: QPainter, rect: QRect) -> None:
    """A triangle with an exclamation mark, in the colour of the pen."""
    size = min(rect.height(), rect.width()) - 2.0
    x, y = rect.left() + 0.5, rect.top() + (rect.height() - size) / 2
    corners = [QPointF(x + size / 2, y), QPointF(x + size, y + size), QPointF(x, y + size)]
    color = painter.pen().color()
    painter.setPen(QPen(color, 1.4, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF(corners))
    middle = x + size / 2
    painter.drawLine(QPointF(middle, y + size * 0.4), QPointF(middle, y + size * 0.65))
    painter.drawPoint(QPointF(middle, y + size * 0.83))
