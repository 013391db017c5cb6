"""The bar above the columns: data, network, control, training settings, progress."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.style import GRID
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.fields import FloatField, IntField, fill_with_members
from gui.widgets.reasons import ReasonBubble
from gui.widgets.wheel import scroll_only_with_focus
from nnlib import data, presets
from nnlib.optimizers import Optimizer
from nnlib.project import ProjectSpec
from nnlib.training import TrainingSettings


class TopBar(QWidget):
    """Shows what is set and tells what the user chooses; it decides nothing."""

    data_chosen = Signal(str)
    network_chosen = Signal(str)
    setting_changed = Signal(str, object)
    """A training setting's name and its new value."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._optimizer = TrainingSettings().optimizer
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        self._row.setSpacing(GRID)
        self._add_choices()
        self._add_line()
        self._add_actions(actions)
        self._add_line()
        self._add_settings()
        self._add_line()
        self._add_progress()

    def show_spec(self, spec: ProjectSpec) -> None:
        """Bring all fields in line with the project, without telling that they changed."""
        settings = spec.training
        _choose(self.data_box, spec.data)
        self._show_network(spec)
        _choose(self.optimizer_box, type(settings.optimizer).__name__)
        self.rate.show_value(settings.optimizer.lr)
        self.batch_size.show_value(settings.batch_size)
        self.epochs.show_value(settings.epochs)
        self.decay.show_value(settings.weight_decay)
        self._optimizer = settings.optimizer

    def _show_network(self, spec: ProjectSpec) -> None:
        """The preset's name, or that it is one no longer."""
        is_preset = spec.title in presets.names()
        if is_preset and presets.find(spec.title).layers != spec.layers:
            self.network_box.setPlaceholderText(self.tr("{0}, changed").format(spec.title))
            self.network_box.setCurrentIndex(-1)
        else:
            _choose(self.network_box, spec.title)

    def commit(self) -> None:
        """Take in what is typed but not yet confirmed."""
        for field in (self.rate, self.batch_size, self.epochs, self.decay):
            field.settle()

    def show_progress(self, share: float, text: str) -> None:
        """How much of the training is done, 0 to 1, and what to write beside it."""
        self.progress.setValue(round(1000 * share))
        self.progress_text.setText(text)

    # Making

    def _add_choices(self) -> None:
        self.data_box = self._combo("datasetBox", self.tr("Data"), 108)
        for source in data.sources():
            self.data_box.addItem(source.title, source.name)
            self.data_box.setItemData(
                self.data_box.count() - 1, source.description, Qt.ItemDataRole.ToolTipRole
            )
        self.data_box.activated.connect(lambda i: self.data_chosen.emit(self.data_box.itemData(i)))
        self.network_box = self._combo("networkBox", self.tr("Network"), 96)
        for preset in presets.PRESETS:
            self.network_box.addItem(preset.name, preset.name)
            self.network_box.setItemData(
                self.network_box.count() - 1, preset.summary, Qt.ItemDataRole.ToolTipRole
            )
        self.network_box.activated.connect(
            lambda i: self.network_chosen.emit(self.network_box.itemData(i))
        )

    def _add_actions(self, actions: Iterable[QAction]) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for action in actions:
            button = QToolButton(self)
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(20, 20))
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(action.text())
            button.setMinimumWidth(6 * GRID)
            buttons.addWidget(button)
        self._row.addLayout(buttons)

    def _add_settings(self) -> None:
        self.optimizer_box: QComboBox = self._combo("optimizerBox", self.tr("Optimizer"), 84)
        fill_with_members(self.optimizer_box, Optimizer)
        self.optimizer_box.setMinimumContentsLength(0)
        self.optimizer_box.activated.connect(self._choose_optimizer)
        declared = {o.name: o for o in TrainingSettings.declared_options()}
        rate = next(o for o in Optimizer.declared_options() if o.name == "lr")
        self.rate: FloatField = FloatField(rate)
        self.batch_size: IntField = IntField(declared["batch_size"])
        self.epochs: IntField = IntField(declared["epochs"])
        self.decay: FloatField = FloatField(declared["weight_decay"])
        for field, name, label, width in (
            (self.rate, "learningRateBox", self.tr("Learning rate"), 76),
            (self.batch_size, "batchSizeBox", self.tr("Batch size"), 62),
            (self.epochs, "epochsBox", self.tr("Epochs"), 58),
            (self.decay, "weightDecayBox", self.tr("Weight decay"), 72),
        ):
            # A half-typed number would already steer a training that runs.
            field.box.setKeyboardTracking(False)
            self._add_field(field.box, name, label, width)
            ReasonBubble(field)
        self.epochs.box.setToolTip(
            self.tr("How many epochs Train takes. Pressing it again adds as many.")
        )
        self.rate.edited.connect(
            lambda value: self.setting_changed.emit("optimizer", self._optimizer.replace(lr=value))
        )
        for field in (self.batch_size, self.epochs, self.decay):
            setting = field.declared.name
            field.edited.connect(
                lambda value, setting=setting: self.setting_changed.emit(setting, value)
            )

    def _choose_optimizer(self, index: int) -> None:
        chosen = Optimizer.find(self.optimizer_box.itemData(index))
        if type(self._optimizer) is not chosen:
            self.setting_changed.emit("optimizer", chosen())  # with its own usual learning rate

    def _add_progress(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(GRID // 4)
        self.progress_text = ElidedLabel(self)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("trainingProgress")
        self.progress.setAccessibleName(self.tr("Progress of the training"))
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setMinimumWidth(12 * GRID)
        column.addWidget(self.progress_text)
        column.addWidget(self.progress)
        self._row.addLayout(column, stretch=1)

    def _combo(self, name: str, label: str, width: int) -> QComboBox:
        box = QComboBox(self)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        scroll_only_with_focus(box)
        self._add_field(box, name, label, width)
        return box

    def _add_field(self, field: QWidget, name: str, label: str, width: int) -> None:
        """A field with its name above it, in small type."""
        field.setObjectName(name)
        field.setAccessibleName(label)
        field.setMinimumWidth(width)
        field.setMaximumWidth(2 * width)
        field.setFixedHeight(3 * GRID)
        title = QLabel(label, self)
        title.setBuddy(field)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        title.setFont(font)
        column = QVBoxLayout()
        column.setSpacing(GRID // 4)
        column.addWidget(title)
        column.addWidget(field)
        self._row.addLayout(column)

    def _add_line(self) -> None:
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.VLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.palette().ColorRole.Mid)
        self._row.addWidget(line)


def _choose(box: QComboBox, key: str) -> None:
    """Show the entry with that key; one that is not listed (a path, a changed network) is added."""
    index = box.findData(key)
    if index < 0 and key:
        box.addItem(key.replace("\\", "/").rsplit("/", 1)[-1], key)
        index = box.count() - 1
    box.setCurrentIndex(index)
