"""A training that is watched as the window watches it: vitals now and then, and a diagnosis."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlib import data
from nnlib.data import Dataset
from nnlib.network import Network
from nnlib.optimizers import Adam, Optimizer
from nnlib.project import ProjectSpec
from nnlib.training import Diverged, Evaluated, StepDone, Trainer, TrainingSettings
from nnlib.training.diagnosis import Diagnosis, Finding
from nnlib.training.vitals import Probe

EVERY = 5  # steps from one look to the next


@functools.cache
def digits(count: int = 2000, tests: int = 300, scale: float = 1.0) -> Dataset:
    """Some of the built-in digits."""
    whole = data.load("digits")
    return dataclasses.replace(
        whole,
        x_train=whole.x_train[:count] * np.float32(scale),
        t_train=whole.t_train[:count],
        x_test=whole.x_test[:tests] * np.float32(scale),
        t_test=whole.t_test[:tests],
    )


def project(
    preset: str, optimizer: Optimizer | None = None, std: float | None = None, **settings: Any
) -> ProjectSpec:
    """The preset with these settings, for one epoch; weights of that ``std``, where given."""
    training = TrainingSettings(optimizer or Adam(), epochs=1).replace(**settings)
    spec = ProjectSpec.from_preset(preset, training=training, seed=training.seed)
    if std is None:
        return spec
    layers = tuple(
        layer.replace(initial=std) if "initial" in layer.options() else layer
        for layer in spec.layers
    )
    return dataclasses.replace(spec, layers=layers)


@dataclasses.dataclass
class Watched:
    """What became of it.

    Attributes:
        told: by kind, every finding that was told at some time, as it was told first.
        findings: those at the end, by kind.
        course: the kinds that were told, look by look.
    """

    told: dict[str, Finding]
    findings: dict[str, Finding]
    course: list[set[str]]
    last: Evaluated | None


def watch(
    spec: ProjectSpec,
    dataset: Dataset | None = None,
    plant: Callable[[Network], None] | None = None,
    every: int = EVERY,
) -> Watched:
    """Train the project to its end, and look on.

    Args:
        plant: does something to the network before it is trained.
    """
    dataset = dataset or digits()
    network = spec.build(dataset)
    if plant:
        plant(network)
    trainer = Trainer(network, dataset, spec.training)
    probe = Probe(network, dataset.x_train[:100], dataset.t_train[:100])
    diagnosis = Diagnosis(spec, dataset)
    diagnosis.look(probe.take(0))
    told: dict[str, Finding] = {}
    course = []
    last = None
    for event in trainer.run():
        diagnosis.see(event)
        if isinstance(event, Evaluated):
            last = event
        if isinstance(event, StepDone):
            probe.after_step(event.step)
            if event.step % every and event.step > 2:
                continue
            diagnosis.look(probe.take(event.step))
        if isinstance(event, StepDone | Diverged):
            course.append({finding.kind for finding in diagnosis.findings})
            for finding in diagnosis.findings:
                told.setdefault(finding.kind, finding)
    return Watched(told, {f.kind: f for f in diagnosis.findings}, course, last)
