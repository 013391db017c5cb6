"""Divergence: noticed at its step, and the layer that is named is the first where it shows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnlib import Affine, BatchNormalization, Dataset, Dropout, Network, ReLU, Sigmoid, Trainer
from nnlib.optimizers import SGD
from nnlib.training import Diverged, Evaluated, Finished, StepDone, TrainingSettings
from nnlib.training.divergence import first_bad_layer, has_finite_values, is_finite

LAYERS = [Affine(8), BatchNormalization(), ReLU(), Dropout(0.2), Affine(5), Sigmoid(), Affine(3)]
WITH_PARAMETERS = {0: "layer 1 (Affine)", 1: "layer 2 (BatchNormalization)",
                   4: "layer 5 (Affine)", 6: "layer 7 (Affine)"}  # fmt: skip


def data(count=103, tests=40) -> Dataset:
    rng = np.random.default_rng(0)
    t = rng.integers(0, 3, count + tests)
    x = (rng.standard_normal((count + tests, 6)) + 3 * np.eye(3, 6)[t]).astype(np.float32)
    return Dataset("clouds", x[:count], t[:count], x[count:], t[count:], ("a", "b", "c"))


def make(dataset=None, layers=LAYERS, **settings) -> Trainer:
    chosen = TrainingSettings(**({"batch_size": 10, "epochs": 3} | settings))
    return Trainer(Network(layers, (6,)), dataset or data(), chosen)


def burst_after(trainer: Trainer, step: int, key: str, value: float) -> None:
    """Let the update of that step put ``value`` into one parameter."""
    update = trainer.optimizer.update

    def bursting(params, grads):
        update(params, grads)
        if trainer.step + 1 == step:
            trainer.network.params[key].flat[0] = value

    trainer.optimizer.update = bursting  # type: ignore[method-assign]


# --- which step, which layer --------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("step", [1, 2, 7, 11, 33])
@pytest.mark.parametrize("index", WITH_PARAMETERS)
def test_weights_that_burst_are_noticed_in_the_very_step(index, step, value):
    """Also an infinite one that sigmoids, zeros or a chosen class hide from the loss."""
    trainer = make()
    key = next(key for key in trainer.network.params if key.startswith(f"{index}."))
    burst_after(trainer, step, key, value)
    events = list(trainer.run())
    assert events[-1] == Diverged(step, WITH_PARAMETERS[index])
    assert [e.step for e in events if isinstance(e, StepDone)] == list(range(1, step))
    assert trainer.step == step


def test_of_several_layers_that_burst_at_once_the_first_is_named():
    trainer = make()
    for key in ("6.W", "4.b", "1.gamma"):
        burst_after(trainer, 4, key, np.nan)
    assert list(trainer.run())[-1] == Diverged(4, "layer 2 (BatchNormalization)")


@pytest.mark.parametrize("index", WITH_PARAMETERS)
def test_weights_that_were_bad_before_the_first_step_are_told_of_at_once(index):
    trainer = make()
    next(a for key, a in trainer.network.params.items() if key.startswith(f"{index}.")).flat[0] = (
        np.nan
    )
    first, last = trainer.run()
    assert isinstance(first, Evaluated)
    assert last == Diverged(0, WITH_PARAMETERS[index])


def test_weights_spoiled_between_two_steps_are_those_of_the_step_before():
    trainer = make()
    running = trainer.run()
    while trainer.step < 3:
        next(running)
    trainer.network.params["4.W"].flat[0] = np.nan
    assert next(running) == Diverged(3, "layer 5 (Affine)")


@pytest.mark.parametrize("pixel", [np.nan, np.inf])
def test_a_damaged_pixel_ends_the_run_at_its_step(pixel):
    x = data().x_train.copy()
    dataset = Dataset("clouds", x, data().t_train, x[:5], data().t_train[:5], ("a", "b", "c"))
    trainer = make(dataset)
    order = np.random.Generator(np.random.PCG64(0))
    order.bit_generator.state = trainer._shuffler.bit_generator.state
    third = trainer.training_indices[order.permutation(103)[25]]
    x[third, 2] = pixel  # after the data set has been checked
    assert list(trainer.run())[-1] == Diverged(3, "layer 1 (Affine)")
    assert trainer.step == 2
    assert np.isfinite(trainer.network.values).all()


def test_a_learning_rate_far_too_large_ends_the_run_and_names_the_layer():
    trainer = make(
        layers=[Affine(50), ReLU(), Affine(50), ReLU(), Affine(3)],
        optimizer=SGD(lr=100.0),
        epochs=100,
    )
    events = list(trainer.run())
    last = events[-1]
    assert isinstance(last, Diverged)
    assert last.layer in {"layer 1 (Affine)", "layer 3 (Affine)", "layer 5 (Affine)"}
    assert not any(isinstance(event, Finished | Diverged) for event in events[:-1])
    done = [event for event in events if isinstance(event, StepDone)]
    assert np.isfinite([event.loss for event in done]).all()
    assert last.step == len(done) + 1


def test_statistics_that_burst_are_found_at_the_next_evaluation():
    trainer = make()
    running = trainer.run()
    while trainer.step < 3:
        next(running)
    trainer.network.layers[1].buffers["variance"][0] = np.inf  # the loss does not see it
    told = list(itertools.islice(running, 10))
    assert told[-1] == Diverged(4, "layer 2 (BatchNormalization)")


# --- the search for the layer -------------------------------------------------------------------


@pytest.mark.parametrize("training", [False, True])
def test_the_search_leaves_the_network_as_it_was(training):
    trainer = make()
    list(itertools.islice(trainer.run(), 7))
    before, state = trainer.network.state(), trainer.state()
    x = trainer.dataset.x_train[:10].copy()
    assert first_bad_layer(trainer.network, x, training) == "the loss"
    x[0, 0] = np.inf
    assert first_bad_layer(trainer.network, x, training) == "layer 1 (Affine)"
    assert repr(trainer.state()) == repr(state)
    for key, array in trainer.network.state().items():
        np.testing.assert_array_equal(array, before[key])


def test_an_output_too_large_for_its_type_is_found_where_it_arises():
    network = Network([Affine(4), Affine(4), Affine(4), Affine(3)], (6,))
    for key in ("0.W", "1.W", "2.W"):
        network.params[key][...] = 1e15
    assert first_bad_layer(network, np.ones((2, 6), np.float32)) == "layer 3 (Affine)"


def test_huge_weights_are_finite_all_the_same():
    network = Network(LAYERS, (6,))
    network.values[...] = 1e30
    assert has_finite_values(network)
    network.values[-1] = np.inf
    assert not has_finite_values(network)
    network.values[-1] = 0
    network.layers[1].buffers["mean"][0] = np.nan
    assert has_finite_values(network)
    assert not is_finite(network)
