"""How each preset is trained in the comparison, and what is to be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnlib import presets

LEARNING_RATES = {"SGD": 0.1, "Adam": 0.001}


@dataclass(frozen=True)
class Plan:
    """One line of the comparison.

    Attributes:
        network: a preset's name.
        optimizer: "SGD" or "Adam".
        goals: by the peer's name, the least ratio of nnlib's speed to the peer's.
        prediction_goal: the most milliseconds that one picture may take, or None.
    """

    network: str
    batch_size: int = 100
    optimizer: str = "Adam"
    goals: Mapping[str, float] = field(default_factory=dict)
    prediction_goal: float | None = None

    @property
    def learning_rate(self) -> float:
        """The rate for the optimizer; it has no influence on the speed."""
        return LEARNING_RATES[self.optimizer]


_WITH_GOALS = (
    Plan("two-layer", 100, "SGD", {"torch": 1.3, "jax": 1.1}),
    Plan("multi-layer", 128, "Adam", {"torch": 1.5, "jax": 0.8}),
    Plan("lenet", 128, "Adam", {"torch": 1.0, "jax": 2.0}, prediction_goal=1.0),
    Plan("simple-conv", 100, "Adam", {"torch": 1.5, "jax": 3.0}),
    Plan("deep-conv", 100, "Adam", {"torch": 0.8, "jax": 2.5}),
)


def find(network: str) -> Plan:
    """The plan for the preset with that name; `OptionError` where there is none."""
    presets.find(network)
    known = {plan.network: plan for plan in _WITH_GOALS}
    return known.get(network) or Plan(network)


def all_networks() -> list[str]:
    """Every preset's name, those with goals first."""
    first = [plan.network for plan in _WITH_GOALS]
    return first + [name for name in presets.names() if name not in first]
