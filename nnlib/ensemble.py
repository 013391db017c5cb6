"""Ensemble: several networks trained apart, whose probabilities are averaged.

Networks that started from different weights err on different samples; their average errs less.
Saitoh, sections 6.4.3 and 8.1.2.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnlib import functions
from nnlib.data import Dataset, npz
from nnlib.errors import DataError, LayerLabError, OptionError, ProjectError, Shape
from nnlib.layers import Layer
from nnlib.losses import CrossEntropy, Loss
from nnlib.network import CHUNK, Network
from nnlib.project import ProjectSpec
from nnlib.saved_project import SavedProject, check_weights
from nnlib.saving import write_file
from nnlib.training import Diverged, Event, Finished, Trainer, TrainingSettings
from nnlib.types import Array, Labels, Params

TINY = 1e-7
"""The book's δ, section 4.2.2: what the loss takes for a probability that is exactly zero."""
MOST_MEMBERS = 1000


@dataclass(frozen=True)
class MemberEvent:
    """What the training of one member reports; members count from 0."""

    member: int
    event: Event


class Ensemble:
    """Networks that answer together: the mean of their probabilities.

    Args:
        members: built networks, alike or not, with the same input shape and number of classes.
            They stay the caller's: whoever trains one changes the ensemble.

    Raises:
        OptionError: there is none, or they do not fit each other.
    """

    def __init__(self, members: Sequence[Network]) -> None:
        if not isinstance(members, Sequence) or not all(isinstance(m, Network) for m in members):
            raise OptionError(
                f"An ensemble takes a list of networks, not {type(members).__name__} {members!r}; "
                "write Ensemble([network, …])."
            )
        if not members:
            raise OptionError("An ensemble needs at least one network.")
        first = members[0]
        for index, member in enumerate(members):
            if (member.input_shape, member.classes) != (first.input_shape, first.classes):
                raise OptionError(
                    f"All members of an ensemble must take the same samples and know the same "
                    f"classes: member 0 takes {first.input_shape} and tells {first.classes} "
                    f"classes apart, member {index} takes {member.input_shape} and tells "
                    f"{member.classes}."
                )
        self.members = tuple(members)
        self.input_shape = first.input_shape
        self.classes = first.classes

    @classmethod
    def build(
        cls,
        layers: Sequence[Layer],
        input_shape: Shape,
        count: int = 5,
        loss: Loss | str = "cross_entropy",
        seed: int = 0,
        dtype: Any = "float32",
    ) -> Ensemble:
        """``count`` networks of one stack that differ in their initial weights and dropout masks.

        Member i is ``Network(layers, input_shape, loss, seed + i, dtype)``.
        """
        if type(count) is not int or not 1 <= count <= MOST_MEMBERS:
            raise OptionError(
                f"ensemble: count must be a whole number from 1 to {MOST_MEMBERS}, not {count!r}."
            )
        return cls([Network(layers, input_shape, loss, seed + i, dtype) for i in range(count)])

    # Answering

    def predict(self, x: Array) -> Array:
        """The mean of the members' probabilities (N, K) for samples (N, *input_shape)."""
        return _mean([member.predict(x) for member in self.members])

    def accuracy(self, x: Array, t: Labels) -> float:
        """The share of samples whose most probable class is the right one."""
        return self.evaluate(x, t)[1]

    def evaluate(self, x: Array, t: Labels) -> tuple[float, float]:
        """Cross-entropy of the averaged probabilities, and accuracy.

        The cross-entropy is at most the mean of the members' (Jensen's inequality). It is worked
        out from logarithms, so that a probability too small for a float does no harm.

        Args:
            x: samples (N, *input_shape).
            t: class indices (N,) or one-hot rows (N, K).
        """
        x = np.asarray(x)
        labels = _class_indices(t, len(x), self.classes)
        rows = np.arange(len(labels))
        logs = np.stack([_log_probabilities(member, x)[rows, labels] for member in self.members])
        highest = logs.max(axis=0)
        total = np.sort(np.exp(logs - highest), axis=0).sum(axis=0)
        mean_log = highest + np.log(total) - math.log(len(self.members))
        right = self.predict(x).argmax(axis=1) == labels
        return float(-mean_log.mean()), float(right.mean())

    # Training

    def train(
        self,
        data: Dataset | str,
        settings: TrainingSettings,
        executor: Executor | None = None,
    ) -> Generator[MemberEvent, None, None]:
        """Train every member as a `Trainer` would alone; dropping the generator ends it.

        All members share the settings, their seed too, so that the same samples are held back from
        all of them. A member that diverged spoils the average: make a new ensemble of the others.

        Args:
            data: a data set, or the name or path of one. With an executor that has processes of
                its own, a name is loaded there, while a data set is sent along with every member.
            executor: where members are trained side by side, with the same result. Then only the
                last event of each member is reported, as the members are completed.

        Raises:
            DataError: the data does not fit the networks.
        """
        if executor is None:
            dataset = _loaded(data)
            for index, member in enumerate(self.members):
                for event in Trainer(member, dataset, settings).run():
                    yield MemberEvent(index, event)
            return
        pending: dict[Future[_Trained], int] = {}
        try:
            for index, member in enumerate(self.members):
                work = (_described(member), _generator(member), member.state())
                pending[executor.submit(_train_member, *work, data, settings)] = index
            for future in as_completed(list(pending)):
                index = pending.pop(future)
                event, noise, state = future.result()
                member = self.members[index]
                member.restore(state)
                member.noise.bit_generator.state = noise
                member.weight_decay = settings.weight_decay  # as a Trainer leaves it
                yield MemberEvent(index, event)
        finally:
            for future in pending:
                future.cancel()

    # Keeping

    def state(self) -> Params:
        """A copy of all that training changed, by member and name: "2/0.W"."""
        return {
            f"{index}/{key}": array
            for index, member in enumerate(self.members)
            for key, array in member.state().items()
        }

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what `state` gave; nothing changes where a name or shape does not fit."""
        parts = _by_member(state, len(self.members))
        before = [member.state() for member in self.members]
        try:
            for member, part in zip(self.members, parts, strict=True):
                member.restore(part)
        except LayerLabError:
            for member, part in zip(self.members, before, strict=True):
                member.restore(part)
            raise

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write stacks and weights into an `.npz` file; `ProjectError` where that fails."""
        text = json.dumps([_described(member) for member in self.members], allow_nan=False)
        about = np.frombuffer(text.encode(), np.uint8)
        write_file(path, npz.to_bytes({_ABOUT: about, **self.state()}))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Ensemble:
        """The ensemble that `save` wrote; it answers the same.

        The random numbers of dropout are not kept: they start anew, as in a network just built, so
        that further training draws other masks than it would have without saving.

        Raises:
            DataError: the file is absent, damaged, or holds no ensemble.
        """
        arrays = npz.read(Path(path))
        try:
            about = json.loads(arrays.pop(_ABOUT).tobytes())
            parts = _by_member(arrays, len(about))
            return cls([_rebuilt(a, part) for a, part in zip(about, parts, strict=True)])
        except LayerLabError as error:
            raise DataError(f"{path} cannot be opened: {error}") from error
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise DataError(f"{path} does not hold an ensemble ({error}).") from error


