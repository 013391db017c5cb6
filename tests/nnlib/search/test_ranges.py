"""Ranges: samples lie inside, spread as promised; narrowing keeps the best and never widens."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnlib import OptionError
from nnlib.search import Choice, LogUniform, Uniform

numbers = st.floats(-1e300, 1e300)
positive = st.floats(1e-300, 1e300)


@st.composite
def intervals(draw) -> Uniform | LogUniform:
    kind = draw(st.sampled_from([Uniform, LogUniform]))
    if draw(st.booleans()):
        ends = draw(st.tuples(*[st.integers(1 if kind is LogUniform else -50, 10**6)] * 2))
        return kind(min(ends), max(ends), whole=True)
    ends = draw(st.tuples(*[positive if kind is LogUniform else numbers] * 2))
    return kind(min(ends), max(ends))


choices = st.lists(st.integers(), min_size=1, max_size=6, unique=True).map(lambda v: Choice(*v))
ranges = st.one_of(intervals(), choices)
seeds = st.integers(0, 2**32)


def samples(found, seed: int, count: int) -> list:
    rng = np.random.default_rng(seed)
    return [found.sample(rng) for _ in range(count)]


@given(ranges, seeds)
def test_samples_lie_in_the_range_and_the_same_seed_gives_the_same(found, seed):
    drawn = samples(found, seed, 20)
    assert all(found.contains(value) for value in drawn)
    assert drawn == samples(found, seed, 20)
    assert all(type(value) in (int, float) for value in drawn)


@given(intervals(), seeds)
def test_whole_ranges_give_whole_numbers_and_others_give_floats(found, seed):
    assert {type(value) for value in samples(found, seed, 5)} == {int if found.whole else float}


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), seeds)
def test_uniform_has_its_quantiles_where_they_belong(low, width, seed):
    found = Uniform(low, low + width)
    drawn = np.quantile(samples(found, seed, 2000), [0.1, 0.5, 0.9])
    np.testing.assert_allclose((drawn - low) / width, [0.1, 0.5, 0.9], atol=0.06)


@given(st.floats(-12, 3), st.floats(0.1, 12), seeds)
def test_log_uniform_has_the_quantiles_of_the_logarithm_where_they_belong(low, width, seed):
    found = LogUniform(10**low, 10 ** (low + width))
    drawn = np.quantile(np.log10(samples(found, seed, 2000)), [0.1, 0.5, 0.9])
    np.testing.assert_allclose((drawn - low) / width, [0.1, 0.5, 0.9], atol=0.06)


def test_every_whole_number_is_equally_likely_the_ends_too():
    drawn = samples(Uniform(1, 6, whole=True), 0, 12_000)
    counts = np.bincount(drawn, minlength=7)[1:]
    assert np.all(np.abs(counts - 2000) < 200)


@given(ranges, seeds, st.integers(1, 8), st.integers(1, 4))
def test_narrowing_keeps_the_best_inside_and_never_leaves_the_range(found, seed, count, rounds):
    original, rng = found, np.random.default_rng(seed)
    for _ in range(rounds):
        tried = [found.sample(rng) for _ in range(10)]
        best = tried[:count]
        narrow = found.narrowed(best, tried)
        assert all(narrow.contains(value) for value in best)
        if isinstance(found, Choice):
            assert set(narrow.values) <= set(found.values)
        else:
            assert type(narrow) is type(found)
            assert original.low <= found.low <= narrow.low <= narrow.high <= found.high
            assert narrow.whole == found.whole
        found = narrow


@given(ranges)
def test_without_a_best_the_range_stays(found):
    assert found.narrowed([], [found.probes()[0]]) == found


def test_a_single_best_leaves_a_fifth_of_a_uniform_range():
    assert Uniform(0, 100).narrowed([50.0], []) == Uniform(40, 60)
    assert Uniform(0, 100).narrowed([5.0], []) == Uniform(0, 15)
    assert Uniform(0, 100, whole=True).narrowed([20, 30], []) == Uniform(10, 40, whole=True)


def test_a_logarithmic_range_is_narrowed_by_orders_of_magnitude():
    narrow = LogUniform(1e-8, 1e2).narrowed([1e-4, 1e-3], [])
    assert (narrow.low, narrow.high) == pytest.approx((1e-5, 1e-2))


def test_choices_keep_the_best_and_those_that_were_never_tried():
    found = Choice("a", "b", "c", "d")
    assert found.narrowed(["c", "a"], ["a", "b", "c"]) == Choice("a", "c", "d")


@given(st.floats(-700, 690), st.floats(0, 10))
def test_ends_survive_the_logarithm_at_any_size(exponent, width):
    low, high = math.exp(exponent), math.exp(min(exponent + width, 690))
    assume(1e-300 <= low <= high <= 1e300)
    found = LogUniform(low, high)
    assert found.narrowed([low, high], []) == found


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Uniform(2, 1), "low must not be greater than high"),
        (lambda: Uniform(0, math.inf), "high must be a finite number"),
        (lambda: Uniform(math.nan, 1), "low must be a finite number"),
        (lambda: Uniform(cast(float, "a"), 1), "low must be a finite number"),
        (lambda: Uniform(True, 1), "low must be a finite number"),
        (lambda: Uniform(0.5, 3, whole=True), "low must be a whole number"),
        (lambda: LogUniform(0, 1), "greater than 0"),
        (lambda: LogUniform(-1, 1), "greater than 0"),
        (lambda: Choice(), "needs the values"),
        (lambda: Choice(1, 2, 1), "twice"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(make, text):
    with pytest.raises(OptionError, match=text):
        make()
