"""The terminal: results go to standard output, progress and complaints to standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from typing import Any, TextIO

_REDRAW = 0.1  # seconds, at least, between two pictures of the bar
_BAR = 20  # characters


class Console:
    """Where a command writes."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            if reconfigure := getattr(stream, "reconfigure", None):
                reconfigure(errors="replace")  # a terminal without × or █ shows ? instead
        self._bar_width = 0
        self._next_redraw = 0.0

    def say(self, text: str) -> None:
        """A line of the result."""
        self._wipe()
        _write(sys.stdout, text + "\n")

    def say_json(self, value: Any) -> None:
        """A line that is one JSON value; NaN and infinity become null."""
        self.say(json.dumps(_finite(value), ensure_ascii=False, allow_nan=False))

    def note(self, text: str) -> None:
        """A line about what is going on, or what went wrong."""
        self._wipe()
        _write(sys.stderr, text + "\n")

    def progress(self, share: float, text: str) -> None:
        """Draw the progress bar, where there is a terminal to draw it on."""
        now = time.monotonic()
        if now < self._next_redraw or not _is_terminal(sys.stderr):
            return
        self._next_redraw = now + _REDRAW
        done = round(min(max(share, 0.0), 1.0) * _BAR)
        full, rest = ("█", "░") if _can_encode(sys.stderr, "█░") else ("#", ".")
        line = f"{full * done}{rest * (_BAR - done)} {share:4.0%}  {text}"
        line = line[: shutil.get_terminal_size().columns - 1]
        _write(sys.stderr, f"\r{line:<{self._bar_width}}")
        self._bar_width = len(line)

    def _wipe(self) -> None:
        if self._bar_width:
            _write(sys.stderr, f"\r{' ' * self._bar_width}\r")
            self._bar_width = 0


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def table(rows: list[list[str]], right: tuple[int, ...] = ()) -> list[str]:
    """Rows as lines with aligned columns; those numbered in ``right`` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            f"{cell:>{width}}" if i in right else f"{cell:<{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def duration_text(seconds: float) -> str:
    """A time as people read it: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent_text(share: float | None, digits: int = 2) -> str:
    """A share as people read it: 97.43 %."""
    return "–" if share is None else f"{share * 100:.{digits}f} %"


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value