_ABOUT = "about"
_LARGEST_SAMPLE = 2**24  # numbers
_Trained = tuple[Event, dict[str, Any], Params]


def _mean(parts: Sequence[Array]) -> Array:
    """The mean, in which the order of the parts does not matter to the last bit."""
    stacked = np.sort(np.stack(parts).astype(np.float64), axis=0)
    mean: Array = stacked.mean(axis=0).astype(np.result_type(*parts))
    return mean


def _log_probabilities(network: Network, x: Array) -> Array:
    """log p (N, K), float64."""
    parts: list[Array] = [np.empty((0, network.classes))]
    for start in range(0, len(x), CHUNK):
        scores = network.forward(x[start : start + CHUNK]).astype(np.float64)
        if isinstance(network.loss_function, CrossEntropy):
            parts.append(functions.log_softmax(scores))
        else:
            parts.append(np.log(np.maximum(network.loss_function.probabilities(scores), TINY)))
    return np.concatenate(parts)


def _class_indices(t: Labels, count: int, classes: int) -> Labels:
    t = np.asarray(t)
    if not count:
        raise DataError("There is nothing to judge by: the batch has no samples.")
    if t.shape == (count, classes):
        return np.asarray(t.argmax(axis=1))
    if t.shape != (count,) or t.dtype.kind not in "iu" or t.min() < 0 or t.max() >= classes:
        raise DataError(
            f"Targets must be class indices ({count},) from 0 to {classes - 1}, or one-hot rows "
            f"({count}, {classes}), not {t.dtype} of shape {t.shape}."
        )
    return t


def _loaded(data: Dataset | str) -> Dataset:
    from nnlib import data as sources

    return sources.load(data) if isinstance(data, str) else data


def _described(network: Network) -> dict[str, Any]:
    """What a network is made from, as plain JSON values."""
    settings = TrainingSettings(weight_decay=network.weight_decay)
    layers = tuple(layer.copy() for layer in network.layers)
    spec = ProjectSpec(layers, network.loss_function.copy(), settings, seed=network.seed)
    return {"project": spec.to_json(), "input_shape": list(network.input_shape)}


def _rebuilt(about: Mapping[str, Any], weights: Params) -> Network:
    shape = tuple(about["input_shape"])
    whole = all(type(n) is int and 1 <= n <= _LARGEST_SAMPLE for n in shape)
    if not whole or math.prod(shape) > _LARGEST_SAMPLE:
        raise ProjectError("The shape of its samples makes no sense.")
    spec = ProjectSpec.from_json(about["project"])
    check_weights(spec, shape, weights)  # before memory is taken for a network
    return SavedProject(spec, weights, shape).network()


def _generator(network: Network) -> dict[str, Any]:
    return dict(network.noise.bit_generator.state)


def _by_member(state: Mapping[str, Array], count: int) -> list[Params]:
    """The arrays of each member under their own names."""
    parts: list[Params] = [{} for _ in range(count)]
    for key, array in state.items():
        index, _, name = key.partition("/")
        if not (index.isascii() and index.isdigit()) or int(index) >= count:
            raise LayerLabError(f"These weights are of another ensemble: {key} does not belong.")
        parts[int(index)][name] = array
    return parts


def _train_member(
    about: Mapping[str, Any],
    noise: Mapping[str, Any],
    state: Params,
    data: Dataset | str,
    settings: TrainingSettings,
) -> _Trained:
    """Train one member wherever the executor is; its last event, random numbers and state."""
    network = _rebuilt(about, state)
    network.noise.bit_generator.state = dict(noise)
    last: Event = Finished(0)
    for event in Trainer(network, _loaded(data), settings).run():
        if isinstance(event, Finished | Diverged):
            last = event
    return last, _generator(network), network.state()
