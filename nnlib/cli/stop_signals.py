"""Ctrl+C and its like, noted and not obeyed at once."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def stop_signals() -> Iterator[list[int]]:
    """Ctrl+C and its like are noted in the list, so that a step is never cut in two.

    Who presses it three times does not want to wait.
    """
    came: list[int] = []

    def note(number: int, frame: object) -> None:
        came.append(number)
        if len(came) > 2:
            raise KeyboardInterrupt

    before = {}
    with contextlib.suppress(ValueError):  # only the main thread may ask for signals
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                before[number] = signal.signal(number, note)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
