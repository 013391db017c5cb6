"""How a network is trained, as a value: optimizer, batch size, epochs, seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nnlib.optimizers import Optimizer
from nnlib.options import Declared, option, register
from nnlib.schedules import Schedule


@dataclass
class SettingsFamily(Declared):
    """The family that has training settings as its only member."""

    family = "training settings"
    members: ClassVar[dict[str, type[Any]]] = {}


@register()
@dataclass
class TrainingSettings(SettingsFamily):
    """All that `Trainer` needs apart from a network and data."""

    optimizer: Optimizer = option("Adam", help="How a step follows from the gradient.")
    schedule: Schedule = option("Constant", help="How the learning rate changes over time.")
    batch_size: int = option(100, minimum=1, maximum=100_000, help="Samples in one step.")
    epochs: int = option(
        5, minimum=1, maximum=100_000, help="How often each training sample is seen."
    )
    weight_decay: float = option(
        0.0, minimum=0.0, maximum=10.0, help="λ: pulls weights towards zero, against overfitting."
    )
    validation_share: float = option(
        0.0,
        minimum=0.0,
        maximum=0.9,
        help="Share of the training samples held back to judge the network on.",
    )
    patience: int | None = option(
        None,
        optional=True,
        none_text="off",
        minimum=1,
        maximum=100_000,
        help="Epochs without a lower validation loss after which the training stops early; "
        "it then gives back the best weights.",
    )
    minimum_improvement: float = option(
        0.0,
        minimum=0.0,
        maximum=1e6,
        help="How much the validation loss must fall to count as lower, for early stopping.",
    )
    seed: int = option(0, minimum=0, maximum=2**31 - 1, help="Fixes split and order of the data.")
