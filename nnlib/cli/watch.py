"""What goes wrong in a training, told at its end."""

from __future__ import annotations

from nnlib.project import ProjectSpec
from nnlib.training import Evaluated, Event, StepDone, Trainer
from nnlib.training.diagnosis import Diagnosis, Finding
from nnlib.training.vitals import Probe

SAMPLES = 100


class Watch:
    """Looks at the network whenever it is judged, five times an epoch; the run stays as it is."""

    def __init__(self, spec: ProjectSpec, trainer: Trainer) -> None:
        x, t = trainer.judged_training
        self._trainer = trainer
        self._probe = Probe(trainer.network, x[:SAMPLES], t[:SAMPLES])
        self._diagnosis = Diagnosis(spec, trainer.dataset)

    def take(self, event: Event) -> None:
        """Take in an event that the trainer has just told."""
        self._diagnosis.see(event)
        if isinstance(event, StepDone):
            self._probe.after_step(event.step)
        elif isinstance(event, Evaluated):
            self._diagnosis.look(self._probe.take(self._trainer.step))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What goes wrong at the moment."""
        return self._diagnosis.findings
