"""Every drawn point is a recorded point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gui.panels.thinning import LIMIT, thinned, within

VALUES = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -np.inf]))


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(n).standard_normal(n)


@pytest.mark.parametrize("n", [0, 1, 2, LIMIT - 1, LIMIT])
def test_up_to_the_limit_all_points_are_drawn(n):
    x, y = np.arange(float(n)), noise(n)
    assert all(map(np.array_equal, thinned(x, y), (x, y)))


@given(st.integers(1, 4000).flatmap(lambda n: arrays(np.float64, n, elements=VALUES)))
def test_drawn_points_are_recorded_ones_with_ends_and_extremes(y):
    x = np.arange(float(len(y)))
    drawn_x, drawn_y = thinned(x, y)
    assert len(drawn_x) <= LIMIT
    assert (np.diff(drawn_x) > 0).all()
    np.testing.assert_array_equal(drawn_y, y[drawn_x.astype(int)])
    assert (drawn_x[0], drawn_x[-1]) == (0, len(y) - 1)
    finite, drawn_finite = y[np.isfinite(y)], drawn_y[np.isfinite(drawn_y)]
    if len(finite):
        assert drawn_finite.min() == finite.min()
        assert drawn_finite.max() == finite.max()
    assert np.isfinite(drawn_y).all() == np.isfinite(y).all(), "a gap stays a gap"


@pytest.mark.parametrize("n", [501, 5000, 100_000])
def test_much_is_left_of_a_long_curve(n):
    assert len(thinned(np.arange(float(n)), noise(n))[0]) > LIMIT / 4


def test_points_already_drawn_stay_while_a_curve_grows():
    x, y = np.arange(6000.0), noise(6000)
    before, after = set(thinned(x[:5000], y[:5000])[0]), set(thinned(x, y)[0])
    lost = {point for point in before - after if point < 4990}
    assert not lost


def test_the_part_that_is_looked_at_reaches_beyond_both_ends():
    x = np.arange(100.0)
    assert list(x[within(x, 9.5, 12.5)]) == [9, 10, 11, 12, 13]
    assert list(x[within(x, -5, 0.5)]) == [0, 1]
    assert list(x[within(x, 98.5, 300)]) == [98, 99]
