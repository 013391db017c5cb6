"""The pen's way over the paper: the strokes of many drawings, in flat arrays.

A drawing is a few strokes, a stroke a few points. One drawing from the canvas and a thousand drawn
digits are kept the same way, all points one behind the other, so that each step of drawing is a
handful of NumPy calls for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Paths:
    """P points in S strokes in N drawings. A stroke has a point at least, a drawing a stroke.

    `x`, `y` (P,): the points, y downwards. `stroke_ends` (S,): for each stroke the index behind its
    last point. `drawing_ends` (N,): for each drawing the index behind its last stroke.
    """

    x: Floats
    y: Floats
    stroke_ends: Indices
    drawing_ends: Indices

    def moved_to(self, x: Floats, y: Floats) -> Paths:
        """The same strokes with their points elsewhere; x, y: (P,)."""
        return replace(self, x=x, y=y)

    @cached_property
    def stroke_starts(self) -> Indices:
        """(S,): the index of each stroke's first point."""
        return starts_of(self.stroke_ends)

    @cached_property
    def stroke_of_point(self) -> Indices:
        """(P,)"""
        return np.repeat(np.arange(len(self.stroke_ends)), self.stroke_ends - self.stroke_starts)

    @cached_property
    def drawing_of_stroke(self) -> Indices:
        """(S,)"""
        strokes = self.drawing_ends - starts_of(self.drawing_ends)
        return np.repeat(np.arange(len(self.drawing_ends)), strokes)

    @cached_property
    def drawing_of_point(self) -> Indices:
        """(P,)"""
        return self.drawing_of_stroke[self.stroke_of_point]

    def boxes(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The bounding box of each drawing: left, top, right, bottom, each (N,)."""
        first = self.stroke_starts[starts_of(self.drawing_ends)]
        return (
            np.minimum.reduceat(self.x, first),
            np.minimum.reduceat(self.y, first),
            np.maximum.reduceat(self.x, first),
            np.maximum.reduceat(self.y, first),
        )

    def centred(self) -> Paths:
        """Each drawing moved so that the middle of its bounding box is at (0, 0)."""
        left, top, right, bottom = self.boxes()
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        drawing = self.drawing_of_point
        return self.moved_to(self.x - middle_x[drawing], self.y - middle_y[drawing])

    def resampled(self, step: float) -> Paths:
        """The same strokes with their points evenly spaced, at most `step` apart along the stroke.

        The ends stay; a stroke without length becomes a single point.
        """
        # One ruler for all strokes: along a stroke it measures the way, between two it jumps by 1.
        steps = np.hypot(np.diff(self.x, prepend=self.x[0]), np.diff(self.y, prepend=self.y[0]))
        steps[self.stroke_starts] = 1.0
        ruler = np.cumsum(steps)
        first, last = self.stroke_starts, self.stroke_ends - 1
        lengths = ruler[last] - ruler[first]
        # The small allowance keeps a length of exactly n steps from becoming n + 1 by rounding.
        intervals = np.ceil(lengths / step - 1e-3).astype(np.int64)
        intervals[lengths > 0] = np.maximum(intervals[lengths > 0], 1)
        ends = np.cumsum(intervals + 1)

        stroke = np.repeat(np.arange(len(ends)), intervals + 1)
        rank = np.arange(ends[-1]) - starts_of(ends)[stroke]
        share = rank / np.maximum(intervals, 1)[stroke]
        marks = ruler[first][stroke] + share * lengths[stroke]
        left = np.searchsorted(ruler, marks, side="right") - 1
        left = np.clip(left, first[stroke], last[stroke])
        right = np.minimum(left + 1, last[stroke])
        gap = ruler[right] - ruler[left]
        t = np.where(gap > 0, (marks - ruler[left]) / np.where(gap > 0, gap, 1.0), 0.0)
        t = np.clip(t, 0.0, 1.0)
        return Paths(
            x=self.x[left] + t * (self.x[right] - self.x[left]),
            y=self.y[left] + t * (self.y[right] - self.y[left]),
            stroke_ends=ends,
            drawing_ends=self.drawing_ends,
        )


def starts_of(ends: Indices) -> Indices:
    """Where each part begins, given where it ends: (0, ends[0], ends[1], ...)."""
    return np.concatenate(([0], ends[:-1])).astype(np.int64)
