"""The inspector: what is selected in the stack, and its options."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QWidget,
)

from gui.document.document import Document
from gui.editor.pages import DataPage, LayerPage, LossPage, Page, SentencePage
from gui.style import GRID
from nnlib.layers import Layer


class LayerInspector(QScrollArea):
    """Shows a page for the selected cards; a page is made anew only for another kind of thing.

    Every change in a field is an edit of the document at once, and what the document becomes shows
    in the fields without disturbing the one in which the user types.
    """

    removed = Signal()
    """The delete button was pressed and the layer is gone."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerInspector")
        self.setAccessibleName(self.tr("Layer options"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        # A click beside the fields leaves the keys with the cards, so that Delete removes them.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(10 * GRID)
        self._soon = QTimer(self, singleShot=True, interval=0)  # when the page is laid out
        self._soon.timeout.connect(self._show_field_in_use)
        self._document = document
        self._rows: list[int] = []
        self._shown_layer: Layer | None = None
        self._page: Page = SentencePage("")
        self.show_rows([])
        document.spec_changed.connect(self._refresh)

    def show_rows(self, rows: Sequence[int]) -> None:
        """Show what is in these rows of the stack: 0 the data, then the layers, then the loss."""
        is_same_place = list(rows) == self._rows
        self._rows = list(rows)
        self._refresh(is_same_place)

    def sizeHint(self) -> QSize:
        return QSize(34 * GRID, 22 * GRID)

    def focus_first_field(self) -> None:
        """Give the keyboard to the first option."""
        self._page.focus_first_field()
        self._soon.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_done = super().eventFilter(watched, event)
        if watched is self.widget() and event.type() == QEvent.Type.Resize:
            self._soon.start()  # the page grew, perhaps by the reason below the field in use
        return is_done

    def _show_field_in_use(self) -> None:
        """Scroll to the option that has the keyboard. Tab does so by itself, others do not."""
        area = self._page.area_in_use()
        if area is not None:
            centre, half = area.center(), area.height() // 2 + GRID // 2
            self.ensureVisible(0, centre.y(), 0, half)

    def _refresh(self, is_same_place: bool = True) -> None:
        layer = self._selected_layer()
        is_same_layer = layer is not None and layer is self._shown_layer
        self._shown_layer = layer
        page = self._page
        keep = page.fits(self._rows, self._document) and (is_same_place or is_same_layer)
        if not keep:
            page = self._make_page()
            old = self.takeWidget()
            if old is not None:
                old.hide()
                old.deleteLater()  # one of its own buttons may be what led here
            self._page = page
            self.setWidget(page)
            page.setAutoFillBackground(False)
        page.refresh(self._rows, self._document)

    def _selected_layer(self) -> Layer | None:
        layers = self._document.spec.layers
        if len(self._rows) == 1 and 1 <= self._rows[0] <= len(layers):
            return layers[self._rows[0] - 1]
        return None

    def _make_page(self) -> Page:
        layer = self._selected_layer()
        if layer is not None:
            page = LayerPage(self._document, layer)
            page.removed.connect(self.removed)
            return page
        if self._rows == [0]:
            return DataPage()
        if len(self._rows) == 1:
            return LossPage(self._document)
        if self._rows:
            return SentencePage(
                self.tr("Several cards are selected. Drag them, or press Delete to remove them.")
            )
        return SentencePage(
            self.tr("Select a card to see its options, or drag a layer onto the stack.")
        )
