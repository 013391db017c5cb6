"""How results read: plain columns for a terminal, or Markdown for docs/performance.md."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.comparison import Result
from benchmarks.engines import TITLES

MEGABYTE = 1e6
NOTHING = "–"
MEMORY_GOAL = {"lenet": 300}  # megabytes, nnlib


class Table:
    """Rows that are printed one by one, as they come.

    Args:
        columns: titles with the least width; a negative width aligns to the left.
    """

    def __init__(self, columns: Sequence[tuple[str, int]], is_markdown: bool) -> None:
        self._titles = [title for title, _ in columns]
        self._widths = [max(abs(width), len(title)) for title, width in columns]
        self._is_left = [width < 0 for _, width in columns]
        self._is_markdown = is_markdown

    def print_header(self) -> None:
        """The titles, and a line under them."""
        if self._is_markdown:
            print()  # or else it is taken for the end of a paragraph
        self.print_row(self._titles)
        if self._is_markdown:
            print("|" + "|".join("---" if left else "---:" for left in self._is_left) + "|")
        else:
            print("  ".join("-" * width for width in self._widths))

    def print_row(self, cells: Sequence[str]) -> None:
        """One row."""
        if self._is_markdown:
            print("| " + " | ".join(cells) + " |", flush=True)
            return
        padded = [
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(cells, self._widths, self._is_left, strict=True)
        ]
        print("  ".join(padded).rstrip(), flush=True)


def training_table(engines: Sequence[str], is_markdown: bool) -> Table:
    """Samples per second, ratios with goals, and the share of the matrix product's rate."""
    columns = [("network", -18), ("batch", 5), ("optimizer", -9), ("parameters", 10)]
    columns += [(TITLES[name], 9) for name in engines]
    for peer in _peers(engines):
        columns += [(f"to {TITLES[peer]}", -16), ("goal", -7)]
    return Table([*columns, ("of sgemm", 8)], is_markdown)


def training_row(result: Result, engines: Sequence[str]) -> list[str]:
    """The row of one network."""
    plan = result.plan
    cells = [plan.network, str(plan.batch_size), plan.optimizer, _parameters(result)]
    for name in engines:
        speed = result.speed(name)
        cells.append(NOTHING if speed is None else f"{speed:,.0f}")
    for peer in _peers(engines):
        ratios = result.ratios(peer)
        ratio = statistics.median(ratios) if ratios else None
        cells.append(_spread(ratios))
        goal = plan.goals.get(peer)
        cells.append("" if goal is None else f"≥ {goal:g}{_mark(ratio, goal)}")
    share = statistics.median(result.fractions) if result.fractions else None
    return [*cells, NOTHING if share is None else f"{100 * share:.0f} %"]


def memory_table(engines: Sequence[str], is_markdown: bool) -> Table:
    """Megabytes at most, data apart."""
    columns = [("network", -18), *((TITLES[name], 12) for name in engines)]
    return Table([*columns, ("goal", -9)], is_markdown)


def memory_row(result: Result, engines: Sequence[str]) -> list[str]:
    """The row of one network: the whole process, and in brackets what the training added."""
    cells = [result.plan.network]
    for name in engines:
        peak, growth = result.memory.get(name, (None, None))
        text = NOTHING if peak is None else f"{peak / MEGABYTE:.0f}"
        cells.append(text if growth is None else f"{text} (+{max(0, growth) / MEGABYTE:.0f})")
    goal = MEMORY_GOAL.get(result.plan.network)
    peak = result.memory.get("nnlib", (None, None))[0]
    reached = None if peak is None else -peak / MEGABYTE
    return [*cells, "" if goal is None else f"< {goal}{_mark(reached, -goal)}"]


def prediction_table(engines: Sequence[str], is_markdown: bool) -> Table:
    """Milliseconds for one picture."""
    columns = [("network", -18), *((TITLES[name], 13) for name in engines)]
    return Table([*columns, ("goal", -7)], is_markdown)


def prediction_row(result: Result, engines: Sequence[str]) -> list[str]:
    """The row of one network: median and 99th percentile."""
    cells = [result.plan.network]
    for name in engines:
        seen = result.predictions.get(name)
        cells.append(NOTHING if seen is None else f"{seen[0]:.3f} / {seen[1]:.3f}")
    goal, ours = result.plan.prediction_goal, result.predictions.get("nnlib")
    reached = None if ours is None else -ours[0]
    return [*cells, "" if goal is None else f"≤ {goal:g}{_mark(reached, -goal)}"]


def _peers(engines: Sequence[str]) -> list[str]:
    return [name for name in engines if name != "nnlib"] if "nnlib" in engines else []


def _parameters(result: Result) -> str:
    """How many numbers are learned; where the engines do not agree, all answers."""
    counts = sorted(set(result.parameters.values()))
    return " ≠ ".join(f"{count:,}" for count in counts) or NOTHING


def _spread(ratios: Sequence[float]) -> str:
    if not ratios:
        return NOTHING
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def _mark(value: float | None, least: float) -> str:
    if value is None:
        return ""
    return " ✓" if value >= least else " ✗"
