"""Strokes become MNIST-like pictures, wherever and however large they were drawn."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnlib.data import render
from nnlib.errors import DataError
from tests.support.pen_strokes import parse, pen_digits

ANGLE = np.linspace(0, 2 * np.pi, 200)
RING = np.stack([np.cos(ANGLE), 1.4 * np.sin(ANGLE)], axis=1)
SEVEN = np.array([[0, 0], [5, 0], [2, 10]])

coordinate = st.integers(-1000, 1000).map(float)
point = st.tuples(coordinate, coordinate)
stroke = st.lists(point, min_size=1, max_size=12).map(np.array)
drawing = st.lists(stroke, min_size=1, max_size=4)


def centre_of_mass(picture):
    axis = np.arange(28)
    mass = picture.sum()
    return picture.sum(1) @ axis / mass, picture.sum(0) @ axis / mass


@given(drawing)
def test_a_picture_is_28_x_28_in_0_to_1_with_its_weight_in_the_middle(strokes):
    before = [s.copy() for s in strokes]
    picture = render(strokes)
    assert picture.dtype == np.float32
    assert picture.shape == (28, 28)
    assert picture.min() >= 0
    assert 0.5 < picture.max() <= 1
    # Within half a pixel, unless ink had to leave the picture.
    if not (picture[[0, -1]].any() or picture[:, [0, -1]].any()):
        np.testing.assert_allclose(centre_of_mass(picture), 14, atol=0.5001)
    for s, b in zip(strokes, before, strict=True):
        np.testing.assert_array_equal(s, b)


@given(
    drawing,
    st.floats(1e-3, 1e3),
    st.floats(-1e4, 1e4),
    st.floats(-1e4, 1e4),
)
def test_size_and_place_of_a_drawing_do_not_matter(strokes, scale, x, y):
    picture = render(strokes)
    # A centre of mass that lies right between two pixels may be rounded either way.
    rows, columns = centre_of_mass(picture)
    assume(abs(rows - 14) < 0.499)
    assume(abs(columns - 14) < 0.499)
    moved = render([s * scale + (x, y) for s in strokes])
    np.testing.assert_allclose(moved, picture, atol=2e-3)


@given(stroke)
def test_points_on_the_way_or_drawn_twice_change_nothing_to_speak_of(points):
    assume(len(points) > 1)
    middles = (points[:-1] + points[1:]) / 2
    denser = np.concatenate(
        [np.stack([points[:-1], points[:-1], middles], axis=1).reshape(-1, 2), points[-1:]]
    )
    rows, columns = centre_of_mass(render([points]))
    assume(abs(rows - 14) < 0.499)
    assume(abs(columns - 14) < 0.499)
    np.testing.assert_allclose(render([denser]), render([points]), atol=2e-3)


def ink_extent(picture, axis):
    return picture.max(axis=axis).sum()


def test_the_longer_side_of_the_ink_is_20_pixels():
    assert ink_extent(render([RING]), axis=1) == pytest.approx(20, abs=0.5)
    assert ink_extent(render([RING[:, ::-1]]), axis=0) == pytest.approx(20, abs=0.5)
    assert ink_extent(render([SEVEN], thickness=4), axis=1) == pytest.approx(20, abs=0.5)
    assert ink_extent(render([RING], thickness=6), axis=1) == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("thickness", [1.0, 2.5, 4.0])
def test_a_straight_line_is_as_thick_as_the_pen(thickness):
    picture = render([np.array([[0, 0], [0, 50]])], thickness)
    assert picture[14].sum() == pytest.approx(thickness, abs=0.08)
    np.testing.assert_array_equal(picture, picture[::-1][np.r_[27, 0:27]])  # mirrored about row 14


def test_no_stroke_is_an_empty_picture():
    empty = np.empty((0, 2))
    assert not render([]).any()
    assert not render([[]]).any()
    assert not render([empty]).any()
    assert not render([empty, []]).any()


@pytest.mark.parametrize(
    "strokes",
    [
        [[(3, 4)]],
        [[(0, 0)]],
        [[(1e9, -1e9)] * 5],
        [[(7, 7)], [], [(7, 7), (7, 7)]],
        [[(0.1 + 0.2, 1), (0.3, 1)]],
        [[(5e-324, 0)]],
    ],
)
def test_a_tap_is_a_dot(strokes):
    dot = render(strokes)
    assert np.pi * 1.25**2 == pytest.approx(dot.sum(), rel=0.15)
    assert dot[14, 14] == 1
    np.testing.assert_array_equal(dot, render([[(1, 1)]]))


def test_a_tap_with_a_tremble_is_a_dot_when_its_size_says_so():
    trembling = [np.array([[100, 100], [101, 100], [101, 102]])]
    np.testing.assert_array_equal(render(trembling, dot_size=3), render([[(1, 1)]]))
    assert render(trembling).sum() > 20
    assert render([SEVEN * 20], dot_size=3).sum() > 20


@pytest.mark.parametrize("size", [5e-324, 1e-300, 1e-30, 1e30, 1e300, 1.7e308])
def test_no_size_overflows(size):
    picture = render([np.array([[-1, -1], [1, 1]]) * size])
    np.testing.assert_allclose(picture, render([np.array([[-1, -1], [1, 1]])]), atol=1e-5)


@pytest.mark.parametrize(
    ("strokes", "says"),
    [
        ([[(0, np.nan)]], "not a finite number"),
        ([[(0, 0), (np.inf, 1)]], "not a finite number"),
        ([[1, 2, 3]], r"shape \(n, 2\)"),
        ([np.zeros((4, 3))], r"shape \(n, 2\)"),
        ([np.zeros((2, 2, 2))], r"shape \(n, 2\)"),
        ([[(1, 2), (3,)]], "array of x, y numbers"),
        ([["ab"]], "array of x, y numbers"),
    ],
)
def test_what_is_no_drawing_is_refused(strokes, says):
    with pytest.raises(DataError, match=says):
        render(strokes)


@pytest.mark.parametrize("thickness", [0, -1, 20, np.nan, np.inf])
def test_a_pen_that_cannot_be_is_refused(thickness):
    with pytest.raises(DataError, match="thick"):
        render([SEVEN], thickness)


def test_it_keeps_up_with_the_pen():
    strokes = [RING, RING * 0.5 + 0.2]
    times = []
    for _ in range(20):
        started = time.perf_counter()
        render(strokes)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.002


def test_real_pen_strokes_look_like_mnist(dev_data):
    digits, labels = pen_digits(dev_data)
    assert len(digits) == len(labels) == 7494
    pictures = np.stack([render(strokes) for strokes in digits[::25]])
    ink = pictures.mean()
    assert 0.08 < ink < 0.16  # MNIST: 0.13
    # A six has its loop below, a nine above: so y is not upside down.
    top_heavy = pictures[:, :14].sum((1, 2)) / pictures.sum((1, 2))
    shown = labels[::25]
    assert np.median(top_heavy[shown == 9]) > np.median(top_heavy[shown == 6])


def test_the_pen_strokes_format_is_understood():
    digits, labels = parse(
        '.COMMENT x\n.SEGMENT DIGIT 0 ? "8"\n.PEN_DOWN\n 1  2\n 3  4\n.PEN_UP\n.DT 100\n'
        '.PEN_DOWN\n 5 6\n.PEN_UP\n.SEGMENT DIGIT 1 ? "0"\n.PEN_DOWN\n 7 8\n.PEN_UP\n'
    )
    assert labels.tolist() == [8, 0]
    assert [[s.tolist() for s in d] for d in digits] == [
        [[[1, -2], [3, -4]], [[5, -6]]],
        [[[7, -8]]],
    ]
