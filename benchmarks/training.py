"""How many samples per second each preset learns from, without a window."""

from __future__ import annotations

import time

import numpy as np

from nnlib import presets
from nnlib.data import Dataset, load
from nnlib.project import ProjectSpec
from nnlib.training import Trainer, TrainingSettings


def endless(name: str, dataset: Dataset) -> Trainer:
    """A trainer for the preset, warm: its first steps are made."""
    spec = ProjectSpec.from_preset(name, training=TrainingSettings(epochs=100_000))
    trainer = Trainer(spec.build(dataset), dataset, spec.training)
    run_for(trainer, 0.2)
    return trainer


def run_for(trainer: Trainer, seconds: float) -> float:
    """Train for about that long; samples per second."""
    start, before = time.perf_counter(), trainer.samples
    for _ in trainer.run():
        passed = time.perf_counter() - start
        if passed >= seconds:
            break
    return (trainer.samples - before) / passed


def matrix_rate(seconds: float = 0.5) -> float:
    """What this machine's sgemm reaches on large matrices, in GFLOP/s."""
    a = np.random.default_rng(0).random((1024, 1024), dtype=np.float32)
    a @ a
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        a @ a
        count += 1
    return 2 * 1024**3 * count / (time.perf_counter() - start) / 1e9


def report(seconds: float) -> None:
    """Print a table of all presets."""
    dataset = load("digits")
    print(f"sgemm 1024: {matrix_rate():.0f} GFLOP/s")
    print(f"{'preset':<20} {'parameters':>10} {'samples/s':>10}   (batch 100, Adam, headless)")
    for name in presets.names():
        trainer = endless(name, dataset)
        speed = run_for(trainer, seconds)
        print(f"{name:<20} {trainer.network.parameter_count:>10,} {speed:>10,.0f}", flush=True)
