"""The document: one frozen `ProjectSpec`, edited by undoable commands, analysed every time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from nnlib.analysis import StackReport, analyse
from nnlib.errors import Shape
from nnlib.fixes import Fix
from nnlib.layers import Disabled, Layer
from nnlib.layers.disabled import enabled
from nnlib.losses import Loss
from nnlib.presets import IMAGE, Preset
from nnlib.project import ProjectSpec
from nnlib.remarks import Remark, remarks
from nnlib.training import TrainingSettings


class ReplaceSpec(QUndoCommand):
    """Every edit: the whole value before, the whole value after. Unchanged parts are shared.

    Two edits with the same merge key, one after the other, become one.
    """

    def __init__(
        self, document: Document, old: ProjectSpec, new: ProjectSpec, text: str, merge_key: str
    ) -> None:
        super().__init__(text)
        self._document, self._old, self._new, self._merge_key = document, old, new, merge_key

    def redo(self) -> None:
        self._document._show(self._new)

    def undo(self) -> None:
        self._document._show(self._old)

    def id(self) -> int:
        return 1 if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ReplaceSpec) or other._merge_key != self._merge_key:
            return False
        self._new = other._new
        self.setObsolete(self._new == self._old)
        return True


class Document(QObject):
    """What the user has set up, and what can be done to it.

    `spec` is replaced by every edit, never changed; `report` says what its stack would be, and
    `remarks` what could be better.
    """

    spec_changed = Signal()

    def __init__(self, spec: ProjectSpec, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._spec = spec
        self._input_shape: Shape = IMAGE
        self._class_names: tuple[str, ...] = tuple("0123456789")
        self._merging = 0  # edits merge only while this stays the same
        self._analyse()

    @property
    def spec(self) -> ProjectSpec:
        """The project as it stands."""
        return self._spec

    @property
    def report(self) -> StackReport:
        """Shapes, parameters and problems of the stack as it stands."""
        return self._report

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What a teacher would say of the stack as it stands."""
        return self._remarks

    @property
    def input_shape(self) -> Shape:
        """The shape of one sample of the chosen data."""
        return self._input_shape

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the chosen data's classes."""
        return self._class_names

    def describe_data(self, input_shape: Shape, class_names: Sequence[str]) -> None:
        """Tell the document what the loaded data is like; not an edit."""
        if (input_shape, tuple(class_names)) != (self._input_shape, self._class_names):
            self._input_shape, self._class_names = tuple(input_shape), tuple(class_names)
            self._show(self._spec)

    # Edits of the stack

    def insert_layers(self, index: int, layers: Sequence[Layer], text: str = "") -> None:
        """Put ``layers`` before the layer that is now at ``index``.

        Args:
            text: what the Edit menu calls it, with {0} for the layers' names.
        """
        stack = list(self._spec.layers)
        stack[index:index] = layers
        text = (text or self.tr("Add {0}")).format(_names(layers))
        self._edit(text, layers=tuple(stack))

    def duplicate_layers(self, indices: Sequence[int]) -> None:
        """Put copies of the layers at ``indices`` behind the last of them."""
        chosen = sorted(set(indices))
        if chosen:
            copies = [self._spec.layers[i].copy() for i in chosen]
            self.insert_layers(chosen[-1] + 1, copies, self.tr("Duplicate {0}"))

    def enable_layers(self, indices: Sequence[int], is_on: bool) -> None:
        """Switch the layers at ``indices`` on or off; what is off keeps its place and options."""
        stack = list(self._spec.layers)
        changed = [i for i in sorted(set(indices)) if isinstance(stack[i], Disabled) is is_on]
        if changed:
            names = _names([stack[i] for i in changed])
            for i in changed:
                stack[i] = enabled(stack[i]) if is_on else Disabled(stack[i])
            text = self.tr("Enable {0}") if is_on else self.tr("Disable {0}")
            self._edit(text.format(names), layers=tuple(stack))

    def clear(self) -> None:
        """Take all layers out."""
        self._edit(self.tr("Clear network"), layers=())

    def apply_fix(self, fix: Fix) -> None:
        """Do what ``fix`` proposes for the stack as it stands."""
        self._edit(fix.label, layers=fix.layers)

    def remove_layers(self, indices: Sequence[int]) -> None:
        """Take the layers at ``indices`` out."""
        stack = self._spec.layers
        gone = [stack[i] for i in sorted(set(indices))]
        if gone:
            rest = tuple(layer for i, layer in enumerate(stack) if i not in set(indices))
            self._edit(self.tr("Remove {0}").format(_names(gone)), layers=rest)

    def move_layers(self, indices: Sequence[int], to: int) -> None:
        """Put the layers at ``indices`` before the layer that is now at ``to``, in their order."""
        stack = self._spec.layers
        moved = [stack[i] for i in sorted(set(indices))]
        before = [layer for i, layer in enumerate(stack) if i < to and i not in set(indices)]
        after = [layer for i, layer in enumerate(stack) if i >= to and i not in set(indices)]
        self._edit(self.tr("Move {0}").format(_names(moved)), layers=(*before, *moved, *after))

    def set_layer(self, index: int, layer: Layer, changed: str = "") -> None:
        """Put ``layer`` in the place of the one at ``index``; switched off, if that was.

        Args:
            changed: the option that was edited; edits of the same one in a row are one command.
        """
        stack = list(self._spec.layers)
        was_off = isinstance(stack[index], Disabled)
        stack[index] = Disabled(enabled(layer)) if was_off else layer
        text = self.tr("Change {0}").format(layer.display_name())
        self._edit(text, f"layer {index} {changed}" if changed else "", layers=tuple(stack))

    def set_loss(self, loss: Loss) -> None:
        """Choose what the training minimises."""
        self._edit(self.tr("Change loss"), loss=loss)

    def load_preset(self, preset: Preset) -> None:
        """Put the preset's network in the place of the present one."""
        self._edit(
            self.tr("Load {0}").format(preset.name),
            layers=preset.layers,
            loss=Loss.coerce(preset.loss),
            title=preset.name,
        )

    # Edits of the rest

    def set_training(self, changed: str, value: Any) -> None:
        """Give the training setting named ``changed`` a value."""
        settings: TrainingSettings = self._spec.training.replace(**{changed: value})
        text = self.tr("Change {0}").format(changed.replace("_", " "))
        self._edit(text, f"training {changed}", training=settings)

    def set_data(self, name: str) -> None:
        """Choose the data set."""
        self._edit(self.tr("Choose data"), data=name)

    def replace(self, spec: ProjectSpec) -> None:
        """Begin anew with another project: New or Open. The undo history ends here."""
        self.undo_stack.clear()
        self._show(spec)

    def end_merging(self) -> None:
        """The next edit is a command of its own, whatever came before it."""
        self._merging += 1

    def _edit(self, text: str, merge_key: str = "", **changes: Any) -> None:
        merge_key = merge_key and f"{merge_key} {self._merging}"
        new = dataclasses.replace(self._spec, **changes)
        if new != self._spec:
            self.undo_stack.push(ReplaceSpec(self, self._spec, new, text, merge_key))

    def _show(self, spec: ProjectSpec) -> None:
        self._spec = spec
        self._analyse()
        self.spec_changed.emit()

    def _analyse(self) -> None:
        spec = self._spec
        self._report = analyse(spec.layers, self._input_shape, len(self._class_names))
        self._remarks = remarks(spec.layers, self._report, spec.loss)


def _names(layers: Sequence[Layer]) -> str:
    """What a menu calls these layers."""
    return enabled(layers[0]).display_name() if len(layers) == 1 else f"{len(layers)} layers"
