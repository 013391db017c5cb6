"""Pace: whether the helper pays at present.

Two processes that wait for each other need two cores. Where another program has one of them, each
waits for a turn of its own in every step, and one alone is faster: in one measurement three times.
"""

from __future__ import annotations

import time
from collections.abc import Callable

SLOWER = 1.4
"""Where batches take so many times the usual time, it is tried how long they take alone."""
BATCHES = 8  # in a trial, for a mean, and in a row to begin a trial
SECONDS = 1.0
"""From one trial to the next; longer and longer while the helper does not pay."""
MOST_SECONDS = 16.0
MARGIN = 0.9  # what is faster must be so much faster


class Pace:
    """Notes how long batches take with the helper and without, and says who works on the next.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._helped = self._alone = 0.0  # mean seconds of a sample
        self._usual = 0.0  # with the helper, where it pays
        self._is_helped = True
        self._left = BATCHES  # batches until it may be judged
        self._slow = 0  # batches in a row
        self._next_trial = 0.0
        self._pause = SECONDS

    def wants_help(self) -> bool:
        """Whether the next batch is one for the helper, too."""
        if not self._is_helped and not self._left and self._clock() >= self._next_trial:
            self._begin(is_helped=True)
        return self._is_helped

    def note(self, seconds: float, was_helped: bool) -> None:
        """Note how long a sample took in a batch."""
        if was_helped != self._is_helped:
            return  # the helper was not free, or is not there yet
        first = self._left == BATCHES
        if was_helped:
            self._helped = seconds if first else _mean(self._helped, seconds)
        else:
            self._alone = seconds if first else _mean(self._alone, seconds)
        self._left = max(0, self._left - 1)
        if not self._left:
            self._judge()

    def _judge(self) -> None:
        alone_pays = self._alone < MARGIN * self._helped
        if not self._is_helped:
            if not alone_pays:  # all is slower than it was
                self._stay()
                self._begin(is_helped=True)
        elif self._alone:  # this was a trial
            if alone_pays:
                self._pause = min(2 * self._pause, MOST_SECONDS)
                self._begin(is_helped=False)
            else:
                self._stay()
        elif not self._usual or self._helped < self._usual:
            self._usual = self._helped
        else:
            self._slow = self._slow + 1 if self._helped > SLOWER * self._usual else 0
            if self._slow >= BATCHES and self._clock() >= self._next_trial:
                self._begin(is_helped=False)

    def _stay(self) -> None:
        """Keep the helper: as long as a batch takes with it now is the usual."""
        self._usual, self._alone, self._pause = self._helped, 0.0, SECONDS

    def _begin(self, is_helped: bool) -> None:
        self._is_helped, self._left, self._slow = is_helped, BATCHES, 0
        self._next_trial = self._clock() + self._pause


def _mean(before: float, now: float) -> float:
    return before + (now - before) / BATCHES
