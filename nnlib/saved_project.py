"""What a project file holds, as a value: the project, and where its training stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnlib.analysis import analyse
from nnlib.errors import LayerLabError, ProjectError, Shape
from nnlib.network import Network
from nnlib.project import ProjectSpec
from nnlib.training import History, Trainer
from nnlib.types import Params


@dataclass(frozen=True)
class SavedProject:
    """All that a project file holds.

    Attributes:
        spec: what the user set up.
        weights: what `Network.state` gave, or None where nothing was trained.
        input_shape: the shape of a sample; known where there are weights.
        classes: the classes' names; empty where unknown.
        training: what `Trainer.state` gave, or None: then training cannot be resumed.
        metrics: the last known losses and accuracies, by name.
        history: what was recorded until then, or None where that is not known.
        trained: the project whose weights these are, where ``spec`` was edited since so that its
            training would begin anew; otherwise None.
        begun_at: the complete epochs when the present training began: above 0 where one went on
            after its end. The epochs of the settings are counted from there.
        is_over: whether that training has come to its end, of itself or because it was told to.
    """

    spec: ProjectSpec
    weights: Params | None = None
    input_shape: Shape | None = None
    classes: tuple[str, ...] = ()
    training: dict[str, Any] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    history: History | None = None
    trained: ProjectSpec | None = None
    begun_at: int = 0
    is_over: bool = False

    @property
    def network_spec(self) -> ProjectSpec:
        """The project that the weights are of."""
        return self.trained or self.spec

    def network(self) -> Network:
        """A new network with the saved weights; `ProjectError` where there are none."""
        if self.weights is None or self.input_shape is None:
            raise ProjectError("The project has no weights yet: train it, then save it.")
        return _network(self.network_spec, self.input_shape, self.weights)


def capture(
    spec: ProjectSpec,
    network: Network | None = None,
    trainer: Trainer | None = None,
    metrics: Mapping[str, float] | None = None,
    history: History | None = None,
    *,
    checked: bool = True,
) -> SavedProject:
    """Copies of all that `write` puts into a file; only who owns the network may call it.

    Args:
        trainer: where given, training can be resumed; its network is the one that is saved.
        checked: False where the network was surely built for ``spec``. To find out takes building
            another one, for which a training would have to wait.

    Raises:
        ProjectError: the weights are not those of the project's network.
    """
    network = trainer.network if trainer else network
    if network is None:
        return SavedProject(spec, metrics=metrics or {})
    weights = network.state()
    if checked:
        check_weights(spec, network.input_shape, weights)
    return SavedProject(
        spec,
        weights,
        network.input_shape,
        trainer.dataset.classes if trainer else (),
        trainer.state() if trainer else None,
        {name: float(value) for name, value in (metrics or {}).items()},
        history.copy() if history else None,
    )


def check_weights(spec: ProjectSpec, input_shape: Shape, weights: Mapping[str, Any]) -> None:
    """Raise `ProjectError` where the weights are not those of the project's network."""
    expected = analyse(spec.layers, input_shape).parameters
    # Before a network is built, which costs memory: are there as many numbers as it has?
    if sum(array.size for array in weights.values()) < expected:
        raise ProjectError("The weights contradict the network: there are too few of them.")
    kinds = {array.dtype for array in weights.values()}
    if len(kinds) > 1 or not kinds <= {np.dtype(np.float32), np.dtype(np.float64)}:
        raise ProjectError(
            "The weights contradict the network: they must be all float32 or all float64."
        )
    _network(spec, input_shape, weights)


def _network(spec: ProjectSpec, input_shape: Shape, weights: Mapping[str, Any]) -> Network:
    """The project's network with these weights."""
    dtype = next((array.dtype for array in weights.values()), np.dtype(np.float32))
    decay = spec.training.weight_decay
    try:
        network = Network(spec.layers, input_shape, spec.loss, spec.seed, dtype, decay)
        network.restore(weights)
    except LayerLabError as error:
        raise ProjectError(f"The weights contradict the network. {error}") from error
    return network
