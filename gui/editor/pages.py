"""What the inspector shows: one page for each kind of thing that can be selected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.document.document import Document
from gui.editor.cards import Card, data_card, layer_card, loss_card
from gui.editor.labels import heading_label, plain_label, quiet_label, title_label
from gui.editor.option_form import OptionForm
from gui.style import GRID, theme
from gui.widgets.fields import fill_with_members
from gui.widgets.reasons import small
from gui.widgets.texts import library_text
from gui.widgets.wheel import scroll_only_with_focus
from nnlib.fixes import Fix
from nnlib.layers import Disabled, Layer
from nnlib.layers.disabled import enabled
from nnlib.losses import Loss
from nnlib.options import Declared


class Advice(QWidget):
    """The problem or the remarks of a card in full, with a button for each fix."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID // 2)
        self._shown: tuple[tuple[str, ...], tuple[Fix, ...]] = ((), ())

    def show_card(self, card: Card) -> None:
        """Show what there is to say of that card; nothing where there is nothing."""
        texts = (card.problem,) if card.problem else tuple(remark.text for remark in card.remarks)
        shown = (texts, card.fixes)
        if shown != self._shown:
            self._shown = shown
            self._fill(texts, card.fixes, is_problem=bool(card.problem))
        self.setVisible(bool(texts))

    def _fill(self, texts: Sequence[str], fixes: Sequence[Fix], is_problem: bool) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()  # its own button may be what led here
        color = theme().error if is_problem else theme().warning
        for text in texts:
            label: QLabel = plain_label(text)
            colors = label.palette()
            colors.setColor(QPalette.ColorRole.WindowText, color)
            label.setPalette(colors)
            self._column.addWidget(label)
        for fix in fixes:
            button = QPushButton(fix.label)
            button.setObjectName("fixButton")
            button.clicked.connect(partial(self._document.apply_fix, fix))
            self._column.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)


class Page(QWidget):
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


class SentencePage(Page):
    """One quiet sentence."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.column.addWidget(heading_label(self.tr("Options")))
        self.column.addWidget(quiet_label(text))


class DataPage(Page):
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


class LossPage(Page):
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
        self._advice = Advice(document)
        self.column.addWidget(title)
        self.column.addWidget(self._advice)
        self.column.addWidget(self._box)
        self.column.addWidget(self._about)
        self._box.activated.connect(
            lambda _: document.set_loss(Loss.members[self._box.currentData()]())
        )

    def fits(self, rows: Sequence[int], document: Document) -> bool:
        return list(rows) == [len(document.spec.layers) + 1]

    def refresh(self, rows: Sequence[int], document: Document) -> None:
        loss, end = document.spec.loss, len(document.spec.layers)
        about = [remark for remark in document.remarks if remark.index == end]
        self._advice.show_card(loss_card(document, about))
        self._box.setCurrentIndex(self._box.findData(type(loss).__name__))
        self._about.setText(library_text((loss.__doc__ or "").strip().splitlines()[0]))

    def focus_first_field(self) -> None:
        self._box.setFocus(Qt.FocusReason.OtherFocusReason)


class LayerPage(Page):
    """A layer's name, formula and purpose, and a field for each of its options."""

    removed = Signal()

    def __init__(self, document: Document, layer: Layer) -> None:
        super().__init__()
        layer = enabled(layer)
        self._document = document
        self._index = 0
        self._type = type(layer)
        self._title = title_label()
        self._toggle = QToolButton()
        self._toggle.setObjectName("toggleLayerButton")
        self._toggle.clicked.connect(self._switch)
        delete = QToolButton()
        delete.setObjectName("deleteLayerButton")
        delete.setText(self.tr("Delete"))
        delete.setToolTip(self.tr("Remove this layer from the stack (Delete)"))
        delete.setAccessibleName(self.tr("Delete layer"))
        delete.clicked.connect(self._remove)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._toggle)
        top.addWidget(delete)
        self.column.addLayout(top)
        self._advice = Advice(document)
        self.column.addWidget(self._advice)
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
        return type(enabled(layers[rows[0] - 1])) is self._type

    def refresh(self, rows: Sequence[int], document: Document) -> None:
        self._index = rows[0] - 1
        layer = document.spec.layers[self._index]
        report = document.report.layers[self._index]
        about = [remark for remark in document.remarks if remark.index == self._index]
        card = layer_card(self._index, layer, report, about)
        self._title.setText(card.title)
        self._advice.show_card(card)
        self._toggle.setText(self.tr("Enable") if card.is_off else self.tr("Disable"))
        tip = self.tr("Have the layer take part again (Ctrl+E)")
        if not card.is_off:
            tip = self.tr("Switch the layer off; it keeps its place and options (Ctrl+E)")
        self._toggle.setToolTip(tip)
        self._form.show_values(enabled(layer))

    def focus_first_field(self) -> None:
        self._form.focus_first_field()

    def area_in_use(self) -> QRect | None:
        return self._form.area_in_use(self)

    def _edit(self, layer: Declared, name: str) -> None:
        assert isinstance(layer, Layer)
        self._document.set_layer(self._index, layer, changed=name)

    def _switch(self) -> None:
        is_off = isinstance(self._document.spec.layers[self._index], Disabled)
        self._document.enable_layers([self._index], is_on=is_off)

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
