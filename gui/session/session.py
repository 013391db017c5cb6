"""The session, seen from the GUI: what runs, its recorded history, and the state it is in."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from gui.session import messages
from gui.session.states import ALLOWED, BUSY, Request, State
from gui.session.worker import Worker
from nnlib.data import Dataset
from nnlib.project import ProjectSpec
from nnlib.training import Diverged, Evaluated, Finished, History, StepDone
from nnlib.types import Array

CLOSE_TIMEOUT = 10_000  # milliseconds; the longest step of any preset is far below


class Session(QObject):
    """Owns the worker's thread. Everything here happens on the GUI's thread.

    `pull` takes in what the worker has posted; a display timer calls it, and so does the worker's
    signal when the user waits for an answer.
    """

    state_changed = Signal()
    run_began = Signal()
    """There is a new network with initial weights, and an empty history."""
    predicted = Signal(object)
    """Probabilities (K,) of the last drawing that was asked for, or None."""
    probed = Signal(object)
    """The layers' distributions, or None."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = State.IDLE
        self.problem = ""  # why the state is FAILED
        self.history = History()
        self.spec: ProjectSpec | None = None  # what the network was built and trained with
        self.dataset: Dataset | None = None
        self.facts: messages.Prepared | None = None
        self.epochs_wanted = 0
        self.early_stop: Finished | None = None  # how the training ended, where it stopped early
        self._base = 0  # complete epochs when this training began; more than 0 when one trains on
        self.speed = 0.0  # samples per second
        self._run = 0
        self._drawing: Array | None = None  # waits for its turn
        self._asked_prediction = self._asked_probe = False
        self._clock = (0.0, 0.0)  # time and samples when the speed was last measured
        self._after_rest = State.PAUSED
        self._is_stepping = False  # towards a pause that was asked for beforehand
        self._worker = Worker(self)
        self._worker.posted.connect(self.pull, Qt.ConnectionType.QueuedConnection)
        self._worker.start()

    # Asking

    def allows(self, request: Request) -> bool:
        """Whether the request makes sense in the present state."""
        return request in ALLOWED[self.state]

    def prepare(self, spec: ProjectSpec, dataset: Dataset) -> None:
        """Build the network of ``spec`` with its initial weights; the present one is dropped."""
        self._run += 1
        self.spec, self.dataset, self.facts = spec, dataset, None
        self.history = History()
        self.problem = ""
        self.epochs_wanted = self._base = 0
        self.early_stop = None
        self.speed = 0.0
        self._drawing = None
        self._asked_prediction = self._asked_probe = False
        self._worker.tell(messages.Prepare(self._run, spec, dataset))
        self._enter(State.IDLE)
        self.run_began.emit()

    def drop(self) -> None:
        """Forget the present network: no answer of it is wanted, not even one on its way."""
        self._run += 1
        self.spec = self.facts = None
        self._drawing = None
        self._asked_prediction = self._asked_probe = False

    def needs_new_network(self, spec: ProjectSpec, dataset: Dataset) -> bool:
        """Whether training ``spec`` means to start from initial weights."""
        return self.spec is None or dataset is not self.dataset or _core(spec) != _core(self.spec)

    def train(self, spec: ProjectSpec, dataset: Dataset) -> None:
        """Start, resume, or, where all epochs are done, train for as many more.

        The setting "epochs" is how many one training takes, counted from where it began.
        """
        if not self.allows(Request.TRAIN):
            return
        self._make_ready(spec, dataset)
        if self.state is State.FINISHED or self._goal(spec) <= self.epochs_done:
            self._base = math.floor(self.epochs_done + 1e-9)
        self._go(spec, self._goal(spec))

    def step(self, spec: ProjectSpec, dataset: Dataset, whole_epoch: bool = False) -> None:
        """Train one batch, or to the end of the epoch, then pause."""
        if not self.allows(Request.STEP):
            return
        self._make_ready(spec, dataset)
        here = math.floor(self.epochs_done + 1e-9)
        wanted = max(self._goal(spec), here + 1)
        if whole_epoch:
            self._go(spec, here + 1, show_epochs=wanted)
        else:
            self._go(spec, here + 1, steps=1, show_epochs=wanted)

    def pause(self) -> None:
        """Stop after the present step, so that `train` goes on from there."""
        if self.allows(Request.PAUSE):
            self._after_rest = State.PAUSED
            self._worker.tell(messages.Pause())

    def stop(self) -> None:
        """End the run after the present step; the weights are kept."""
        if not self.allows(Request.STOP):
            return
        if self.state is State.PAUSED:
            self._enter(State.FINISHED)
            return
        self._after_rest = State.FINISHED
        self._enter(State.STOPPING)
        self._worker.tell(messages.Pause())

    def retune(self, spec: ProjectSpec) -> None:
        """Go on with other training settings, if a network is being trained or paused."""
        if self.spec is None or self.dataset is None or spec.training == self.spec.training:
            return
        if self.needs_new_network(spec, self.dataset):
            return
        if self.state is State.RUNNING and not self._is_stepping:
            self.spec = spec
            self.epochs_wanted = self._goal(spec)
            self._worker.tell(messages.Train(spec.training, self.epochs_wanted))
        elif self.state is State.PAUSED:
            self.spec = spec
            self.epochs_wanted = max(self._goal(spec), math.ceil(self.epochs_done))

    def predict(self, x: Array) -> None:
        """Ask for the probabilities of one sample; while one is under way, the newest waits."""
        self._drawing = x
        self._ask_prediction()

    def forget_drawing(self) -> None:
        """No answer is wanted any more."""
        self._drawing = None

    def probe(self) -> None:
        """Ask for the layers' distributions, unless an answer is still to come."""
        if self.facts is not None and not self._asked_probe:
            self._asked_probe = True
            self._worker.tell(messages.Probe())

    def close(self) -> bool:
        """End the thread; False where it did not end in time."""
        self._worker.tell(messages.Close())
        return self._worker.wait(CLOSE_TIMEOUT)

    # Knowing

    @property
    def is_busy(self) -> bool:
        """Whether steps are being made."""
        return self.state in BUSY

    @property
    def epochs_done(self) -> float:
        """Epochs learned from so far, with a fraction."""
        if self.facts is None or not len(self.history.steps):
            return 0.0
        return self.history.steps.last("samples") / self.facts.samples_per_epoch

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take at the present speed, or None where nobody can know."""
        if self.facts is None or not self.speed:
            return None
        rest = max(0.0, self.epochs_wanted - self.epochs_done)
        return rest * self.facts.samples_per_epoch / self.speed

    # Taking in

    def pull(self) -> None:
        """Take in all that the worker has posted; what belongs to an earlier run is dropped."""
        outbox = self._worker.outbox
        while outbox:
            run, message = outbox.popleft()
            if run == self._run:
                self._take(message)
        self._measure_speed()

    def _take(self, message: Any) -> None:
        match message:
            case StepDone() | Evaluated():
                self.history.record(message)
            case messages.Prepared():
                self.facts = message
                self.state_changed.emit()
            case messages.Began():
                self._clock = (time.perf_counter(), self._samples())
                if self.state is State.STARTING:
                    self._enter(State.RUNNING)
            case Finished():
                self.early_stop = message if message.stopped_early else None
                if self.early_stop or self.epochs_done >= self.epochs_wanted:
                    self._after_rest = State.FINISHED
            case messages.Rested():
                self._enter(self._after_rest)
            case Diverged():
                self._fail(self._divergence_text(message))
            case messages.Failed():
                self._fail(message.text)
            case messages.Predicted():
                self._asked_prediction = False
                self.predicted.emit(message.probabilities)
                self._ask_prediction()
            case messages.Probed():
                self._asked_probe = False
                self.probed.emit(message.distributions)

    def _divergence_text(self, event: Diverged) -> str:
        where = self.tr(" It shows first in {0}.").format(event.layer) if event.layer else ""
        return self.tr(
            "The loss became infinite or NaN at step {0}.{1} "
            "Reset and train with a smaller learning rate."
        ).format(event.step, where)

    def _goal(self, spec: ProjectSpec) -> int:
        return self._base + spec.training.epochs

    def _make_ready(self, spec: ProjectSpec, dataset: Dataset) -> None:
        if self.state is State.FAILED or self.needs_new_network(spec, dataset):
            self.prepare(spec, dataset)

    def _go(
        self, spec: ProjectSpec, epochs: int, steps: int | None = None, show_epochs: int = 0
    ) -> None:
        self.spec = spec
        self.early_stop = None
        self._is_stepping = show_epochs > 0
        self.epochs_wanted = show_epochs or epochs
        self._after_rest = State.PAUSED
        self._enter(State.STARTING)
        self._worker.tell(messages.Train(spec.training, epochs, steps))

    def _ask_prediction(self) -> None:
        if self._drawing is not None and not self._asked_prediction:
            self._asked_prediction = True
            self._worker.tell(messages.Predict(np.array(self._drawing)))
            self._drawing = None

    def _measure_speed(self) -> None:
        now, samples = time.perf_counter(), self._samples()
        passed = now - self._clock[0]
        if self.state is State.RUNNING and passed > 0.3 and samples > self._clock[1]:
            latest = (samples - self._clock[1]) / passed
            self.speed = latest if not self.speed else 0.7 * self.speed + 0.3 * latest
            self._clock = (now, samples)

    def _samples(self) -> float:
        return self.history.steps.last("samples") if len(self.history.steps) else 0.0

    def _fail(self, text: str) -> None:
        self.problem = text
        self._asked_prediction = self._asked_probe = False
        self._enter(State.FAILED)

    def _enter(self, state: State) -> None:
        self.state = state
        self.state_changed.emit()


def _core(spec: ProjectSpec) -> tuple[Any, ...]:
    """The part of a project that cannot change without starting from initial weights."""
    training = spec.training
    return (spec.layers, spec.loss, spec.seed, training.validation_share, training.seed)
