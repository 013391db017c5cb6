"""The helper: the same results to the bit, whoever works."""

from __future__ import annotations

import numpy as np
import pytest

import nnlib
from nnlib import parts, presets
from nnlib.helper import remote
from nnlib.optimizers import Optimizer
from tests.support.helping import STACK, both, helps, images


@pytest.mark.parametrize("name", ["multi-layer", "lenet", "simple-conv", "deep-conv", "lenet-5"])
def test_every_preset_learns_the_same_with_the_helper_and_without(name, with_helper):
    net, found, expected = both(lambda: presets.build(name), nnlib.optimizers.Adam())
    assert helps(net)
    assert found == expected


@pytest.mark.parametrize("kind", list(Optimizer.members.values()), ids=list(Optimizer.members))
def test_every_optimizer_is_the_same(kind, with_helper, monkeypatch):
    monkeypatch.setattr(remote, "LEAST_NUMBERS", 0)

    def make() -> nnlib.Network:
        return nnlib.Network(STACK, (1, 28, 28), seed=3, weight_decay=0.01)

    net, found, expected = both(make, kind(lr=0.01))
    assert helps(net)
    assert found == expected


def test_float64_and_mean_squared_error_are_the_same(with_helper):
    def make() -> nnlib.Network:
        return nnlib.Network(STACK, (1, 28, 28), loss="mean_squared_error", dtype="float64")

    net, found, expected = both(make, nnlib.optimizers.Momentum())
    assert helps(net)
    assert found == expected


def test_the_gradient_is_complete_where_nobody_updates(with_helper):
    x, t = images(150)
    net = presets.build("multi-layer")
    net.gradient(x, t)
    assert helps(net)
    found = net.slopes.copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MOST_PARTS", 1)
        net.gradient(x, t)
    assert np.allclose(found, net.slopes, rtol=1e-3, atol=1e-6)
    assert np.linalg.norm(found - net.slopes) < 1e-5 * np.linalg.norm(found)


def test_a_training_with_evaluations_and_a_changing_rate_is_the_same(with_helper):
    def values(cores: str) -> tuple[bytes, list]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAYERLAB_THREADS", cores)
            (x, t), (x_test, t_test) = images(700), images(100, seed=2)
            data = nnlib.Dataset("made", x, t, x_test, t_test, tuple("0123456789"))
            settings = nnlib.TrainingSettings(
                optimizer=nnlib.optimizers.Adam(),
                schedule=nnlib.schedules.Cosine(),
                epochs=3,
                validation_share=0.1,
                weight_decay=1e-3,
            )
            net = nnlib.Network(STACK, (1, 28, 28))
            events = list(nnlib.Trainer(net, data, settings).run())
            assert helps(net) == (cores == "2")
            return net.values.tobytes(), events

    assert values("2") == values("1")


def test_changed_options_of_an_optimizer_reach_the_helper(with_helper):
    def steps(cores: str) -> bytes:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAYERLAB_THREADS", cores)
            net, optimizer = presets.build("multi-layer"), nnlib.optimizers.Adam()
            x, t = images(150)
            net.learn(x, t, optimizer)
            optimizer.lr, optimizer.beta1 = 0.5, 0.2
            net.learn(x, t, optimizer)
            optimizer.restore(optimizer.state())  # other arrays with the same numbers
            net.learn(x, t, optimizer)
            net.learn(x, t, nnlib.optimizers.Momentum())
            net.learn(x, t, nnlib.optimizers.Adam())  # it has learned nothing yet
            return net.values.tobytes()

    assert steps("2") == steps("1")
