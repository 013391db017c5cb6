"""Ensemble: the mean of its members' probabilities, in loss never worse than they on average."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import (
    Affine,
    BatchNormalization,
    DataError,
    Dataset,
    Dropout,
    Flatten,
    LayerLabError,
    Network,
    OptionError,
    ProjectError,
    ReLU,
    Sigmoid,
    data,
)
from nnlib.data import npz
from nnlib.ensemble import Ensemble
from nnlib.optimizers import SGD, Adam
from nnlib.training import Diverged, Evaluated, Finished, Trainer, TrainingSettings
from tests.support.clouds import clouds, write

STACK = [Affine(8), BatchNormalization(), ReLU(), Dropout(0.2), Affine(3)]
OTHER = [Affine(5), Sigmoid(), Affine(3)]
SETTINGS = TrainingSettings(batch_size=20, epochs=3, optimizer=Adam(0.01), validation_share=0.2)


def network(seed=0, stack=STACK, scale=1.0, **others) -> Network:
    made = Network(stack, (6,), seed=seed, **others)
    made.values *= made.dtype.type(scale)
    return made


def same(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)


@st.composite
def members(draw) -> list[Network]:
    """Alike and unlike ones, unsure ones and ones whose probabilities underflow."""
    return [
        network(
            draw(st.integers(0, 99)),
            draw(st.sampled_from([STACK, OTHER])),
            draw(st.sampled_from([0.1, 1.0, 1000.0])),
            loss=draw(st.sampled_from(["cross_entropy", "mean_squared_error"])),
            dtype=draw(st.sampled_from(["float32", "float64"])),
        )
        for _ in range(draw(st.integers(1, 5)))
    ]


# --- the average --------------------------------------------------------------------------------


@given(members())
def test_it_predicts_the_mean_of_its_members_probabilities(some):
    x = clouds().x_test
    p = Ensemble(some).predict(x)
    np.testing.assert_allclose(p, np.mean([m.predict(x) for m in some], axis=0), atol=1e-6)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


@given(members(), st.randoms(use_true_random=False))
def test_the_order_of_its_members_does_not_matter_to_the_last_bit(some, random):
    x, t = clouds().x_test, clouds().t_test
    shuffled = random.sample(some, len(some))
    assert np.array_equal(Ensemble(shuffled).predict(x), Ensemble(some).predict(x))
    assert Ensemble(shuffled).evaluate(x, t) == Ensemble(some).evaluate(x, t)


@given(members())
def test_one_member_is_that_member(some):
    x, t = clouds().x_test, clouds().t_test
    ensemble, member = Ensemble(some[:1]), some[0]
    assert np.array_equal(ensemble.predict(x), member.predict(x))
    assert ensemble.accuracy(x, t) == np.mean(member.predict(x).argmax(axis=1) == t)
    if type(member.loss_function).__name__ == "CrossEntropy":
        assert ensemble.evaluate(x, t)[0] == pytest.approx(member.evaluate(x, t)[0], rel=1e-4)


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from([0.1, 1, 1e3])), min_size=1))
def test_its_cross_entropy_is_at_most_the_mean_of_its_members(some):
    """Jensen's inequality: −log of a mean is at most the mean of −log."""
    x, t = clouds().x_test, clouds().t_test
    chosen = [network(seed, OTHER, scale) for seed, scale in some[:5]]
    loss = Ensemble(chosen).evaluate(x, t)[0]
    mean = np.mean([member.evaluate(x, t)[0] for member in chosen])
    assert np.isfinite(loss)
    assert loss <= mean * (1 + 1e-5)


def test_targets_may_be_indices_or_one_hot_rows_and_samples_of_any_number():
    ensemble = Ensemble.build(OTHER, (6,), 3)
    many = clouds(1300)
    x, t = many.x_train, many.t_train
    loss, accuracy = ensemble.evaluate(x, t)
    assert ensemble.evaluate(x, np.eye(3)[t]) == (loss, accuracy)
    p = ensemble.predict(x)
    assert loss == pytest.approx(-np.log(p[np.arange(1300), t]).mean(), rel=1e-4)
    assert accuracy == np.mean(p.argmax(axis=1) == t) == ensemble.accuracy(x, t)
    assert ensemble.predict(x[:0]).shape == (0, 3)


