"""The peers train the same networks: same scores, size and steps. Skips where they are absent."""

from __future__ import annotations

import importlib
import importlib.util

import numpy as np
import pytest

from benchmarks import layout
from benchmarks.engines.base import Engine
from benchmarks.plan import Plan
from nnlib import (
    Affine,
    AveragePooling,
    BatchNormalization,
    Convolution,
    Dropout,
    Flatten,
    LayerLabError,
    MaxPooling,
    Network,
    ReLU,
    Sigmoid,
    Step,
    Tanh,
    presets,
)
from nnlib.data import Dataset
from nnlib.optimizers import SGD
from nnlib.training import StepDone, Trainer, TrainingSettings

MODULES = {"torch": "pytorch", "jax": "xla"}
COUNT = 40  # samples; batches of as many, so that their order does not matter
EVERYTHING = (
    Convolution(4, 3, padding=1),
    BatchNormalization(),
    Tanh(),
    AveragePooling(2),
    Convolution(6, 4, stride=2),
    ReLU(),
    MaxPooling(3, stride=1),
    Flatten(),
    BatchNormalization(),
    Dropout(0.0),
    Affine(20),
    BatchNormalization(),
    Sigmoid(),
    Affine(10),
)


@pytest.fixture(scope="module", autouse=True)
def _libraries():
    """Imported once, before the tests: JAX touches NumPy's global generator when it is imported."""
    for library in MODULES:
        if importlib.util.find_spec(library):
            importlib.import_module(library)


@pytest.fixture(params=["torch", "jax NCHW", "jax NHWC"])
def peer(request):
    """A function that makes the peer's engine for a plan and a network."""
    library, _, axes = request.param.partition(" ")
    pytest.importorskip(library)
    module = importlib.import_module(f"benchmarks.engines.{MODULES[library]}")

    def make(plan: Plan, network: Network) -> Engine:
        if library == "torch":
            return module.TorchEngine(plan, network, *samples(), cores=1)
        return module.JaxEngine(plan, network, *samples(), cores=1, layout=axes)

    return make


def samples():
    rng = np.random.default_rng(1)
    x = rng.random((COUNT, 1, 28, 28), dtype=np.float32)
    return x, rng.integers(0, 10, COUNT)


def without_dropout(layers):
    """Its rule is another in the book: what is kept is scaled in inference, not in training."""
    return [layer.replace(ratio=0.0) if isinstance(layer, Dropout) else layer for layer in layers]


def lively(network: Network) -> Network:
    """Biases, γ, β and running statistics with values that would show if they were mixed up."""
    rng = np.random.default_rng(2)
    for array in network.params.values():
        if array.ndim == 1:
            array += rng.normal(0, 0.3, array.shape).astype(np.float32)
    for layer in network.layers:
        for array in layer.buffers.values():
            array += rng.random(array.shape, dtype=np.float32)
    return network


@pytest.mark.parametrize("name", [*presets.names(), "everything"])
def test_a_peer_computes_what_nnlib_computes(peer, name):
    layers = EVERYTHING if name == "everything" else presets.find(name).layers
    network = lively(Network(without_dropout(layers), (1, 28, 28)))
    engine = peer(Plan(name, batch_size=COUNT), network)
    x, _ = samples()
    assert engine.parameter_count == network.parameter_count
    scores = network.forward(x)
    np.testing.assert_allclose(engine.scores(x), scores, rtol=1e-3, atol=1e-4 * scores.std())
    np.testing.assert_allclose(engine.predict(x), network.predict(x), rtol=1e-3, atol=1e-5)


def train(network: Network, steps: int) -> list[float]:
    x, t = samples()
    dataset = Dataset("same", x, t, x[:1], t[:1], tuple("0123456789"))
    settings = TrainingSettings(optimizer=SGD(lr=0.1), batch_size=COUNT, epochs=steps)
    events = Trainer(network, dataset, settings).run()
    return [event.loss for event in events if isinstance(event, StepDone)]


@pytest.mark.parametrize("name", ["two-layer", "lenet", "lenet-5", "everything"])
def test_the_same_steps_lead_a_peer_to_the_same_weights(peer, name):
    layers = EVERYTHING if name == "everything" else presets.find(name).layers
    network = Network(layers, (1, 28, 28))
    engine = peer(Plan(name, COUNT, "SGD"), network)
    losses = []
    for _ in range(4):
        assert engine.step() == COUNT
        losses.append(engine.last_loss)
    assert losses == pytest.approx(train(network, 4), rel=1e-3)
    x, _ = samples()
    if name != "everything":  # PyTorch keeps another kind of running variance
        np.testing.assert_allclose(engine.scores(x), network.forward(x), rtol=2e-2, atol=1e-3)


@pytest.mark.parametrize("name", ["multi-layer", "deep-conv"])
def test_a_peer_learns_with_adam_and_dropout(peer, name):
    engine = peer(Plan(name, COUNT, "Adam"), presets.build(name))
    losses = []
    for _ in range(60):
        engine.step()
        losses.append(engine.last_loss)
    assert np.isfinite(losses).all()
    assert np.mean(losses[-10:]) < np.mean(losses[:10])


def test_a_layer_without_twin_is_named(peer):
    network = Network([Flatten(), Affine(10), Step()], (1, 28, 28))
    with pytest.raises(LayerLabError, match=r"has no \w+ twin for Step"):
        peer(Plan("mine", batch_size=COUNT), network).predict(samples()[0])


def test_the_faster_layout_is_tried_out_in_a_process_of_its_own():
    pytest.importorskip("jax")
    assert layout.faster("lenet") in layout.LAYOUTS
