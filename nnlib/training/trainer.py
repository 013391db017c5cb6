"""Trainer: the loop of the book's chapter 4, as a generator of events.

It knows no thread and no screen. Command line, window and benchmarks all run it; who consumes the
events decides when the next step is made, and may stop between any two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.data import Dataset, split
from nnlib.errors import DataError
from nnlib.network import Network
from nnlib.optimizers import Optimizer
from nnlib.random import stream
from nnlib.training.divergence import first_bad_layer, has_finite_values, is_finite
from nnlib.training.events import Diverged, Evaluated, Event, Finished, StepDone
from nnlib.training.patience import Patience
from nnlib.training.settings import TrainingSettings
from nnlib.training.state import (
    check_data,
    check_form,
    check_generators,
    check_order,
    check_slots,
    fingerprint,
)
from nnlib.types import Array, Labels

JUDGED = 1000  # samples of each part that an evaluation during training looks at
EVALUATIONS_PER_EPOCH = 5


class Trainer:
    """Trains a network on a data set.

    With ``patience`` set, the validation part is checked as a whole at the end of each epoch, and a
    training that is complete, early or not, leaves the best of the checked weights in the network.

    Before each step it gives its `optimizer` the learning rate of the settings and their schedule:
    a rate that is assigned to ``trainer.optimizer.lr`` lasts until then. Who wants another one
    while it runs says so with ``trainer.use(settings)``.

    Args:
        network: changed in place. Its weight decay becomes that of the settings, whatever the
            network was made with.
        dataset: its training part is learned from. Its validation part is held back from the
            training part, or, where the settings hold nothing back, it is the test part.
        settings: optimizer, batch size, epochs, weight decay, seeds.

    Raises:
        DataError: the data does not fit the network, or there is nothing to learn from, or
            early stopping is asked for and there is nothing to check.
    """

    def __init__(self, network: Network, dataset: Dataset, settings: TrainingSettings) -> None:
        check_fit(network, dataset)
        self.network = network
        self.dataset = dataset
        self.settings = settings
        self.optimizer: Optimizer = settings.optimizer.copy()
        self.step = 0
        self.epoch = 0  # epochs that are complete
        self.samples = 0
        self._goal = settings.epochs  # where the schedule of the learning rate ends
        self._judged_at = -1  # the step at which the network was judged last
        self._order: NDArray[np.int64] = np.empty(0, np.int64)  # what is left of this epoch
        self._shuffler = stream(settings.seed, "shuffle")
        self._patience: Patience | None = None
        self._choose_samples()
        self.use(settings)

    def use(self, settings: TrainingSettings) -> None:
        """Go on with other settings; where the optimizer is of the same kind, it keeps its slots.

        The split of the data stays as it is. With more patience, or none, a training that stopped
        early goes on, as if it had been so from the start.

        Raises:
            DataError: early stopping is asked for and there is nothing to check; nothing changed.
        """
        self._use_patience(settings)
        if settings.optimizer != self.settings.optimizer:
            old, self.optimizer = self.optimizer, settings.optimizer.copy()
            if type(old) is type(self.optimizer):
                self.optimizer.restore(old.state())
        self.network.weight_decay = settings.weight_decay
        self.settings = settings

    @property
    def training_count(self) -> int:
        """How many samples are learned from."""
        return len(self.training_indices)

    @property
    def steps_per_epoch(self) -> int:
        """How many updates an epoch has; the last batch may be smaller."""
        return -(-self.training_count // self.settings.batch_size)

    def run(self, epochs: int | None = None) -> Iterator[Event]:
        """Train until ``epochs`` epochs (by default the settings') are complete since the start.

        The generator may be dropped after any event and `run` called again: it goes on with the
        event that would have come next. A network that diverged ends the run with `Diverged`.
        """
        target = self.settings.epochs if epochs is None else epochs
        self._goal = max(target, self.settings.epochs)
        if self._patience and self.epoch < target and not self.has_stopped_early:
            self._patience.take_back()
        while True:
            if self._is_time_to_judge():
                if self._judged_at != self.step:
                    self._judged_at = self.step
                    yield self.evaluate()
                if not is_finite(self.network):
                    x, _ = self.judged_training
                    yield Diverged(self.step, first_bad_layer(self.network, x))
                    return
                if self._patience and self._is_time_to_check(self._patience):
                    yield self._patience.check(self.step, self._validation_loss())
            if self.epoch >= target or self.has_stopped_early:
                break
            event = self._do_step()
            yield event
            if isinstance(event, Diverged):
                return
        yield self._finish()

    @property
    def has_stopped_early(self) -> bool:
        """Whether patience has run out: then `run` makes no further step."""
        return self._patience is not None and self._patience.rule.is_over

    def wait_anew(self) -> None:
        """Let `run` go on after an early stop, from the last weights, with fresh patience."""
        if self._patience:
            self._patience.rule.wait_anew()

    def evaluate(self) -> Evaluated:
        """Judge the network now, on the same samples every time."""
        with np.errstate(all="ignore"):
            train = self.network.evaluate(*self.judged_training)
            validation = self.network.evaluate(*self.judged_validation)
        done = self.epoch + (self._epoch_position() if len(self._order) else 0.0)
        return Evaluated(self.step, done, *train, *validation)

    def state(self) -> dict[str, Any]:
        """A copy of all that the rest of the run depends on, apart from `Network.state`."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "samples": self.samples,
            "judged_at": self._judged_at,
            "order": self._order.copy(),
            "shuffler": self._shuffler.bit_generator.state,
            "noise": self.network.noise.bit_generator.state,
            "optimizer": {"type": type(self.optimizer).__name__, **self.optimizer.state()},
            "patience": self._patience.state() if self._patience else None,
            "fingerprint": fingerprint(self.dataset),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave; the network's weights are restored apart.

        An optimizer of another kind than the state's starts afresh, and so does early stopping that
        the state knows nothing of.

        Raises:
            DataError: the state is damaged, of another network or of other data; nothing has
                changed then.
        """
        check_form(state)
        check_data(state.get("fingerprint"), self.dataset)
        order, optimizer, patience = state["order"], state["optimizer"], state.get("patience")
        check_order(order, self.training_indices)
        is_same_kind = optimizer["type"] == type(self.optimizer).__name__
        if is_same_kind:
            check_slots(optimizer, self.optimizer, self.network)
        check_generators(state)
        if self._patience and patience is not None:
            self._patience = self._patience.restored(patience, self.settings)
        self._shuffler.bit_generator.state = state["shuffler"]
        self.network.noise.bit_generator.state = state["noise"]
        if is_same_kind:
            self.optimizer.restore(optimizer)
        self.step, self.epoch = int(state["step"]), int(state["epoch"])
        self.samples, self._order = int(state["samples"]), order.copy()
        self._judged_at = int(state.get("judged_at", self.step or -1))

    def _use_patience(self, settings: TrainingSettings) -> None:
        if settings.patience is None:
            if self._patience:
                self._patience.take_back()
            self._patience = None
            return
        if not len(self.validation_indices):
            raise DataError(
                "Early stopping needs validation samples, but none are held back. Begin the "
                "training with a validation share, such as 0.1, or turn patience off."
            )
        if self._patience:
            self._patience.use(settings)
        else:
            self._patience = Patience(self.network, settings)

    def _finish(self) -> Finished:
        """The event that ends a run; the whole training's end gives the best weights back."""
        if self._patience and (self.has_stopped_early or self.epoch >= self._goal):
            self._patience.give_best()
        best = self._patience if self._patience and self._patience.gives_best else None
        return Finished(self.step, self.has_stopped_early, best.rule.best_step if best else None)

    def _set_rate(self) -> None:
        """Give the optimizer the learning rate of this step."""
        settings = self.settings
        progress = self.samples / (self._goal * self.training_count)
        factor = settings.schedule.factor(min(progress, 1.0), self.samples / self.training_count)
        rate = settings.optimizer.lr * factor
        if rate != self.optimizer.lr:
            self.optimizer.lr = rate

    def _next_batch(self) -> tuple[Array, Labels]:
        """The samples and targets of the next step; a new epoch shuffles anew."""
        if not len(self._order):
            self._order = self.training_indices[self._shuffler.permutation(self.training_count)]
        size = self.settings.batch_size
        batch, self._order = self._order[:size], self._order[size:]
        source, x = self.dataset.x_train, self.network.inbox(len(batch))
        if x.dtype == source.dtype:
            np.take(source, batch, axis=0, out=x, mode="clip")  # unlike "raise", copies once only
        else:
            x[...] = source[batch]
        return x, self.dataset.t_train[batch]

    def _do_step(self) -> Event:
        x, t = self._next_batch()
        with np.errstate(all="ignore"):  # a network that diverges is told of below
            self._set_rate()
            loss, scores = self.network.learn(x, t, self.optimizer)
            if not math.isfinite(loss):
                step = self.step + 1 if has_finite_values(self.network) else self.step
                return Diverged(step, first_bad_layer(self.network, x, training=True))
        self.step += 1
        self.samples += len(x)
        epoch = self.epoch + 1
        if not len(self._order):
            self.epoch += 1
        if not has_finite_values(self.network):
            return Diverged(self.step, first_bad_layer(self.network, x, training=True))
        accuracy = np.count_nonzero(scores.argmax(axis=1) == t) / len(x)
        return StepDone(self.step, epoch, float(loss), accuracy, self.samples)

    def _is_time_to_judge(self) -> bool:
        interval = max(1, self.steps_per_epoch // EVALUATIONS_PER_EPOCH)
        return not len(self._order) or self.step % interval == 0

    def _is_time_to_check(self, patience: Patience) -> bool:
        """At the end of every epoch, once."""
        return not len(self._order) and self.step > 0 and patience.checked_at != self.step

    def _validation_loss(self) -> float:
        """The loss on all samples that are held back, some at a time, to bound memory."""
        held_back, total = self.validation_indices, 0.0
        with np.errstate(all="ignore"):
            for start in range(0, len(held_back), JUDGED):
                some = held_back[start : start + JUDGED]
                loss, _ = self.network.evaluate(
                    self.dataset.x_train[some], self.dataset.t_train[some]
                )
                total += loss * len(some)
        return total / len(held_back)

    def _epoch_position(self) -> float:
        return 1 - len(self._order) / self.training_count

    def _choose_samples(self) -> None:
        data, settings = self.dataset, self.settings
        training, held_back = split(len(data.x_train), settings.validation_share, settings.seed)
        if not len(training):
            raise DataError(
                "Nothing is left to learn from: make the validation share smaller "
                f"(the data set has {len(data.x_train)} training samples)."
            )
        self.training_indices, self.validation_indices = training, held_back
        some = training[:JUDGED]
        self.judged_training: tuple[Array, Labels] = (data.x_train[some], data.t_train[some])
        if len(held_back):
            some = held_back[:JUDGED]
            self.judged_validation: tuple[Array, Labels] = (data.x_train[some], data.t_train[some])
        elif len(data.x_test):
            self.judged_validation = (data.x_test[:JUDGED], data.t_test[:JUDGED])
        else:
            self.judged_validation = self.judged_training


def check_fit(network: Network, dataset: Dataset) -> None:
    """Raise `DataError` where the network cannot be trained on that data."""
    if network.input_shape != dataset.input_shape:
        raise DataError(
            f"The network takes samples of shape {network.input_shape}, but those of "
            f"{dataset.name} have shape {dataset.input_shape}. "
            "Choose other data or another network."
        )
    if network.classes != dataset.n_classes:
        raise DataError(
            f"The network tells {network.classes} classes apart, but {dataset.name} has "
            f"{dataset.n_classes}. Give the last Affine layer {dataset.n_classes} units."
        )