@pytest.mark.parametrize(
    ("x", "t"),
    [
        (np.zeros((0, 6)), np.zeros(0, int)),
        (np.zeros((2, 6)), np.array([0, 3])),
        (np.zeros((2, 6)), np.array([0, -1])),
        (np.zeros((2, 6)), np.array([0.0, 1.0])),
        (np.zeros((2, 6)), np.array([0, 1, 2])),
        (np.zeros((2, 5)), np.array([0, 1])),
    ],
)
def test_samples_and_targets_that_do_not_fit_are_refused(x, t):
    with pytest.raises(DataError):
        Ensemble.build(OTHER, (6,), 2).evaluate(x, t)


def test_members_that_do_not_fit_each_other_are_refused():
    with pytest.raises(OptionError, match="at least one"):
        Ensemble([])
    with pytest.raises(OptionError, match=r"member 1 takes \(7,\)"):
        Ensemble([network(), Network(OTHER, (7,))])
    with pytest.raises(OptionError, match=r"tells 3 classes apart, member 1 .* tells 4"):
        Ensemble([network(), Network([Affine(4)], (6,))])
    with pytest.raises(OptionError, match="count"):
        Ensemble.build(OTHER, (6,), 0)
    no_members: list[Any] = [network(), "ab", [network(), "b"], 3, None]
    for wrong in no_members:
        with pytest.raises(OptionError, match=r"takes a list of networks.*write Ensemble\(\[net"):
            Ensemble(wrong)


# --- training -----------------------------------------------------------------------------------


def test_every_member_is_reproducible_on_its_own():
    dataset = clouds()
    ensemble = Ensemble.build(STACK, (6,), 3, seed=7)
    events = list(ensemble.train(dataset, SETTINGS))
    for index, member in enumerate(ensemble.members):
        alone = network(7 + index)
        own = [event.event for event in events if event.member == index]
        assert list(Trainer(alone, dataset, SETTINGS).run()) == own
        assert isinstance(own[-1], Finished)
        assert same(alone.state(), member.state())
    values = [member.values.tobytes() for member in ensemble.members]
    assert len(set(values)) == 3


def test_an_executor_trains_the_same_members(tmp_path):
    dataset, settings = clouds(), SETTINGS.replace(weight_decay=0.01)
    here, there, apart = (Ensemble([network(1), network(2, OTHER)]) for _ in range(3))
    list(here.train(dataset, settings))
    with ThreadPoolExecutor(2) as threads:
        events = list(there.train(dataset, settings, threads))
    assert sorted(event.member for event in events) == [0, 1]
    assert all(isinstance(event.event, Finished) for event in events)
    assert same(there.state(), here.state())
    source = write(tmp_path / "clouds.npz", dataset)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as processes:
        list(apart.train(source, settings, processes))
        assert same(apart.state(), here.state())
        list(apart.train(source, settings, processes))  # further, its dropout masks too
    list(here.train(dataset, settings))
    assert same(apart.state(), here.state())


def test_an_executor_leaves_the_settings_weight_decay_too(tmp_path):
    settings = SETTINGS.replace(weight_decay=0.25)
    here, there = (Ensemble([network(weight_decay=0.5)]) for _ in range(2))
    list(here.train(clouds(), settings))
    with ThreadPoolExecutor(1) as threads:
        list(there.train(clouds(), settings, threads))
    x, t = clouds().x_test, clouds().t_test
    losses = [ensemble.members[0].loss(x, t) for ensemble in (here, there)]
    assert losses[0] == losses[1]
    files = [tmp_path / "here.npz", tmp_path / "there.npz"]
    here.save(files[0])
    there.save(files[1])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_dropping_the_training_keeps_the_members_that_are_done():
    dataset = clouds()
    ensemble = Ensemble.build(STACK, (6,), 2)
    untrained = ensemble.members[1].state()
    run = ensemble.train(dataset, SETTINGS)
    while not isinstance(next(run).event, Finished):
        pass
    run.close()
    assert same(ensemble.members[1].state(), untrained)
    alone = network(0)
    list(Trainer(alone, dataset, SETTINGS).run())
    assert same(ensemble.members[0].state(), alone.state())


def test_a_member_that_diverges_is_reported_and_the_others_go_on():
    ensemble = Ensemble([network(stack=OTHER), network(1, OTHER)])
    ensemble.members[0].values[0] = np.nan
    for executor in (None, ThreadPoolExecutor(1)):
        events = list(ensemble.train(clouds(), SETTINGS, executor))
        last = {event.member: event.event for event in events}
        assert isinstance(last[0], Diverged)
        assert isinstance(last[1], Finished)
        if executor:
            executor.shutdown()


