"""What the helper does: ``python -m nnlib.helper.serve BELL WORDS MEMORY``.

`nnlib.helper.process` starts it. It is blocked on its bell while there is nothing to do, and ends
with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from typing import Any

import numpy as np

from nnlib.flat import bind
from nnlib.helper import channel
from nnlib.helper.channel import (
    DONE,
    FAILED,
    MESSAGE,
    SCORES,
    STEP,
    UPDATE,
    Channel,
    ChannelClosedError,
)
from nnlib.helper.mail import Form, Mail
from nnlib.helper.pages import opened
from nnlib.helper.remote import middle
from nnlib.layers import Layer
from nnlib.losses import Loss
from nnlib.network import Network
from nnlib.optimizers import Optimizer
from nnlib.part import Part


class Helped:
    """A network of the parent, with the parent's own values."""

    def __init__(self, message: dict[str, Any], shared: list[int]) -> None:
        self._form = Form.from_json(message["form"])
        network = Network(
            [Layer.from_json(layer) for layer in message["layers"]],
            self._form.input_shape,
            Loss.from_json(message["loss"]),
            dtype=self._form.dtype,
        )
        self._flat = (network.values.shape, network.dtype)
        theirs, own = shared
        self._values, self._slopes = opened(theirs, [self._flat] * 2)
        (slopes,) = opened(own, [self._flat])
        bind([layer.params for layer in network.layers], self._values)
        bind([layer.grads for layer in network.layers], slopes)
        self._part = Part(network.layers, network.loss_function, slopes)

    def take(self, message: dict[str, Any], shared: list[int]) -> None:
        """Have room for so many samples."""
        self._mail = Mail(self._form, message["capacity"], shared[0])

    def learn_by(self, message: dict[str, Any], shared: list[int]) -> None:
        """Have an optimizer, whose slots are shared."""
        self._optimizer: Optimizer = Optimizer.from_json(message["optimizer"])
        self._names = [option.name for option in self._optimizer.declared_options()]
        slots = self._optimizer.slot_names
        views = opened(shared[0], [self._flat] * len(slots))
        self._slots = dict(zip(slots, views, strict=True))

    def step(self, line: Channel) -> None:
        """Loss, scores and gradient of some samples in the mail."""
        _, start, stop, count = line.whole[:4].tolist()
        rows, mail, part = slice(start, stop), self._mail, self._part
        part.step(mail.x[rows], mail.t[rows], mail.drawn(rows), (stop - start) / count)
        line.real[0] = part.loss
        mail.scores[rows] = part.scores

    def scores(self, line: Channel) -> None:
        """Scores of some samples in the mail."""
        rows, mail = slice(*line.whole[1:3].tolist()), self._mail
        self._part.forward(mail.x[rows], training=False)
        mail.scores[rows] = self._part.scores

    def update(self, line: Channel) -> None:
        """The second half of the gradient's sum and of the optimizer's step."""
        optimizer, start = self._optimizer, middle(self._values)
        optimizer.step_count = int(line.whole[1])
        for name, number in zip(self._names, line.real.tolist(), strict=False):
            if getattr(optimizer, name) != number:
                setattr(optimizer, name, number)
        self._slopes[start:] += self._part.slopes[start:]
        slots = {name: slot[start:] for name, slot in self._slots.items()}
        optimizer.step_through(self._values[start:], self._slopes[start:], slots)


class Server:
    """Does what the parent asks for, until it is gone."""

    def __init__(self, line: Channel) -> None:
        self._line = line
        self._networks: dict[int, Helped] = {}

    def run(self) -> None:
        """Work."""
        self._line.ring(DONE)
        order = MESSAGE
        while True:
            order = self._line.wait(is_soon=order in (STEP, UPDATE))  # many steps follow a step
            try:
                self._do(order)
            except ChannelClosedError:
                raise
            except Exception:  # no memory, a layer that only the parent knows: it does it itself
                self._line.ring(FAILED)
            else:
                self._line.ring(DONE)

    def _do(self, order: int) -> None:
        line = self._line
        if order == MESSAGE:
            self._heed(*line.receive())
            return
        network = self._networks[int(line.whole[0])]
        work = {STEP: network.step, SCORES: network.scores, UPDATE: network.update}
        work[order](line)

    def _heed(self, message: dict[str, Any], shared: list[int]) -> None:
        match message["do"]:
            case "know":
                self._networks[message["network"]] = Helped(message, shared)
            case "take":
                self._networks[message["network"]].take(message, shared)
            case "learn by":
                self._networks[message["network"]].learn_by(message, shared)
            case "forget":
                for number in message["networks"]:
                    self._networks.pop(number, None)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    np.seterr(all="ignore")  # what bursts is told of by the parent
    bell, words, memory = map(int, sys.argv[1:])
    ends = socket.socket(fileno=bell), socket.socket(fileno=words)
    line = Channel(*ends, opened(memory, channel.FORMS), side=1)
    with contextlib.suppress(ChannelClosedError):
        Server(line).run()
    os._exit(0)  # at once: there is nothing to put away


if __name__ == "__main__":
    main()
