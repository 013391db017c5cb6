"""What every layer is: options, a shape rule, parameters, forward and backward.

A layer that is not built holds options only and is treated as a value. `Network` makes its own
copies and builds those, so one stack of layers can configure any number of networks.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from nnlib.errors import Shape, ShapeError
from nnlib.initializers import Initializer, InitialWeights
from nnlib.options import Declared
from nnlib.types import Array, Params
from nnlib.workspace import Workspace

CATEGORIES = ("Layers", "Activation functions", "Regularization")
"""The order in which a reader meets the layers; one without a category is not for choosing."""


@dataclass(frozen=True)
class Parameter:
    """The declaration of one array that a layer learns.

    Attributes:
        shape: the array's shape.
        initial: how it is drawn; None fills it with ``fill``.
        fan_in: how many inputs each unit sums, for the initializer.
        decays: whether weight decay pulls on it (weights yes; biases, γ and β no).
    """

    shape: Shape
    initial: Initializer | None = None
    fan_in: int = 1
    fill: float = 0.0
    decays: bool = False

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return int(np.prod([int(n) for n in self.shape], dtype=object))


def weights(shape: Shape, fan_in: int, initial: InitialWeights) -> Parameter:
    """A weight array: drawn at random, subject to weight decay."""
    return Parameter(shape, Initializer.coerce(initial), fan_in, decays=True)


@dataclass(frozen=True)
class BuildContext:
    """What a layer needs to be built, apart from its options and its input shape.

    Attributes:
        rng: where its initial weights come from.
        noise: where its random numbers during training come from (Dropout).
        dtype: float32 to train, float64 to check gradients.
        activation: the name of the activation function that follows, or "".
    """

    rng: np.random.Generator
    noise: np.random.Generator
    dtype: np.dtype[Any]
    activation: str = ""


@dataclass
class Layer(Declared):
    """Base of all layers. A subclass is one page: options, `output_shape`, `forward`, `backward`.

    Attributes of a built layer:
        params, grads: arrays by parameter name; the network binds them to its flat vectors.
        buffers: arrays that are kept but not learned (the statistics of BatchNormalization).
        room: where outputs and gradients are worked out, allocated once.
        drawn: the random numbers of the next training step, where somebody drew them before.
    """

    family = "layer"
    members: ClassVar[dict[str, type[Any]]] = {}

    formula: ClassVar[str] = ""
    """What it computes, on one line, for tooltips."""
    icon: ClassVar[str] = ""
    """Its picture on a square of 24 by 24: M, L, C, Z as in SVG, R and B x y w h for an outline and
    a block, O and D x y r for a ring and a dot; faint what stands before a "|". An activation
    function needs none: its curve is its picture."""
    keywords: ClassVar[str] = ""
    """Other words under which people look for it."""
    is_activation: ClassVar[bool] = False
    """Whether it is an activation function, which `Auto` initial weights look for."""
    output_range: ClassVar[tuple[float, float] | None] = None
    """The bounds of its outputs, where it has such bounds."""
    changes_values: ClassVar[bool] = True
    """Whether its outputs are other numbers than its inputs (Flatten only moves them)."""
    is_linear: ClassVar[bool] = False
    """Whether in inference it only weighs and adds up its inputs, and bends nothing."""
    mixes_samples: ClassVar[bool] = False
    """Whether in training a sample's output depends on the other samples of the batch."""

    def __post_init__(self) -> None:
        self.params: Params = {}
        self.grads: Params = {}
        self.buffers: Params = {}
        self.room = Workspace()
        self.drawn: NDArray[Any] | None = None
        super().__post_init__()

    def output_shape(self, shape: Shape) -> Shape:
        """The shape it gives for inputs of ``shape``, both without the batch axis.

        Raises:
            ShapeError: it cannot work on that shape.
        """
        return shape

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        """The arrays that it learns for inputs of ``shape``."""
        return {}

    def multiply_adds(self, shape: Shape) -> int:
        """How many products one sample of ``shape`` takes to go forward; 0 where they are few."""
        return 0

    def build(self, shape: Shape, context: BuildContext) -> None:
        """Make its arrays for inputs of ``shape``."""
        for name, declared in self.parameters(shape).items():
            if declared.initial is None:
                values: Array = np.full(declared.shape, declared.fill)
            else:
                values = declared.initial.draw(
                    declared.shape, declared.fan_in, context.activation, context.rng
                )
            self.params[name] = values.astype(context.dtype)

    def forward(self, x: Array, training: bool) -> Array:
        """Outputs for inputs (N, …); keeps what `backward` needs.

        What it returns is its own array and holds until its next `forward`.
        """
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """The loss's gradient at its inputs, from that at its outputs; fills `grads`.

        What it returns is its own array and holds until its next `backward`.
        """
        raise NotImplementedError

    def learn(self, dy: Array) -> None:
        """Fill `grads` only: for the first layer that learns, whose inputs nobody asks about."""
        self.backward(dy)

    def branches(self) -> NDArray[Any] | None:
        """Which branch of its formula each output took in the last forward; None: it has one only.

        Whole numbers or booleans. `gradient_check` takes a step that changes them for no evidence:
        it crossed a kink, where a slope to the left and one to the right differ.
        """
        return None

    def draw(self, count: int) -> NDArray[Any] | None:
        """The random numbers that a training step over ``count`` samples takes, samples first."""
        return None

    def twin(self) -> Self:
        """The same layer for another part of the batch: shared parameters, own gradients."""
        twin = copy.copy(self)
        twin.grads = {key: np.zeros_like(p) for key, p in self.params.items()}
        twin.room = Workspace()
        return twin

    def expect_flat(self, shape: Shape) -> int:
        """D of a flat input (N, D), or a `ShapeError`."""
        if len(shape) != 1:
            raise self.shape_error(
                "a flat input (N, D)", shape, "Insert Flatten before it.", insert="Flatten"
            )
        return shape[0]

    def expect_images(self, shape: Shape) -> tuple[int, int, int]:
        """(C, H, W) of an image input, or a `ShapeError`."""
        if len(shape) != 3:
            raise self.shape_error(
                "images (N, C, H, W)", shape, "Move it before the layer that makes the input flat."
            )
        return shape[0], shape[1], shape[2]

    def shape_error(
        self,
        needs: str,
        shape: Shape,
        fix: str,
        insert: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> ShapeError:
        """A complaint about ``shape`` in this layer's name; the rest is as in `ShapeError`."""
        return ShapeError(self.display_name(), needs, shape, fix, "", insert, options)
