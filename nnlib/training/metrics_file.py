"""A run's numbers in a file: one JSON object a line, for every event.

No line holds a time or a speed, so that equal runs give equal files, byte for byte. A training that
is taken up again cuts off what came after its checkpoint and goes on writing there.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from nnlib.errors import ProjectError
from nnlib.training.events import Checked, Diverged, Evaluated, Event, Finished, StepDone

_NAMES = {
    StepDone: "step",
    Evaluated: "evaluation",
    Checked: "check",
    Diverged: "diverged",
    Finished: "finished",
}
_BUFFER = 64 * 1024  # bytes that wait at most
_START = b'{"event": "'  # of every line
_LONGEST = 4096  # bytes of a line, amply


class MetricsFile:
    """Writes events as lines; what was recorded is on its way to the disk after `flush`.

    Args:
        path: a new file, or a metrics file that is replaced. A file that holds anything else is
            never touched.
        state: what `Trainer.state` gave, where the training is taken up again; then the file is
            continued, after the last event before that state. An absent file begins there.

    Raises:
        ProjectError: it cannot be written, it holds something else than metrics, or it is none
            that could be continued.
    """

    def __init__(
        self, path: str | os.PathLike[str], state: Mapping[str, Any] | None = None
    ) -> None:
        self._path = path
        self._waiting = bytearray()
        try:
            is_there = os.path.isfile(path)  # a pipe and the like only take
            self._file = io.FileIO(path, "r+" if is_there else "w")
            if is_there:
                with contextlib.ExitStack() as stack:
                    stack.callback(self._file.close)
                    _check_beginning(self._file, path)
                    length = 0 if state is None else _length_until(self._file, state, path)
                    self._file.truncate(length)
                    self._file.seek(length)
                    stack.pop_all()
        except (OSError, ValueError) as error:
            raise _trouble(path, error) from error

    def record(self, event: Event) -> None:
        """Add one line; ProjectError as `flush`."""
        values = {field.name: _plain(getattr(event, field.name)) for field in fields(event)}
        line = json.dumps({"event": _NAMES[type(event)], **values}, allow_nan=False)
        self._waiting += line.encode() + b"\n"
        if len(self._waiting) > _BUFFER or not isinstance(event, StepDone):
            self.flush()

    def flush(self, to_disk: bool = False) -> None:
        """Hand what waits to the system; with ``to_disk`` it survives a power failure, too.

        Raises:
            ProjectError: the disk is full, or the like. The file ends in the midst of a line then.
        """
        try:
            while self._waiting:
                del self._waiting[: self._file.write(self._waiting)]
        except OSError as error:
            raise _trouble(self._path, error) from error
        if to_disk:
            with contextlib.suppress(OSError):  # a pipe cannot
                os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write what waits, and close; ProjectError as `flush`."""
        try:
            self.flush()
        finally:
            self._file.close()


def _check_beginning(file: io.FileIO, path: object) -> None:
    """Refuse a file whose first line is none of ours; it may be torn by a sudden end."""
    first, newline, _ = file.read(_LONGEST).partition(b"\n")
    file.seek(0)
    is_ours = _told(first) is not None if newline else first.startswith(_START[: len(first)])
    if not is_ours:
        raise _foreign(path)


def _told(line: bytes) -> tuple[str, int] | None:
    """The event that a line tells of and its step, or None where the line is none of ours."""
    try:
        told = json.loads(line)
        name, step = told["event"], told["step"]
        is_known = name in _NAMES.values() and type(step) is int
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return (name, step) if is_known else None


def _length_until(file: io.FileIO, state: Mapping[str, Any], path: object) -> int:
    """How many bytes of the file tell of events that came before the state."""
    length, reached = 0, None
    for line in io.BytesIO(file.readall()):
        if not line.endswith(b"\n"):
            break  # torn by a sudden end
        told = _told(line)
        if told is None:
            raise _foreign(path)
        name, step = told
        if not _is_before(name, step, state):
            break
        length += len(line)
        reached = step
    if reached not in (None, state["step"]):
        raise ProjectError(
            f"{path} ends at step {reached:,}, but the training goes on after step "
            f"{state['step']:,}. Give another file for the metrics."
        )
    return length


def _is_before(name: str, step: int, state: Mapping[str, Any]) -> bool:
    """Whether an event had been told when the state was taken."""
    if name in ("finished", "diverged") or step > state["step"]:
        return False
    if step < state["step"] or name == "step":
        return True
    patience = state.get("patience") or {}
    at = {"evaluation": state.get("judged_at"), "check": patience.get("checked_at")}
    return at[name] == step


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _foreign(path: object) -> ProjectError:
    return ProjectError(
        f"{path} is not a metrics file of LayerLab, so it is neither replaced nor continued. "
        "Give another file for the metrics."
    )


def _trouble(path: object, error: OSError | ValueError) -> ProjectError:
    reason = getattr(error, "strerror", None) or str(error)
    return ProjectError(f"The metrics cannot be written to {path}: {reason}.")
