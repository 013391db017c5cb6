"""Search: the same table every time, any row again, and nothing that fails ends it."""

from __future__ import annotations

import dataclasses
import os
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import OptionError, Trainer, data
from nnlib.optimizers import SGD
from nnlib.project import ProjectSpec
from nnlib.search import (
    Choice,
    LogUniform,
    RoundStarted,
    Row,
    Search,
    Uniform,
    best,
    subset,
    table,
)
from nnlib.training import TrainingSettings
from tests.nnlib.search.conftest import RANGES, Here
from tests.support.clouds import clouds, write


def test_a_search_gives_a_row_for_every_trial_of_every_round(make_search):
    events = list(make_search().run(Here()))
    started = [event for event in events if isinstance(event, RoundStarted)]
    assert [event.round for event in started] == [1, 2]
    assert started[0].ranges == RANGES
    rows = table(events)
    assert [(row.round, row.number) for row in rows] == [
        (r, n) for r in (1, 2) for n in range(1, 7)
    ]
    assert all(row.problem == "" for row in rows)
    assert all(0 <= (row.score or 0) <= 1 and (row.loss or 0) > 0 for row in rows)
    assert all((row.epochs, row.steps) == (2, 8) and row.seconds > 0 for row in rows)
    assert len({row.seed for row in rows}) == 12
    for event in started:
        for row in rows[6 * (event.round - 1) : 6 * event.round]:
            assert row.values.keys() == RANGES.keys()
            assert all(event.ranges[name].contains(value) for name, value in row.values.items())


def test_ranges_get_narrower_around_the_best_rows(make_search):
    search = make_search()
    first, *rows, second, _, _, _, _, _, _ = search.run(Here())
    leading = best(rows)[:3]
    assert second.ranges == search.narrowed(first.ranges, rows)
    for name in ("optimizer.lr", "weight_decay", "layers.0.units"):
        inside = [row.values[name] for row in leading]
        assert second.ranges[name] == first.ranges[name].narrowed(inside, [])
    assert second.ranges != first.ranges


def test_the_same_seed_gives_the_same_table_in_whatever_order_trials_finish(make_search):
    class Backwards(Here):
        """Completes a round's trials all at once, and the last one began first."""

        def __init__(self):
            super().__init__()
            self.waiting = []

        def submit(self, fn, /, *args, **kwargs):
            self.waiting.append((Future(), fn, args))
            future = self.waiting[-1][0]
            if len(self.waiting) == 6:
                for waiting, work, its in reversed(self.waiting):
                    waiting.set_result(work(*its))
                self.waiting.clear()
            return future

    once = table(make_search(seed=3).run(Here()))
    assert table(make_search(seed=3).run(Here())) == once
    assert table(make_search(seed=3).run(Backwards())) == once
    with ThreadPoolExecutor(3) as threads:
        assert table(make_search(seed=3).run(threads)) == once
    other = table(make_search(seed=4).run(Here()))
    assert not any(
        a.values == b.values or a.seed == b.seed for a, b in zip(once, other, strict=True)
    )


def test_any_row_trained_again_gives_exactly_its_score(make_search):
    search = make_search()
    with ThreadPoolExecutor(2) as threads:
        rows = table(search.run(threads))
    for row in rows:
        again = search.repeat(row)
        assert again == row
        assert (again.score, again.loss) == (row.score, row.loss)
        assert search.trial(row).run() == row


def test_a_row_s_seconds_do_not_count(make_search):
    row = make_search().round(1, RANGES)[0].run()
    assert dataclasses.replace(row, seconds=99.0) == row
    assert dataclasses.replace(row, steps=99) != row


def test_a_row_s_project_can_be_trained_for_longer(make_search):
    search = make_search()
    row = search.round(1, RANGES)[0].run()
    spec = search.trial(row).spec
    assert spec.training.optimizer.lr == row.values["optimizer.lr"]
    assert spec.layers[0].units == row.values["layers.0.units"]
    assert spec.seed == row.seed
    assert ProjectSpec.from_json(spec.to_json()) == spec


def test_one_more_name_leaves_the_values_of_the_others(make_search):
    some = {name: RANGES[name] for name in ("weight_decay", "optimizer.lr")}
    for few, many in zip(
        make_search(some).round(1, some), make_search().round(1, RANGES), strict=True
    ):
        assert few.values == {name: many.values[name] for name in some}
        assert few.seed == many.seed


# --- data ---------------------------------------------------------------------------------------


def test_the_test_part_of_the_data_changes_nothing(make_search, cloud_file):
    rows = table(make_search().run(Here()))
    seen = clouds()
    noise = np.random.default_rng(1).random(seen.x_test.shape, np.float32)
    os.remove(cloud_file)
    write(cloud_file, dataclasses.replace(seen, x_test=noise, t_test=seen.t_test[::-1].copy()))
    assert table(make_search().run(Here())) == rows


def test_trials_share_their_samples_and_the_data_are_loaded_once(make_search, monkeypatch):
    loads, load = [], data.load

    def counting(source):
        loads.append(source)
        return load(source)

    monkeypatch.setattr(data, "load", counting)
    search = make_search()
    with ThreadPoolExecutor(4) as threads:
        list(search.run(threads))
    assert len(loads) == 1
    assert not subset._kept  # and the memory is given back


