"""History keeps every number; distributions show how the outputs of each layer lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import Affine, Dataset, Flatten, Network, ReLU, Sigmoid, Tanh, presets
from nnlib.training import Evaluated, Finished, History, StepDone, Trainer, TrainingSettings
from nnlib.training.distributions import BINS, VALUES, distributions, round_up


def test_history_keeps_every_event_and_gives_out_copies():
    history = History()
    history.record(Evaluated(0, 0.0, 2.3, 0.1, 2.4, 0.2))
    for step in range(1, 1001):
        history.record(StepDone(step, 1 + step // 600, 1 / step, step / 1000, 10 * step))
    history.record(Finished(1000))
    assert len(history.steps) == 1000
    assert history.steps["step"].tolist() == list(range(1, 1001))
    assert history.steps.last("loss") == 0.001
    assert history.steps["samples"].dtype == np.float64
    assert len(history.evaluations) == 1
    assert history.evaluations["validation_loss"].tolist() == [2.4]
    history.steps["loss"][...] = 0
    assert history.steps["loss"][0] == 1


def test_an_empty_history_has_empty_columns():
    history = History()
    assert len(history.steps) == 0
    assert history.steps["loss"].shape == (0,)
    with pytest.raises(KeyError):
        history.steps["temperature"]


def test_a_run_is_recorded_as_it_was():
    x = np.random.default_rng(0).random((50, 4), dtype=np.float32)
    t = np.arange(50) % 2
    trainer = Trainer(
        Network([Affine(2)], (4,)),
        Dataset("d", x, t, x, t, ("a", "b")),
        TrainingSettings(batch_size=10, epochs=2),
    )
    history, events = History(), list(trainer.run())
    for event in events:
        history.record(event)
    done = [event.loss for event in events if isinstance(event, StepDone)]
    assert history.steps["loss"].tolist() == done


# --- distributions ------------------------------------------------------------------------------


def network(*layers, std=1.0) -> Network:
    return Network([Affine(100, initial=std), *layers, Affine(3)], (20,))


X = np.random.default_rng(0).standard_normal((500, 20)).astype(np.float32)


def test_shares_sum_to_one_and_bounded_layers_keep_their_axis():
    found, reach = distributions(network(Sigmoid(), Tanh(), ReLU()), X)
    assert [d.name for d in found] == ["Affine", "Sigmoid", "Tanh", "ReLU", "Affine"]
    assert [d.index for d in found] == [0, 1, 2, 3, 4]
    for d in found:
        assert d.shares.shape == (BINS,)
        assert d.shares.min() >= 0
        assert d.shares.sum() == pytest.approx(1)
    axes = [(d.low, d.high) for d in found]
    assert axes == [(-reach, reach), (0, 1), (-1, 1), (-reach, reach), (-reach, reach)]


def test_only_layers_that_change_values_are_shown():
    net = presets.build("lenet")
    found, _ = distributions(net, np.zeros((4, 1, 28, 28)))
    assert "Flatten" not in [d.name for d in found]
    assert len(found) == len(net.layers) - 1


def test_the_reach_grows_in_round_steps_and_never_shrinks():
    wide, narrow = network(std=10.0), network(std=0.01)
    _, first = distributions(wide, X)
    assert first == round_up(first) > 10
    _, second = distributions(narrow, X, first)
    assert second == first
    assert distributions(narrow, X)[1] == 1.0


def test_the_share_of_zeros_and_the_moments_are_those_of_the_outputs():
    net = network(ReLU())
    y = net.activations(X)[1].astype(np.float64)
    d = distributions(net, X)[0][1]
    assert d.zeros == pytest.approx(float((y == 0).mean()), abs=0.01)
    assert [d.mean, d.std] == pytest.approx([y.mean(), y.std()], rel=0.03)


def test_thinning_meets_every_unit_alike():
    """Dead units in a regular pattern must not be met too often or too rarely."""
    net = network(ReLU())
    net.params["0.W"][:, ::2] = 0
    net.params["0.b"][...] = np.where(np.arange(100) % 2, 100, -100)
    x = np.tile(X, (20, 1))[:10_000]
    assert x.shape[0] * 100 >= 10 * VALUES
    assert distributions(net, x)[0][1].zeros == pytest.approx(0.5, abs=0.01)


def test_thinning_meets_every_place_of_a_picture_alike():
    net = presets.build("simple-conv")
    x = np.random.default_rng(0).random((200, 1, 28, 28), dtype=np.float32)
    y = net.activations(x)[1]
    d = distributions(net, x)[0][1]
    assert y.size > 10 * VALUES
    assert d.zeros == pytest.approx(float((y == 0).mean()), abs=0.02)
    assert d.mean == pytest.approx(float(y.mean()), rel=0.05)


def test_outputs_that_are_not_finite_are_left_out_in_silence():
    net = network(ReLU())
    net.params["0.b"][:] = np.nan
    found, reach = distributions(net, X)
    assert reach == 1.0
    assert found[0].shares.sum() == 0
    assert np.isnan(found[0].mean)
    net.params["0.b"][:50] = 0
    assert distributions(net, X)[0][0].shares.sum() == pytest.approx(1)
    net.params["0.b"][:] = np.inf
    distributions(net, X)


def test_a_layer_with_one_value_fills_one_bin():
    net = Network([Flatten(), Affine(3, initial=0.0)], (2, 2))
    d = distributions(net, np.ones((5, 2, 2)))[0][0]
    assert (d.shares.max(), d.zeros, d.mean, d.std) == (1, 1, 0, 0)


@given(st.floats(1e-30, 1e30))
def test_round_numbers_are_the_next_of_1_2_5(value):
    top = round_up(value)
    assert value <= top <= 2.5 * value * (1 + 1e-9)
    assert float(f"{top:.0e}") == pytest.approx(top, rel=1e-12)
    assert f"{top:.0e}"[0] in "125"
    assert round_up(top) == top


@pytest.mark.parametrize("value", [0.0, -3.0, float("nan"), float("inf")])
def test_what_has_no_round_number_gives_1(value):
    assert round_up(value) == 1.0
