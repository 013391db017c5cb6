"""The palette: every layer there is, ready to be dragged onto the stack."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui.editor.drag import make_drag
from gui.editor.labels import heading_label
from gui.editor.layer_icons import layer_drawing, paint_drawing
from gui.editor.palette_model import PaletteModel
from gui.style import GRID, theme

ICON = 2 * GRID
PAD = GRID - GRID // 4  # between a chip's edge and what stands in it
GAP = GRID // 2 + 1  # between icon and name
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LayerPalette(QListView):
    """The layers as chips under the headings of their categories.

    A chip is dragged onto the stack; double-click or Enter asks for the layer instead.
    """

    layer_chosen = Signal(object)
    """A new `Layer` with its options as declared, which the user asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerPalette")
        self.setAccessibleName(self.tr("Layer palette"))
        self.setAccessibleDescription(
            self.tr("Enter adds the layer to the stack, after the selected one.")
        )
        self.layers = PaletteModel(self)
        self.setItemDelegate(_ChipDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setMinimumHeight(8 * GRID)
        self.setModel(self.layers)
        self.doubleClicked.connect(self.choose)

    def choose(self, index: QModelIndex) -> None:
        """Ask for the layer at ``index``."""
        member = index.data(PaletteModel.LAYER)
        if member is not None:
            self.layer_chosen.emit(member())

    def sizeHint(self) -> QSize:
        return QSize(34 * GRID, 24 * GRID)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and self.currentIndex().isValid():
            self.choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        chosen = self.selectedIndexes()
        if chosen:
            names = [index.data() for index in chosen]
            make_drag(self, self.layers.mimeData(chosen), names).exec(actions)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.layers.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme().quiet_text))
            flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
            room = self.viewport().rect().adjusted(0, GRID // 2, 0, 0)
            painter.drawText(room, flags, self.tr("No layer is called that."))
            painter.end()


class PalettePanel(QWidget):
    """The palette under its search field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.palette_view = LayerPalette()
        self.search = QLineEdit()
        self.search.setObjectName("layerSearch")
        self.search.setPlaceholderText(self.tr("Search layers"))
        self.search.setAccessibleName(self.tr("Search layers"))
        self.search.setToolTip(
            self.tr(
                "Type part of a name, or another word for it; Enter adds the first layer found."
            )
        )
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._choose)
        self.search.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 4)
        top = QHBoxLayout()
        heading = heading_label(self.tr("Palette"))
        heading.setBuddy(self.palette_view)
        top.setSpacing(2 * GRID)
        top.addWidget(heading)
        top.addWidget(self.search, 1)
        column.addLayout(top)
        column.addWidget(self.palette_view, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leads from the search to what it found, Escape empties it."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self.palette_view.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _filter(self, text: str) -> None:
        self.palette_view.layers.show_matches(text)
        if text.strip():
            self.palette_view.setCurrentIndex(self.palette_view.layers.first_layer())

    def _choose(self) -> None:
        if self.search.text().strip():
            self.palette_view.choose(self.palette_view.currentIndex())


class _ChipDelegate(QStyledItemDelegate):
    """Paints a layer as a chip and a category as a quiet heading over the whole width."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        if index.data(PaletteModel.LAYER) is None:
            height = QFontMetrics(_heading_font(option.font)).height() + GRID // 4
            return QSize(
                self._view.viewport().width() - 1, height + (GRID // 2) * (index.row() > 0)
            )
        metrics = QFontMetrics(option.font)
        width = metrics.horizontalAdvance(index.data()) + PAD + ICON + GAP + PAD + GRID // 2
        return QSize(width, metrics.height() + GRID)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        look = theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(PaletteModel.LAYER) is None:
            painter.setFont(_heading_font(option.font))
            painter.setPen(QColor(look.quiet_text))
            room = option.rect.adjusted(0, 0, 0, -GRID // 4)
            painter.drawText(room, Qt.AlignmentFlag.AlignBottom, index.data())
        else:
            state = option.state
            is_selected = bool(state & QStyle.StateFlag.State_Selected)
            is_lit = bool(state & QStyle.StateFlag.State_MouseOver)
            edge = look.accent if is_selected else look.quiet_text if is_lit else look.line
            width = 2.0 if is_selected else 1.0
            inset = width / 2
            body = QRectF(option.rect.adjusted(0, 1, -GRID // 2, -1))
            painter.setPen(QPen(QColor(edge), width))
            painter.setBrush(QColor(look.surface))
            painter.drawRoundedRect(body.adjusted(inset, inset, -inset, -inset), 5, 5)
            drawing = layer_drawing(index.data(PaletteModel.LAYER))
            place = QRectF(body.left() + PAD, body.center().y() - ICON / 2, ICON, ICON)
            paint_drawing(painter, place, drawing, QColor(look.text))
            painter.setPen(QColor(look.text))
            painter.setFont(option.font)
            name = body.adjusted(PAD + ICON + GAP, 0, 0, 0)
            painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, index.data())
        painter.restore()


def _heading_font(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.9)
    return small
