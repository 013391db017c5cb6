"""Trains every preset beside PyTorch and JAX, and prints what came out."""

from __future__ import annotations

import dataclasses
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import comparison, engines, plan, tables
from benchmarks.comparison import Result, Scope
from benchmarks.load import OtherPrograms
from benchmarks.process import Child
from benchmarks.tables import Table
from nnlib.data import Dataset
from nnlib.project import ProjectSpec
from nnlib.training import Trainer, TrainingSettings

TORCH = "2.13.0"  # the version that the goals are set for
BUSY = 0.2  # processors used by others, or by engines outside their turns: more is worth a word


def endless(name: str, dataset: Dataset) -> Trainer:
    """A trainer for the preset, warm: its first steps are made."""
    spec = ProjectSpec.from_preset(name, training=TrainingSettings(epochs=100_000))
    trainer = Trainer(spec.build(dataset), dataset, spec.training)
    run_for(trainer, 0.2)
    return trainer


def run_for(trainer: Trainer, seconds: float) -> float:
    """Train for about that long, evaluations included; samples per second."""
    start, before = time.perf_counter(), trainer.samples
    for _ in trainer.run():
        passed = time.perf_counter() - start
        if passed >= seconds:
            break
    return (trainer.samples - before) / passed


def report(networks: Sequence[str], scope: Scope, is_markdown: bool) -> None:
    """Measure the networks one after the other and print tables."""
    others, wanted = OtherPrograms(), scope.engines
    scope = dataclasses.replace(scope, engines=[e for e in wanted if engines.is_installed(e)])
    _say(f"Machine: {_machine(scope.cores)}", is_markdown)
    for name in wanted:
        if name not in scope.engines:
            _say(
                f"{engines.TITLES[name]} is not installed: `make bench-peers` installs the peers.",
                is_markdown,
            )
    if scope.engines:
        results = _measure(networks, scope, is_markdown)
        if scope.rounds:
            print("\nMemory: most megabytes without the data; in brackets those after imports")
            _print(tables.memory_table, tables.memory_row, results, scope, is_markdown)
        if scope.predictions:
            print("\nOne picture: milliseconds, median / 99th percentile")
            _print(tables.prediction_table, tables.prediction_row, results, scope, is_markdown)
        _print_doubts(results, others.processors())


def _measure(networks: Sequence[str], scope: Scope, is_markdown: bool) -> list[Result]:
    """Print a row of the training table for each network, as soon as it is known."""
    results: list[Result] = []
    table = tables.training_table(scope.engines, is_markdown)
    with Child("sgemm", "", scope.cores) as matrix:
        matrix.ready()
        matrix.tell("build")
        for network in networks:
            result = comparison.compare(plan.find(network), scope, matrix)
            if not results:
                _introduce(result, matrix, scope, is_markdown)
                if scope.rounds:
                    table.print_header()
            if scope.rounds:
                table.print_row(tables.training_row(result, scope.engines))
            results.append(result)
    return results


def _machine(cores: int) -> str:
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass  # not Linux, or a processor without a name
    return f"{name}, {cores} cores used, {platform.system()}, Python {platform.python_version()}"


def _introduce(result: Result, matrix: Child, scope: Scope, is_markdown: bool) -> None:
    """What is compared with what, and how."""
    for name, text in result.descriptions.items():
        _say(f"{engines.TITLES[name]}: {text}", is_markdown)
    if not result.descriptions.get("torch", TORCH).startswith(TORCH):
        _say(f"The goals are set for PyTorch {TORCH}.", is_markdown)
    rate = matrix.rate(0.5) / 1e9
    _say(f"sgemm: {rate:,.0f} GFLOP/s with {scope.cores} threads of BLAS", is_markdown)
    if scope.rounds:
        print(
            f"\nTraining: samples per second, median of {scope.rounds} turns of {scope.seconds:g} "
            "s in alternation;\nnnlib's ratio to each peer, median (least–most) over the rounds"
        )


def _say(line: str, is_markdown: bool) -> None:
    print(f"- {line}" if is_markdown else line, flush=True)


def _print(
    make: Callable[[Sequence[str], bool], Table],
    row: Callable[[Result, Sequence[str]], list[str]],
    results: Sequence[Result],
    scope: Scope,
    is_markdown: bool,
) -> None:
    table = make(scope.engines, is_markdown)
    table.print_header()
    for result in results:
        table.print_row(row(result, scope.engines))


def _print_doubts(results: Sequence[Result], busy: float | None) -> None:
    """What failed, and what makes the figures unsure."""
    for result in results:
        for name, why in result.failures.items():
            print(f"\n{result.plan.network}: {engines.TITLES[name]} failed: {why}")
        for name, idle in result.idle.items():
            if idle > BUSY:
                print(
                    f"\n{result.plan.network}: {engines.TITLES[name]} used the processor for "
                    f"{idle:.1f} s outside its turns, and slowed the others down."
                )
    if busy is not None and busy > BUSY:
        print(
            f"\nOther programs kept {busy:.1f} processors busy meanwhile: the figures are unsure. "
            "End them and measure again."
        )