def test_all_trials_learn_from_the_same_samples_and_are_judged_on_the_same_others(
    make_search, monkeypatch
):
    splits, choose = [], Trainer._choose_samples

    def remembering(trainer):
        choose(trainer)
        x = trainer.dataset.x_train
        splits.append((x[trainer.training_indices], x[trainer.validation_indices]))

    monkeypatch.setattr(Trainer, "_choose_samples", remembering)
    list(make_search().run(Here()))
    training, judging = splits[0]
    assert (len(training), len(judging)) == (80, 20)
    assert not {x.tobytes() for x in training} & {x.tobytes() for x in judging}
    for others in splits:
        assert np.array_equal(others[0], training)
        assert np.array_equal(others[1], judging)
    splits.clear()
    list(make_search(data_seed=1).run(Here()))
    assert not np.array_equal(splits[0][1], judging)


@given(st.integers(2, 200), st.integers(0, 2**31 - 1))
def test_a_subset_holds_that_many_different_training_samples(tmp_path_factory, count, seed):
    whole = clouds()
    found = subset._cut(whole, count, seed)
    assert len(found.x_train) == len(found.t_train) == min(count, 150)
    assert not len(found.x_test)
    pairs = {(x.tobytes(), int(t)) for x, t in zip(whole.x_train, whole.t_train, strict=True)}
    drawn = {(x.tobytes(), int(t)) for x, t in zip(found.x_train, found.t_train, strict=True)}
    assert len(drawn) == min(count, 150)
    assert drawn <= pairs


def test_a_changed_file_is_read_anew(cloud_file):
    before = subset.subset(cloud_file, None, 0)
    assert subset.subset(cloud_file, None, 0) is before
    os.remove(cloud_file)
    write(cloud_file, clouds(120))
    assert len(subset.subset(cloud_file, None, 0).x_train) == 120


# --- what goes wrong ----------------------------------------------------------------------------


def test_a_trial_that_diverges_is_a_row_with_its_reason(make_search):
    ranges = {"optimizer.lr": Choice(100.0, 0.01)}
    search = make_search(ranges, {"epochs": 20, "weight_decay": 1.0}, trials=8)
    rows = table(search.run(Here()))
    assert len(rows) == 16
    for row in rows:
        if row.values["optimizer.lr"] == 100.0:
            assert row.score is None
            assert row.loss is None
            assert "diverged at step" in row.problem
            assert search.repeat(row) == row
        else:
            assert row.problem == ""
    assert {row.values["optimizer.lr"] for row in rows[8:]} == {0.01}


def test_trials_that_cannot_begin_are_rows_and_leave_the_ranges(make_search):
    search = make_search({"layers.3.units": Uniform(4, 9, whole=True)})
    first, *rows = search.run(Here())
    assert [type(event) for event in rows] == [Row] * 6 + [RoundStarted] + [Row] * 6
    assert rows[6].ranges == first.ranges
    assert all("classes" in row.problem for row in table(rows))
    assert best(rows) == []


def test_data_that_do_not_exist_are_every_row_s_problem(make_search):
    search = make_search()
    lost = dataclasses.replace(search, spec=dataclasses.replace(search.spec, data="./nowhere.npz"))
    rows = table(lost.run(Here()))
    assert len(rows) == 12
    assert all("There is no data set './nowhere.npz'" in row.problem for row in rows)


def test_too_few_samples_to_hold_one_back_are_a_row_s_problem(make_search):
    search = make_search(samples=None, validation_share=0.001)
    assert "No sample is held back" in search.round(1, RANGES)[0].run().problem


def test_an_executor_that_refuses_or_fails_is_every_row_s_problem(make_search):
    def refuse(count: int) -> None:
        if count == 2:
            raise RuntimeError("no room")

    rows = table(make_search(rounds=1).run(Here(refuse)))
    assert [row.problem for row in rows].count("") == 5
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    rows = table(make_search(rounds=1).run(closed))
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert all("after shutdown" in row.problem for row in rows)


@pytest.mark.parametrize("executor", ["x", 3, ThreadPoolExecutor])
def test_what_is_no_executor_is_refused_at_once(make_search, executor):
    with pytest.raises(OptionError, match=r"executor must be a concurrent.futures.Executor"):
        make_search().run(executor)  # before the first row is asked for


def test_early_stopping_works_in_a_trial(make_search):
    search = make_search({"optimizer.lr": LogUniform(0.1, 0.5)}, {"patience": 2, "epochs": 200})
    row = search.round(1, search.ranges)[0].run()
    assert row.problem == ""
    assert row.epochs < 200


# --- the book -----------------------------------------------------------------------------------


def test_the_book_s_search_finds_the_learning_rate_s_order_of_magnitude():
    """Saitoh, section 6.5.3, with a smaller network and fewer trials."""
    spec = ProjectSpec.from_preset(
        "two-layer", training=TrainingSettings(optimizer=SGD(), epochs=10), data="digits"
    )
    ranges = {"weight_decay": LogUniform(1e-8, 1e-4), "optimizer.lr": LogUniform(1e-6, 1e-2)}
    search = Search(spec, ranges, trials=12, rounds=2, samples=500, validation_share=0.2)
    with ThreadPoolExecutor(1) as thread:
        events = list(search.run(thread))
    second = [event for event in events if isinstance(event, RoundStarted)][1]
    assert second.ranges["optimizer.lr"].probes()[0] > 1e-4
    leading = best(events)
    assert 1e-3 <= leading[0].values["optimizer.lr"] <= 1e-2
    assert (leading[0].score or 0) > 2 * (leading[-1].score or 0)
