"""Early stopping in the trainer: it checks, stops, and gives back exactly the best weights."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import DataError, Trainer
from nnlib.optimizers import SGD, Adam
from nnlib.training import Checked, Evaluated, Finished, StepDone, TrainingSettings
from nnlib.training.trainer import JUDGED
from tests.support.projects import SPEC, dataset

SETTINGS = TrainingSettings(batch_size=4, validation_share=0.2, epochs=12, optimizer=Adam(lr=0.05))
State = dict[str, Any]


def make(**changes: Any) -> Trainer:
    data = dataset()
    return Trainer(SPEC.build(data), data, SETTINGS.replace(**changes))


def finish(trainer: Trainer, epochs: int | None = None) -> Finished:
    """Run to the end; the last word."""
    *_, last = trainer.run(epochs)
    assert isinstance(last, Finished)
    return last


def same(one: State, other: State) -> bool:
    return one.keys() == other.keys() and all(
        one[key].tobytes() == other[key].tobytes() for key in one
    )


def record(**changes: Any) -> tuple[list[float], list[State]]:
    """Validation loss on all that is held back, and all weights, after every epoch."""
    trainer = make(**changes)
    losses: list[float] = []
    weights: list[State] = []
    for event in trainer.run():
        if isinstance(event, StepDone) and trainer.step % trainer.steps_per_epoch == 0:
            held_back = trainer.validation_indices
            data = trainer.dataset
            loss, _ = trainer.network.evaluate(data.x_train[held_back], data.t_train[held_back])
            losses.append(loss)
            weights.append(trainer.network.state())
    return losses, weights


def stop_after(losses: list[float], patience: int) -> int:
    """How many checks the rule of the issue makes: written down once more, plainly."""
    for count in range(1, len(losses) + 1):
        if count - 1 - int(np.argmin(losses[:count])) >= patience:
            return count
    return len(losses)


@given(st.integers(0, 5), st.integers(1, 6), st.sampled_from([0.003, 0.05, 0.3]))
def test_the_network_ends_with_exactly_the_weights_of_the_best_check(seed, patience, lr):
    changes: dict[str, Any] = {"seed": seed, "optimizer": Adam(lr=lr)}
    losses, weights = record(**changes)
    trainer = make(patience=patience, **changes)
    *events, last = trainer.run()
    checks = [event for event in events if isinstance(event, Checked)]
    count = stop_after(losses, patience)
    assert [check.validation_loss for check in checks] == pytest.approx(losses[:count])
    best = int(np.argmin(losses[:count]))
    assert isinstance(last, Finished)
    assert last == Finished(6 * count, stopped_early=last.stopped_early, best_step=6 * (best + 1))
    assert last.stopped_early == (count - 1 - best == patience)
    assert same(trainer.network.state(), weights[best])  # batch normalization's statistics too


def test_a_check_looks_at_all_that_is_held_back_after_the_evaluation_of_each_epoch():
    trainer = make(patience=9, epochs=3)
    events = list(trainer.run())
    checks = [pair for pair in itertools.pairwise(events) if isinstance(pair[1], Checked)]
    assert [check.step for _, check in checks] == [6, 12, 18]
    for judged, check in checks:  # so few are held back that an evaluation looks at all, too
        assert isinstance(judged, Evaluated)
        assert isinstance(check, Checked)
        assert judged.validation_loss == pytest.approx(check.validation_loss)
    assert len(trainer.validation_indices) == 6 <= JUDGED


def test_a_finished_run_says_so_again_and_changes_nothing():
    trainer = make(patience=1, optimizer=SGD(lr=1e-12))
    last = finish(trainer)
    assert last.stopped_early
    state = trainer.network.state()
    assert list(trainer.run()) == [last]
    assert list(trainer.run(50)) == [last]
    assert same(trainer.network.state(), state)


def test_more_patience_goes_on_as_if_it_had_been_so_from_the_start():
    whole, first = (
        make(patience=4, optimizer=Adam(lr=0.3)),
        make(patience=1, optimizer=Adam(lr=0.3)),
    )
    events = list(whole.run())
    taken = list(first.run())
    assert len(taken) < len(events)
    first.use(first.settings.replace(patience=4))
    assert taken[:-1] + list(first.run()) == events
    assert same(first.network.state(), whole.network.state())


def test_without_patience_a_stopped_run_goes_on_from_the_last_weights():
    plain, stopped = make(optimizer=Adam(lr=0.3)), make(patience=1, optimizer=Adam(lr=0.3))
    list(plain.run())
    list(stopped.run())
    assert stopped.epoch < 12
    stopped.use(stopped.settings.replace(patience=None))
    *_, last = stopped.run()
    assert last == Finished(72)
    assert same(stopped.network.state(), plain.network.state())


def test_who_waits_anew_gets_as_many_checks_again():
    trainer = make(patience=2, optimizer=SGD(lr=1e-12), epochs=100)
    assert finish(trainer).stopped_early
    done = trainer.epoch
    trainer.wait_anew()
    assert not trainer.has_stopped_early
    assert finish(trainer).stopped_early
    assert trainer.epoch <= done + 2 + 2


def test_an_epoch_that_is_not_the_last_leaves_the_weights_in_place():
    pieces, plain = make(patience=5, optimizer=Adam(lr=0.3)), make(optimizer=Adam(lr=0.3))
    for epochs in (1, 2, 3, 4, 5):
        assert finish(pieces, epochs).best_step is None
        list(plain.run(epochs))
        assert same(pieces.network.state(), plain.network.state())


def test_watching_does_not_change_the_run():
    losses = [e.loss for e in make(patience=12).run() if isinstance(e, StepDone)]
    assert losses == [e.loss for e in make().run() if isinstance(e, StepDone)]


@pytest.mark.parametrize("share", [0.0, 0.01])  # 0.01 of 30 samples is none
def test_patience_needs_samples_that_are_held_back(share):
    with pytest.raises(DataError, match="needs validation samples"):
        make(patience=3, validation_share=share)
    trainer = make(validation_share=share)
    list(itertools.islice(trainer.run(), 5))
    settings = trainer.settings
    with pytest.raises(DataError, match="needs validation samples"):
        trainer.use(settings.replace(patience=3, optimizer=SGD()))
    assert trainer.settings == settings
    assert isinstance(trainer.optimizer, Adam)
