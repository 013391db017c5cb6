"""The drawing surface: strokes of a mouse or a stylus, kept as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.canvas.ink import CHANGING, FRAME, PAPER, Ink, Paper, Points, ink_box
from gui.style import GRID, theme
from nnlib.data import render

TAP = 4.0
"""A drawing not larger than this, on the paper of 280, is meant as a tap."""
_SHORTEST_STEP = 0.5
_MOVE_DELAY = 8  # ms; a pen may report 1000 times a second

_KEYS: dict[int, str] = {
    Qt.Key.Key_Backspace: "undo",
    Qt.Key.Key_Delete: "clear",
    Qt.Key.Key_Escape: "clear",
}
_MERGE_MOVES = Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents
_PENS = (QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser)


class _Hand(Enum):
    """What draws the stroke that is under way."""

    NONE = 0
    MOUSE = 1
    STYLUS = 2


class DigitCanvas(QWidget):
    """A square sheet of paper, 280 x 280 at any size on the screen.

    Backspace takes back the last stroke, Delete or Escape clears. `probabilities` is the last
    prediction for what is drawn, an array (K,), or None.
    """

    drawing_changed = Signal()
    """Comes once for many moves of the pen, and soon after a stroke, an undo or a clear."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("digitCanvas")
        self.setAccessibleName(self.tr("Drawing canvas"))
        self.setAccessibleDescription(
            self.tr(
                "Draw a digit with the mouse or a stylus. "
                "Backspace takes back the last stroke, Delete clears the canvas."
            )
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabletTracking(True)  # or a stylus lifted elsewhere would draw on when it is back
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(self.minimumSizeHint())

        self.probabilities: NDArray[np.floating] | None = None
        self._strokes: list[Points] = []
        self._live: list[tuple[float, float]] = []
        self._hand = _Hand.NONE
        self._merges_moves = False
        self._unavailable = ""
        self._ink = Ink()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.drawing_changed)
        self._make_actions()

    def _make_actions(self) -> None:
        """The actions are the context menu too, and can be put in other menus."""
        self.action_undo_stroke = QAction(self.tr("Undo stroke"), self)
        self.action_undo_stroke.setObjectName("actionUndoStroke")
        self.action_undo_stroke.setShortcut(QKeySequence(Qt.Key.Key_Backspace))
        self.action_undo_stroke.setToolTip(self.tr("Take back the last stroke (Backspace)"))
        self.action_undo_stroke.triggered.connect(self.undo_stroke)
        self.action_clear = QAction(self.tr("Clear drawing"), self)
        self.action_clear.setIconText(self.tr("Clear"))
        self.action_clear.setObjectName("actionClearCanvas")
        self.action_clear.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        self.action_clear.setToolTip(self.tr("Clear the drawing (Delete or Escape)"))
        self.action_clear.triggered.connect(self.clear)
        for action in (self.action_undo_stroke, self.action_clear):
            # The keys are the canvas's own: elsewhere in the window they mean other things.
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setEnabled(False)
            self.addAction(action)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    # --- what is drawn

    @property
    def strokes(self) -> list[Points]:
        """A copy of the strokes, each (n, 2), x and y from 0 to 280, y downwards."""
        return [stroke.copy() for stroke in self._strokes] + (
            [np.array(self._live)] if self._live else []
        )

    def set_strokes(self, strokes: Sequence[ArrayLike]) -> None:
        """Draw these strokes instead of what is drawn."""
        self._lift_pen()
        self._live = []
        self._strokes = [
            np.array(s, dtype=np.float64).reshape(-1, 2).clip(0, PAPER) for s in strokes
        ]
        self._strokes = [stroke for stroke in self._strokes if len(stroke)]
        self._redraw()

    def is_empty(self) -> bool:
        return not self._strokes and not self._live

    def image(self) -> NDArray[np.float32]:
        """The drawing as the network's input, float32 (28, 28), made as the training digits are."""
        return render(self.strokes, dot_size=TAP)

    def clear(self) -> None:
        if not self.is_empty():
            self.set_strokes([])

    def undo_stroke(self) -> None:
        """Take back the last stroke, or the one that is being drawn."""
        if self._live:
            self.set_strokes(self._strokes)
        elif self._strokes:
            self.set_strokes(self._strokes[:-1])

    def set_unavailable(self, reason: str) -> None:
        """Refuse to be drawn on, and say why; an empty reason allows it. The drawing is kept."""
        if reason == self._unavailable:
            return
        self._finish_stroke()
        self._unavailable = reason
        self.setEnabled(not reason)
        self.probabilities = None
        self._redraw()

    @property
    def is_available(self) -> bool:
        return not self._unavailable

    def _redraw(self) -> None:
        self._report(0)
        self.update()

    def _report(self, delay: int) -> None:
        drawn = not self.is_empty()
        if not drawn:
            self.probabilities = None
        for action in (self.action_undo_stroke, self.action_clear):
            action.setEnabled(drawn and self.is_available)
        if not delay or not self._timer.isActive():
            self._timer.start(delay)

    # --- one stroke

    def _start_stroke(self, hand: _Hand, where: QPointF) -> None:
        self._hand = hand
        # X11 merges moves while the window is busy, which would cut the corners of a stroke.
        self._merges_moves = QCoreApplication.testAttribute(_MERGE_MOVES)
        QCoreApplication.setAttribute(_MERGE_MOVES, False)
        self._live = [self._paper().from_screen(where)]
        if not self._strokes:
            self.update()  # the hint goes
        self._show_new_ink()

    def _continue_stroke(self, where: QPointF) -> None:
        x, y = self._paper().from_screen(where)
        x0, y0 = self._live[-1]
        if abs(x - x0) >= _SHORTEST_STEP or abs(y - y0) >= _SHORTEST_STEP:
            self._live.append((x, y))
            self._show_new_ink()

    def _finish_stroke(self) -> None:
        self._lift_pen()
        if self._live:
            self._strokes.append(np.array(self._live))
            self._live = []
            self._report(0)

    def _lift_pen(self) -> None:
        if self._hand is not _Hand.NONE:
            self._hand = _Hand.NONE
            QCoreApplication.setAttribute(_MERGE_MOVES, self._merges_moves)

    def _show_new_ink(self) -> None:
        self.update(self._paper().to_screen(ink_box(np.array(self._live[-CHANGING:]))))
        self._report(_MOVE_DELAY)

    # --- mouse and stylus

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._may_draw(event.position()):
            event.ignore()
        elif self._hand is _Hand.NONE and not _is_from_a_pen(event):
            self._start_stroke(_Hand.MOUSE, event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._hand is not _Hand.MOUSE:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._continue_stroke(event.position())
        else:  # the release went elsewhere
            self._finish_stroke()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._hand is _Hand.MOUSE and event.button() == Qt.MouseButton.LeftButton:
            self._continue_stroke(event.position())
            self._finish_stroke()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # two quick taps are two dots

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with a stylus. What is accepted here does not come again as a mouse event.

        Some drivers send both all the same; the mouse's is then left out, because the stylus has
        the stroke or because the event says that it comes from a pen.
        """
        kind = event.type()
        tip = event.buttons() & Qt.MouseButton.LeftButton
        if kind == QEvent.Type.TabletPress and event.button() == Qt.MouseButton.LeftButton:
            if not self._may_draw(event.position()):
                event.ignore()
                return
            if self._hand is _Hand.NONE:
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                self._start_stroke(_Hand.STYLUS, event.position())
        elif self._hand is _Hand.STYLUS:
            released = kind == QEvent.Type.TabletRelease
            if tip or released:
                self._continue_stroke(event.position())
            if released or not tip:  # a release may have gone elsewhere
                self._finish_stroke()
        elif self._hand is _Hand.NONE:
            event.ignore()  # the stylus's other buttons are a mouse's: they open the menu
            return
        event.accept()

    def _may_draw(self, where: QPointF) -> bool:
        return self.is_available and self._paper().is_on(where)

    # --- keys

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._command(event):
            event.accept()  # another part of the window may have Delete as a shortcut
            return True
        if event.type() == QEvent.Type.ContextMenu and self._hand is not _Hand.NONE:
            return True  # no menu while the pen is down
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        command = self._command(event)
        if command == "undo":
            self.undo_stroke()
        elif command == "clear":
            self.clear()
        else:
            super().keyPressEvent(event)

    def _command(self, event: QEvent) -> str:
        """What a key means here; empty if nothing. Ctrl+Z is the window's on an empty canvas."""
        if not isinstance(event, QKeyEvent):
            return ""
        if event.matches(QKeySequence.StandardKey.Undo):
            return "" if self.is_empty() else "undo"
        if event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return ""
        return _KEYS.get(event.key(), "")

    def hideEvent(self, event: QHideEvent) -> None:
        self._finish_stroke()
        super().hideEvent(event)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme()
        paper = self._paper().rect
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(paper).adjusted(-0.5, -0.5, 0.5, 0.5), GRID / 2, GRID / 2)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(outline, QColor(colors.surface if self.is_available else colors.window))
        if not self.is_available or self.is_empty():
            text = self._unavailable or self.tr("Draw a digit here")
            margin = 3 * GRID
            painter.setPen(QColor(colors.quiet_text))
            painter.drawText(
                paper.adjusted(margin, margin, -margin, -margin),
                int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                text,
            )
        else:
            live = np.array(self._live).reshape(-1, 2)
            color = QColor(colors.text)
            self._ink.paint(painter, paper, self._strokes, live, QRectF(event.rect()), color)
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(colors.accent if focused else colors.line), 2 if focused else 1))
        painter.drawPath(outline)

    # --- size

    def _paper(self) -> Paper:
        return Paper.in_middle_of(self.size())

    def minimumSizeHint(self) -> QSize:
        return QSize(int(PAPER) + 2 * FRAME, int(PAPER) + 2 * FRAME)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setMaximumHeight(max(self.width(), self.minimumHeight()))
        super().resizeEvent(event)


def _is_from_a_pen(event: QMouseEvent) -> bool:
    """Whether a stylus made this event, which has told of itself by tablet events already."""
    return event.pointerType() in _PENS
