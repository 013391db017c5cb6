"""Search: rounds of random trials, each round in narrower ranges around the best so far.

It has no threads and no screen of its own: it is a generator, and where trials run is decided by
the executor that it is given. Saitoh, section 6.5.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from nnlib.errors import OptionError
from nnlib.project import ProjectSpec
from nnlib.random import stream
from nnlib.search import subset
from nnlib.search.names import check_ranges
from nnlib.search.ranges import Range
from nnlib.search.stop import Stop
from nnlib.search.trial import Row, Trial
from nnlib.search.workers import GivenRunner, ProcessRunner, Runner

_SEEDS = 2**31


@dataclass(frozen=True)
class RoundStarted:
    """A round begins.

    Attributes:
        round: which; it counts from 1.
        ranges: where its values are drawn from, by dotted name.
    """

    round: int
    ranges: Mapping[str, Range]


Event = RoundStarted | Row


@dataclass(frozen=True)
class Search:
    """What is searched, and how; `run` does it.

    Args:
        spec: the project that all trials share; its training settings say how short a trial is.
            Its data is named, so that every process can load it by itself.
        ranges: what is searched, by dotted name: see `nnlib.search.names`.
        trials: how many each round has.
        rounds: after each but the last, the ranges are narrowed.
        keep: the share of a round's trials that count as the best, over all rounds so far.
        samples: how many of the training samples take part, chosen at random; None: all of them.
            Trials are short: few samples tell good values from bad ones.
        validation_share: the share of those that is not learned from and gives the score. The test
            part of the data is never looked at.
        seed: fixes the values and the trials' seeds.
        data_seed: fixes which samples take part, and which of them give the score.

    Raises:
        OptionError: a name does not exist, or a value is not allowed.
    """

    spec: ProjectSpec
    ranges: Mapping[str, Range]
    trials: int = 20
    rounds: int = 3
    keep: float = 0.2
    samples: int | None = 500
    validation_share: float = 0.2
    seed: int = 0
    data_seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranges", dict(self.ranges))
        _expect_whole("trials", self.trials, 1, 1_000_000)
        _expect_whole("rounds", self.rounds, 1, 1_000)
        _expect_whole("seed", self.seed, 0, _SEEDS - 1)
        _expect_whole("data_seed", self.data_seed, 0, _SEEDS - 1)
        _expect_share("keep", self.keep, 1.0)
        _expect_share("validation_share", self.validation_share, 0.9)
        if self.samples is not None:
            _expect_whole("samples", self.samples, 2, 2**31)
            if round(self.samples * self.validation_share) < 1:
                raise OptionError(
                    f"search: of {self.samples} samples, a validation share of "
                    f"{self.validation_share:g} is not a single one. Make either larger."
                )
        check_ranges(self.spec, self.ranges)

    def run(
        self,
        executor: Executor | None = None,
        *,
        workers: int | None = None,
        stop: Stop | None = None,
    ) -> Generator[Event, None, None]:
        """Search: a `RoundStarted` for each round, and a `Row` for each trial as it is completed.

        Setting ``stop``, from any thread, or closing the generator ends the search: trials that
        wait are cancelled, those that run in this process or in ours stop within a step, and rows
        that are finished are still given. The same search gives the same `table` on any executor.

        Args:
            executor: where trials run: any `concurrent.futures.Executor`, also a Dask cluster's
                ``client.get_executor()``; it stays open. None: processes of our own, for which a
                script must start under ``if __name__ == "__main__":``.
            workers: how many processes of our own; None: one for each core.

        Raises:
            OptionError: at once, where ``executor`` is none, or ``workers`` is no such number.
        """
        if not isinstance(executor, Executor | None):
            raise OptionError(
                "search: executor must be a concurrent.futures.Executor, or None for processes "
                f"of its own, not {executor!r}."
            )
        if workers is not None:
            _expect_whole("workers", workers, 1, 1_000)
        return self._run(executor, workers, stop or Stop())

    def _run(
        self, executor: Executor | None, workers: int | None, stop: Stop
    ) -> Generator[Event, None, None]:
        runner: Runner = (
            ProcessRunner(workers, stop) if executor is None else GivenRunner(executor, stop)
        )
        try:
            ranges, rows = self.ranges, list[Row]()
            for number in range(1, self.rounds + 1):
                if stop.is_set():
                    return
                yield RoundStarted(number, ranges)
                for row in runner.rows(self.round(number, ranges)):
                    rows.append(row)
                    yield row
                ranges = self.narrowed(ranges, rows)
        finally:
            runner.close()
            subset.forget()

    def round(self, number: int, ranges: Mapping[str, Range]) -> list[Trial]:
        """The trials of a round, their values drawn from ``ranges``."""
        # A stream for each name: searching one more hyperparameter leaves the others' values.
        values = {name: stream(self.seed, f"round {number}, {name}") for name in ranges}
        seeds = stream(self.seed, f"round {number}").integers(_SEEDS, size=self.trials)
        return [
            self._trial(
                number,
                count,
                {name: found.sample(values[name]) for name, found in ranges.items()},
                int(seed),
            )
            for count, seed in enumerate(seeds, 1)
        ]

    def narrowed(self, ranges: Mapping[str, Range], rows: Iterable[Event]) -> dict[str, Range]:
        """The next round's ranges: around the best of all rows so far, inside ``ranges``."""
        rows = table(rows)
        leading = best(rows, math.ceil(self.keep * self.trials))
        return {
            name: found.narrowed(
                [row.values[name] for row in leading], [row.values[name] for row in rows]
            )
            for name, found in ranges.items()
        }

    def trial(self, row: Row) -> Trial:
        """The trial that gave that row; its ``spec`` is the whole project with the row's values."""
        return self._trial(row.round, row.number, row.values, row.seed)

    def repeat(self, row: Row) -> Row:
        """Train that row again, here and now: an equal row, with exactly its score."""
        return self.trial(row).run()

    def _trial(self, round: int, number: int, values: Mapping[str, Any], seed: int) -> Trial:
        return Trial(
            self.spec,
            round,
            number,
            values,
            seed,
            self.samples,
            self.validation_share,
            self.data_seed,
        )


def table(events: Iterable[Event]) -> list[Row]:
    """The rows among the events, in the order of their trials, whichever was completed first."""
    rows = [event for event in events if isinstance(event, Row)]
    return sorted(rows, key=lambda row: (row.round, row.number))


def best(rows: Iterable[Event], count: int | None = None) -> list[Row]:
    """The best rows, the best one first: by score, then by loss, then the earlier trial.

    Trials that failed are not among them.
    """
    good = [row for row in table(rows) if row.score is not None and row.loss is not None]
    good.sort(key=lambda row: (-(row.score or 0.0), row.loss or 0.0))
    return good[:count]


def _expect_whole(name: str, value: Any, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise OptionError(
            f"search: {name} must be a whole number from {low} to {high}, not {value!r}."
        )


def _expect_share(name: str, value: Any, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= high:
        raise OptionError(
            f"search: {name} must be a number greater than 0 and at most {high:g}, not {value!r}."
        )
