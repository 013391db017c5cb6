"""The gallery: all presets as tiles with a picture of the stack, to choose a network from."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui.document.document import Document
from gui.editor.stack_picture import paint_stack
from gui.style import GRID, blend, theme
from gui.widgets.texts import library_text
from nnlib.analysis import StackReport, analyse
from nnlib.losses import Loss
from nnlib.presets import PRESETS, Preset

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()
TILE = QSize(33 * GRID, 22 * GRID)
PICTURE = 11 * GRID  # high


@dataclass(frozen=True)
class Tile:
    """One preset as it would be for the document's data."""

    preset: Preset
    report: StackReport
    is_used: bool

    @property
    def fits(self) -> bool:
        """Whether it can work with the data."""
        return self.report.problem is None


class GalleryModel(QAbstractListModel):
    """One row a preset."""

    TILE = Qt.ItemDataRole.UserRole

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        spec, shape, classes = document.spec, document.input_shape, len(document.class_names)
        self._tiles = [
            Tile(
                preset,
                analyse(preset.layers, shape, classes),
                (preset.layers, Loss.coerce(preset.loss)) == (spec.layers, spec.loss),
            )
            for preset in PRESETS
        ]

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        tile = self._tiles[index.row()]
        if role == self.TILE:
            return tile
        if role == Qt.ItemDataRole.DisplayRole:
            return tile.preset.name
        summary = library_text(tile.preset.summary)
        if role == Qt.ItemDataRole.ToolTipRole:
            return summary if tile.fits else str(tile.report.problem)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return f"{self.facts(tile)}. {summary}"
        return None

    def row_in_use(self) -> int:
        """The preset that the document holds, or the first."""
        return next((i for i, tile in enumerate(self._tiles) if tile.is_used), 0)

    def facts(self, tile: Tile) -> str:
        """How large it is, or that it does not fit."""
        layers = self.tr("{0} layers").format(len(tile.preset.layers))
        if not tile.fits:
            return self.tr("{0} · does not fit these data as it is").format(layers)
        parameters = self.tr("{0:,} parameters").format(tile.report.parameters)
        return f"{parameters} · {layers}"


class PresetGallery(QDialog):
    """Choosing a tile loads its network, as one edit that can be undone."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("presetGallery")
        self.setWindowTitle(self.tr("Choose a network"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._document = document
        self._model = GalleryModel(document, self)
        self._view = QListView()
        self._set_up_view()
        self._use = QPushButton(self.tr("Use this network"))
        self._use.setObjectName("galleryUse")
        self._use.setDefault(True)
        self._use.clicked.connect(self._load)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._use)
        buttons.addWidget(cancel)
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        column.addWidget(self._view, 1)
        column.addLayout(buttons)
        self.resize(3 * TILE.width() + 8 * GRID, 76 * GRID)
        self._choose(self._model.row_in_use())

    def _set_up_view(self) -> None:
        view = self._view
        view.setObjectName("galleryView")
        view.setAccessibleName(self.tr("Networks"))
        view.setModel(self._model)
        view.setItemDelegate(_TileDelegate(self._model, view))
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.viewport().setAutoFillBackground(False)
        view.setFlow(QListView.Flow.LeftToRight)
        view.setWrapping(True)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setMouseTracking(True)
        view.doubleClicked.connect(lambda _: self._load())

    def _choose(self, row: int) -> None:
        flags = QItemSelectionModel.SelectionFlag
        index = self._model.index(row)
        self._view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect)
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _load(self) -> None:
        index = self._view.currentIndex()
        if index.isValid():
            self.accept()
            self._document.load_preset(index.data(GalleryModel.TILE).preset)


class _TileDelegate(QStyledItemDelegate):
    """Paints a tile: the picture, the name, the numbers, the sentence."""

    def __init__(self, model: GalleryModel, view: QListView) -> None:
        super().__init__(view)
        self._model, self._view = model, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        # The tiles share the width among as many as fit.
        room = self._view.viewport().width() - GRID
        return QSize(room // max(1, room // TILE.width()), TILE.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile: Tile = index.data(GalleryModel.TILE)
        look, state = theme(), option.state
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        is_lit = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(option.rect).adjusted(4.5, 4.5, -4.5, -4.5)
        ground, edge = QColor(look.surface), QColor(look.line)
        if is_lit:
            edge = blend(edge, QColor(look.text), 0.35)
        if is_selected:
            ground, edge = blend(ground, QColor(look.accent), 0.1), QColor(look.accent)
        painter.setPen(QPen(edge, 2.0 if is_selected else 1.0))
        painter.setBrush(ground)
        painter.drawRoundedRect(body, 6, 6)
        inner = body.adjusted(1.5 * GRID, GRID, -1.5 * GRID, -GRID)
        picture = QRectF(inner.left(), inner.top(), inner.width(), PICTURE)
        shapes = [report.output_shape for report in tile.report.layers]
        paint_stack(painter, picture, tile.preset.layers, shapes)
        self._paint_texts(painter, inner.toRect(), tile, option.font)
        painter.restore()

    def _paint_texts(self, painter: QPainter, inner: QRect, tile: Tile, font: QFont) -> None:
        look = theme()
        bold, small = QFont(font), QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        small.setPointSizeF(font.pointSizeF() * 0.9)
        line = QFontMetrics(bold).height()
        top = inner.top() + PICTURE + GRID // 2
        room = QRect(inner.left(), top, inner.width(), line)
        painter.setFont(bold)
        painter.setPen(QColor(look.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, tile.preset.name)
        painter.setFont(small)
        if tile.is_used:
            painter.setPen(QColor(look.accent))
            painter.drawText(room, Qt.AlignmentFlag.AlignRight, self.tr("in use"))
        painter.setPen(QColor(look.quiet_text if tile.fits else look.warning))
        room.translate(0, line)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, self._model.facts(tile))
        room.translate(0, line + GRID // 4)
        room.setBottom(inner.bottom())
        painter.setPen(QColor(look.text))
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
        painter.drawText(room, flags, library_text(tile.preset.summary))
