"""Optimizers: how a step follows from the gradient. Saitoh, section 6.1.

``update(params, grads)`` changes the arrays in ``params`` in place, key by key, as in the book.
What an optimizer remembers from step to step is kept in `slots`, one dict of arrays per slot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nnlib.errors import DataError, LayerLabError
from nnlib.options import Declared, option, register
from nnlib.types import Array, Params

TINY = 1e-7  # keeps the book's divisions from dividing by zero
BLOCK = 65536  # numbers that a step works on at once


def rate(default: float) -> Any:
    """The option that every optimizer has."""
    return option(
        default,
        minimum=0.0,
        exclusive_minimum=True,
        maximum=100.0,
        label="Learning rate",
        help="How far a step goes along the gradient.",
    )


def share(default: float, help: str) -> Any:
    """An option between 0 and just below 1: how much of the past is kept."""
    return option(default, minimum=0.0, maximum=0.99999, help=help)


@dataclass
class Optimizer(Declared):
    """Base of all optimizers. Options may be assigned at any time, between any two steps.

    Where a `Trainer` makes the steps, it sets ``lr`` before each of them; the rate of a training is
    changed with ``trainer.use(settings)``.
    """

    family = "optimizer"
    members: ClassVar[dict[str, type[Any]]] = {}
    slot_names: ClassVar[tuple[str, ...]] = ()

    lr: float = rate(0.01)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.step_count = 0
        self.slots: dict[str, Params] = {name: {} for name in self.slot_names}

    def __setattr__(self, name: str, value: Any) -> None:
        for declared in self.declared_options():
            if declared.name == name:
                value = declared.check(value, self.display_name())
        object.__setattr__(self, name, value)

    def update(self, params: Mapping[str, Array], grads: Mapping[str, Array]) -> None:
        """One step: changes every array in ``params`` in place.

        Args:
            grads: for each key of ``params`` an array of the same shape.

        Raises:
            LayerLabError: a gradient is missing or of another shape; nothing has changed then.
        """
        for key, p in params.items():
            if key not in grads or getattr(grads[key], "shape", None) != p.shape:
                raise _misfit(key, p, grads)
        self.step_count += 1
        for key, p in params.items():
            for slot in self.slots.values():
                if key not in slot:
                    slot[key] = np.zeros_like(p)
            self.step_through(p, grads[key], {name: s[key] for name, s in self.slots.items()})

    def step_through(self, p: Array, g: Array, slots: Mapping[str, Array]) -> None:
        """Make `step` for one array, some of its numbers at a time."""
        for part, slope, *kept in _blocks([p, g, *slots.values()]):
            self.step(part, slope, dict(zip(slots, kept, strict=True)))

    def step(self, p: Array, g: Array, slots: Mapping[str, Array]) -> None:
        """One step for one array ``p`` with gradient ``g``; changes ``p`` and ``slots``."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """A copy of all that it remembers: ``step_count`` and the slots' arrays."""
        slots = {n: {k: a.copy() for k, a in slot.items()} for n, slot in self.slots.items()}
        return {"step_count": self.step_count, "slots": slots}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave.

        Raises:
            DataError: it is no state of an optimizer of this kind; nothing has changed then.
        """
        count, slots = state.get("step_count"), state.get("slots")
        if (
            not isinstance(count, int | np.integer)
            or count < 0
            or not isinstance(slots, Mapping)
            or set(slots) != set(self.slots)
            or not all(isinstance(slot, Mapping) for slot in slots.values())
            or not all(isinstance(a, np.ndarray) for slot in slots.values() for a in slot.values())
        ):
            names = ", ".join(self.slot_names) or "none"
            raise DataError(
                f"This is no state of {self.display_name()}: it needs step_count and slots "
                f"({names}), as state() gives them."
            )
        self.step_count = int(count)
        self.slots = {n: {k: a.copy() for k, a in slots[n].items()} for n in self.slot_names}


def _misfit(key: str, p: Array, grads: Mapping[str, Array]) -> LayerLabError:
    if key not in grads:
        return LayerLabError(
            f"There is no gradient for {key}. Give one for every parameter; "
            f"there are: {', '.join(grads) or 'none'}."
        )
    g = grads[key]
    came = f"of shape {g.shape}" if hasattr(g, "shape") else f"a {type(g).__name__}"
    return LayerLabError(f"The gradient of {key} must be an array of shape {p.shape}, not {came}.")


def _blocks(arrays: list[Array]) -> Iterator[list[Array]]:
    """The arrays in pieces that fit the processor's cache, where Adam is three times as fast."""
    if any(a.shape != arrays[0].shape or not a.flags.c_contiguous for a in arrays):
        yield arrays
        return
    flat = [a.reshape(-1) for a in arrays]
    for start in range(0, flat[0].size, BLOCK):
        yield [a[start : start + BLOCK] for a in flat]


