"""The diagnosis: what goes wrong in one training at this moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from nnlib.data import Dataset
from nnlib.project import ProjectSpec
from nnlib.training.diagnosis import course, layers
from nnlib.training.diagnosis.evidence import Evidence, Inputs, Losses
from nnlib.training.diagnosis.finding import KINDS, Finding
from nnlib.training.events import Diverged, Evaluated, Event, StepDone
from nnlib.training.vitals import Vitals

Rule = Callable[[Evidence], Iterator[Finding]]

RULES: Sequence[Rule] = (
    course.not_finite,
    course.unscaled,
    layers.exploding,
    layers.vanishing,
    layers.saturated,
    layers.dead,
    layers.collapsed,
    course.rate_too_high,
    course.rate_too_low,
    course.overfitting,
)
"""In the order of `KINDS`; each finds one thing at most."""

CONFIRMED = 2
"""A finding is told when it was found in so many looks in a row: one batch proves nothing."""

FADED = 3
"""It is taken back when so many looks in a row did not find it."""

CERTAIN = frozenset({"nan", "unscaled", "overfitting"})
"""Kinds that are told at once: nothing in them is by chance, or many looks are behind it."""

EXPLAINED = {
    "rate_low": frozenset({"exploding", "vanishing", "saturated", "dead", "collapsed"}),
}
"""Kinds that are not told beside others, of which they are a consequence."""


class Diagnosis:
    """Watches one training.

    Args:
        spec: the project that is trained; remedies are changes of it.
        dataset: what it is trained on.
    """

    def __init__(self, spec: ProjectSpec, dataset: Dataset) -> None:
        self._evidence = Evidence(spec, dataset, Inputs.of(dataset))
        self._found: dict[str, int] = {}  # in how many looks in a row, by kind
        self._missed: dict[str, int] = {}  # the same for what is told
        self._told: dict[str, Finding] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What goes wrong at the moment, causes before what they bring about."""
        told = [self._told[kind] for kind in KINDS if kind in self._told]
        return tuple(f for f in told if not EXPLAINED.get(f.kind, frozenset()) & set(self._told))

    def use(self, spec: ProjectSpec) -> None:
        """The training goes on with other settings: its losses are judged anew from here."""
        self._evidence.spec = spec
        self._evidence.losses = Losses(self._evidence.samples)
        for kind in ("rate_high", "rate_low"):
            self._told.pop(kind, None)
            self._found[kind] = 0

    def see(self, event: Event) -> None:
        """Take in an event of the training; `look` judges by them."""
        match event:
            case StepDone():
                self._evidence.losses.add(event)
                self._evidence.samples = event.samples
            case Evaluated():
                if not self._evidence.evaluations:
                    self._evidence.losses.begin(event.train_loss)
                self._evidence.evaluations.append(event)
            case Diverged():
                self._evidence.diverged = event
                self._judge()

    def look(self, vitals: Vitals) -> tuple[Finding, ...]:
        """Judge anew by these vitals and all events so far; the findings.

        Vitals of the step that was looked at last are no further evidence.
        """
        last = self._evidence.vitals
        self._evidence.vitals = vitals
        if last is None or last.step != vitals.step:
            self._judge()
        return self.findings

    def _judge(self) -> None:
        now = {finding.kind: finding for rule in RULES for finding in rule(self._evidence)}
        for kind in KINDS:
            finding = now.get(kind)
            if finding is None:
                self._found[kind] = 0
                self._missed[kind] = self._missed.get(kind, 0) + 1
                if self._missed[kind] >= FADED and self._may_fade(kind):
                    self._told.pop(kind, None)
                continue
            self._missed[kind] = 0
            self._found[kind] = self._found.get(kind, 0) + 1
            if kind in self._told or kind in CERTAIN or self._found[kind] >= CONFIRMED:
                self._told[kind] = finding

    def _may_fade(self, kind: str) -> bool:
        """Whether what is told may be taken back: the damage that large steps did remains."""
        return kind != "rate_high" or course.has_recovered(self._evidence)
