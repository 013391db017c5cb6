"""How much memory this process and those that it started hold, now and at most.

What they share counts for each of them.
"""

from __future__ import annotations

import contextlib
import gc
import re
import sys
from pathlib import Path

_PROC = Path("/proc")


def resident() -> int | None:
    """Bytes that are in memory now; None where the system does not tell."""
    return _sum("VmRSS")


def peak() -> int | None:
    """The most bytes that were in memory since `reset_peak`, or else since the start."""
    if _PROC.exists():
        return _sum("VmHWM")
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def reset_peak() -> None:
    """Let `peak` count from now on, where the system can do that (Linux)."""
    gc.collect()
    for process in _processes():
        with contextlib.suppress(OSError):
            (process / "clear_refs").write_text("5")


def _processes() -> list[Path]:
    """This process and its children, as the system describes them."""
    own = _PROC / "self"
    listed = [file.read_text().split() for file in own.glob("task/*/children")]
    return [own, *(_PROC / child for children in listed for child in children)]


def _sum(name: str) -> int | None:
    if not _PROC.exists():
        return None
    found = [_kilobytes(process, name) for process in _processes()]
    return 1024 * sum(found) if all(found) else None


def _kilobytes(process: Path, name: str) -> int:
    line = re.search(rf"^{name}:\s+(\d+) kB", (process / "status").read_text(), re.MULTILINE)
    return int(line[1]) if line else 0
