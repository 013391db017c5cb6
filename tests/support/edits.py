"""Random edits of a document, of every kind there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gui.document.document import Document
from nnlib import Disabled, presets
from nnlib.errors import OptionError
from nnlib.layers import Layer
from nnlib.layers.disabled import enabled
from nnlib.losses import Loss
from nnlib.options import Declared, Option
from nnlib.training import TrainingSettings

KINDS = [kind for kind in Layer.members.values() if kind is not Disabled]
MOST_LAYERS = 40


class Editor:
    """Makes one random edit after the other, all drawn from ``rng``."""

    def __init__(self, document: Document, rng: np.random.Generator) -> None:
        self.document, self.rng = document, rng

    def edit(self) -> None:
        """One edit; it may be one that changes nothing."""
        edits: list[Callable[[], None]] = [
            self.insert, self.insert, self.change, self.change, self.remove, self.move,
            self.duplicate, self.enable, self.set_training, self.set_training, self.set_data,
            self.set_loss, self.load_preset, self.fix, self.rest,
        ]  # fmt: skip
        edits[self.rng.integers(len(edits))]()
        if self.rng.random() < 0.01:
            self.document.clear()

    @property
    def count(self) -> int:
        return len(self.document.spec.layers)

    def some(self) -> list[int]:
        """Places of some layers, in any order, perhaps none."""
        count = int(self.rng.integers(0, min(self.count, 4) + 1))
        return [int(i) for i in self.rng.permutation(self.count)[:count]]

    def layer(self) -> Layer:
        kind = KINDS[self.rng.integers(len(KINDS))]
        made = kind()
        for declared in kind.declared_options():
            made = made.replace(**{declared.name: self.value(declared)})
        return Disabled(made) if self.rng.random() < 0.1 else made

    def value(self, declared: Option) -> Any:
        if issubclass(declared.kind, Declared):
            members = [m for m in declared.kind.members.values() if m is not Disabled]
            return members[self.rng.integers(len(members))]()
        if declared.optional and self.rng.random() < 0.3:
            return None
        if declared.kind is str:
            return declared.choices[self.rng.integers(len(declared.choices))]
        low = 0.0 if declared.minimum is None else declared.minimum
        high = low + 100 if declared.maximum is None else min(declared.maximum, low + 100)
        if declared.kind is int:
            return int(self.rng.integers(int(low), int(high) + 1))
        return float(self.rng.uniform(low + 1e-6, high))

    def insert(self) -> None:
        if self.count < MOST_LAYERS:
            new = [self.layer() for _ in range(self.rng.integers(1, 3))]
            self.document.insert_layers(int(self.rng.integers(0, self.count + 1)), new)

    def remove(self) -> None:
        self.document.remove_layers(self.some())

    def move(self) -> None:
        if chosen := self.some():
            self.document.move_layers(chosen, int(self.rng.integers(0, self.count + 1)))

    def duplicate(self) -> None:
        if self.count < MOST_LAYERS:
            self.document.duplicate_layers(self.some())

    def enable(self) -> None:
        self.document.enable_layers(self.some(), bool(self.rng.random() < 0.5))

    def change(self) -> None:
        if not self.count:
            return
        index = int(self.rng.integers(self.count))
        layer = enabled(self.document.spec.layers[index])
        if declared := layer.declared_options():
            option = declared[self.rng.integers(len(declared))]
            for _ in range(self.rng.integers(1, 4)):  # a field in which somebody types
                changed = layer.replace(**{option.name: self.value(option)})
                self.document.set_layer(index, changed, option.name)

    def set_training(self) -> None:
        declared = TrainingSettings.declared_options()
        option = declared[self.rng.integers(len(declared))]
        try:
            self.document.set_training(option.name, self.value(option))
        except OptionError:
            return  # a rule that joins several settings

    def set_data(self) -> None:
        self.document.set_data(str(self.rng.choice(["digits", "mnist", "a/path.npz"])))

    def set_loss(self) -> None:
        self.document.set_loss(list(Loss.members.values())[self.rng.integers(len(Loss.members))]())

    def load_preset(self) -> None:
        preset = presets.PRESETS[int(self.rng.integers(len(presets.PRESETS)))]
        self.document.load_preset(preset)

    def fix(self) -> None:
        report = self.document.report
        fixes = [fix for layer in (*report.layers, report.loss) for fix in layer.fixes]
        fixes += [fix for remark in self.document.remarks for fix in remark.fixes]
        if fixes:
            self.document.apply_fix(fixes[self.rng.integers(len(fixes))])

    def rest(self) -> None:
        self.document.end_merging()
