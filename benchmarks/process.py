"""The parent's end of a child process: see benchmarks/child.py."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks import ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent


class ChildError(Exception):
    """A child process could not do what it was told."""


class Child:
    """Starts at once; `ready` waits until its libraries and data are loaded.

    Args:
        engine: "nnlib", "torch", "jax", or "sgemm" for the matrix product.
    """

    def __init__(self, engine: str, network: str, cores: int) -> None:
        environment = dict(ENVIRONMENT)
        if engine == "sgemm":
            environment["OPENBLAS_NUM_THREADS"] = str(cores)
        self.engine = engine
        self.idle = 0.0  # processor seconds that it used while it had nothing to do
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", engine, network, str(cores)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ready(self) -> None:
        """Wait until it can be told something; `ChildError` where it could not start."""
        self._answer()

    def tell(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Have a method of it called, and wait for what it says.

        Raises:
            ChildError: it failed.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise ChildError(f"the process of {self.engine} has ended") from error
        answer = self._answer()
        self.idle += answer.pop("idle", 0.0)
        return answer

    def rate(self, seconds: float) -> float:
        """Let it work for about that long; what it got done per second."""
        answer = self.tell("train", seconds=seconds)
        return float(answer["done"] / answer["seconds"])

    def close(self) -> None:
        """End it."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ChildError(f"the process of {self.engine} ended without an answer")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ChildError(answer["error"])
        return answer