def test_data_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="shape"):
        next(Ensemble.build(OTHER, (6,), 2).train(wrong_data(), SETTINGS))
    with ThreadPoolExecutor(1) as thread, pytest.raises(DataError, match="shape"):
        next(Ensemble.build(OTHER, (6,), 2).train(wrong_data(), SETTINGS, thread))


def wrong_data() -> Dataset:
    x, t = np.zeros((9, 5), np.float32), np.zeros(9, np.int64)
    return Dataset("flat", x, t, x, t, ("a", "b", "c"))


def test_five_tiny_networks_read_digits_at_least_as_well_as_they_do_on_average():
    whole = data.load("digits")
    x, t = whole.x_train, whole.t_train
    few = Dataset("few", x[:500], t[:500], whole.x_test, whole.t_test, whole.classes)
    ensemble = Ensemble.build([Flatten(), Affine(12), ReLU(), Affine(10)], few.input_shape, 5)
    settings = TrainingSettings(epochs=8, batch_size=50, optimizer=SGD(0.2))
    events = list(ensemble.train(few, settings))
    assert sum(isinstance(event.event, Evaluated) for event in events) > 5
    alone = [member.evaluate(few.x_test, few.t_test) for member in ensemble.members]
    loss, accuracy = ensemble.evaluate(few.x_test, few.t_test)
    assert loss < np.mean([each[0] for each in alone])
    assert accuracy >= np.mean([each[1] for each in alone])


# --- keeping ------------------------------------------------------------------------------------


def test_state_and_restore_give_the_same_ensemble():
    trained, fresh = (Ensemble([network(seed), network(seed, OTHER)]) for seed in (1, 5))
    list(trained.train(clouds(), SETTINGS))
    state = trained.state()
    fresh.restore(state)
    assert same(fresh.state(), state)
    assert set(state) >= {"0/0.W", "1/2.b"}
    fresh.members[0].values[:] = 0  # a copy
    assert same(trained.state(), state)


def test_a_state_of_another_ensemble_changes_nothing():
    ensemble = Ensemble([network(1), network(2, OTHER)])
    before = ensemble.state()
    for wrong in (
        Ensemble([network(3), network(4)]).state(),
        Ensemble([network(3)]).state(),
        Ensemble([network(3), network(4, OTHER), network(5)]).state(),
        {"x/0.W": np.zeros(3)},
    ):
        with pytest.raises(LayerLabError):
            ensemble.restore(wrong)
        assert same(ensemble.state(), before)


@given(members())
def test_a_saved_ensemble_answers_the_same(tmp_path_factory, some):
    path = tmp_path_factory.mktemp("ensemble") / "five.npz"
    before = Ensemble(some)
    before.save(path)
    after = Ensemble.load(path)
    x = clouds().x_test
    assert np.array_equal(after.predict(x), before.predict(x))
    assert same(after.state(), before.state())


def test_what_is_no_ensemble_is_refused(tmp_path):
    path = tmp_path / "other.npz"
    with pytest.raises(DataError, match="no file"):
        Ensemble.load(path)
    with pytest.raises(ProjectError, match="could not be saved"):
        Ensemble([network()]).save(tmp_path / "absent" / "five.npz")
    Ensemble([network(), network(1)]).save(path)
    arrays = npz.read(path)
    about = arrays["about"].tobytes()
    petabytes = about.replace(b"[6]", b"[16777216]").replace(b'"units": 8', b'"units": 16384')
    assert petabytes.count(b"16384") == 2
    for wrong in (
        {},
        {"about": arrays["about"]},
        arrays | {"about": np.zeros(3, np.uint8)},
        arrays | {"about": np.frombuffer(b"3", np.uint8)},
        arrays | {"about": np.frombuffer(b"[]", np.uint8)},
        arrays | {"about": np.frombuffer(b"[" * 50_000, np.uint8)},
        arrays | {"about": np.frombuffer(about.replace(b": 8", b": 9"), np.uint8)},
        arrays | {"about": np.frombuffer(about.replace(b"[6]", b"[99999999]"), np.uint8)},
        arrays | {"about": np.frombuffer(petabytes, np.uint8)},
        arrays | {"about": np.frombuffer(about.replace(b'"Affine"', b'"Magic"'), np.uint8)},
        {name: array for name, array in arrays.items() if name != "1/0.W"},
        arrays | {"2/0.W": np.zeros(3)},
    ):
        npz.write(path, wrong)
        with pytest.raises(DataError):
            Ensemble.load(path)
