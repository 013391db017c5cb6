"""How a hand writes a digit: random shapes from the skeletons, step by step.

Each step takes its own generator and draws a number of random values that does not depend on
earlier results, so a last-bit difference of one machine's arithmetic stays a last-bit difference.
Steps 4 to 6 work on all digits of a block at once. Coordinates: the digit's box is 0..1, y
downwards.

The numbers were measured: a network that trains on these digits alone was judged by its reading of
MNIST and of real pen strokes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator
from numpy.typing import NDArray

from nnlib.data import skeletons
from nnlib.data.paths import Floats, Indices, Paths, starts_of
from nnlib.data.skeletons import Family

SAMPLES = 8
"""Points of the spline between two nodes."""
_TREMOR = 256  # points of a stroke until its tremor repeats
_KNOTS = 64  # of the pen's pressure in a stroke, at most


@dataclass(frozen=True)
class Draft:
    """Digits being written. Their order is that of their families.

    `paths`: N drawings. `digit` (N,): what each is meant to be. `aspect` (N,): its usual width for
    a height of 1.
    """

    paths: Paths
    digit: Indices
    aspect: Floats


def clipped_normal(rng: Generator, sd: Floats | float, shape: int | tuple[int, ...]) -> Floats:
    """N(0, sd) without the outliers: clipped at 2.2 sd."""
    return np.asarray(np.clip(rng.standard_normal(shape), -2.2, 2.2) * sd)


# Steps 1 to 3: a family's digits share their nodes, so they are made family by family.


def pick_families(rng: Generator, digits: NDArray[np.integer]) -> Indices:
    """For each digit (N,) one of its families, by weight: indices into `skeletons.load()` (N,)."""
    families = skeletons.load()
    draws = rng.random(len(digits))
    picked = np.zeros(len(digits), np.int64)
    for digit in range(10):
        own = [i for i, family in enumerate(families) if family.digit == digit]
        limits = np.cumsum([families[i].weight for i in own])
        wanted = digits == digit
        place = np.searchsorted(limits / limits[-1], draws[wanted], side="right")
        picked[wanted] = np.array(own)[np.minimum(place, len(own) - 1)]
    return picked


def mix_exemplars(rng: Generator, family: Family, count: int) -> Floats:
    """Step 1: new shapes (count, V, 2) between and a little beyond the family's exemplars."""
    exemplars = len(family.exemplars)
    shares = rng.dirichlet(np.full(exemplars, 0.55), count)
    if exemplars > 1:
        shares = 1.25 * shares - 0.25 / exemplars
    nodes: Floats = np.einsum("nk,kvc->nvc", shares, family.exemplars, optimize=True)
    return nodes


def jitter_nodes(rng: Generator, family: Family, nodes: Floats) -> Floats:
    """Step 2: move each node, bend each stroke by slow waves, and move strokes as a whole."""
    count = len(nodes)
    parts = []
    ends = np.cumsum(family.strokes)
    for start, end in zip(starts_of(ends), ends, strict=True):
        part = nodes[:, start:end] + clipped_normal(rng, 0.045, (count, end - start, 2))
        along = np.linspace(0, 1, end - start)[:, None]
        for f in (1, 2, 3):
            height = clipped_normal(rng, 0.045, (count, 1, 2)) / np.sqrt(f)
            part += height * np.cos(np.pi * f * along + rng.uniform(0, 2 * np.pi, (count, 1, 2)))
        if len(ends) > 1:
            part += clipped_normal(rng, 0.04, (count, 1, 2))
        parts.append(part)
    return np.concatenate(parts, axis=1)


def spline(family: Family, nodes: Floats) -> tuple[Floats, list[int]]:
    """Step 3: smooth curves through the nodes: (count, M, 2), and the points of each stroke."""
    ends = np.cumsum(family.strokes)
    curves = []
    for start, end in zip(starts_of(ends), ends, strict=True):
        basis = _catmull_rom(tuple(map(bool, family.corners[start:end])))
        curves.append(np.einsum("mv,nvc->nmc", basis, nodes[:, start:end], optimize=True))
    return np.concatenate(curves, axis=1), [curve.shape[1] for curve in curves]


