"""How a refusal looks: an edge around the field, and the reason in a line or a bubble below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QWidget

from gui.style import GRID, theme

if TYPE_CHECKING:
    from gui.widgets.fields import Field

BUBBLE_WIDTH = 30 * GRID
BUBBLE_STAYS = 8_000  # ms, once the field has gone back


class ErrorEdge(QWidget):
    """A frame in the error colour over a widget, drawn on top and deaf to the mouse."""

    def __init__(self, framed: QWidget) -> None:
        super().__init__(framed)
        self._framed = framed
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self.is_on = False
        framed.installEventFilter(self)

    def show_if(self, is_on: bool) -> None:
        """Show the frame or take it away."""
        if is_on != self.is_on:
            self.is_on = is_on
            self.setGeometry(self._framed.rect())
            self.raise_()
            self.setVisible(is_on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.is_on and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._framed.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme().error), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 2, 2)
        painter.end()


class NoteLine(QLabel):
    """The small line below a field: what the option is, or why what was typed cannot be."""

    def __init__(self, help_text: str) -> None:
        super().__init__(help_text)
        self._help = help_text
        self._is_error = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setFont(small(self.font()))
        if not help_text:
            self.hide()  # never shown here: without a parent it would be a window

    def follow(self, field: Field) -> None:
        """Tell that field's reasons from now on."""
        field.said.connect(lambda reason: self.show_reason(reason, not field.is_unfinished))

    def show_reason(self, reason: str, is_error: bool = True) -> None:
        """The reason in place of the help; the help again for ""."""
        self.setText(reason or self._help)
        self.setVisible(self.text() != "")
        self._is_error = reason != "" and is_error
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        role = QPalette.ColorRole.PlaceholderText
        wanted = theme().error if self._is_error else theme().quiet_text
        if self.palette().color(role) != QColor(wanted):  # else this would lead here again
            colors = QPalette(self.palette())
            colors.setColor(role, QColor(wanted))
            self.setPalette(colors)


class ReasonBubble(QLabel):
    """The reason over the window, below a field that has no room for a line of text.

    Not a tool tip: that would vanish with the very change of focus that takes the text back.
    """

    def __init__(self, field: Field) -> None:
        self._window = field.widget.window()
        super().__init__(self._window)
        self._field = field
        self.setObjectName("reasonBubble")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._end = QTimer(self, singleShot=True, interval=BUBBLE_STAYS)
        self._end.timeout.connect(self._end_or_stay)
        field.said.connect(self._show_reason)
        field.widget.destroyed.connect(self.deleteLater)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _show_reason(self, reason: str) -> None:
        if not reason or self._field.is_unfinished:
            self._end.stop()
            self.hide()
            return
        look = theme()
        self.setStyleSheet(
            f"background: {look.raised}; color: {look.error}; border: 1px solid {look.error};"
            f"border-radius: 4px; padding: {GRID // 2}px {GRID}px;"
        )
        self.setText(reason)
        self._window = self._field.widget.window()
        self.setParent(self._window)
        self._window.installEventFilter(self)
        self._place()
        self.show()
        self.raise_()
        self._end.start()

    def _place(self) -> None:
        field = self._field.widget
        width = min(BUBBLE_WIDTH, self._window.width() - GRID)
        self.resize(QSize(width, self.heightForWidth(width)))
        corner = field.mapTo(self._window, QPoint(0, field.height() + GRID // 4))
        corner.setX(max(0, min(corner.x(), self._window.width() - width - GRID // 2)))
        self.move(corner)

    def _end_or_stay(self) -> None:
        if self._field.is_refused:
            self._end.start()
        else:
            self.hide()


def small(font: QFont) -> QFont:
    """The size of what stands quietly beside something."""
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * 0.9)
    return made
