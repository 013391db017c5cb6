"""Schedules: what the learning rate is multiplied by, and that the trainer does it."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib import Affine, Dataset, Flatten, Network, Trainer
from nnlib.optimizers import SGD
from nnlib.schedules import Constant, CoolDown, Schedule
from nnlib.training import StepDone, TrainingSettings


@pytest.mark.parametrize("name", Schedule.members)
def test_every_schedule_stays_above_zero_and_never_grows(name):
    factors = [Schedule.members[name]().factor(p) for p in np.linspace(0, 1, 101)]
    assert factors[0] == 1
    assert min(factors) > 0
    assert factors == sorted(factors, reverse=True)


def test_cool_down_falls_over_the_last_third():
    assert [CoolDown().factor(p) for p in (0, 0.5, 2 / 3)] == pytest.approx([1, 1, 1])
    assert CoolDown().factor(5 / 6) == pytest.approx(0.5)


@pytest.mark.parametrize("schedule", [Constant(), CoolDown()])
def test_the_trainer_takes_each_step_at_its_rate(schedule):
    rng = np.random.default_rng(0)
    x, t = rng.random((60, 1, 2, 2), np.float32), np.arange(60) % 2
    dataset = Dataset("some", x, t, x[:4], t[:4], ("a", "b"))
    network = Network([Flatten(), Affine(2)], (1, 2, 2))
    settings = TrainingSettings(optimizer=SGD(lr=0.5), schedule=schedule, batch_size=10, epochs=2)
    trainer = Trainer(network, dataset, settings)
    rates = [trainer.optimizer.lr for e in trainer.run() if isinstance(e, StepDone)]
    assert rates == pytest.approx([0.5 * schedule.factor(step / 12) for step in range(12)])
    assert settings.optimizer.lr == 0.5
