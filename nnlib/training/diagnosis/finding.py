"""Findings: something that goes wrong in a training, and what can be done about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from nnlib.project import ProjectSpec

KINDS = {
    "nan": "The training broke off",
    "unscaled": "Data not scaled",
    "exploding": "Exploding values",
    "vanishing": "Vanishing gradient",
    "saturated": "Saturated units",
    "dead": "Dead units",
    "collapsed": "Collapsed representation",
    "rate_high": "Learning rate too high",
    "rate_low": "Learning rate too low",
    "overfitting": "Overfitting",
}
"""All kinds of findings with their names, causes before what they bring about."""


class Severity(IntEnum):
    """How bad it is; larger is worse."""

    HINT = 1
    """It works, and could work better."""
    WARNING = 2
    """Part of the network learns little or nothing."""
    ERROR = 3
    """The training is over."""


@dataclass(frozen=True)
class Remedy:
    """One thing that can be done, as the whole project that it leads to: one edit that can be
    undone.

    Attributes:
        label: what is done, short enough for a button: "Use He weights".
        spec: the project as it is then. Its network starts with new weights.
    """

    label: str
    spec: ProjectSpec


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong.

    Attributes:
        kind: one of `KINDS`; there is one finding of a kind at a time.
        layer: the place in the stack of the first layer that it is about; None: the whole training.
        title: what is so, in a few words.
        text: the same in full, with the evidence, and what to do.
        evidence: the numbers that it was judged by, by name.
        remedies: what can be done with one click; none where it takes another hand.
        layers: the places of all layers that it is about.
    """

    kind: str
    layer: int | None
    title: str
    text: str
    evidence: dict[str, float]
    remedies: tuple[Remedy, ...] = ()
    severity: Severity = Severity.WARNING
    layers: tuple[int, ...] = ()


def percent(share: float) -> str:
    """A share as the sentences write it: "87 %"."""
    return f"{100 * share:.0f} %"


def number(value: float) -> str:
    """A number of any size with three digits that count: 0.131, 45, 23,100, 4.92e+10."""
    if not math.isfinite(value):
        return "infinity" if value > 0 else f"{value}"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if 10 <= abs(rounded) < 1e9 else f"{rounded:g}"


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def advice(remedies: Sequence[Remedy]) -> str:
    """A sentence that says what the remedies do: "Use He weights, or set …"."""
    labels = [remedy.label[0].lower() + remedy.label[1:] for remedy in remedies]
    if not labels:
        return ""
    sentence = ", ".join(labels[:-1]) + f", or {labels[-1]}" if len(labels) > 1 else labels[0]
    return f"{sentence[0].upper()}{sentence[1:]}."
