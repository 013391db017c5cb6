"""The channel: nothing that is rung gets lost, awake or asleep, in any order of memory."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from nnlib.helper import channel
from nnlib.helper.channel import DONE, FORMS, MESSAGE, STEP, Channel, ChannelClosedError

pytestmark = pytest.mark.skipif(not hasattr(socket, "send_fds"), reason="needs POSIX sockets")
Sides = tuple[Channel, Channel]


@pytest.fixture(params=[True, False], ids=["keeps order", "any order"])
def sides(request, monkeypatch) -> Iterator[Sides]:
    """Both sides in one process, on a processor that keeps writes in order and on another."""
    monkeypatch.setattr(channel, "_KEEPS_ORDER", request.param)
    bell, words = socket.socketpair(), socket.socketpair()
    shared = [np.zeros(shape, dtype) for shape, dtype in FORMS]
    both = (Channel(bell[0], words[0], shared, 0), Channel(bell[1], words[1], shared, 1))
    yield both
    for side in both:
        side.close()


def echo(side: Channel) -> threading.Thread:
    """A thread that answers every order with twice the number that came with it."""

    def work() -> None:
        try:
            while True:
                side.wait()
                side.whole[1] = 2 * side.whole[0]
                side.ring(DONE)
        except ChannelClosedError:
            pass

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("looks", [0, 3, 10_000], ids=lambda n: f"{n} looks")
def test_every_order_has_its_answer(sides, looks, monkeypatch):
    monkeypatch.setattr(channel, "LOOKS", looks)
    parent, other = sides
    thread = echo(other)
    for number in range(1000):
        parent.whole[0] = number
        parent.ring(STEP)
        assert parent.wait() == DONE
        assert parent.whole[1] == 2 * number
    parent.close()
    thread.join(30)
    assert not thread.is_alive()


def test_who_sleeps_longer_than_a_nap_still_hears(sides, monkeypatch):
    monkeypatch.setattr(channel, "LOOKS", 0)
    monkeypatch.setattr(channel, "NAP", 1)
    parent, other = sides
    heard = []
    thread = threading.Thread(target=lambda: heard.append(other.wait()))
    thread.start()
    thread.join(0.05)  # it is asleep, and the nap with an end is over
    assert thread.is_alive()
    parent.ring(STEP)
    thread.join(30)
    assert heard == [STEP]


def test_bytes_that_nobody_needed_disturb_no_message(sides, monkeypatch):
    monkeypatch.setattr(channel, "_KEEPS_ORDER", True)
    parent, other = sides
    other._own[2] = 1  # it falls asleep, but sees the bell before it does
    parent.ring(STEP)
    other._own[2] = 0
    assert other.wait() == STEP
    parent.ring(MESSAGE)
    parent.send({"do": "know"})
    assert other.wait(is_soon=False) == MESSAGE
    assert other.receive() == ({"do": "know"}, [])
    thread = echo(other)
    parent.whole[0] = 3
    parent.ring(STEP)
    assert parent.wait() == DONE
    parent.close()
    thread.join(30)
    assert not thread.is_alive()


def test_a_message_arrives_with_its_files(sides):
    parent, other = sides
    reader, writer = os.pipe()
    message = {"do": "know", "text": "ä" * 100_000}
    sender = threading.Thread(target=parent.send, args=(message, [writer]))
    sender.start()
    found, files = other.receive()
    sender.join(30)
    os.close(writer)
    assert found == message
    os.write(files[0], b"x")
    assert os.read(reader, 1) == b"x"
    for file in (reader, *files):
        os.close(file)


def test_whether_it_has_rung_is_known_without_waiting(sides):
    parent, other = sides
    assert not other.has_rung
    parent.ring(STEP)
    assert other.has_rung
    assert other.wait() == STEP
    assert not other.has_rung


def test_that_the_other_side_is_gone_is_told(sides):
    parent, other = sides
    parent.close()
    assert other.has_rung
    with pytest.raises(ChannelClosedError):
        other.wait()
    with pytest.raises(ChannelClosedError):
        other.send({"do": "anything"})
