"""The picture that the network sees: 28 x 28 pixels, enlarged and left crisp."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.style import GRID, theme

SIDE = 28
SMALLEST, COMFORTABLE = 3, 4  # screen pixels a pixel


class ModelInputView(QWidget):
    """A heading and, below it, the picture in the colours of the canvas."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelInputView")
        self._heading = self.tr("What the network sees")
        self.setAccessibleName(self._heading)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._image: NDArray[np.uint8] | None = None
        self.show_image(None)

    def show_image(self, image: NDArray[np.floating] | None) -> None:
        """image (28, 28) in 0..1, ink is 1; None when nothing is drawn."""
        if image is not None and image.shape != (SIDE, SIDE):
            raise ValueError(f"The picture must have the shape (28, 28); it has {image.shape}.")
        self._image = None if image is None else np.rint(image * 255).astype(np.uint8)
        self.setAccessibleDescription(
            self.tr("Nothing is drawn.")
            if image is None
            else self.tr("Your drawing as 28 × 28 pixels, centred and of the size it was taught.")
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme()
        painter = QPainter(self)
        painter.setPen(QColor(colors.quiet_text))
        painter.drawText(
            QRect(0, 0, self.width(), self._heading_height()), _TEXT_FLAGS, self._heading
        )
        frame = self._picture_frame()
        painter.fillRect(frame, QColor(colors.surface))
        if self._image is not None:
            painter.drawImage(frame, _colored(self._image, colors.surface, colors.text))
        painter.setPen(QColor(colors.line))
        painter.drawRect(frame.adjusted(-0.5, -0.5, 0.5, 0.5))

    def _heading_height(self) -> int:
        room = QRect(0, 0, max(self.width(), 1), 1000)
        return QFontMetrics(self.font()).boundingRect(room, _TEXT_FLAGS, self._heading).height()

    def _picture_frame(self) -> QRectF:
        """Where the picture is: each of its pixels a whole number of the screen's."""
        top = self._heading_height() + GRID // 2 + 1
        room = min(self.width() - 2, self.height() - top - 1)
        ratio = self.devicePixelRatioF()
        side = max(1, int(room * ratio / SIDE)) * SIDE / ratio
        return QRectF(1, top, side, side)

    def minimumSizeHint(self) -> QSize:
        # As wide as the next size, so that a lower column does not become a narrower one.
        return QSize(self.sizeHint().width(), self._height(SMALLEST))

    def sizeHint(self) -> QSize:
        return QSize(SIDE * COMFORTABLE + 2, self._height(COMFORTABLE))

    def _height(self, scale: int) -> int:
        room = QRect(0, 0, SIDE * COMFORTABLE + 2, 1000)
        heading = QFontMetrics(self.font()).boundingRect(room, _TEXT_FLAGS, self._heading)
        return heading.height() + GRID // 2 + SIDE * scale + 2


_TEXT_FLAGS = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)


def _colored(image: NDArray[np.uint8], paper: str, ink: str) -> QImage:
    """The picture with its greys between the paper's colour and the ink's."""
    first, last = QColor(paper), QColor(ink)
    rgb = np.linspace(
        [first.red(), first.green(), first.blue()], [last.red(), last.green(), last.blue()], 256
    )
    table = np.rint(rgb).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    data = np.ascontiguousarray(image)
    colored = QImage(data.data, SIDE, SIDE, SIDE, QImage.Format.Format_Indexed8)
    colored.setColorTable((table | np.uint32(0xFF000000)).tolist())
    return colored.copy()  # its own memory