@cache
def _catmull_rom(corners: tuple[bool, ...]) -> Floats:
    """The weights (M, V) of a stroke's V nodes in the M points of its curve.

    A uniform Catmull-Rom spline; it ends and begins anew at each corner, with its last direction.
    """
    count = len(corners)
    breaks = [0, *(i for i in range(1, count - 1) if corners[i]), count - 1]
    node = np.eye(count)
    rows = []
    for first, last in pairwise(breaks):
        for i in range(first, last):
            p1, p2 = node[i], node[i + 1]
            p0 = node[i - 1] if i > first else 2 * p1 - p2
            p3 = node[i + 2] if i + 1 < last else 2 * p2 - p1
            for t in np.arange(SAMPLES) / SAMPLES:
                rows.append(
                    0.5
                    * (
                        2 * p1
                        + (p2 - p0) * t
                        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
                    )
                )
    rows.append(node[-1])
    return np.array(rows)


def draft(rng: Generator, family_of: Indices) -> Draft:
    """Steps 1 to 3 for digits whose families (N,) are given in ascending order."""
    families = skeletons.load()
    points, lengths, strokes = [], [], []
    for index, count in zip(*np.unique(family_of, return_counts=True), strict=True):
        family = families[index]
        nodes = jitter_nodes(rng, family, mix_exemplars(rng, family, int(count)))
        curves, sizes = spline(family, nodes)
        points.append(curves.reshape(-1, 2))
        lengths.append(np.tile(sizes, count))
        strokes.append(np.full(count, len(sizes)))
    x, y = np.concatenate(points).T
    return Draft(
        paths=Paths(x, y, np.cumsum(np.concatenate(lengths)), np.cumsum(np.concatenate(strokes))),
        digit=np.array([families[i].digit for i in family_of]),
        aspect=np.array([families[i].aspect for i in family_of]),
    )


# Steps 4 to 6: all digits at once.


def warp(rng: Generator, paths: Paths) -> Paths:
    """Step 4: bend the paper, smoothly, the same way for all strokes of a digit."""
    count, of = len(paths.drawing_ends), paths.drawing_of_point
    u = np.clip(2 * paths.x - 1, -1.3, 1.3)
    v = np.clip(2 * paths.y - 1, -1.3, 1.3)
    terms = (u * u, u * v, v * v, u**3, u * u * v, u * v * v, v**3)
    x, y = paths.x.copy(), paths.y.copy()
    for term, sd_x, sd_y in zip(
        terms,
        (0.15, 0.16, 0.20, 0.06, 0.10, 0.10, 0.08),
        (0.08, 0.10, 0.20, 0.04, 0.05, 0.05, 0.06),
        strict=True,
    ):
        x += (clipped_normal(rng, sd_x / 2, count)[of]) * term
        y += (clipped_normal(rng, sd_y / 2, count)[of]) * term
    return paths.moved_to(x + _waves(rng, count, of, y), y + _waves(rng, count, of, x))


def _waves(rng: Generator, count: int, of: Indices, along: Floats) -> Floats:
    """A sine wave over `along` (P,), another for each of the `count` digits."""
    height = clipped_normal(rng, 0.025, count)
    frequency = rng.uniform(1.2, 2.6, count)
    phase = rng.uniform(0, 2 * np.pi, count)
    return height[of] * np.sin(np.pi * frequency[of] * along + phase[of])


def set_aspect(rng: Generator, paths: Paths, digit: Indices, aspect: Floats) -> Paths:
    """Step 5a: give each digit its own width."""
    width = aspect * np.exp(clipped_normal(rng, np.where(digit == 8, 0.19, 0.25), len(digit)))
    paths = paths.centred()
    return paths.moved_to(paths.x * width[paths.drawing_of_point], paths.y)


