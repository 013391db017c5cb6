"""Taking up what a file holds: a training that goes on, or as much of it as fits the data."""

from __future__ import annotations

from gui.session.messages import Fit, Prepared
from nnlib.analysis import analyse
from nnlib.data import Dataset
from nnlib.data.dataset import held_back_count
from nnlib.errors import LayerLabError
from nnlib.network import Network
from nnlib.saved_project import SavedProject
from nnlib.training import Trainer


def taken_up(saved: SavedProject, dataset: Dataset | None) -> tuple[Network, Trainer | None, Fit]:
    """The network of a file that has one, its trainer if there can be one, and what that is."""
    network = saved.network()
    if dataset is None:
        return network, None, Fit.NETWORK
    settings = saved.network_spec.training
    try:
        trainer = Trainer(network, dataset, settings)
    except LayerLabError:
        return network, None, Fit.NETWORK
    try:
        trainer.restore(saved.training or {})
    except LayerLabError:  # nothing of it was taken over then
        return network, trainer, Fit.WEIGHTS
    return network, trainer, Fit.ALL


def facts_of(saved: SavedProject, dataset: Dataset | None) -> Prepared:
    """What there is to know of the network and its training, without building it."""
    spec, training = saved.network_spec, saved.training or {}
    count = (training.get("fingerprint") or {}).get("samples")
    if count is None and dataset is not None:
        count = len(dataset.x_train)
    elif count is None:  # of an older file
        count = training.get("samples", 0) // max(1, training.get("epoch", 0))
    learned = max(1, count - held_back_count(max(1, count), spec.training.validation_share))
    assert saved.input_shape is not None
    parameters = analyse(spec.layers, saved.input_shape).parameters
    return Prepared(parameters, learned, -(-learned // spec.training.batch_size))
