"""What a stack of layers would be, without building it: shapes, parameters, and what is wrong.

The editor shows this after every edit; `Network` refuses to be built where it finds a problem.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nnlib import fixes
from nnlib.errors import LayerLabError, Shape, ShapeError
from nnlib.fixes import Fix
from nnlib.layers import Layer
from nnlib.layers.base import Parameter
from nnlib.layers.disabled import Disabled, enabled

MAX_PARAMETERS = 50_000_000
"""Weights, gradients and two optimizer slots of that many float32 take 0.8 GB."""


@dataclass(frozen=True)
class LayerReport:
    """One layer of an analysed stack.

    Attributes:
        input_shape, output_shape: without the batch axis; None from the first problem on.
        parameters: how many numbers it learns.
        arithmetic: how that number comes about: "5·5·1·30 + 30", or "".
        multiply_adds: how many products one sample takes to go forward; 0 where they are few.
        problem: why it cannot work, or None.
        fixes: what can be done about the problem.
    """

    input_shape: Shape | None
    output_shape: Shape | None
    parameters: int = 0
    arithmetic: str = ""
    multiply_adds: int = 0
    problem: LayerLabError | None = None
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True)
class StackReport:
    """An analysed stack: one report a layer, and one for the loss at its end."""

    layers: tuple[LayerReport, ...]
    loss: LayerReport

    @property
    def parameters(self) -> int:
        """How many numbers the whole stack learns."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """How many products one sample takes to go forward."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def problem(self) -> LayerLabError | None:
        """The first problem from the top, or None where the stack can be built and trained."""
        return next((r.problem for r in (*self.layers, self.loss) if r.problem), None)

    def memory(self, batch_size: int, slots: int = 2) -> int:
        """About how many bytes a training step takes, in float32.

        That is parameters, gradients and the optimizer's slots, and for every sample of a batch
        its input, each layer's outputs, the gradient at them, and as much again to work in.
        """
        shapes = [r.output_shape for r in self.layers if r.output_shape is not None]
        given = [r.input_shape for r in self.layers[:1] if r.input_shape is not None]
        numbers = sum(map(math.prod, given)) + 3 * sum(map(math.prod, shapes))
        return 4 * (batch_size * numbers + (2 + slots) * self.parameters)


def layer_name(index: int, layer: Layer) -> str:
    """How messages and panels call the layer at ``index``: they count from 1."""
    return f"layer {index + 1} ({enabled(layer).display_name()})"


def arithmetic(parameters: dict[str, Parameter]) -> str:
    """How many numbers the arrays hold, as a sum of products: "784·50 + 50"."""

    def product(shape: Shape) -> str:
        # Filters read in the order in which the book counts: height, width, channels, filters.
        return "·".join(map(str, reversed(shape) if len(shape) > 2 else shape))

    return " + ".join(product(parameter.shape) for parameter in parameters.values())


def analyse(layers: Sequence[Layer], input_shape: Shape, classes: int | None = None) -> StackReport:
    """Follow the shapes through the stack.

    Args:
        layers: the stack, first layer first.
        input_shape: the shape of one sample.
        classes: how many scores the loss needs; None where any number will do.
    """
    reports: list[LayerReport] = []
    inputs: list[Shape] = []
    shape: Shape | None = tuple(input_shape)
    giver = "the data"
    total = 0
    for index, layer in enumerate(layers):
        if shape is None:
            reports.append(LayerReport(None, None))
            continue
        inputs.append(shape)
        try:
            after = layer.output_shape(shape)
            learned = layer.parameters(shape)
            count = sum(parameter.size for parameter in learned.values())
            total += count
            if total > MAX_PARAMETERS:
                raise ShapeError(
                    layer.display_name(),
                    f"{count:,} parameters, and the network may have {MAX_PARAMETERS:,}",
                    fix="Make it smaller, or shrink the image before it.",
                )
            products = layer.multiply_adds(shape)
            reports.append(LayerReport(shape, after, count, arithmetic(learned), products))
            shape = after
        except ShapeError as error:
            helpful = fixes.for_layer(layers, index, error, inputs)
            reports.append(LayerReport(shape, None, problem=error.given_by(giver), fixes=helpful))
            shape = None
        if not isinstance(layer, Disabled):
            giver = layer_name(index, layer)
    loss = _analyse_loss(layers, inputs, shape, classes, giver)
    return StackReport(tuple(reports), loss)


def _analyse_loss(
    layers: Sequence[Layer],
    inputs: Sequence[Shape],
    shape: Shape | None,
    classes: int | None,
    giver: str,
) -> LayerReport:
    if shape is None:
        return LayerReport(None, None)
    wanted = "scores (N, K)" if classes is None else f"(N, {classes}): one score for each class"
    if len(shape) == 1 and classes in (None, shape[0]) and layers:
        return LayerReport(shape, ())
    if not layers:
        fix = "Add layers: drag one here, or choose a network."
    elif len(shape) == 1:
        fix = f"End with Affine and {classes} units."
    else:
        fix = "End with Flatten and Affine."
    problem = ShapeError("The loss", wanted, shape, fix, giver)
    return LayerReport(
        shape, None, problem=problem, fixes=fixes.for_loss(layers, shape, classes, inputs)
    )
