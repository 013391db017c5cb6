"""The skeleton file is read as it explains itself."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib.data import skeletons
from nnlib.errors import DataError


def test_a_family_is_read():
    (family,) = skeletons.parse(
        "# a comment\n\n4a  2.5  0.7  # open\n"
        "  0,0 50,100! 20,-10 + 1,2 3,4\n"
        "  5,5 6,6! 7,7 + 8,8 9,9\n"
    )
    assert (family.name, family.digit, family.weight, family.aspect) == ("4a", 4, 2.5, 0.7)
    assert family.strokes == (3, 2)
    assert family.corners.tolist() == [False, True, False, False, False]
    assert family.exemplars.shape == (2, 5, 2)
    np.testing.assert_allclose(family.exemplars[0, :3], np.array([[0, 0], [0.5, 1], [0.2, -0.1]]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  0,0 1,1", "Line 1: an exemplar needs a family"),
        ("4a 2.5\n 0,0 1,1", "Line 1: expected 'name weight aspect'"),
        ("xa 1 1\n 0,0 1,1", "Line 1: expected"),
        ("4a 0 1\n 0,0 1,1", "Line 1: expected"),
        ("4a 1 1 1\n 0,0 1,1", "Line 1: expected"),
        ("4a 1 1\n 0,0 1", "Line 2: '1' is not a node"),
        ("4a 1 1\n 0,0 a,b", "Line 2: 'a,b' is not a node"),
        ("4a 1 1\n 0,0 1,1 +", "Line 2: a stroke needs two nodes"),
        ("4a 1 1", r"Family 4a \(line 1\) has no exemplar"),
        ("4a 1 1\n 0,0 1,1\n 0,0 1,1 2,2", "differ in strokes, nodes or corners"),
        ("4a 1 1\n 0,0 1,1! 2,2\n 0,0 1,1 2,2", "differ in strokes, nodes or corners"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, says):
    with pytest.raises(DataError, match=says):
        skeletons.parse(text)


def test_the_programs_own_file_has_several_ways_to_write_each_digit():
    families = skeletons.load()
    for digit in range(10):
        assert sum(family.digit == digit for family in families) >= 3
    assert len({family.name for family in families}) == len(families)
    for family in families:
        assert np.abs(family.exemplars - 0.5).max() < 1.2
