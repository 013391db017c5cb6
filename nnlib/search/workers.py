"""Where trials run: on the caller's executor, or in processes of our own.

Processes are started afresh (spawn), never as copies of this one: beside the threads of a window a
copy may find a lock taken for ever.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from typing import Any

from nnlib.search.stop import AskingStop, Stop, use_in_this_process
from nnlib.search.trial import Row, Trial, reason, run_trial
from nnlib.threads import available

_DIED = (
    "The process that ran it died. Perhaps the memory was not enough; and a script must start its "
    'search under `if __name__ == "__main__":`.'
)


class Runner(ABC):
    """Runs trials somewhere and gives their rows as they are completed.

    Args:
        stop: once it is set, no further trial is begun, and what is finished is still given.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._is_closed = False
        # Goes to the trials: the search is over, whatever the reason.
        self._halt = AskingStop(lambda: self._is_closed or stop.is_set())
        self._pending: dict[Future[Any], Trial] = {}

    @abstractmethod
    def rows(self, trials: Sequence[Trial]) -> Iterator[Row]:
        """The rows of these trials, those that fail included."""

    def close(self) -> None:
        """Cancel what waits; what runs here stops within a step."""
        self._is_closed = True
        for future in self._pending:
            future.cancel()

    def _outcomes(
        self, executor: Executor, trials: Sequence[Trial]
    ) -> Iterator[tuple[Trial, Row | BaseException]]:
        """Each trial with its row or with what was raised instead."""
        refused: list[tuple[Trial, Exception]] = []
        for trial in trials:
            if self._stop.is_set():
                break
            try:
                self._pending[executor.submit(run_trial, trial, self._halt)] = trial
            except Exception as error:  # the executor is broken or closed
                refused.append((trial, error))
        while self._pending:
            done, _ = wait([*self._pending, self._stop.woken], return_when=FIRST_COMPLETED)
            for future in [future for future in self._pending if future in done]:
                trial = self._pending.pop(future)
                outcome = _outcome(future)
                if outcome is not None:
                    yield trial, outcome
            if self._stop.is_set():
                return
        yield from refused


class GivenRunner(Runner):
    """Runs trials on the caller's executor, which stays open."""

    def __init__(self, executor: Executor, stop: Stop) -> None:
        super().__init__(stop)
        self._executor = executor

    def rows(self, trials: Sequence[Trial]) -> Iterator[Row]:
        for trial, outcome in self._outcomes(self._executor, trials):
            yield outcome if isinstance(outcome, Row) else trial.failed(reason(outcome))


class ProcessRunner(Runner):
    """Runs trials in ``count`` processes of our own; None: one for each core.

    Where a process dies, out of memory perhaps, nobody knows which trial it was. Those that were
    lost run again one at a time, so that only the one that does it fails.
    """

    def __init__(self, count: int | None, stop: Stop) -> None:
        super().__init__(stop)
        self._count = count or available()
        self._context = multiprocessing.get_context("spawn")
        # A lone byte and no lock: a process that dies holding a lock would block this one.
        self._is_over: Any = self._context.RawValue(ctypes.c_bool, False)
        self._pool: ProcessPoolExecutor | None = None

    def rows(self, trials: Sequence[Trial]) -> Iterator[Row]:
        lost: list[Trial] = []
        for trial, outcome in self._outcomes(self._running_pool(), trials):
            if isinstance(outcome, BrokenExecutor):
                lost.append(trial)
            else:
                yield outcome if isinstance(outcome, Row) else trial.failed(reason(outcome))
        is_broken = bool(lost)
        for trial in sorted(lost, key=lambda trial: trial.number):
            if is_broken:
                self._discard_pool()
            for _, outcome in self._outcomes(self._running_pool(), [trial]):
                is_broken = isinstance(outcome, BrokenExecutor)
                if is_broken:
                    yield trial.failed(_DIED)
                else:
                    yield outcome if isinstance(outcome, Row) else trial.failed(reason(outcome))
        if is_broken:
            self._discard_pool()

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._count, self._context, initializer=_start_worker, initargs=(self._is_over,)
            )
        return self._pool

    def _discard_pool(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def close(self) -> None:
        super().close()
        self._is_over.value = True
        self._discard_pool()


def _outcome(future: Future[Any]) -> Row | BaseException | None:
    """The row, what was raised instead, or None where the trial was stopped."""
    if future.cancelled():
        return CancelledError("The executor cancelled it.")
    if (error := future.exception()) is not None:
        return error
    row: Row | None = future.result()
    return row


def _start_worker(is_over: Any) -> None:
    """What a process of ours does first; importing this module has told BLAS to use one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the process that searches
    os.environ["LAYERLAB_THREADS"] = "1"  # every core has a process of its own already
    use_in_this_process(AskingStop(lambda: bool(is_over.value)))
    threading.Thread(target=_end_with_parent, name="nnlib-parent", daemon=True).start()


def _end_with_parent() -> None:
    """Leave no process behind when the one that searches was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
