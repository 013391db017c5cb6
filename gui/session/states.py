"""The states of a training and what a user can do in each: one table enables all actions."""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    """Where the session stands."""

    IDLE = auto()  # initial weights, no step made
    STARTING = auto()
    RUNNING = auto()
    PAUSED = auto()
    STOPPING = auto()
    FINISHED = auto()  # all epochs done, or stopped; weights are kept
    FAILED = auto()


class Request(Enum):
    """What a user can ask for."""

    TRAIN = auto()
    STEP = auto()
    PAUSE = auto()
    STOP = auto()
    RESET = auto()


ALLOWED: dict[State, frozenset[Request]] = {
    State.IDLE: frozenset({Request.TRAIN, Request.STEP}),
    State.STARTING: frozenset({Request.PAUSE, Request.STOP, Request.RESET}),
    State.RUNNING: frozenset({Request.PAUSE, Request.STOP, Request.RESET}),
    State.PAUSED: frozenset({Request.TRAIN, Request.STEP, Request.STOP, Request.RESET}),
    State.STOPPING: frozenset({Request.RESET}),
    State.FINISHED: frozenset({Request.TRAIN, Request.STEP, Request.RESET}),
    State.FAILED: frozenset({Request.TRAIN, Request.STEP, Request.RESET}),
}

BUSY = frozenset({State.STARTING, State.RUNNING, State.STOPPING})
"""The states in which the worker makes steps, or is about to start or stop doing so."""
