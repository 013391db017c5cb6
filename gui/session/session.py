"""The session, seen from the GUI: what runs, its recorded history, and the state it is in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from gui.session import messages
from gui.session.captures import NOWHERE, Asked, Captures, Position, core, position
from gui.session.speed import SpeedMeter
from gui.session.states import ALLOWED, BUSY, Request, State
from gui.session.taking_up import facts_of
from gui.session.words import divergence_text
from gui.session.worker import Worker
from nnlib.data import Dataset
from nnlib.project import ProjectSpec
from nnlib.saved_project import SavedProject
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
    """There is a new network: with initial weights and an empty history, or a file's."""
    predicted = Signal(object)
    """Probabilities (K,) of the last drawing that was asked for, or None."""
    probed = Signal(object)
    """The layers' distributions, or None."""
    adopted = Signal(object)
    """The answer to `adopt`: how much of the file could be taken up, a `Fit`."""

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
        self._meter = SpeedMeter()
        self._run = 0
        self._came_at: tuple[int, int] | None = None  # step and samples that a file stood at
        self._drawing: Array | None = None  # waits for its turn
        self._asked_prediction = self._asked_probe = False
        self._after_rest = State.PAUSED
        self._is_stepping = False  # towards a pause that was asked for beforehand
        self._worker = Worker(self)
        self.captures = Captures(self._worker.tell, self)
        self._worker.posted.connect(self.pull, Qt.ConnectionType.QueuedConnection)
        self._worker.start()

    # Asking

    def allows(self, request: Request) -> bool:
        """Whether the request makes sense in the present state."""
        return request in ALLOWED[self.state]

    def prepare(self, spec: ProjectSpec, dataset: Dataset) -> None:
        """Build the network of ``spec`` with its initial weights; the present one is dropped."""
        self._begin_run(spec, dataset)
        self._worker.tell(messages.Prepare(self._run, spec, dataset))
        self._enter(State.IDLE)
        self.run_began.emit()

    def clear(self) -> None:
        """Have no network, nothing recorded, and nothing to be ready for."""
        self.drop()
        self.problem = ""
        self._enter(State.IDLE)
        self.run_began.emit()

    def adopt(self, saved: SavedProject, dataset: Dataset | None) -> None:
        """Stand where the file stood: with its weights, which it must have, and its training.

        Args:
            dataset: what it was trained on; None where that is not to be had. Then the network can
                be tried, but not be trained.
        """
        self._begin_run(saved.network_spec, dataset)
        self.history = saved.history.copy() if saved.history else History()
        training = saved.training or {}
        self._came_at = training.get("step", 0), training.get("samples", 0)
        self._base = saved.begun_at
        self.facts = facts_of(saved, dataset)
        goal, done = self._goal(saved.network_spec), self.epochs_done
        self.epochs_wanted = max(goal, math.ceil(done))
        self._worker.tell(messages.Adopt(self._run, saved, dataset))
        self._enter(State.FINISHED if saved.is_over or done >= goal else State.PAUSED)
        self.run_began.emit()

    def capture(self, spec: ProjectSpec) -> int:
        """Ask for a copy of all that a file of ``spec`` holds; training goes on meanwhile.

        Returns:
            The ticket that ``captures.captured`` will bear.
        """
        trained = self.spec
        if trained is not None and (trained.data, core(trained)) == (spec.data, core(spec)):
            trained = None
        is_over = self.state is State.FINISHED
        asked = Asked(self._run, self.history, self._came_at, self._base, is_over)
        return self.captures.ask(asked, spec, trained)

    def drop(self) -> None:
        """Want no answer of the present network, not even one on its way, and forget its run."""
        problem = self.problem
        self._begin_run(None, None)
        self.problem = problem
        self._worker.tell(messages.Forget())

    def needs_new_network(self, spec: ProjectSpec, dataset: Dataset) -> bool:
        """Whether training ``spec`` means to start from initial weights."""
        return self.spec is None or dataset is not self.dataset or core(spec) != core(self.spec)

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
    def is_trained(self) -> bool:
        """Whether there are weights that the seed alone does not bring back."""
        return self.position != NOWHERE

    @property
    def position(self) -> Position:
        """Where the training stands, to be compared with where it stood."""
        return position(self._run, self.history, self._came_at)

    @property
    def speed(self) -> float:
        """Samples per second; 0 where it was not measured."""
        return self._meter.speed

    @property
    def epochs_done(self) -> float:
        """Epochs learned from so far, with a fraction."""
        return self._samples() / self.facts.samples_per_epoch if self.facts else 0.0

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
            if isinstance(message, messages.Captured):
                self.captures.take(message)
            elif run == self._run:
                self._take(message)
            else:
                self.captures.record(run, message)
        if self.state is State.RUNNING:
            self._meter.measure(self._samples())

    def _take(self, message: Any) -> None:
        match message:
            case StepDone() | Evaluated():
                self.history.record(message)
            case messages.Prepared():
                self.facts = message
                self.state_changed.emit()
            case messages.Adopted():
                self._take_adopted(message)
            case messages.Began():
                self._meter.begin(self._samples())
                if self.state is State.STARTING:
                    self._enter(State.RUNNING)
            case Finished():
                self.early_stop = message if message.stopped_early else None
                if self.early_stop or self.epochs_done >= self.epochs_wanted:
                    self._after_rest = State.FINISHED
            case messages.Rested():
                self._enter(self._after_rest)
            case Diverged():
                self._fail(divergence_text(message))
            case messages.Failed():
                self._fail(message.text)
            case messages.Predicted():
                self._asked_prediction = False
                self.predicted.emit(message.probabilities)
                self._ask_prediction()
            case messages.Probed():
                self._asked_probe = False
                self.probed.emit(message.distributions)

    def _take_adopted(self, message: messages.Adopted) -> None:
        self.facts = message.facts or self.facts
        self.early_stop = message.early_stop
        if message.fit is messages.Fit.NETWORK:
            self.dataset = None
        elif message.fit is messages.Fit.WEIGHTS:
            self.history, self._came_at = History(), (0, 0)
            self.epochs_wanted = self._base = 0
        if not self.is_busy and (self.early_stop or message.fit is messages.Fit.WEIGHTS):
            self.state = State.FINISHED
        self.adopted.emit(message.fit)
        self.state_changed.emit()

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

    def _samples(self) -> float:
        """How many samples were learned from so far."""
        if len(self.history.steps):
            return self.history.steps.last("samples")
        return self._came_at[1] if self._came_at else 0

    def _begin_run(self, spec: ProjectSpec | None, dataset: Dataset | None) -> None:
        self._run += 1
        self.spec, self.dataset, self.facts = spec, dataset, None
        self.history = History()
        self.problem = ""
        self.epochs_wanted = self._base = 0
        self.early_stop = None
        self._came_at = None
        self._meter = SpeedMeter()
        self._drawing = None
        self._asked_prediction = self._asked_probe = False

    def _fail(self, text: str) -> None:
        self.problem = text
        self._asked_prediction = self._asked_probe = False
        self._enter(State.FAILED)

    def _enter(self, state: State) -> None:
        self.state = state
        self.state_changed.emit()
