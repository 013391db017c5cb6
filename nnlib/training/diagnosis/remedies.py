"""Remedies: what can be done about a finding, each as the whole project that it leads to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nnlib import fixes
from nnlib.errors import OptionError
from nnlib.fixes import Stack
from nnlib.initializers import Auto, He, Xavier
from nnlib.layers import (
    BatchNormalization,
    Convolution,
    Dropout,
    Layer,
    ReLU,
    Sigmoid,
    Tanh,
)
from nnlib.layers.pooling import Pooling
from nnlib.network import activation_after
from nnlib.project import ProjectSpec
from nnlib.training.diagnosis.finding import Remedy

WEIGHT_DECAY = 1e-2
"""λ where there was none. 300 digits, multi-layer, Adam, 40 epochs: the best validation loss falls
from 1.34 to 1.26, the last from 2.03 to 1.56; 1e-3 does next to nothing."""

DROPOUT = 0.3
"""In the same training 1.30 and 1.51; with 0.5 it hardly learns."""

PATIENCE, HELD_BACK = 5, 0.2
"""Epochs, and the share of samples to judge by, where nothing was held back."""


def made(*remedies: Remedy | None) -> tuple[Remedy, ...]:
    """Those that there are."""
    return tuple(remedy for remedy in remedies if remedy is not None)


def right_weights(spec: ProjectSpec, before: int | None = None) -> Remedy | None:
    """He weights before ReLU and Xavier weights elsewhere; None where all are drawn so already.

    Args:
        before: leave the layers from this place on as they are.
    """
    used: list[str] = []

    def change(index: int, layer: Layer) -> Layer:
        initial = layer.options().get("initial")
        right = He if activation_after(spec.layers, index) == "ReLU" else Xavier
        is_far = before is not None and index >= before
        if initial is None or is_far or isinstance(initial, Auto | right):
            return layer
        used.append(right.__name__)
        return layer.replace(initial=right.__name__.lower())

    stack = _each(spec.layers, change)
    return _with_layers(spec, f"Use {' and '.join(sorted(set(used)))} weights", stack)


def normalization(spec: ProjectSpec) -> Remedy | None:
    """BatchNormalization before every activation function behind weights."""
    stack = spec.layers
    for index in reversed(range(len(spec.layers))):
        if spec.layers[index].is_activation and _sums_come_in(spec.layers, index):
            stack = fixes.with_inserted(stack, index, BatchNormalization())
    return _with_layers(spec, "Insert BatchNormalization before each activation function", stack)


def normalized_inputs(spec: ProjectSpec) -> Remedy | None:
    """BatchNormalization as the first layer: it brings the data to scale."""
    stack = fixes.with_inserted(spec.layers, 0, BatchNormalization())
    return _with_layers(spec, "Insert BatchNormalization at the top", stack)


def rectifiers(spec: ProjectSpec) -> Remedy | None:
    """ReLU with He weights in the place of Sigmoid and Tanh between weights."""
    last = max((i for i, k in enumerate(spec.layers) if "initial" in k.options()), default=-1)

    def activate(index: int, layer: Layer) -> Layer:
        return ReLU() if isinstance(layer, Sigmoid | Tanh) and index < last else layer

    def draw(index: int, layer: Layer) -> Layer:
        fits = "initial" in layer.options() and activation_after(stack, index) == "ReLU"
        return layer.replace(initial="he") if fits else layer

    stack = _each(spec.layers, activate)
    if stack == spec.layers:
        return None
    return _with_layers(spec, "Use ReLU with He weights", _each(stack, draw))


def rate(spec: ProjectSpec, factor: float) -> Remedy | None:
    """The learning rate times ``factor``; None where no optimizer takes such a rate."""
    # 0.1 · 0.001 is 0.00010000000000000002.
    lr = float(f"{spec.training.optimizer.lr * factor:.6g}")
    try:
        optimizer = spec.training.optimizer.replace(lr=lr)
    except OptionError:
        return None
    return _with_training(spec, f"Set the learning rate to {lr:g}", optimizer=optimizer)


def weight_decay(spec: ProjectSpec) -> Remedy | None:
    """More weight decay; None where there is much already."""
    before = spec.training.weight_decay
    after = float(f"{before * 10:.6g}") if before else WEIGHT_DECAY
    if after > 0.1:  # pulls harder than any loss here does
        return None
    return _with_training(spec, f"Set weight decay to {after:g}", weight_decay=after)


def dropout(spec: ProjectSpec) -> Remedy | None:
    """Dropout behind the hidden activation functions of the flat part; None where there is some.

    Not before BatchNormalization, which would learn its statistics from silenced inputs.
    """
    if any(isinstance(layer, Dropout) for layer in spec.layers):
        return None
    kept_whole = (Convolution, Pooling, BatchNormalization)
    start = max((i for i, k in enumerate(spec.layers) if isinstance(k, kept_whole)), default=-1)
    last = max((i for i, k in enumerate(spec.layers) if "initial" in k.options()), default=-1)
    stack = spec.layers
    for index in reversed(range(start + 1, last)):
        if spec.layers[index].is_activation:
            stack = fixes.with_inserted(stack, index + 1, Dropout(DROPOUT))
    return _with_layers(spec, "Insert Dropout behind the hidden layers", stack)


def early_stopping(spec: ProjectSpec) -> Remedy | None:
    """Patience, with samples held back to judge by; None where it is on already."""
    if spec.training.patience is not None:
        return None
    share = spec.training.validation_share or HELD_BACK
    label = f"Stop early, after {PATIENCE} epochs without a lower validation loss"
    return _with_training(spec, label, patience=PATIENCE, validation_share=share)


def _with_layers(spec: ProjectSpec, label: str, stack: Stack) -> Remedy | None:
    if stack == spec.layers:
        return None
    return Remedy(label, dataclasses.replace(spec, layers=stack))


def _with_training(spec: ProjectSpec, label: str, **changes: Any) -> Remedy:
    training = spec.training.replace(**changes)
    return Remedy(label, dataclasses.replace(spec, training=training))


def _each(layers: Iterable[Layer], change: Callable[[int, Layer], Layer]) -> Stack:
    return tuple(change(index, layer) for index, layer in enumerate(layers))


def _sums_come_in(layers: Sequence[Layer], index: int) -> bool:
    """Whether the layer at ``index`` is given what weights summed up, and not normalized since."""
    for layer in reversed(layers[:index]):
        if "initial" in layer.options():
            return True
        if layer.is_activation or isinstance(layer, BatchNormalization):
            return False
    return False
