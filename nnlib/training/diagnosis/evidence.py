"""Evidence: all that the rules of the diagnosis look at."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from nnlib.analysis import layer_name
from nnlib.data import Dataset
from nnlib.layers import Disabled, Layer
from nnlib.project import ProjectSpec
from nnlib.training.events import Diverged, Evaluated, StepDone
from nnlib.training.vitals import LayerVitals, Vitals

BLOCK_STEPS, BLOCK_SAMPLES = 3, 300
"""Losses are judged by means over so many steps and samples at least: a single batch of 10 digits
scatters by half of its loss, 300 samples by 3 %."""

LOOKED_AT = 2_000
"""Samples that tell how large the inputs are."""


@dataclass(frozen=True)
class Inputs:
    """How large the numbers are that the network is given.

    Attributes:
        low, high, mean, std: of all finite numbers among some samples, evenly spaced.
    """

    low: float
    high: float
    mean: float
    std: float

    @classmethod
    def of(cls, dataset: Dataset) -> Inputs:
        """Those of the training part; NaN where no number is finite."""
        x = dataset.x_train[:: max(1, len(dataset.x_train) // LOOKED_AT)]
        x = x[np.isfinite(x)]
        if not x.size:
            return cls(math.nan, math.nan, math.nan, math.nan)
        wide = x.astype(np.float64)
        return cls(float(x.min()), float(x.max()), float(wide.mean()), float(wide.std()))

    @property
    def root_mean_square(self) -> float:
        """√(mean x²)."""
        return math.hypot(self.mean, self.std)


class Losses:
    """The losses of the steps, as means over blocks of them.

    Attributes:
        steps: how many there were.
        initial: the loss before the first step, or the first block; NaN before there is one.
        first, last: the means of the first and the newest block; NaN before there is one.
        best: that of the lowest, or the loss before the first step; infinity before there is one.
        jumped_from: the best loss before the largest rise, infinity before there was any.
        peak: the highest block after it.
    """

    def __init__(self, samples: int = 0) -> None:
        """Args: samples: how many were learned from before."""
        self.steps = 0
        self.initial = self.first = self.last = math.nan
        self.best = self.jumped_from = math.inf
        self.peak = 0.0
        self._sum, self._count, self._samples, self._seen = 0.0, 0, 0, samples

    @property
    def jump(self) -> float:
        """How many times the best loss before it the highest block was; 0 before there was any."""
        return self.peak / self.jumped_from if self.jumped_from else 0.0

    def begin(self, loss: float) -> None:
        """What the network loses before its first step."""
        if math.isfinite(loss):
            self.initial = self.best = loss

    def add(self, event: StepDone) -> None:
        """Take in one step."""
        self.steps += 1
        self._sum += event.loss
        self._count += 1
        self._samples += max(event.samples - self._seen, 1)
        self._seen = event.samples
        if self._count >= BLOCK_STEPS and self._samples >= BLOCK_SAMPLES:
            self._end_block(self._sum / self._count)
            self._sum, self._count, self._samples = 0.0, 0, 0

    def _end_block(self, mean: float) -> None:
        if math.isnan(self.first):
            self.first = mean
            self.initial = mean if math.isnan(self.initial) else self.initial
        if self.best < math.inf and self.best and mean / self.best > self.jump:
            self.jumped_from, self.peak = self.best, mean
        self.best = min(self.best, mean)
        self.last = mean


@dataclass
class Evidence:
    """What is known of one training so far.

    Attributes:
        spec: the project that is trained.
        dataset: what it is trained on.
        inputs: how large the numbers in it are.
        vitals: the newest; None before there are any.
        losses, evaluations: the course of the training.
        diverged: the event, where it did.
        samples: how many were learned from.
    """

    spec: ProjectSpec
    dataset: Dataset
    inputs: Inputs
    vitals: Vitals | None = None
    losses: Losses = field(default_factory=Losses)
    evaluations: list[Evaluated] = field(default_factory=list)
    diverged: Diverged | None = None
    samples: int = 0

    @property
    def rate_factor(self) -> float:
        """What the schedule makes of the learning rate now: small at the start of a warm-up."""
        settings, count = self.spec.training, max(1, len(self.dataset.x_train))
        epochs = self.samples / count
        return settings.schedule.factor(min(epochs / settings.epochs, 1.0), epochs)

    @property
    def active(self) -> list[tuple[int, Layer]]:
        """The layers that take part, with their places."""
        return [
            (i, layer)
            for i, layer in enumerate(self.spec.layers)
            if not isinstance(layer, Disabled)
        ]

    @property
    def measured(self) -> list[tuple[LayerVitals, Layer]]:
        """The vitals of all layers that take part and change values, each with its layer."""
        layers = dict(self.active)
        seen = self.vitals.layers if self.vitals else ()
        return [(v, layers[v.index]) for v in seen if v.index in layers]

    @property
    def learning(self) -> list[LayerVitals]:
        """The vitals of the layers that have weights."""
        return [v for v, _ in self.measured if not math.isnan(v.weights)]

    @property
    def hidden(self) -> list[tuple[LayerVitals, Layer]]:
        """The activation functions with weights behind them: what follows learns from these."""
        last = self.learning[-1].index if self.learning else -1
        return [(v, k) for v, k in self.measured if k.is_activation and v.index < last]

    @property
    def is_cut_off(self) -> bool:
        """Whether all units of a layer are dead: then nothing else can be judged before or behind
        it."""
        return any(v.dead_share == 1 for v, _ in self.hidden)

    def name(self, index: int) -> str:
        """The layer's name within a sentence: "layer 3 (Sigmoid)"."""
        return layer_name(index, self.spec.layers[index])

    def title(self, index: int) -> str:
        """The layer's name at the beginning of one: "Layer 3 (Sigmoid)"."""
        name = self.name(index)
        return name[0].upper() + name[1:]
