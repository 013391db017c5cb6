"""Silence: networks that learn as they should give no alarm, whatever their seed."""

from __future__ import annotations

import pytest

from nnlib.optimizers import SGD, AdaGrad, Momentum
from tests.support.watched import digits, project, watch

SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_he_weights_relu_and_adam_give_no_alarm(seed):
    watched = watch(project("multi-layer", seed=seed, epochs=2), digits(1500), every=6)
    assert watched.told == {}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("preset", ["perceptron", "two-layer"])
def test_shallow_networks_give_none(preset, seed):
    assert watch(project(preset, seed=seed, epochs=2), digits(1500)).told == {}


@pytest.mark.parametrize("preset", ["lenet", "simple-conv"])
def test_convolutions_give_none(preset):
    assert watch(project(preset, seed=1), digits(900), every=6).told == {}


@pytest.mark.parametrize(
    "optimizer", [SGD(), Momentum(), AdaGrad()], ids=lambda o: type(o).__name__
)
@pytest.mark.parametrize("batch_size", [10, 100])
def test_other_optimizers_and_batches_give_none(optimizer, batch_size):
    spec = project("multi-layer", optimizer, batch_size=batch_size)
    assert watch(spec, digits(1000 if batch_size == 10 else 2000)).told == {}


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("preset", ["multi-layer", "two-layer", "lenet", "simple-conv"])
def test_no_preset_gives_an_alarm_in_two_epochs(preset, seed):
    watched = watch(project(preset, seed=seed, epochs=2), digits(6000, 1000), every=20)
    assert watched.told == {}
