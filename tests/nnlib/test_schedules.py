"""Schedules: what the learning rate is multiplied by, and that the trainer does it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import Affine, Dataset, Flatten, Network, OptionError, Trainer
from nnlib.optimizers import SGD
from nnlib.schedules import (
    SMALLEST,
    Constant,
    CoolDown,
    Cosine,
    Exponential,
    InverseTime,
    Schedule,
    StepDecay,
    WarmUp,
)
from nnlib.training import StepDone, TrainingSettings

TITLES = ["constant", "cool-down", "step", "exponential", "1/t", "cosine", "warm-up"]
FALLING = [name for name in Schedule.members if name != "WarmUp"]
shares, epochs = st.floats(0, 1), st.floats(0, 1e5)


@given(st.sampled_from(list(Schedule.members)), shares, epochs)
def test_every_factor_is_above_zero_and_at_most_one(name, progress, epoch):
    assert SMALLEST <= Schedule.members[name]().factor(progress, epoch) <= 1


@given(st.sampled_from(FALLING), st.integers(1, 100))
def test_all_but_warm_up_start_at_one_and_never_grow(name, goal):
    schedule = Schedule.members[name]()
    factors = [schedule.factor(p, goal * p) for p in np.linspace(0, 1, 101)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)


def test_each_is_found_by_the_title_that_the_command_line_shows():
    assert [member.title for member in Schedule.members.values()] == TITLES
    for title in TITLES:
        assert Schedule.from_json(title).title == title
        assert Schedule.from_json(Schedule.from_json(title).to_json()).title == title
    with pytest.raises(OptionError, match="Known: constant, cool-down, step"):
        Schedule.find("cosin")


# --- formulas -----------------------------------------------------------------------------------


def test_cool_down_falls_over_the_last_third():
    assert [CoolDown().factor(p) for p in (0, 0.5, 2 / 3)] == pytest.approx([1, 1, 1])
    assert CoolDown().factor(5 / 6) == pytest.approx(0.5)


def test_step_falls_at_once_every_few_epochs():
    schedule = StepDecay(every=3, by=0.1)
    assert [schedule.factor(0, e) for e in (0, 2.99, 3, 5.99, 6)] == pytest.approx(
        [1, 1, 0.1, 0.1, 0.01]
    )


def test_exponential_leaves_the_same_share_of_every_epoch():
    assert [Exponential(by=0.5).factor(0, e) for e in (0, 1, 2, 2.5)] == pytest.approx(
        [1, 0.5, 0.25, 2**-2.5]
    )


def test_inverse_time_is_one_over_the_epochs():
    assert [InverseTime(decay=1).factor(0, e) for e in (0, 1, 3, 9)] == pytest.approx(
        [1, 1 / 2, 1 / 4, 1 / 10]
    )


def test_cosine_falls_slowly_at_both_ends():
    factors = [Cosine().factor(p) for p in (0, 1 / 3, 0.5, 2 / 3, 1)]
    assert factors == pytest.approx([1, 0.75, 0.5, 0.25, SMALLEST])
    assert Cosine(end=0.2).factor(1) == pytest.approx(0.2)


@pytest.mark.parametrize("then", [Constant(), Cosine(), CoolDown(), InverseTime(), StepDecay()])
def test_warm_up_rises_in_a_straight_line_and_then_follows_the_other(then):
    schedule = WarmUp(share=0.2, start=0.1, then=then)
    ramp = [schedule.factor(p) / then.factor(0.0) for p in (0, 0.05, 0.1, 0.2)]
    assert ramp == pytest.approx([0.1, 0.325, 0.55, 1])
    for p in (0.2, 0.4, 0.7, 1.0):
        assert schedule.factor(p, 30 * p) == pytest.approx(then.factor((p - 0.2) / 0.8, 30 * p))


def test_a_warm_up_does_not_follow_a_warm_up():
    with pytest.raises(OptionError, match="must be another schedule"):
        WarmUp(then=WarmUp())


# --- the trainer --------------------------------------------------------------------------------


def trainer(schedule, epochs=2, batch_size=10, lr=0.5) -> Trainer:
    rng = np.random.default_rng(0)
    x, t = rng.random((60, 1, 2, 2), np.float32), np.arange(60) % 2
    dataset = Dataset("some", x, t, x[:4], t[:4], ("a", "b"))
    network = Network([Flatten(), Affine(2)], (1, 2, 2))
    settings = TrainingSettings(
        optimizer=SGD(lr=lr), schedule=schedule, batch_size=batch_size, epochs=epochs
    )
    return Trainer(network, dataset, settings)


def rates(made: Trainer, until: int | None = None) -> list[float]:
    """The rate of every step, to the end of epoch ``until``."""
    return [made.optimizer.lr for e in made.run(until) if isinstance(e, StepDone)]


@pytest.mark.parametrize("title", [*TITLES, "warm-up then cosine"])
def test_the_trainer_takes_each_step_at_its_rate(title):
    schedule = WarmUp(then=Cosine()) if " " in title else Schedule.from_json(title)
    made = trainer(schedule)
    assert rates(made) == pytest.approx(
        [0.5 * schedule.factor(step / 12, step / 6) for step in range(12)]
    )
    assert made.settings.optimizer.lr == 0.5


@pytest.mark.parametrize("title", TITLES)
def test_a_rate_changed_meanwhile_is_scheduled_from_there_on(title):
    made, schedule = trainer(title), Schedule.from_json(title)
    first = rates(made, until=1)
    made.use(made.settings.replace(optimizer=SGD(lr=0.02)))
    expected = [schedule.factor(step / 12, step / 6) for step in range(12)]
    assert first == pytest.approx([0.5 * factor for factor in expected[:6]])
    assert rates(made) == pytest.approx([0.02 * factor for factor in expected[6:]])


def test_a_schedule_changed_meanwhile_takes_over():
    made = trainer(Constant())
    rates(made, until=1)
    made.use(made.settings.replace(schedule=InverseTime(decay=1)))
    assert rates(made) == pytest.approx([0.5 / (1 + step / 6) for step in range(6, 12)])


@pytest.mark.parametrize("title", ["step", "exponential", "1/t"])
def test_more_epochs_leave_a_schedule_by_epochs_as_it_was(title):
    few, many = trainer(title, epochs=2), trainer(title, epochs=8)
    assert rates(few) == rates(many, until=2)
    few.use(few.settings.replace(epochs=8))
    assert rates(few) == rates(many)


def test_a_batch_size_changed_meanwhile_leaves_the_place_in_the_schedule():
    made = trainer(Exponential(by=0.5))
    rates(made, until=1)
    made.use(made.settings.replace(batch_size=30))
    assert rates(made) == pytest.approx([0.25, 0.25 * math.sqrt(0.5)])
