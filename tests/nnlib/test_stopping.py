"""Early stopping as a rule over losses: when it is over, and which check was the best."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import DataError, OptionError
from nnlib.training import EarlyStopping

finite = st.floats(-1e6, 1e6)
any_loss = st.one_of(finite, st.sampled_from([math.nan, math.inf]), st.sampled_from([0.0, 1.0]))
patience = st.integers(1, 10)


def checks_until_over(rule: EarlyStopping, losses: list[float]) -> int | None:
    """After how many checks it is over, or None."""
    for count, loss in enumerate(losses, 1):
        rule.check(10 * count, loss)
        if rule.is_over:
            return count
    return None


@given(patience, st.lists(finite, min_size=1, unique=True))
def test_a_strictly_improving_run_is_never_stopped(patience, losses):
    rule = EarlyStopping(patience)
    falling = sorted(losses, reverse=True)
    assert checks_until_over(rule, falling) is None
    assert (rule.best_loss, rule.best_step) == (falling[-1], 10 * len(falling))


@given(patience, finite)
def test_a_flat_run_is_stopped_after_exactly_patience_checks_without_improvement(patience, loss):
    assert checks_until_over(EarlyStopping(patience), [loss] * 50) == 1 + patience


@given(patience, st.lists(finite, min_size=1, unique=True, max_size=20))
def test_a_run_that_falls_and_then_rises_is_stopped_patience_checks_after_its_lowest(
    patience, losses
):
    falling = sorted(losses, reverse=True)
    rising = [falling[-1] + k for k in range(1, 40)]
    rule = EarlyStopping(patience)
    assert checks_until_over(rule, falling + rising) == len(falling) + patience
    assert rule.best_step == 10 * len(falling)


@given(patience, st.floats(0, 10), st.lists(any_loss, min_size=1, max_size=60))
def test_the_best_check_is_the_first_with_the_lowest_loss(patience, least, losses):
    rule = EarlyStopping(patience, least)
    told = [rule.check(step, loss) for step, loss in enumerate(losses)]
    known = [loss for loss in losses if math.isfinite(loss)]
    if not known:
        assert (rule.best_step, rule.best_loss) == (None, math.inf)
    else:
        assert rule.best_loss == min(known)
        assert rule.best_step == losses.index(min(known))
        assert max(step for step, is_best in enumerate(told) if is_best) == rule.best_step


@given(patience, st.lists(any_loss, max_size=60))
def test_it_is_over_when_the_last_patience_checks_all_lie_above_an_earlier_one(patience, losses):
    rule = EarlyStopping(patience)
    for step, loss in enumerate(losses):
        rule.check(step, loss)
        seen = [x if math.isfinite(x) else math.inf for x in losses[: step + 1]]
        before, last = seen[:-patience], seen[-patience:]
        lowest = min(before, default=math.inf)
        assert rule.is_over == (len(last) == patience and min(last) >= lowest)


@given(st.floats(0.1, 1.0))
def test_falling_by_less_than_the_minimum_does_not_count_but_is_the_best(least):
    rule = EarlyStopping(3, least)
    losses = [5.0 - 0.3 * least * k for k in range(100)]
    assert checks_until_over(rule, losses[:3] + losses[2:3] * 10) == 4
    assert rule.best_loss == losses[2]
    assert checks_until_over(EarlyStopping(4, least), losses) is None  # together they do


@given(patience, st.lists(any_loss, max_size=30), st.lists(any_loss, max_size=30))
def test_a_state_goes_on_as_if_never_interrupted(patience, before, after):
    whole, first, second = (EarlyStopping(patience, 0.5) for _ in range(3))
    for step, loss in enumerate(before):
        whole.check(step, loss)
        first.check(step, loss)
    second.restore(json.loads(json.dumps(first.state(), allow_nan=False)))
    for step, loss in enumerate(after, len(before)):
        assert whole.check(step, loss) == second.check(step, loss)
    assert vars(whole) == vars(second)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((0,), "patience must be a whole number from 1"), ((-1,), "patience"), (("a",), "patience"),
     ((1.5,), "patience"), ((None,), "patience"), ((math.nan,), "patience"),
     ((1, -0.5), "minimum_improvement must be a number from 0"), ((1, "a"), "minimum_improvement"),
     ((1, math.nan), "minimum_improvement"), ((1, None), "minimum_improvement")],
)  # fmt: skip
def test_what_cannot_be_waited_for_is_refused(arguments, said):
    with pytest.raises(OptionError, match=f"early stopping: {said}"):
        EarlyStopping(*arguments)


@pytest.mark.parametrize(
    "change",
    [{"waited": -1}, {"waited": None}, {"best_step": 1.5}, {"best_loss": None},
     {"mark": math.nan}, {"best_loss": "0"}, {"best_step": None}],
)  # fmt: skip
def test_a_damaged_state_is_refused_and_nothing_changes(change):
    rule = EarlyStopping(3)
    rule.check(1, 0.5)
    with pytest.raises(DataError, match="damaged"):
        rule.restore(rule.state() | change)
    assert rule.best_loss == 0.5
