"""What a stack of layers would be, without building it: shapes, parameters, and what is wrong.

The editor shows this after every edit; `Network` refuses to be built where it finds a problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnlib.errors import LayerLabError, Shape, ShapeError
from nnlib.layers import Layer

MAX_PARAMETERS = 50_000_000
"""Weights, gradients and two optimizer slots of that many float32 take 0.8 GB."""


@dataclass(frozen=True)
class LayerReport:
    """One layer of an analysed stack.

    Attributes:
        input_shape, output_shape: without the batch axis; None from the first problem on.
        parameters: how many numbers it learns.
        problem: why it cannot work, or None.
    """

    input_shape: Shape | None
    output_shape: Shape | None
    parameters: int = 0
    problem: LayerLabError | None = None


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
    def problem(self) -> LayerLabError | None:
        """The first problem from the top, or None where the stack can be built and trained."""
        return next((r.problem for r in (*self.layers, self.loss) if r.problem), None)


def layer_name(index: int, layer: Layer) -> str:
    """How messages and panels call the layer at ``index``: they count from 1."""
    return f"layer {index + 1} ({layer.display_name()})"


def analyse(layers: Sequence[Layer], input_shape: Shape, classes: int | None = None) -> StackReport:
    """Follow the shapes through the stack.

    Args:
        layers: the stack, first layer first.
        input_shape: the shape of one sample.
        classes: how many scores the loss needs; None where any number will do.
    """
    reports: list[LayerReport] = []
    shape: Shape | None = tuple(input_shape)
    giver = "the data"
    total = 0
    for index, layer in enumerate(layers):
        if shape is None:
            reports.append(LayerReport(None, None))
            continue
        try:
            after = layer.output_shape(shape)
            count = sum(parameter.size for parameter in layer.parameters(shape).values())
            total += count
            if total > MAX_PARAMETERS:
                raise ShapeError(
                    layer.display_name(),
                    f"{count:,} parameters, and the network may have {MAX_PARAMETERS:,}",
                    fix="Make it smaller, or shrink the image before it.",
                )
            reports.append(LayerReport(shape, after, count))
            shape = after
        except ShapeError as error:
            reports.append(LayerReport(shape, None, problem=error.given_by(giver)))
            shape = None
        giver = layer_name(index, layer)
    return StackReport(tuple(reports), _analyse_loss(shape, classes, giver, empty=not layers))


def _analyse_loss(shape: Shape | None, classes: int | None, giver: str, empty: bool) -> LayerReport:
    if shape is None:
        return LayerReport(None, None)
    wanted = "scores (N, K)" if classes is None else f"(N, {classes}): one score for each class"
    if len(shape) == 1 and classes in (None, shape[0]) and not empty:
        return LayerReport(shape, ())
    if empty:
        fix = "Add layers: drag one here, or choose a network."
    elif len(shape) == 1:
        fix = f"End with Affine and {classes} units."
    else:
        fix = "End with Flatten and Affine."
    return LayerReport(shape, None, problem=ShapeError("The loss", wanted, shape, fix, giver))
