"""A data set checks itself; a split is a partition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.data import Dataset, split
from nnlib.errors import DataError


def parts(**changes: Any) -> dict[str, Any]:
    usual = {
        "name": "tiny",
        "x_train": np.zeros((4, 1, 3, 2), np.float32),
        "t_train": np.array([0, 1, 2, 0]),
        "x_test": np.ones((2, 1, 3, 2), np.float32),
        "t_test": np.array([2, 1]),
        "classes": ("a", "b", "c"),
    }
    return usual | changes


def test_it_knows_the_shape_of_a_sample_and_the_number_of_classes():
    dataset = Dataset(**parts())
    assert dataset.input_shape == (1, 3, 2)
    assert dataset.n_classes == 3
    flat = Dataset(**parts(x_train=np.zeros((4, 2), "f4"), x_test=np.zeros((2, 2), "f4")))
    assert flat.input_shape == (2,)


def test_its_arrays_cannot_be_changed_and_the_callers_still_can():
    given_arrays = parts()
    dataset = Dataset(**given_arrays)
    with pytest.raises(ValueError, match="read-only"):
        dataset.x_train[0] = 1
    given_arrays["x_train"][0] = 1
    given_arrays["t_train"][0] = 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"classes": ()}, "no classes"),
        ({"t_train": np.array([0, 1])}, "4 samples but 2 labels"),
        ({"t_test": np.array([0, 3])}, "labels go from 0 to 3"),
        ({"t_test": np.array([0, -1])}, "labels go from -1"),
        ({"t_train": np.array([0.0, 1.0, 2.0, 0.0])}, "int64"),
        ({"x_train": np.zeros((4, 1, 3, 2))}, "float32"),
        ({"x_train": np.zeros((4, 3, 2), np.float32)}, "shape"),
        ({"x_train": np.full((4, 1, 3, 2), np.nan, np.float32)}, "not a finite number"),
        ({"x_test": np.full((2, 1, 3, 2), -np.inf, np.float32)}, "test part.*not a finite number"),
        ({"x_test": np.zeros((2, 1, 2, 2), np.float32)}, "must be alike"),
        ({"x_train": np.zeros((0, 1, 3, 2), "f4"), "t_train": np.zeros(0, int)}, "no training"),
        ({"x_train": np.zeros((4, 1, 0, 2), "f4")}, "holds no value"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(changes, says):
    with pytest.raises(DataError, match=says):
        Dataset(**parts(**changes))


@given(count=st.integers(1, 500), fraction=st.floats(0, 0.999), seed=st.integers(0, 2**40))
def test_a_split_is_a_partition_and_repeats_itself(count, fraction, seed):
    training, validation = split(count, fraction, seed)
    assert sorted([*training, *validation]) == list(range(count))
    assert len(training) >= 1
    assert abs(len(validation) - count * fraction) <= 1
    again = split(count, fraction, seed)
    np.testing.assert_array_equal(training, again[0])
    np.testing.assert_array_equal(validation, again[1])


def test_a_split_is_shuffled_and_hangs_on_the_seed():
    training, _ = split(1000, 0.1, seed=0)
    assert (np.diff(training) < 0).any()
    assert (split(1000, 0.1, seed=1)[0] != training).any()


@pytest.mark.parametrize("arguments", [(0, 0.1, 0), (5, 1.0, 0), (5, -0.1, 0), (5, 0.1, -1)])
def test_a_split_that_cannot_be_is_refused(arguments):
    with pytest.raises(DataError, match="split needs"):
        split(*arguments)
