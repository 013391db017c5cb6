"""The worker: one thread that alone owns network, optimizer and generators.

It reads orders from a queue between any two steps and posts answers to an outbox that the GUI
empties. It never waits for the GUI.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from gui.session.messages import (
    Adopt,
    Adopted,
    Began,
    Capture,
    Captured,
    Close,
    Failed,
    Fit,
    Forget,
    Order,
    Pause,
    Predict,
    Predicted,
    Prepare,
    Prepared,
    Probe,
    Probed,
    Rested,
    Train,
)
from gui.session.taking_up import taken_up
from nnlib.errors import LayerLabError
from nnlib.network import Network
from nnlib.saved_project import SavedProject, capture
from nnlib.training import Diverged, Event, Finished, StepDone, Trainer
from nnlib.training.distributions import distributions

PROBE_SAMPLES = 100
log = logging.getLogger(__name__)


class Worker(QThread):
    """Runs until it is told to `Close`.

    Attributes:
        outbox: what was posted, as (run, message), oldest first. Appending and popping a deque are
            atomic, so that neither side waits for the other.
    """

    posted = Signal()
    """Something is in the outbox that the user waits for; step counts alone do not raise it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self.outbox: deque[tuple[int, Any]] = deque()
        self._orders: SimpleQueue[Order] = SimpleQueue()
        self._run = 0
        self._network: Network | None = None
        self._trainer: Trainer | None = None
        self._came: SavedProject | None = None  # the file of a network that cannot be trained
        self._has_file_weights = False
        self._has_diverged = False
        self._probe_batch: Any = None
        self._reach = 1.0
        self._events: Iterator[Event] | None = None  # what is being trained, None at rest
        self._steps_left: int | None = None

    def tell(self, order: Order) -> None:
        """Give the worker an order; it is carried out after the step that is being made."""
        self._orders.put(order)

    def run(self) -> None:
        """The thread: orders first, then one step, then orders again."""
        while True:
            if self._events is None or not self._orders.empty():
                order = self._orders.get()
                if isinstance(order, Close):
                    return
                self._guard(self._carry_out, order)
            else:
                self._guard(self._advance)

    # All below runs on the worker's thread

    def _post(self, message: object, urgent: bool = True) -> None:
        self.outbox.append((self._run, message))
        if urgent:
            self.posted.emit()

    def _guard(self, work: Any, *arguments: object) -> None:
        try:
            work(*arguments)
        except LayerLabError as error:
            self._fail(str(error))
        except MemoryError:
            self._fail(
                self.tr(
                    "The memory of this computer is not enough. Make the batch smaller, "
                    "or the network."
                )
            )
        except Exception as error:
            log.exception("the worker failed")
            self._fail(
                self.tr(
                    "Training stopped because of an error inside the program: {0}. "
                    "Reset starts anew."
                ).format(error)
            )

    def _fail(self, text: str) -> None:
        self._events = None
        self._post(Failed(text))

    def _carry_out(self, order: Order) -> None:
        match order:
            case Prepare():
                self._clear()
                self._run = order.run
                trainer = Trainer(
                    order.spec.build(order.dataset), order.dataset, order.spec.training
                )
                self._post(self._use(trainer))
            case Adopt():
                self._clear()
                self._run = order.run
                self._adopt(order)
            case Forget():
                self._clear()
            case Capture():
                self._capture(order)
            case Train():
                self._begin(order)
            case Pause():
                if self._events is not None:  # at rest it has said so already
                    self._rest()
            case Predict():
                self._predict(order)
            case Probe():
                self._probe()

    def _clear(self) -> None:
        self._events = self._network = self._trainer = self._came = None
        self._has_diverged = self._has_file_weights = False

    def _use(self, trainer: Trainer) -> Prepared:
        """Work with this trainer from now on; what there is to know of it."""
        self._network, self._trainer = trainer.network, trainer
        self._reach = 1.0
        dataset = trainer.dataset
        source = dataset.x_test if len(dataset.x_test) else dataset.x_train
        self._probe_batch = source[:PROBE_SAMPLES]
        return Prepared(
            trainer.network.parameter_count, trainer.training_count, trainer.steps_per_epoch
        )

    def _adopt(self, order: Adopt) -> None:
        self._network, trainer, fit = taken_up(order.saved, order.dataset)
        self._has_file_weights = True
        if trainer is None:
            self._came = order.saved
        early = None
        if fit is Fit.ALL and trainer is not None and trainer.has_stopped_early:
            early = Finished(trainer.step, stopped_early=True)
        self._post(Adopted(fit, None if trainer is None else self._use(trainer), early))

    def _capture(self, order: Capture) -> None:
        """Whatever goes wrong here is no reason to end a training."""
        try:
            self._post(Captured(order.ticket, self._captured(order)))
        except (LayerLabError, MemoryError) as error:
            text = str(error) or self.tr("There is not enough memory.")
            self._post(Captured(order.ticket, None, text))

    def _captured(self, order: Capture) -> SavedProject:
        trainer = self._trainer
        if self._came is not None:  # all that it came with is still as it was
            return dataclasses.replace(self._came, spec=order.spec, trained=order.trained)
        # The seed stands for initial weights, and those of a training that diverged serve nobody.
        is_worth_it = trainer is not None and (trainer.step > 0 or self._has_file_weights)
        if trainer is None or not is_worth_it or self._has_diverged:
            return SavedProject(order.spec)
        saved = capture(order.trained or order.spec, trainer=trainer, checked=False)
        return dataclasses.replace(saved, spec=order.spec, trained=order.trained)

    def _begin(self, order: Train) -> None:
        if self._trainer is None:
            return  # its preparation failed and was reported
        self._trainer.use(order.settings)
        if self._trainer.has_stopped_early:  # and the user wants more
            self._trainer.wait_anew()
        self._steps_left = order.steps
        self._events = self._trainer.run(order.epochs)
        self._post(Began())

    def _advance(self) -> None:
        assert self._events is not None
        event = next(self._events)
        match event:
            case StepDone():
                self._post(event, urgent=False)
                if self._steps_left is not None:
                    self._steps_left -= 1
                    if not self._steps_left:
                        self._rest()
            case Diverged():
                self._events = None
                self._has_diverged = True
                self._post(event)
            case Finished():
                self._post(event, urgent=False)
                self._rest()
            case _:
                self._post(event, urgent=False)

    def _rest(self) -> None:
        self._events = None
        self._post(Rested(self._trainer.epoch if self._trainer else 0))

    def _predict(self, order: Predict) -> None:
        network = self._network
        if network is None or order.x.shape != network.input_shape:
            self._post(Predicted(None))
        else:
            self._post(Predicted(network.predict(order.x[None])[0]))

    def _probe(self) -> None:
        if self._trainer is None:
            self._post(Probed(None))
            return
        found, self._reach = distributions(self._trainer.network, self._probe_batch, self._reach)
        self._post(Probed(found))
