"""Threads that work on the parts of a batch side by side.

NumPy lets go of Python's lock while it computes, so that plain threads use several cores. What is
computed does not depend on how many there are: who finds no thread free does the work alone.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue

CREW_NAME = "nnlib-crew"
"""What the names of its threads begin with."""

Task = Callable[[], None]


def available() -> int:
    """How many cores this process may use; LAYERLAB_THREADS says otherwise."""
    asked = os.environ.get("LAYERLAB_THREADS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Crew:
    """Helping threads, which are started when they are first needed and then wait for work.

    They are woken by a queue each and not by an executor, which takes longer to hand over a task
    than a small network needs for a step.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Have no threads: after a fork they are not there any more."""
        self._inboxes: list[SimpleQueue[Task]] = []
        self._is_taken = threading.Lock()

    def run(self, tasks: Sequence[Task]) -> None:
        """Carry out all tasks, some of them on other threads; raises what a task raised."""
        helpers = min(available(), len(tasks)) - 1
        if helpers < 1 or not self._is_taken.acquire(blocking=False):
            for task in tasks:
                task()
            return
        try:
            self._share(deque(tasks), helpers)
        finally:
            self._is_taken.release()

    def _share(self, left: deque[Task], helpers: int) -> None:
        while len(self._inboxes) < helpers:
            inbox: SimpleQueue[Task] = SimpleQueue()
            name = f"{CREW_NAME}-{len(self._inboxes) + 1}"
            threading.Thread(target=_serve, args=(inbox,), name=name, daemon=True).start()
            self._inboxes.append(inbox)
        ends: SimpleQueue[BaseException | None] = SimpleQueue()
        errors: list[BaseException | None] = []
        started = 0

        def help_out() -> None:
            ends.put(_work_off(left))

        try:
            for inbox in self._inboxes[:helpers]:
                # In a copy of this thread's context: np.errstate is there, too.
                inbox.put(partial(contextvars.copy_context().run, help_out))
                started += 1
            errors.append(_work_off(left))
        except BaseException as error:  # Ctrl+C between two tasks
            errors.append(error)
        while started:
            # Whatever happens, nobody leaves while another still works on the network's arrays.
            try:
                errors.append(ends.get())
                started -= 1
            except BaseException as error:
                left.clear()
                errors.append(error)
        for wrong in errors:
            if wrong is not None:
                raise wrong


def _serve(inbox: SimpleQueue[Task]) -> None:
    """What a helping thread does all its life."""
    while True:
        inbox.get()()


def _work_off(left: deque[Task]) -> BaseException | None:
    """Do what is left, one task after the other; what went wrong, or None."""
    while True:
        try:
            task = left.popleft()
        except IndexError:
            return None
        try:
            task()
        except BaseException as error:
            left.clear()
            return error


crew = Crew()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=crew.forget)
