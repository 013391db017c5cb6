"""The channel between the two processes: a bell on each side, and rare messages in words.

A bell is a counter in shared memory. Who waits looks at it for a while before falling asleep: that
takes half a microsecond where waking up takes thirty and more. Who rings sends a byte only to one
who is asleep. A processor that may show one process's writes to another in any order (all but
x86-64) needs the byte every time, which puts the memory in order.
"""

from __future__ import annotations

import json
import platform
import select
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnlib.helper.pages import Forms

if TYPE_CHECKING:
    import socket  # imported when there is a helper: the window is to appear at once

LOOKS = 10_000
"""How often the bell is looked at before falling asleep: for about half a millisecond."""
LOOKS_AT_A_TIME = 100
NAP = 50
"""Milliseconds of sleep after which the bell is looked at once more."""

DONE, FAILED, STEP, SCORES, UPDATE, MESSAGE = range(1, 7)

_KEEPS_ORDER = platform.machine().lower() in ("x86_64", "amd64")
_MOST_DESCRIPTORS = 4
FORMS: Forms = [
    ((8,), np.int64),  # the parent's bell: rings, the last ring's word, whether it is asleep
    ((8,), np.int64),  # the helper's
    ((8,), np.int64),  # what the next order is about
    ((24,), np.float64),
]


class ChannelClosedError(Exception):
    """The process on the other side has ended."""


class Channel:
    """One side of the channel.

    Attributes:
        whole: whole numbers that go with an order or an answer, an int64 array.
        real: float64 numbers that do.

    Args:
        bell: the socket for who sleeps. A byte more than is needed may be left in it.
        words: the socket for messages.
        shared: arrays of `FORMS` in shared memory.
        side: 0 for the parent, 1 for the helper.
    """

    def __init__(
        self,
        bell: socket.socket,
        words: socket.socket,
        shared: Sequence[NDArray[Any]],
        side: int,
    ) -> None:
        self.whole, self.real = shared[2:]
        self._bell, self._words = bell, words
        self._own, self._other = (shared[k].data for k in (side, 1 - side))
        self._heard = 0
        self._lock = threading.Lock()
        self._poll = select.poll()
        self._poll.register(bell.fileno(), select.POLLIN)

    def close(self) -> None:
        """Be gone for the other side, which still hears what was rung before."""
        self._bell.close()
        self._words.close()

    def ring(self, word: int) -> None:
        """Tell the other side something."""
        own = self._own
        own[1] = word
        own[0] += 1
        self._settle()
        if self._other[2] or not _KEEPS_ORDER:
            try:
                self._bell.send(b".")
            except OSError as error:
                raise ChannelClosedError from error

    def wait(self, is_soon: bool = True) -> int:
        """Wait until the other side rings; the word it gave.

        Args:
            is_soon: whether it pays to stay awake for a while.
        """
        own, other, heard = self._own, self._other, self._heard
        for look in range(LOOKS if _KEEPS_ORDER and is_soon else 0):
            if other[0] != heard:
                break
            if look % LOOKS_AT_A_TIME == LOOKS_AT_A_TIME - 1:
                self._poll.poll(0)  # other threads have their turn, a window's too
        else:
            own[2] = 1
            self._settle()
            nap: int | None = NAP
            while not _KEEPS_ORDER or other[0] == heard:
                # Once with an end, and then without: should the other side have thought that this
                # one was awake, all it wrote has long been seen.
                if self._poll.poll(nap):
                    _read(self._bell, 1)
                    if not _KEEPS_ORDER:
                        break
                nap = None
            own[2] = 0
        self._heard = heard + 1
        return other[1]

    @property
    def has_rung(self) -> bool:
        """Whether `wait` would not have to wait, or the other side is gone."""
        if _KEEPS_ORDER and self._other[0] != self._heard:
            return True
        return bool(self._poll.poll(0))

    def _settle(self) -> None:
        """Have all writes done before the next read: taking a lock does that."""
        with self._lock:
            pass

    def send(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Send words, and open files with them; the other side was rung for a MESSAGE before."""
        import socket

        data = json.dumps(message).encode()
        try:
            socket.send_fds(self._words, [len(data).to_bytes(4, "big")], list(descriptors))
            self._words.sendall(data)
        except OSError as error:
            raise ChannelClosedError from error

    def receive(self) -> tuple[dict[str, Any], list[int]]:
        """The message that `send` sent."""
        import socket

        size, descriptors, _, _ = socket.recv_fds(self._words, 4, _MOST_DESCRIPTORS)
        size += _read(self._words, 4 - len(size))
        return json.loads(_read(self._words, int.from_bytes(size, "big"))), descriptors


def _read(end: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        try:
            more = end.recv(count - len(data))
        except OSError as error:
            raise ChannelClosedError from error
        if not more:
            raise ChannelClosedError
        data += more
    return data
