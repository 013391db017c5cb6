"""Schedules: how the learning rate changes over a training. Saitoh, section 6.1.5, has the idea.

A schedule gives a factor; a step is made with the settings' learning rate times that factor. The
factor depends on where the training stands and on nothing else, so that a training that is resumed,
or whose learning rate is changed meanwhile, goes on as it should. Where it stands is told twice:

- ``progress`` p, the share of the whole training that is done. Schedules that end at a goal
  (cosine, cool-down, warm-up) use it: asking for more epochs stretches them.
- ``epoch`` e, how many epochs are done, with a fraction. Schedules that the books write per epoch
  (step, exponential, 1/t) use it: asking for more epochs leaves what was done as it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from nnlib.errors import OptionError
from nnlib.options import Declared, option, register

SMALLEST = 1e-6
"""No factor is smaller: the learning rate must stay above 0."""


@dataclass
class Schedule(Declared):
    """Base of all schedules. A subclass says its formula in `curve`."""

    family = "schedule"
    members: ClassVar[dict[str, type[Any]]] = {}
    title: ClassVar[str] = ""

    def factor(self, progress: float, epoch: float = 0.0) -> float:
        """What the learning rate is multiplied by, from `SMALLEST` to 1.

        Args:
            progress: the share of the training that is done, from 0 to 1.
            epoch: the epochs that are done, with a fraction; 0 at the first step.
        """
        return max(SMALLEST, self.curve(progress, epoch))

    def curve(self, progress: float, epoch: float) -> float:
        """The formula; it may reach 0."""
        raise NotImplementedError

    @classmethod
    def find(cls, name: str) -> type[Self]:
        """The member with that name or title; ``1/t`` is ``InverseTime``."""
        for member in cls.members.values():
            if name.strip().lower() == member.title:
                return member
        try:
            return super().find(name)
        except OptionError:
            known = ", ".join(member.title for member in cls.members.values())
            raise OptionError(f"There is no schedule named {name!r}. Known: {known}.") from None

    @classmethod
    def display_name(cls) -> str:
        return cls.title or cls.__name__


@register()
@dataclass
class Constant(Schedule):
    """The same learning rate from the first step to the last: 1."""

    title = "constant"

    def curve(self, progress: float, epoch: float) -> float:
        return 1.0


@register()
@dataclass
class CoolDown(Schedule):
    """Constant at first, then falling in a straight line to zero over the last third.

    min(1, 3 (1 − p)). Small steps at the end average out what single batches say. On 10,000
    held-back training samples of MNIST with Adam, lenet reads 98.3 instead of 97.9 % after 3 epochs
    (means of 3 seeds).
    """

    title = "cool-down"

    def curve(self, progress: float, epoch: float) -> float:
        return min(1.0, 3.0 * (1.0 - progress))


@register()
@dataclass
class StepDecay(Schedule):
    """Falls by a factor every few epochs: factor^⌊e / every⌋. Krizhevsky et al. 2012, section 5."""

    title = "step"

    every: int = option(5, minimum=1, maximum=100_000, help="Epochs from one fall to the next.")
    by: float = option(
        0.5,
        minimum=0.0,
        exclusive_minimum=True,
        maximum=1.0,
        help="What the learning rate is multiplied by at each fall.",
    )

    def curve(self, progress: float, epoch: float) -> float:
        return math.pow(self.by, math.floor(epoch / self.every))


@register()
@dataclass
class Exponential(Schedule):
    """Falls by the same share in every epoch, smoothly: by^e."""

    title = "exponential"

    by: float = option(
        0.9,
        minimum=0.0,
        exclusive_minimum=True,
        maximum=1.0,
        help="What is left of the learning rate after each epoch.",
    )

    def curve(self, progress: float, epoch: float) -> float:
        return math.pow(self.by, epoch)


@register()
@dataclass
class InverseTime(Schedule):
    """Falls like one over the time: 1 / (1 + decay · e). Robbins and Monro 1951."""

    title = "1/t"

    decay: float = option(
        0.5, minimum=0.0, maximum=1e6, help="How fast: 1 halves the learning rate in one epoch."
    )

    def curve(self, progress: float, epoch: float) -> float:
        return 1.0 / (1.0 + self.decay * epoch)


@register()
@dataclass
class Cosine(Schedule):
    """Falls along half a wave, slowly at both ends: end + (1 − end) · ½ (1 + cos π p).

    Loshchilov and Hutter 2017, equation 5, without restarts.
    """

    title = "cosine"

    end: float = option(
        0.0, minimum=0.0, maximum=1.0, help="What is left of the learning rate at the end."
    )

    def curve(self, progress: float, epoch: float) -> float:
        return self.end + (1.0 - self.end) * 0.5 * (1.0 + math.cos(math.pi * progress))


@register()
@dataclass
class WarmUp(Schedule):
    """Rises in a straight line over the first share of the training, then follows another schedule.

    (start + (1 − start) · min(1, p / share)) · then(q, e), where q runs from 0 to 1 over what comes
    after the warm-up. Goyal et al. 2017, section 2.2. The other schedule counts its epochs from the
    start of the training.
    """

    title = "warm-up"

    share: float = option(
        0.1,
        minimum=0.0,
        exclusive_minimum=True,
        maximum=0.9,
        help="The share of the training over which the learning rate rises.",
    )
    start: float = option(
        0.1, minimum=0.0, maximum=1.0, help="What the learning rate is multiplied by at first."
    )
    then: Schedule = option("Constant", help="The schedule that is followed.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.then, WarmUp):
            raise OptionError("warm-up: then must be another schedule, not a second warm-up.")

    def curve(self, progress: float, epoch: float) -> float:
        ramp = self.start + (1.0 - self.start) * min(1.0, progress / self.share)
        rest = max(0.0, (progress - self.share) / (1.0 - self.share))
        return ramp * self.then.factor(rest, epoch)
