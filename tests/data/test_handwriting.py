"""The steps from a skeleton to a written digit."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib.data import handwriting, skeletons
from nnlib.data.paths import Paths

N = 300


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def draft() -> handwriting.Draft:
    labels = np.repeat(np.arange(10), N // 10)
    return handwriting.draft(rng(1), np.sort(handwriting.pick_families(rng(0), labels)))


def test_a_family_is_one_of_its_digit_and_comes_by_its_weight():
    families = skeletons.load()
    labels = np.tile(np.arange(10), 3000)
    picked = handwriting.pick_families(rng(), labels)
    assert [families[i].digit for i in picked] == labels.tolist()
    for i, family in enumerate(families):
        total = sum(f.weight for f in families if f.digit == family.digit)
        share = (picked == i).sum() / (labels == family.digit).sum()
        assert share == pytest.approx(family.weight / total, abs=0.04)


def test_the_curve_goes_through_the_nodes_and_turns_at_corners():
    family = skeletons.parse("7x 1 1\n 0,0 50,0 100,0! 60,50 40,100 + 0,50 50,60 100,50\n")[0]
    curve, sizes = handwriting.spline(family, family.exemplars)
    assert sizes == [33, 17]
    np.testing.assert_allclose(curve[0, :33:8], family.exemplars[0, :5], atol=1e-12)
    np.testing.assert_allclose(curve[0, 33::8], family.exemplars[0, 5:], atol=1e-12)
    np.testing.assert_allclose(curve[0, :17, 1], 0, atol=1e-12)  # straight up to the corner


@pytest.mark.parametrize("step", [handwriting.warp, handwriting.tremble, handwriting.slant])
def test_a_step_moves_points_and_keeps_strokes_and_its_input(draft, step):
    x = draft.paths.x.copy()
    moved = step(rng(2), draft.paths)
    np.testing.assert_array_equal(draft.paths.x, x)
    np.testing.assert_array_equal(moved.stroke_ends, draft.paths.stroke_ends)
    assert (moved.x != x).mean() > 0.9
    np.testing.assert_array_equal(moved.x, step(rng(2), draft.paths).x)
    assert (moved.x != step(rng(3), draft.paths).x).mean() > 0.9


def test_digits_get_about_the_width_of_their_family(draft):
    paths = handwriting.set_aspect(rng(4), draft.paths, draft.digit, draft.aspect)
    before, after = draft.paths.boxes(), paths.boxes()
    ratio = (after[2] - after[0]) / (before[2] - before[0]) / draft.aspect
    assert np.median(ratio) == pytest.approx(1, abs=0.06)
    assert ratio.std() > 0.1


def test_smoothing_keeps_the_ends_of_strokes(draft):
    smoothed = handwriting.smooth(rng(5), draft.paths)
    for ends in ("stroke_starts", "stroke_ends"):
        old, new = getattr(draft.paths, ends), getattr(smoothed, ends)
        if ends == "stroke_ends":
            old, new = old - 1, new - 1
        np.testing.assert_allclose(smoothed.x[new], draft.paths.x[old], atol=1e-9)
        np.testing.assert_allclose(smoothed.y[new], draft.paths.y[old], atol=1e-9)


def test_pens_are_as_thick_as_mnists():
    thickness = handwriting.pen_thickness(rng(6), np.tile(np.arange(10), 1000))
    assert np.median(thickness) == pytest.approx(2.5, abs=0.1)
    assert thickness.min() >= 1.3
    assert thickness.max() <= 6
    assert thickness.max() > 4.5


def test_the_pens_radius_wanders_around_half_its_thickness(draft):
    thickness = np.full(N, 3.0)
    radius = handwriting.pen_radius(rng(7), draft.paths, thickness)
    assert radius.mean() == pytest.approx(1.5, abs=0.03)
    assert radius.min() >= 0.9 - 1e-9
    assert radius.max() <= 2.25 + 1e-9


def test_resampled_strokes_have_even_steps_and_the_same_ends():
    paths = Paths(
        x=np.array([0.0, 1, 1, 5, 5, 5, 9]),
        y=np.array([0.0, 0, 3, 5, 5, 5, 9]),
        stroke_ends=np.array([3, 6, 7]),
        drawing_ends=np.array([2, 3]),
    )
    even = paths.resampled(0.5)
    assert even.stroke_ends.tolist() == [9, 10, 11]
    np.testing.assert_allclose(even.x[:9], [0, 0.5, 1, 1, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(even.y[:9], [0, 0, 0, 0.5, 1, 1.5, 2, 2.5, 3])
    assert (even.x[9], even.y[10]) == (5, 9)
    np.testing.assert_array_equal(even.drawing_of_point, [0] * 10 + [1])
