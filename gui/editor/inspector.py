"""The inspector: what is selected in the stack, and its options."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.document.document import Document
from gui.editor.cards import data_card, layer_card
from gui.editor.labels import heading_label, plain_label, quiet_label, title_label
from gui.editor.option_form import OptionForm
from gui.style import GRID
from gui.widgets.fields import fill_with_members
from gui.widgets.reasons import small
from gui.widgets.texts import library_text
from gui.widgets.wheel import scroll_only_with_focus
from nnlib.layers import Layer
from nnlib.losses import Loss
from nnlib.options import Declared


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
        self._page: _Page = _SentencePage("")
        self.show_rows([])
        document.spec_changed.connect(self._refresh)

    def show_rows(self, rows: Sequence[int]) -> None:
        """Show what is in these rows of the stack: 0 the data, then the layers, then the loss."""
        is_same_place = list(rows) == self._rows
        self._rows = list(rows)
        self._refresh(is_same_place)

    def sizeHint(self) -> QSize:
        return QSize(34 * GRID, 26 * GRID)

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

    def _make_page(self) -> _Page:
        layer = self._selected_layer()
        if layer is not None:
            page = _LayerPage(self._document, layer)
            page.removed.connect(self.removed)
            return page
        if self._rows == [0]:
            return _DataPage()
        if len(self._rows) == 1:
            return _LossPage(self._document)
        if self._rows:
            return _SentencePage(
                self.tr("Several cards are selected. Drag them, or press Delete to remove them.")
            )
        return _SentencePage(
            self.tr("Select a card to see its options, or drag a layer onto the stack.")
        )


class _Page(QWidget):
    """What the inspector shows for one kind of selection."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, GRID // 2, GRID)
        self.column.setSpacing(GRID // 2)
        self.column.setAlignment(Qt.AlignmentFlag.AlignTop)

    def fits(self, rows: Sequence[int], document: Document) -> bool:
        """Whether this page is the right kind for that selection."""
        return False

    def refresh(self, rows: Sequence[int], document: Document) -> None:
        """Show the document as it stands."""

    def focus_first_field(self) -> None:
        """Give the keyboard to the first field, where there is one."""

    def area_in_use(self) -> QRect | None:
        """Where the option stands that has the keyboard."""
        return None


class _SentencePage(_Page):
    """One quiet sentence."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.column.addWidget(heading_label(self.tr("Options")))
        self.column.addWidget(quiet_label(text))


class _DataPage(_Page):
    """What the data are like."""

    def __init__(self) -> None:
        super().__init__()
        self._title = title_label()
        self._rows = _form(self.column, self._title)
        self._shape, self._classes = plain_label(), plain_label()
        self._rows.addRow(self.tr("One sample"), self._shape)
        self._rows.addRow(self.tr("Classes"), self._classes)

    def fits(self, rows: Sequence[int], document: Document) -> bool:
        return list(rows) == [0]

    def refresh(self, rows: Sequence[int], document: Document) -> None:
        card = data_card(document)
        self._title.setText(card.title)
        self._shape.setText(card.shape)
        self._classes.setText(", ".join(document.class_names))


class _LossPage(_Page):
    """The choice of what the training minimises."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        title = title_label()
        title.setText(self.tr("Loss"))
        self._box = QComboBox()
        self._box.setObjectName("option_loss")
        self._box.setAccessibleName(self.tr("Loss"))
        fill_with_members(self._box, Loss)
        scroll_only_with_focus(self._box)
        self._about = quiet_label()
        self.column.addWidget(title)
        self.column.addWidget(self._box)
        self.column.addWidget(self._about)
        self._box.activated.connect(
            lambda _: document.set_loss(Loss.members[self._box.currentData()]())
        )

    def fits(self, rows: Sequence[int], document: Document) -> bool:
        return list(rows) == [len(document.spec.layers) + 1]

    def refresh(self, rows: Sequence[int], document: Document) -> None:
        loss = document.spec.loss
        self._box.setCurrentIndex(self._box.findData(type(loss).__name__))
        self._about.setText(library_text((loss.__doc__ or "").strip().splitlines()[0]))

    def focus_first_field(self) -> None:
        self._box.setFocus(Qt.FocusReason.OtherFocusReason)


class _LayerPage(_Page):
    """A layer's name, formula and purpose, and a field for each of its options."""

    removed = Signal()

    def __init__(self, document: Document, layer: Layer) -> None:
        super().__init__()
        self._document = document
        self._index = 0
        self._type = type(layer)
        self._title = title_label()
        delete = QToolButton()
        delete.setObjectName("deleteLayerButton")
        delete.setText(self.tr("Delete"))
        delete.setToolTip(self.tr("Remove this layer from the stack (Delete)"))
        delete.setAccessibleName(self.tr("Delete layer"))
        delete.clicked.connect(self._remove)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(delete)
        self.column.addLayout(top)
        if layer.formula:
            self.column.addWidget(plain_label(layer.formula))
        about = quiet_label(library_text(layer.describe()))
        about.setFont(small(about.font()))
        self.column.addWidget(about)
        self._form = OptionForm(layer)
        self._form.edited.connect(self._edit)
        if layer.declared_options():
            self.column.addSpacing(GRID // 2)
            self.column.addWidget(self._form)
        else:
            self._form.hide()
            self.column.addWidget(quiet_label(self.tr("It has no options.")))

    def fits(self, rows: Sequence[int], document: Document) -> bool:
        layers = document.spec.layers
        if len(rows) != 1 or not 1 <= rows[0] <= len(layers):
            return False
        return type(layers[rows[0] - 1]) is self._type

    def refresh(self, rows: Sequence[int], document: Document) -> None:
        self._index = rows[0] - 1
        layer = document.spec.layers[self._index]
        report = document.report.layers[self._index]
        self._title.setText(layer_card(self._index, layer, report).title)
        self._form.show_values(layer)

    def focus_first_field(self) -> None:
        self._form.focus_first_field()

    def area_in_use(self) -> QRect | None:
        return self._form.area_in_use(self)

    def _edit(self, layer: Declared, name: str) -> None:
        assert isinstance(layer, Layer)
        self._document.set_layer(self._index, layer, changed=name)

    def _remove(self) -> None:
        self._document.remove_layers([self._index])
        self.removed.emit()


def _form(column: QVBoxLayout, title: QWidget) -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(2 * GRID)
    form.setVerticalSpacing(GRID // 2)
    column.addWidget(title)
    column.addLayout(form)
    return form
