"""Remarks: what a teacher would say of a stack that works, but not as well as it could.

Each rule is a small function that looks at the stack as it takes part: layers that are switched off
are left out, and places are those of the whole stack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nnlib import fixes
from nnlib.analysis import StackReport, layer_name
from nnlib.fixes import Fix, Stack
from nnlib.initializers import He, Xavier
from nnlib.layers import (
    BatchNormalization,
    Disabled,
    Dropout,
    Layer,
    ReLU,
    Sigmoid,
    Softmax,
    Step,
    Tanh,
)
from nnlib.losses import Loss


@dataclass(frozen=True)
class Remark:
    """Something worth knowing about one layer.

    Attributes:
        index: the layer's place in the stack; as many as there are layers means the loss.
        title: what is so, in a few words.
        text: the same in full, why it matters, and what to do.
        fixes: what can be done about it.
    """

    index: int
    title: str
    text: str
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True)
class _Subject:
    """What the rules look at."""

    layers: Stack
    loss: Loss

    @property
    def active(self) -> list[tuple[int, Layer]]:
        """The layers that take part, with their places."""
        return [
            (i, layer) for i, layer in enumerate(self.layers) if not isinstance(layer, Disabled)
        ]

    def name(self, index: int) -> str:
        return layer_name(index, self.layers[index])


Rule = Callable[[_Subject], Iterator[Remark]]


def remarks(layers: Sequence[Layer], report: StackReport, loss: Loss) -> tuple[Remark, ...]:
    """All remarks about a stack, from its top; none where it cannot work or is empty."""
    if report.problem is not None:
        return ()
    subject = _Subject(tuple(layers), loss)
    found = [remark for rule in RULES for remark in rule(subject)]
    return tuple(sorted(found, key=lambda remark: remark.index))


def _two_linear_in_a_row(subject: _Subject) -> Iterator[Remark]:
    before: int | None = None
    for index, layer in subject.active:
        if _has_weights(layer):
            if before is not None:
                text = (
                    f"Nothing between {subject.name(before)} and this layer bends their outputs: "
                    "together they compute no more than one of them could. "
                    "Put an activation function between them."
                )
                place = _after_normalization(subject, before, index)
                stack = fixes.with_inserted(subject.layers, place, ReLU())
                yield Remark(index, "No activation in between", text, (Fix("Insert ReLU", stack),))
            before = index
        elif not layer.is_linear:
            before = None


def _after_normalization(subject: _Subject, first: int, last: int) -> int:
    """Where an activation function belongs between two layers: behind a normalization."""
    behind = [
        i + 1 for i, layer in subject.active if first < i < last
        and isinstance(layer, BatchNormalization)
    ]  # fmt: skip
    return max(behind, default=first + 1)


def _softmax_twice(subject: _Subject) -> Iterator[Remark]:
    if not subject.loss.has_softmax or len(subject.layers) < 2 or not subject.active:
        return
    index, layer = subject.active[-1]
    if isinstance(layer, Softmax):
        text = (
            "The loss puts the scores through softmax itself. Twice, differences between them "
            "all but vanish, and training gets slow. Leave Softmax out."
        )
        yield Remark(index, "Softmax is applied twice", text, (_removal(subject, index),))


def _activation_before_loss(subject: _Subject) -> Iterator[Remark]:
    learning = [i for i, layer in subject.active if _has_weights(layer)]
    if not learning or not subject.loss.has_softmax:
        return
    for index, layer in subject.active:
        if index > learning[-1] and layer.is_activation and not isinstance(layer, Softmax):
            text = (
                f"The scores go through {layer.display_name()} before the loss: they can no longer "
                "be as small or as large as the loss asks for. Leave it out."
            )
            title = f"Scores go through {layer.display_name()}"
            yield Remark(index, title, text, (_removal(subject, index),))


def _weights_of_another_activation(subject: _Subject) -> Iterator[Remark]:
    for index, layer in subject.active:
        initial = getattr(layer, "initial", None)
        after = _activation_after(subject, index)
        if isinstance(initial, He) and isinstance(after, Sigmoid | Tanh):
            right, why = "Xavier", "He weights are made for ReLU, which silences half of its inputs"
        elif isinstance(initial, Xavier) and isinstance(after, ReLU):
            right, why = "He", "Xavier weights are made for functions that are straight around 0"
        else:
            continue
        text = (
            f"{why}; before {after.display_name()} the spread of the activations "
            f"{'grows' if right == 'Xavier' else 'shrinks'} from layer to layer. Use {right}."
        )
        changed = layer.replace(initial=right.lower())
        stack = fixes.with_replaced(subject.layers, index, changed)
        title = f"{type(initial).__name__} weights before {after.display_name()}"
        yield Remark(index, title, text, (Fix(f"Use {right} weights", stack),))


def _activation_after(subject: _Subject, index: int) -> Layer | None:
    for _, layer in (pair for pair in subject.active if pair[0] > index):
        if layer.is_activation:
            return layer
        if _has_weights(layer):
            return None
    return None


def _dropout_before_normalization(subject: _Subject) -> Iterator[Remark]:
    last = max((i for i, k in subject.active if isinstance(k, BatchNormalization)), default=-1)
    for index, layer in subject.active:
        if isinstance(layer, Dropout) and index < last:
            text = (
                f"{subject.name(last)} learns its mean and variance from inputs of which Dropout "
                "has silenced some, and then meets others when it predicts. Put Dropout behind it."
            )
            stack = fixes.with_moved(subject.layers, index, last + 1)
            title = "Dropout before BatchNormalization"
            yield Remark(index, title, text, (Fix("Move Dropout behind it", stack),))


def _step_stops_learning(subject: _Subject) -> Iterator[Remark]:
    for index, layer in subject.active:
        learns = any(_has_weights(k) for i, k in subject.active if i < index)
        if isinstance(layer, Step) and learns:
            text = (
                "The gradient of Step is zero everywhere, so that no layer before it learns. "
                "Sigmoid is its smooth sister."
            )
            stack = fixes.with_replaced(subject.layers, index, Sigmoid())
            title = "The gradient stops here"
            yield Remark(index, title, text, (Fix("Use Sigmoid instead", stack),))


def _nothing_learns(subject: _Subject) -> Iterator[Remark]:
    if subject.layers and not any(_has_weights(k) for _, k in subject.active):
        text = "No layer here has weights: training will change nothing. Add Affine."
        yield Remark(len(subject.layers), "No layer learns", text)


def _has_weights(layer: Layer) -> bool:
    """Whether it sums its inputs with weights that are drawn at random and learned."""
    return "initial" in layer.options()


def _removal(subject: _Subject, index: int) -> Fix:
    name = subject.layers[index].display_name()
    return Fix(f"Remove {name}", fixes.without(subject.layers, index))


RULES: Sequence[Rule] = (
    _two_linear_in_a_row,
    _softmax_twice,
    _activation_before_loss,
    _weights_of_another_activation,
    _dropout_before_normalization,
    _step_stops_learning,
    _nothing_learns,
)
