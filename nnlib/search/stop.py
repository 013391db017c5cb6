"""Stop: how a search is asked to end, and how its running trials hear of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Any


class Stop:
    """Asks a search to end; may be set from any thread, any number of times.

    It goes to every trial. On a thread of this process a trial sees it at once. Sent to another
    process, it becomes that process's own: one that our pool connects with this one, and on foreign
    workers one that is never set, so that a trial that runs there runs to its end.

    Attributes:
        woken: a future that is done as soon as it is set, to wait for beside others.
    """

    def __init__(self) -> None:
        self.woken: Future[Any] = Future()

    def set(self) -> None:
        """Ask for the end."""
        with contextlib.suppress(InvalidStateError):
            self.woken.set_result(None)

    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self.woken.done()

    def __reduce__(self) -> tuple[Callable[[], Stop], tuple[()]]:
        return (stop_of_this_process, ())


class AskingStop(Stop):
    """One that asks a function, such as one that looks into memory shared between processes."""

    def __init__(self, asked: Callable[[], bool]) -> None:
        super().__init__()
        self._asked = asked

    def is_set(self) -> bool:
        return self._asked()


_of_this_process = Stop()


def stop_of_this_process() -> Stop:
    """The one that trials see in a process that was started to run them."""
    return _of_this_process


def use_in_this_process(stop: Stop) -> None:
    """Say which one that is; a worker's start calls it."""
    global _of_this_process
    _of_this_process = stop
