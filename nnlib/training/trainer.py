"""Trainer: the loop of the book's chapter 4, as a generator of events.

It knows no thread and no screen. Command line, window and benchmarks all run it; who consumes the
events decides when the next step is made, and may stop between any two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.data import Dataset, split
from nnlib.errors import DataError
from nnlib.network import Network, first_bad_layer
from nnlib.optimizers import Optimizer
from nnlib.random import stream
from nnlib.training.events import Diverged, Evaluated, Event, Finished, StepDone
from nnlib.training.settings import TrainingSettings
from nnlib.types import Array, Labels

JUDGED = 1000  # samples of each part that an evaluation during training looks at
EVALUATIONS_PER_EPOCH = 5


class Trainer:
    """Trains a network on a data set.

    Args:
        network: changed in place.
        dataset: its training part is learned from. Its validation part is held back from the
            training part, or, where the settings hold nothing back, it is the test part.
        settings: optimizer, batch size, epochs, weight decay, seeds.

    Raises:
        DataError: the data does not fit the network.
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
        self._choose_samples()
        self.use(settings)

    def use(self, settings: TrainingSettings) -> None:
        """Go on with other settings; where the optimizer is of the same kind, it keeps its slots.

        The split of the data stays as it is.
        """
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
        while True:
            if self._is_time_to_judge() and self._judged_at != self.step:
                self._judged_at = self.step
                yield self.evaluate()
                if not np.isfinite(self.network.values).all():
                    x, _ = self.judged_training
                    yield Diverged(self.step, first_bad_layer(self.network, x))
                    return
            if self.epoch >= target:
                break
            event = self._do_step()
            yield event
            if isinstance(event, Diverged):
                return
        yield Finished(self.step)

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
            "order": self._order.copy(),
            "shuffler": self._shuffler.bit_generator.state,
            "noise": self.network.noise.bit_generator.state,
            "optimizer": {"type": type(self.optimizer).__name__, **self.optimizer.state()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave; the network's weights are restored apart.

        An optimizer of another kind than the state's starts afresh.

        Raises:
            DataError: the state is of another network or of other data; nothing has changed then.
        """
        order, optimizer = state["order"], state["optimizer"]
        if (
            (order.ndim, order.dtype) != (1, np.int64)
            or len(order) >= self.training_count
            or not np.isin(order, self.training_indices).all()
        ):
            raise DataError("The saved training is of other data than these.")
        is_same_kind = optimizer["type"] == type(self.optimizer).__name__
        if is_same_kind:
            slots = optimizer["slots"]
            wanted = {(name, "all") for name in self.optimizer.slots if optimizer["step_count"]}
            arrays = {(name, key): a for name, slot in slots.items() for key, a in slot.items()}
            if (
                set(slots) != set(self.optimizer.slots)
                or set(arrays) != wanted
                or not all(
                    a.shape == self.network.values.shape and a.dtype == self.network.dtype
                    for a in arrays.values()
                )
            ):
                raise DataError("The saved optimizer is of another network than this one.")
        for name in ("shuffler", "noise"):
            try:
                np.random.PCG64(0).state = state[name]
            except Exception as error:  # NumPy raises many kinds for what is no state
                raise DataError(
                    f"The saved state of the random numbers is damaged: {name}."
                ) from error
        self._shuffler.bit_generator.state = state["shuffler"]
        self.network.noise.bit_generator.state = state["noise"]
        if is_same_kind:
            self.optimizer.restore(optimizer)
        self.step, self.epoch = int(state["step"]), int(state["epoch"])
        self.samples, self._order = int(state["samples"]), order.copy()
        self._judged_at = self.step or -1

    def _set_rate(self) -> None:
        """Give the optimizer the learning rate of this step."""
        settings = self.settings
        progress = self.step / (self._goal * self.steps_per_epoch)
        rate = settings.optimizer.lr * settings.schedule.factor(min(progress, 1.0))
        if rate != self.optimizer.lr:
            self.optimizer.lr = rate

    def _do_step(self) -> Event:
        if not len(self._order):
            self._order = self.training_indices[self._shuffler.permutation(self.training_count)]
        batch, self._order = np.split(self._order, [self.settings.batch_size])
        x, t = self.dataset.x_train[batch], self.dataset.t_train[batch]
        with np.errstate(all="ignore"):  # a network that diverges is told of below
            loss, scores = self.network.loss_and_gradient(x, t)
            if not np.isfinite(loss):
                return Diverged(self.step + 1, first_bad_layer(self.network, x))
            self._set_rate()
            self.optimizer.update({"all": self.network.values}, {"all": self.network.slopes})
        self.step += 1
        self.samples += len(batch)
        epoch = self.epoch + 1
        if not len(self._order):
            self.epoch += 1
        accuracy = float((scores.argmax(axis=1) == t).mean())
        return StepDone(self.step, epoch, loss, accuracy, self.samples)

    def _is_time_to_judge(self) -> bool:
        interval = max(1, self.steps_per_epoch // EVALUATIONS_PER_EPOCH)
        return not len(self._order) or self.step % interval == 0

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
        self.training_indices = training
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
