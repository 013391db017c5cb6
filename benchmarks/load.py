"""What other programs do with the processors meanwhile: it makes figures unsure."""

from __future__ import annotations

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")


class OtherPrograms:
    """Counts from its making on; a child process counts as ours when it has ended."""

    def __init__(self) -> None:
        self._start = (time.perf_counter(), self._busy(), self._ours())

    def processors(self) -> float | None:
        """How many processors others have kept busy, on average; None where nobody tells."""
        start, busy, ours = self._start
        now = self._busy()
        if now is None or busy is None:
            return None
        return ((now - busy) - (self._ours() - ours)) / (time.perf_counter() - start)

    @staticmethod
    def _ours() -> float:
        """Processor seconds of this process and of its children that have ended."""
        used = os.times()
        return used.user + used.system + used.children_user + used.children_system

    @staticmethod
    def _busy() -> float | None:
        """Processor seconds of the whole machine: user, nice, system, irq and softirq time."""
        try:
            fields = _STAT.read_text().splitlines()[0].split()[1:]
            ticks = os.sysconf("SC_CLK_TCK")
        except (OSError, AttributeError, ValueError):
            return None
        user, nice, system, _, _, irq, softirq = (int(field) for field in fields[:7])
        return (user + nice + system + irq + softirq) / ticks
