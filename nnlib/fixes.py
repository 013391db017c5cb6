"""Fixes: what can be done about a problem, each as the stack that it leads to.

Layers are values and stacks are tuples of them, so that a fix is nothing but a label and another
stack. Who applies it makes one edit of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnlib.errors import OptionError, Shape, ShapeError
from nnlib.layers import Affine, Flatten, Layer
from nnlib.layers.disabled import enabled

Stack = tuple[Layer, ...]


@dataclass(frozen=True)
class Fix:
    """One way out.

    Attributes:
        label: what is done, short enough for a button: "Insert Flatten".
        layers: the stack as it is then.
    """

    label: str
    layers: Stack


def with_inserted(layers: Sequence[Layer], index: int, *new: Layer) -> Stack:
    """The stack with ``new`` before the layer at ``index``."""
    return (*layers[:index], *new, *layers[index:])


def without(layers: Sequence[Layer], index: int) -> Stack:
    """The stack without the layer at ``index``."""
    return (*layers[:index], *layers[index + 1 :])


def with_replaced(layers: Sequence[Layer], index: int, new: Layer) -> Stack:
    """The stack with ``new`` in the place of the layer at ``index``."""
    return (*layers[:index], new, *layers[index + 1 :])


def with_moved(layers: Sequence[Layer], index: int, to: int) -> Stack:
    """The stack with the layer at ``index`` before the one that is now at ``to``."""
    rest = without(layers, index)
    return with_inserted(rest, to - (to > index), layers[index])


def for_layer(
    layers: Sequence[Layer], index: int, error: ShapeError, inputs: Sequence[Shape]
) -> tuple[Fix, ...]:
    """What helps where the layer at ``index`` complains.

    Args:
        inputs: the shapes that the layers up to this one are given.
    """
    layer = layers[index]
    if error.insert:
        new = Layer.find(error.insert)()
        return (Fix(f"Insert {new.display_name()}", with_inserted(layers, index, new)),)
    if error.options:
        try:
            changed = layer.replace(**error.options)
        except OptionError:
            return ()
        set_to = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in error.options.items())
        return (Fix(f"Use {set_to}", with_replaced(layers, index, changed)),)
    if len(inputs[index]) == 1 and len(inputs[0]) == 3 and not _accepts(layer, inputs[index]):
        # It wants images, which there were until somebody made them flat.
        flattener = max(i for i in range(index) if len(inputs[i]) == 3)
        name = enabled(layers[flattener]).display_name()
        return (Fix(f"Move before {name}", with_moved(layers, index, flattener)),)
    return ()


def for_loss(
    layers: Sequence[Layer], shape: Shape, classes: int | None, inputs: Sequence[Shape]
) -> tuple[Fix, ...]:
    """What helps where the stack ends with ``shape`` and not with one score for each class."""
    if classes is None:
        return (Fix("Add Flatten", (*layers, Flatten())),) if len(shape) > 1 else ()
    if len(shape) == 1:
        last = _last_to_set_width(layers, inputs)
        if last is not None:
            changed = layers[last].replace(units=classes)
            return (Fix(f"Set units to {classes}", with_replaced(layers, last, changed)),)
        return (Fix(f"Add Affine with {classes} units", (*layers, Affine(classes))),)
    label = f"Add Flatten and Affine with {classes} units"
    return (Fix(label, (*layers, Flatten(), Affine(classes))),)


def _accepts(layer: Layer, shape: Shape) -> bool:
    try:
        layer.output_shape(shape)
    except ShapeError:
        return False
    return True


def _last_to_set_width(layers: Sequence[Layer], inputs: Sequence[Shape]) -> int | None:
    """The layer whose units are the stack's outputs: the last Affine, with nothing wider after."""
    for index in range(len(layers) - 1, -1, -1):
        layer = layers[index]
        if isinstance(layer, Affine):
            return index
        if layer.output_shape(inputs[index]) != inputs[index]:
            return None
    return None