def smooth(rng: Generator, paths: Paths) -> Paths:
    """Step 5b: round the corners as a quick hand does, a moving average; a stroke's ends stay."""
    count = len(paths.drawing_ends)
    width = rng.uniform(0.02, 0.14, count) / 0.04 + rng.random(count)
    paths = paths.resampled(0.02)
    index = np.arange(len(paths.x))
    stroke = paths.stroke_of_point
    to_end = np.minimum(index - paths.stroke_starts[stroke], paths.stroke_ends[stroke] - 1 - index)
    half = np.minimum(width.astype(np.int64)[paths.drawing_of_point], to_end)

    def average(values: Floats) -> Floats:
        sums = np.concatenate((np.zeros(1), np.cumsum(values)))
        means: Floats = (sums[index + half + 1] - sums[index - half]) / (2 * half + 1)
        return means

    return paths.moved_to(average(paths.x), average(paths.y))


def tremble(rng: Generator, paths: Paths) -> Paths:
    """Step 5c: the tremor of the hand, white noise smoothed over five points."""
    strength = 2 * np.abs(0.006 * rng.standard_normal(len(paths.drawing_ends)))
    noise = rng.standard_normal((2, len(paths.stroke_ends) * _TREMOR + 4))
    smoothed = sliding_window_view(noise, 5, axis=1).mean(axis=2)
    rank = np.arange(len(paths.x)) - paths.stroke_starts[paths.stroke_of_point]
    place = paths.stroke_of_point * _TREMOR + rank % _TREMOR
    strength = strength[paths.drawing_of_point]
    return paths.moved_to(
        paths.x + strength * smoothed[0, place], paths.y + strength * smoothed[1, place]
    )


def slant(rng: Generator, paths: Paths) -> Paths:
    """Step 6: shear to the right, mostly, then turn a little."""
    count, of = len(paths.drawing_ends), paths.drawing_of_point
    shear = 0.15 + clipped_normal(rng, 0.25, count)
    angle = clipped_normal(rng, np.deg2rad(7.0), count)
    x, y = paths.x - shear[of] * paths.y, paths.y
    cos, sin = np.cos(angle)[of], np.sin(angle)[of]
    return paths.moved_to(cos * x - sin * y, sin * x + cos * y)


# Step 7, the pen's part of it.


def pen_thickness(rng: Generator, digit: Indices) -> Floats:
    """How thick each digit (N,) is drawn, in pixels (N,)."""
    is_one, is_eight, is_nine = digit == 1, digit == 8, digit == 9
    usual = 2.5 * np.select([is_one, is_eight, is_nine], [1.03, 0.95, 0.95], 1.0)
    spread = np.where(is_one, 1.25 * 0.31, 0.31)
    most = np.select([is_one, is_eight], [6.0, 4.4], 5.0)
    return np.clip(usual * np.exp(spread * rng.standard_normal(len(digit))), 1.3, most)


def pen_radius(rng: Generator, paths: Paths, thickness: Floats) -> Floats:
    """The pen's radius at each point (P,), in pixels: pressure wanders along the stroke."""
    wander = rng.standard_normal(len(paths.stroke_ends) * _KNOTS)
    sizes = paths.stroke_ends - paths.stroke_starts
    used = np.clip(sizes // 12, 3, _KNOTS)
    stroke = paths.stroke_of_point
    rank = np.arange(len(stroke)) - paths.stroke_starts[stroke]
    place = rank / np.maximum(sizes - 1, 1)[stroke] * (used - 1)[stroke]
    left = np.minimum(place.astype(np.int64), used[stroke] - 2)
    first = stroke * _KNOTS + left
    share = place - left
    z = (1 - share) * wander[first] + share * wander[first + 1]
    radius: Floats = thickness[paths.drawing_of_point] / 2 * np.clip(1 + 0.18 * z, 0.6, 1.5)
    return radius
