"""The helper: one process beside this one, started when there is enough for it to do.

It needs no main guard in the script that trains, takes no notice of Ctrl+C, and ends with this
process, whatever ends that. Where it cannot be had, all is done here, with the same results.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlib.helper import channel
from nnlib.helper.channel import DONE, MESSAGE, Channel
from nnlib.helper.pages import CAN_SHARE, Pages, arrays, needed

if TYPE_CHECKING:
    import socket
    import subprocess  # imported when there is a helper: the window is to appear at once

LEAST_WORK = 1_000_000_000
"""Multiply-adds that are done, some tenths of a second, before it pays to start another process."""
PATIENCE = 10  # seconds until a helper that does not end is ended
MOST_STARTS = 20  # one that ends again and again is not wanted here


class Helper:
    """This process's helper, if it has one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._starts = 0
        self.forget()

    def forget(self) -> None:
        """Have no helper: it is the one of the process that this one is a copy of."""
        if self._process:
            self._process.returncode = 0  # not ours to wait for
        self._process, self._channel, self._is_ready = None, None, False
        self._is_taken = threading.Lock()
        self._unneeded: list[int] = []

    @property
    def present(self) -> Channel | None:
        """The channel to a helper that is ready for work."""
        return self._channel if self._is_ready else None

    def channel(self) -> Channel | None:
        """The channel to a helper that is ready for work; starts one where there is none.

        Call it while the helper is `taken`.

        Raises:
            ChannelClosedError: there is no helper any more.
        """
        if self._is_ready and self._channel:
            if self._unneeded:
                numbers = [self._unneeded.pop() for _ in range(len(self._unneeded))]
                told(self._channel, {"do": "forget", "networks": numbers})
            return self._channel
        if self._channel is None:
            self._start()
        elif self._channel.has_rung:
            self._is_ready = self._channel.wait() == DONE
        return self._channel if self._is_ready else None

    def let_go(self, network: int) -> None:
        """Have the helper forget a network when there is time for it."""
        self._unneeded.append(network)

    @contextlib.contextmanager
    def taken(self) -> Iterator[bool]:
        """Whether it is free; then it works for nobody else meanwhile."""
        if not self._is_taken.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        except BaseException:
            # Who is interrupted does not know what it has heard. The helper completes what it was
            # told before it ends, so that nobody works on the network's arrays any more.
            self.dismiss()
            raise
        finally:
            self._is_taken.release()

    def dismiss(self) -> None:
        """Let it complete what it does, and end it."""
        process, self._process = self._process, None
        line, self._channel, self._is_ready = self._channel, None, False
        self._unneeded.clear()
        if line:
            line.close()
        if process:
            import subprocess

            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self) -> None:
        import socket

        if not CAN_SHARE or getattr(sys, "frozen", False) or self._starts == MOST_STARTS:
            return
        self._starts += 1
        bell, words = socket.socketpair(), socket.socketpair()
        try:
            pages = Pages(needed(channel.FORMS))
            self._process = _started([bell[1], words[1]], pages)
        except OSError:  # no memory, no more processes, no such program
            self._starts = MOST_STARTS
            bell[0].close()
            words[0].close()
        else:
            shared = arrays(pages.bytes, channel.FORMS)
            self._channel = Channel(bell[0], words[0], shared, side=0)
        finally:
            bell[1].close()
            words[1].close()


def _started(ends: Sequence[socket.socket], pages: Pages) -> subprocess.Popen[bytes]:
    import subprocess

    memory = pages.share()
    try:
        files = [*(end.fileno() for end in ends), memory]
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "nnlib.helper.serve", *map(str, files)],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=files,
            start_new_session=True,  # Ctrl+C in a terminal is not for it
        )
    finally:
        os.close(memory)


def _environment() -> dict[str, str]:
    """The present one, with the modules of this process and one core."""
    here = str(Path(__file__).resolve().parents[2])
    places = os.pathsep.join([here, *(place for place in sys.path if place)])
    return dict(os.environ) | {"PYTHONPATH": places, "LAYERLAB_THREADS": "1"}


def told(line: Channel, message: dict[str, Any], *shared: Pages) -> bool:
    """Send a message, and let the helper into the pages; whether it could do as it was told."""
    descriptors: list[int] = []
    try:
        for pages in shared:
            descriptors.append(pages.share())
        line.ring(MESSAGE)
        line.send(message, descriptors)
    except OSError:  # there is no memory to share, or no more files can be open
        return False
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return line.wait() == DONE


helper = Helper()
atexit.register(helper.dismiss)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=helper.forget)