@register()
@dataclass
class SGD(Optimizer):
    """Stochastic gradient descent: W ← W − η g."""

    def step(self, p: Array, g: Array, slots: Mapping[str, Array]) -> None:
        p -= self.lr * g


@register()
@dataclass
class Momentum(Optimizer):
    """A ball that rolls: v ← α v − η g, W ← W + v."""

    slot_names = ("v",)

    momentum: float = share(0.9, "How much of its speed the ball keeps.")

    def step(self, p: Array, g: Array, slots: Mapping[str, Array]) -> None:
        v = slots["v"]
        v *= self.momentum
        v -= self.lr * g
        p += v


@register()
@dataclass
class Nesterov(Optimizer):
    """Momentum that looks ahead: v ← α v − η g, W ← W + α v − η g. Bengio et al. 2012."""

    slot_names = ("v",)

    momentum: float = share(0.9, "How much of its speed the ball keeps.")

    def step(self, p: Array, g: Array, slots: Mapping[str, Array]) -> None:
        v = slots["v"]
        v *= self.momentum
        v -= self.lr * g
        p += self.momentum * v
        p -= self.lr * g


@register()
@dataclass
class AdaGrad(Optimizer):
    """Smaller steps where much was learned: h ← h + g², W ← W − η g / √h. Duchi et al. 2011."""

    slot_names = ("h",)

    def step(self, p: Array, g: Array, slots: Mapping[str, Array]) -> None:
        h = slots["h"]
        h += g * g
        p -= self.lr * g / (np.sqrt(h) + TINY)


@register()
@dataclass
class RMSprop(Optimizer):
    """AdaGrad that forgets: h ← ρ h + (1 − ρ) g², W ← W − η g / √h. Hinton 2012."""

    slot_names = ("h",)

    decay_rate: float = share(0.99, "How slowly old gradients are forgotten.")

    def step(self, p: Array, g: Array, slots: Mapping[str, Array]) -> None:
        h = slots["h"]
        h *= self.decay_rate
        h += (1 - self.decay_rate) * g * g
        p -= self.lr * g / (np.sqrt(h) + TINY)


@register()
@dataclass
class Adam(Optimizer):
    """Momentum and RMSprop together, corrected for their start at zero. Kingma and Ba 2015."""

    slot_names = ("m", "v")

    lr: float = rate(0.001)
    beta1: float = share(0.9, "How slowly the mean gradient changes.")
    beta2: float = share(0.999, "How slowly the mean squared gradient changes.")

    def step(self, p: Array, g: Array, slots: Mapping[str, Array]) -> None:
        m, v = slots["m"], slots["v"]
        # m ← m + (1 − β₁)(g − m), and v likewise with g²; each line of arithmetic in one array.
        change = np.subtract(g, m)
        change *= 1 - self.beta1
        m += change
        np.multiply(g, g, out=change)
        change -= v
        change *= 1 - self.beta2
        v += change
        # W ← W − η m / √v, both m and v corrected.
        correction = np.sqrt(1 - self.beta2**self.step_count) / (1 - self.beta1**self.step_count)
        np.sqrt(v, out=change)
        change += TINY
        np.divide(m, change, out=change)
        change *= float(self.lr * correction)
        p -= change
