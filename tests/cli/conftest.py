"""The program as a process, and data so small that it trains in no time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
Program = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**changes: str | None) -> dict[str, str]:
    """The test's own environment, one thread, with some variables set or (None) taken away."""
    wanted: dict[str, str | None] = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **changes}
    return {name: value for name, value in wanted.items() if value is not None}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Runs `main.py` with arguments in an empty folder; keywords are environment variables."""

    def start(*arguments: object, **variables: str | None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *map(str, arguments)],
            cwd=tmp_path, env=environment(**variables), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    return start


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An .npz data set: 300 and 100 pictures, whose class is the band that is bright."""
    rng = np.random.default_rng(0)
    t = rng.integers(0, 10, 400)
    x = rng.uniform(0, 0.3, (400, 28, 28)).astype(np.float32)
    for picture, label in zip(x, t, strict=True):
        picture[4 + 2 * label : 6 + 2 * label] += 0.6
    path = tmp_path_factory.mktemp("data") / "bands.npz"
    np.savez(path, x_train=x[:300], t_train=t[:300], x_test=x[300:], t_test=t[300:])
    return path
