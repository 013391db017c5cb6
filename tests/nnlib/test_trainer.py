"""Trainer: every sample once an epoch, the same run bit by bit, and what goes wrong is named."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnlib import (
    Affine,
    BatchNormalization,
    DataError,
    Dataset,
    Dropout,
    Flatten,
    Network,
    ReLU,
)
from nnlib.data import split
from nnlib.optimizers import SGD, Adam, Momentum, Optimizer
from nnlib.training import Evaluated, Finished, StepDone, Trainer, TrainingSettings

CLASSES = ("a", "b", "c")


def data(count=103, tests=40, seed=0) -> Dataset:
    """Three clouds of points, one for each class."""
    rng = np.random.default_rng(seed)
    t = rng.integers(0, 3, count + tests)
    x = (rng.standard_normal((count + tests, 6)) + 3 * np.eye(3, 6)[t]).astype(np.float32)
    return Dataset("clouds", x[:count], t[:count], x[count:], t[count:], CLASSES)


def network(seed=0, **others) -> Network:
    layers = [Affine(8), BatchNormalization(), ReLU(), Dropout(0.2), Affine(3)]
    return Network(layers, (6,), seed=seed, **others)


def make(dataset=None, net=None, **settings) -> Trainer:
    chosen = TrainingSettings(**({"batch_size": 10, "epochs": 3} | settings))
    return Trainer(net or network(), dataset or data(), chosen)


def watch_batches(trainer: Trainer) -> list[np.ndarray]:
    """The samples of every step from now on."""
    seen: list[np.ndarray] = []
    work = trainer.network.learn

    def remembering(x, t, optimizer):
        seen.append(x.copy())
        return work(x, t, optimizer)

    trainer.network.learn = remembering  # type: ignore[method-assign]
    return seen


def rows(x: np.ndarray) -> list[bytes]:
    return sorted(row.tobytes() for row in x)


# --- steps and epochs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "batch_size", "steps"),
    [(103, 10, 11), (100, 10, 10), (7, 100, 1), (1, 1, 1), (5, 1, 5)],
)
def test_an_epoch_has_as_many_steps_as_it_needs(count, batch_size, steps):
    trainer = make(data(count), batch_size=batch_size, epochs=2)
    assert trainer.steps_per_epoch == steps
    events = list(trainer.run())
    done = [event for event in events if isinstance(event, StepDone)]
    assert [event.step for event in done] == list(range(1, 2 * steps + 1))
    assert [event.epoch for event in done] == [1] * steps + [2] * steps
    assert done[-1].samples == trainer.samples == 2 * count
    assert (trainer.epoch, trainer.step) == (2, 2 * steps)
    assert events[-1] == Finished(2 * steps)


def test_every_epoch_sees_every_sample_once_in_an_order_of_its_own():
    trainer = make(epochs=3)
    seen = watch_batches(trainer)
    list(trainer.run())
    assert [len(x) for x in seen] == ([10] * 10 + [3]) * 3
    epochs = [np.concatenate(seen[k : k + 11]) for k in (0, 11, 22)]
    for epoch in epochs:
        assert rows(epoch) == rows(trainer.dataset.x_train)
    assert not any(np.array_equal(a, b) for a, b in itertools.combinations(epochs, 2))


def test_validation_samples_are_never_trained_on():
    dataset = data()
    trainer = make(dataset, validation_share=0.3, epochs=2)
    seen = watch_batches(trainer)
    list(trainer.run())
    training, held_back = split(103, 0.3, 0)
    assert trainer.training_count == len(training) == 72
    assert set(rows(np.concatenate(seen))) == set(rows(dataset.x_train[training]))
    assert set(rows(trainer.judged_validation[0])) == set(rows(dataset.x_train[held_back]))
    assert set(rows(trainer.judged_training[0])) == set(rows(dataset.x_train[training]))


def test_without_a_share_held_back_the_test_part_is_judged():
    trainer = make()
    assert np.array_equal(trainer.judged_validation[0], trainer.dataset.x_test)
    alone = make(data(tests=0))
    assert alone.judged_validation is alone.judged_training


def test_evaluations_come_before_the_first_step_during_and_after_every_epoch():
    events = list(make(epochs=2).run())
    judged = [event for event in events if isinstance(event, Evaluated)]
    assert [event.step for event in judged] == [0, 2, 4, 6, 8, 10, 11, 12, 14, 16, 18, 20, 22]
    assert (judged[0].epochs, judged[6].epochs, judged[-1].epochs) == (0, 1, 2)
    assert judged[1].epochs == pytest.approx(20 / 103)
    assert isinstance(events[0], Evaluated)
    assert isinstance(events[-2], Evaluated)


def test_it_learns():
    trainer = make(epochs=20, optimizer=Adam(lr=0.01))
    first, *_, last = [event for event in trainer.run() if isinstance(event, Evaluated)]
    assert last.train_loss < first.train_loss / 2
    assert last.validation_accuracy > 0.85


def test_a_step_reports_the_loss_and_accuracy_of_its_batch_before_the_update():
    dataset = data(30)
    net = Network([Affine(3)], (6,))
    twin = Network([Affine(3)], (6,))
    event = next(e for e in make(dataset, net, batch_size=30).run() if isinstance(e, StepDone))
    loss, accuracy = twin.evaluate(dataset.x_train, dataset.t_train)
    assert event.loss == pytest.approx(loss, rel=1e-5)
    assert event.accuracy == pytest.approx(accuracy)


def test_one_step_of_sgd_is_the_gradient_times_the_rate():
    dataset, net = data(30), Network([Affine(3)], (6,), weight_decay=0.1)
    before = net.values.copy()
    net.gradient(dataset.x_train, dataset.t_train)
    g = net.slopes.copy()
    settings = {"batch_size": 30, "epochs": 1, "weight_decay": 0.1}
    list(make(dataset, net, optimizer=SGD(lr=0.5), **settings).run())
    np.testing.assert_allclose(net.values, before - 0.5 * g, rtol=1e-4, atol=1e-6)


# --- the same run -------------------------------------------------------------------------------


def outcome(trainer: Trainer) -> bytes:
    return trainer.network.values.tobytes() + b"".join(
        a.tobytes() for a in trainer.network.state().values()
    )


def test_the_same_seed_gives_the_same_events_and_weights():
    one, other, third = make(seed=4), make(seed=4), make(seed=5)
    events = list(one.run())
    assert events == list(other.run())
    assert outcome(one) == outcome(other)
    assert events != list(third.run())
    assert outcome(one) != outcome(third)


@pytest.mark.parametrize("kept", [1, 2, 3, 4, 13, 14, 15, 40])
def test_dropping_the_generator_and_running_again_is_the_same_run(kept):
    whole, dropped = make(), make()
    events = list(whole.run())
    first = list(itertools.islice(dropped.run(), kept))
    assert first + list(dropped.run()) == events
    assert outcome(dropped) == outcome(whole)


def test_a_run_may_be_taken_in_pieces_of_epochs():
    whole, pieces = make(epochs=4), make(epochs=4)
    events = list(whole.run())
    taken = [
        e for epochs in (1, 2, 2, 4) for e in pieces.run(epochs) if not isinstance(e, Finished)
    ]
    assert taken == events[:-1]
    assert list(pieces.run()) == [Finished(44)]
    assert outcome(pieces) == outcome(whole)


@pytest.mark.parametrize("steps", [0, 5, 11, 13])
@pytest.mark.parametrize("optimizer", [SGD(), Momentum(), Adam()], ids=str)
def test_a_saved_training_goes_on_as_if_never_interrupted(steps, optimizer):
    whole = make(optimizer=optimizer)
    list(whole.run())
    saved = make(optimizer=optimizer)
    running = saved.run()
    while saved.step < steps:
        next(running)
    weights, state = saved.network.state(), saved.state()
    list(saved.run())  # what was given out is a copy
    resumed = make(net=network(seed=8), optimizer=optimizer)
    resumed.network.restore(weights)
    resumed.restore(state)
    events = list(resumed.run())
    assert outcome(resumed) == outcome(whole)
    assert [e.step for e in events if isinstance(e, StepDone)] == list(range(steps + 1, 34))
    assert isinstance(events[0], Evaluated) == (steps in (0, 11))  # what would have come next


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"order": np.array([500])}, "of other data"),
        ({"order": np.zeros((2, 2), np.int64)}, "of other data"),
        ({"order": np.array([1.0])}, "of other data"),
        ({"shuffler": {"bit_generator": "PCG64"}}, "damaged: shuffler"),
        ({"noise": None}, "damaged: noise"),
        ({"optimizer": {"type": "Adam", "step_count": 3, "slots": {}}}, "of another network"),
        (
            {"optimizer": {"type": "Adam", "step_count": 3, "slots": {"m": {}, "v": {}}}},
            "of another network",
        ),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_nothing_changes(change, said):
    trainer = make()
    list(itertools.islice(trainer.run(), 5))
    before = trainer.state()
    with pytest.raises(DataError, match=said):
        trainer.restore(trainer.state() | change)
    assert repr(trainer.state()) == repr(before)


# --- other settings in the middle ---------------------------------------------------------------


def test_another_rate_keeps_what_the_optimizer_remembers():
    trainer = make(optimizer=Adam(lr=0.01))
    running = trainer.run()
    while trainer.step < 5:
        next(running)
    old = trainer.optimizer.state()
    trainer.use(trainer.settings.replace(optimizer=Adam(lr=0.5), weight_decay=0.25))
    assert trainer.optimizer.lr == 0.5
    assert trainer.optimizer.step_count == 5
    assert np.array_equal(trainer.optimizer.slots["m"]["all"], old["slots"]["m"]["all"])
    assert trainer.network.weight_decay == 0.25
    next(event for event in running if isinstance(event, StepDone))
    assert trainer.step == 6


def test_a_rate_assigned_to_the_optimizer_lasts_until_the_next_step_and_one_used_stays():
    trainer = make(optimizer=SGD(lr=0.5))
    trainer.optimizer.lr = 0.1
    while trainer.step < 1:
        next(trainer.run())
    assert trainer.optimizer.lr == 0.5
    trainer.use(trainer.settings.replace(optimizer=SGD(lr=0.25)))
    while trainer.step < 2:
        next(trainer.run())
    assert trainer.optimizer.lr == 0.25
    for documented in (Trainer, Optimizer):
        assert "trainer.use(settings)" in (documented.__doc__ or "")


def test_the_settings_weight_decay_takes_the_place_of_the_network_s_own():
    net = network(weight_decay=0.5)
    make(net=net, weight_decay=0.25)
    assert net.weight_decay == 0.25
    assert "weight decay becomes that of the settings" in " ".join((Trainer.__doc__ or "").split())


def test_another_kind_of_optimizer_starts_afresh():
    trainer = make(optimizer=Adam())
    list(itertools.islice(trainer.run(), 5))
    trainer.use(trainer.settings.replace(optimizer=Momentum()))
    assert trainer.optimizer == Momentum()
    assert trainer.optimizer.step_count == 0
    list(trainer.run())
    assert trainer.epoch == 3


def test_using_the_same_settings_again_changes_nothing():
    whole, same = make(), make()
    list(whole.run())
    for _ in same.run():
        same.use(same.settings.copy())
    assert outcome(same) == outcome(whole)


def test_another_batch_size_in_the_middle_still_sees_every_sample_once():
    trainer = make(epochs=1)
    seen = watch_batches(trainer)
    list(itertools.islice(trainer.run(), 4))
    trainer.use(trainer.settings.replace(batch_size=64))
    list(trainer.run())
    assert rows(np.concatenate(seen)) == rows(trainer.dataset.x_train)
    assert max(map(len, seen)) == 64


def test_the_settings_given_stay_as_they_are():
    settings = TrainingSettings(optimizer=Adam(), batch_size=10, epochs=1)
    trainer = Trainer(network(), data(), settings)
    list(trainer.run())
    assert settings.optimizer.step_count == 0
    assert settings == TrainingSettings(optimizer=Adam(), batch_size=10, epochs=1)


# --- what goes wrong ----------------------------------------------------------------------------


def test_data_of_another_shape_or_number_of_classes_are_refused():
    with pytest.raises(DataError, match=r"shape \(7,\), but those of clouds have shape \(6,\)"):
        make(net=Network([Affine(3)], (7,)))
    with pytest.raises(DataError, match="Give the last Affine layer 3 units"):
        make(net=Network([Affine(4)], (6,)))
    with pytest.raises(DataError, match="Choose other data"):
        make(net=Network([Flatten(), Affine(3)], (1, 2, 3)))


def test_the_data_are_never_changed():
    dataset = data()
    kept = dataset.x_train.copy()
    list(make(dataset).run())
    assert np.array_equal(dataset.x_train, kept)
