"""Vitals: the numbers are what they are called, and taking them changes nothing."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from nnlib import (
    Affine,
    BatchNormalization,
    Convolution,
    Dataset,
    Disabled,
    Dropout,
    Flatten,
    Layer,
    MaxPooling,
    Network,
    ReLU,
    Sigmoid,
    Tanh,
)
from nnlib.optimizers import SGD, Adam, Momentum
from nnlib.training import StepDone, Trainer, TrainingSettings
from nnlib.training.vitals import NUMBERS, LayerVitals, Probe, Vitals, _dead, norm
from nnlib.views import gradients_per_layer

SHAPE = (2, 6, 6)
CONVOLUTIONS: list[Layer] = [
    Dropout(0.2), Convolution(4, 3, padding=1), BatchNormalization(), ReLU(), MaxPooling(2),
    Dropout(0.3), Flatten(), Affine(3),
]  # fmt: skip
FLAT: list[Layer] = [
    Flatten(), Affine(9), BatchNormalization(), Sigmoid(), Disabled(ReLU()), Dropout(0.5), Affine(3)
]  # fmt: skip

rng = np.random.default_rng(0)
X, T = rng.random((64, *SHAPE), dtype=np.float32), rng.integers(0, 3, 64)
DATA = Dataset("noise", X[:50], T[:50], X[50:], T[50:], ("a", "b", "c"))


def vitals(layers: list[Layer], x=X, t=T, plant=None, **options) -> Vitals:
    network = Network(layers, x.shape[1:], **options)
    if plant:
        plant(network.params)
    return Probe(network, x, t).take(0)


def at(found: Vitals, index: int) -> LayerVitals:
    layer = found.layer(index)
    assert layer is not None
    return layer


def everything(trainer: Trainer) -> list[bytes]:
    """All that the rest of a run depends on, and the gradient as it stands."""
    state = trainer.state()
    arrays = [*trainer.network.state().values(), trainer.network.slopes, state["order"]]
    arrays += [a for slot in state["optimizer"]["slots"].values() for a in slot.values()]
    rest = (state["noise"], state["shuffler"], state["step"], state["optimizer"]["step_count"])
    return [*(array.tobytes() for array in arrays), repr(rest).encode()]


def run(stack: list[Layer], is_watched: bool) -> tuple[list, list[bytes]]:
    optimizer = Adam() if stack is FLAT else Momentum(lr=0.05)
    chosen = TrainingSettings(optimizer=optimizer, batch_size=12, epochs=3, weight_decay=0.01)
    trainer = Trainer(Network(stack, SHAPE, seed=4), DATA, chosen)
    probe = Probe(trainer.network, X[:30], T[:30])
    events = []
    for event in trainer.run():
        events.append(event)
        if is_watched:
            before = everything(trainer)
            if isinstance(event, StepDone):
                probe.after_step(event.step)
            probe.take(trainer.step)
            assert everything(trainer) == before
    return events, everything(trainer)


@pytest.mark.parametrize("stack", [CONVOLUTIONS, FLAT], ids=["convolutions", "flat"])
def test_a_run_whose_vitals_are_taken_is_bitwise_the_run_without(stack):
    assert run(stack, is_watched=True) == run(stack, is_watched=False)


def test_making_a_probe_leaves_the_generator_as_it_is():
    network = Network(CONVOLUTIONS, SHAPE)
    before = network.noise.bit_generator.state
    Probe(network, X, T)
    assert network.noise.bit_generator.state == before


def test_a_unit_that_is_negative_is_not_dead():
    assert _dead(np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 2.0]])) == 1


@pytest.mark.parametrize("stack", [CONVOLUTIONS, FLAT], ids=["convolutions", "flat"])
def test_a_probe_that_is_used_again_finds_what_a_new_one_finds(stack):
    network = Network([layer for layer in stack if not isinstance(layer, Dropout)], SHAPE, seed=1)
    old = Probe(network, X, T)
    old.take(0)
    first = network.state()
    network.learn(X[:20], T[:20], SGD(lr=0.5))
    now = old.take(5)
    assert repr(now) == repr(Probe(network, X, T).take(5))
    network.restore(first)
    assert repr(old.take(5)) == repr(Probe(network, X, T).take(5)) != repr(now)


def test_dropout_masks_stay_the_same_so_that_curves_do_not_tremble():
    network = Network(CONVOLUTIONS, SHAPE)
    probe = Probe(network, X, T)
    first = probe.take(0)
    network.forward(X, training=True)  # draws others, and moves the kept statistics
    assert repr(probe.take(0)) == repr(first)


def test_the_gradients_are_those_of_the_views():
    network = Network(FLAT[:5] + FLAT[6:], SHAPE, seed=3)
    found = Probe(network, X, T).take(0)
    for view in gradients_per_layer(network, X, T):
        if not view.changes_values:
            assert found.layer(view.index) is None
            continue
        layer = at(found, view.index)
        assert layer.gradient == pytest.approx(view.norm, rel=1e-4)
        assert layer.gradient_rms == pytest.approx(view.root_mean_square, rel=1e-4)
        assert layer.mean == pytest.approx(view.outputs.mean(), abs=1e-5)
        assert layer.std == pytest.approx(view.outputs.std(), rel=1e-4)
        if "W" in view.at_parameters:
            assert layer.weight_gradient == pytest.approx(view.parameter_norms["W"], rel=1e-4)
            assert layer.weights == pytest.approx(norm(network.params[f"{view.index}.W"]))
        else:
            assert math.isnan(layer.weights)


def test_the_loss_is_that_of_the_samples():
    network = Network([Flatten(), Affine(3)], SHAPE, weight_decay=0.1)
    loss, _ = network.evaluate(X, T)
    assert Probe(network, X, T).take(0).loss == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("layer", [Sigmoid(), Tanh()])
def test_the_saturated_share_counts_outputs_near_the_bounds(layer):
    x = np.array([[-9.0, 0.0, 9.0, 1.0]] * 5, np.float32)

    def plant(params):
        params["0.W"][...] = np.eye(4)

    found = vitals([Affine(4), layer], x, np.zeros(5, int), plant)
    assert at(found, 1).saturated == 0.5
    assert math.isnan(at(found, 0).saturated)
    assert math.isnan(at(found, 1).dead)


def test_units_and_channels_are_dead_that_are_zero_for_every_sample():
    def plant(params):
        params["0.b"][:3] = -100

    flat = X.reshape(64, -1)
    found = at(vitals([Affine(8), ReLU(), Affine(3)], flat, plant=plant), 1)
    assert (found.dead, found.units, found.dead_share) == (3, 8, 3 / 8)
    assert found.zeros >= 3 / 8
    stack = [Convolution(4, 3), ReLU(), Flatten(), Affine(3)]
    found = at(vitals(stack, plant=plant), 1)
    assert (found.dead, found.units) == (3, 4)


def test_a_unit_that_one_sample_wakes_is_alive():
    x = -np.ones((50, 1), np.float32)
    x[17] = 1

    def plant(params):
        params["0.W"][...] = 1

    found = at(vitals([Affine(2), ReLU(), Affine(2)], x, np.zeros(50, int), plant), 1)
    assert found.dead == 0
    assert found.zeros == pytest.approx(0.98)


def test_spreads_tell_samples_alike_from_units_alike():
    stack = [Flatten(), Affine(6), Sigmoid(), Affine(3)]
    usual = at(vitals(stack), 2)
    assert usual.sample_spread > 0.05
    assert usual.unit_spread > 0.05
    alike = at(vitals(stack, np.ones_like(X)), 2)
    assert alike.sample_spread < 1e-6
    assert alike.unit_spread > 0.05

    def plant(params):
        params["1.W"][...] = params["1.W"][:, :1]

    copies = at(vitals(stack, plant=plant), 2)
    assert copies.unit_spread < 1e-6
    assert copies.sample_spread > 0.05


def test_a_tiny_spread_on_a_large_mean_is_seen():
    def plant(params):
        params["1.b"][:] = 1000

    found = at(vitals([Flatten(), Affine(6), ReLU(), Affine(3)], plant=plant), 2)
    assert 1e-5 < found.sample_spread < 1e-2


def test_the_update_ratio_is_that_of_one_single_step():
    network = Network([Flatten(), Affine(5), ReLU(), Affine(3)], SHAPE)
    probe, ratios = Probe(network, X, T), []
    assert math.isnan(at(probe.take(0), 1).update_ratio)
    for step in range(1, 7):
        before = network.params["1.W"].copy()
        network.learn(X[:9], T[:9], SGD(lr=0.1 * step))
        ratios.append(norm(network.params["1.W"] - before) / norm(network.params["1.W"]))
        probe.after_step(step)
        if step == 4:  # the first step since step 0
            assert at(probe.take(step), 1).update_ratio == pytest.approx(ratios[0], rel=1e-3)
    assert at(probe.take(6), 1).update_ratio == pytest.approx(ratios[4], rel=1e-3)
    network.learn(X[:9], T[:9], SGD(lr=0.5))
    network.learn(X[:9], T[:9], SGD(lr=0.5))
    assert at(probe.take(8), 1).update_ratio == pytest.approx(ratios[4], rel=1e-3)  # missed


def test_weights_that_were_restored_are_no_update():
    network = Network([Flatten(), Affine(3)], SHAPE)
    probe = Probe(network, X, T)
    probe.take(5)
    network.values *= 2
    probe.after_step(3)
    assert math.isnan(at(probe.take(3), 1).update_ratio)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e38])
def test_a_network_that_burst_has_vitals_too(value):
    def plant(params):
        params["1.W"][0, 0] = value

    found = vitals([Flatten(), Affine(5), ReLU(), Affine(3)], plant=plant)
    assert [layer.index for layer in found.layers] == [1, 2, 3]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
def test_one_layer_one_sample_and_one_hot_targets_will_do(dtype, loss):
    stack: list[Layer] = [Affine(2)]
    x, t = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])
    (found,) = vitals(stack, x, t, dtype=dtype, loss=loss).layers
    assert math.isnan(found.sample_spread)
    assert found.gradient > 0
    assert {type(v) for v in dataclasses.astuple(found)} == {int, float, str}


def test_large_images_are_thinned_but_their_dead_channels_are_not():
    x = rng.random((100, 1, 40, 40), dtype=np.float32)
    stack = [Convolution(4, 3, padding=1), ReLU(), Flatten(), Affine(3)]
    network = Network(stack, (1, 40, 40), seed=5)
    network.params["0.b"][0] = -100
    network.params["0.W"][0] = 0
    network.params["0.W"][0, 0, 0, 0] = 100.5  # wakes up where a pixel is nearly white
    y = network.activations(x)[1]
    assert y.size > NUMBERS
    found = at(Probe(network, x, np.zeros(100, int)).take(0), 1)
    assert found.dead == 0
    assert y[:, 0].any()
    assert found.mean == pytest.approx(y.mean(), rel=0.05)
    assert found.zeros == pytest.approx((y == 0).mean(), abs=0.02)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_the_norm_runs_neither_over_nor_under(scale):
    with np.errstate(over="ignore"):  # as `take` works
        assert norm(np.full((3, 4), scale, np.float32)) == pytest.approx(scale * math.sqrt(12))


def test_a_probe_holds_no_more_than_it_says():
    probe = Probe(Network(CONVOLUTIONS, SHAPE), X, T)
    before = probe.nbytes
    probe.take(0)
    first = probe.nbytes
    probe.take(1)
    assert before < first == probe.nbytes
