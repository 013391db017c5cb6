"""A remote part: the half of a network's batches that the helper works on."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlib.flat import Flat
from nnlib.helper.channel import DONE, UPDATE, Channel
from nnlib.helper.mail import Form, Mail
from nnlib.helper.pages import Pages, arrays, needed
from nnlib.helper.process import helper, told
from nnlib.layers import Layer
from nnlib.losses import Loss
from nnlib.optimizers import Optimizer
from nnlib.types import Array

LEAST_NUMBERS = 200_000
"""Of values and slots together; fewer are updated here before the helper begins."""

_numbers = itertools.count(1)


class RemotePart:
    """The helper's end of one network.

    Its methods are called while the helper is taken, and raise `ChannelClosedError` where it has
    ended. Between a ``begin_…`` and its ``end_…`` this process does its own half.

    Attributes:
        slopes: the gradient of its samples, a flat vector.
        loss, scores: of its samples in the last step; the scores hold until the next.

    Args:
        flat: the network's values and slopes.
    """

    def __init__(self, layers: Sequence[Layer], loss: Loss, form: Form, flat: Flat) -> None:
        self.loss = 0.0
        self.scores: Array = np.empty(0)
        self._number = next(_numbers)
        self._form = form
        self._pages, self._values = flat.pages, flat.values
        self._message = {
            "do": "know",
            "network": self._number,
            "layers": [layer.to_json() for layer in layers],
            "loss": loss.to_json(),
            "form": form.to_json(),
        }
        own = [(flat.values.shape, flat.values.dtype)]
        self._own = Pages(needed(own))
        (self.slopes,) = arrays(self._own.bytes, own)
        self._line: Channel | None = None
        self._is_known = False
        self._is_ours = all(map(_is_ours, [*layers, loss]))
        self._mail: Mail | None = None
        self._slots: dict[str, Array] = {}
        self._optimizer: type[Optimizer] | None = None
        self._can_update = False
        weakref.finalize(self, helper.let_go, self._number).atexit = False

    def give_back(self) -> None:
        """Free the memory that the helper works in; it is told anew when it is needed again."""
        self._line, self._mail, self._slots = None, None, {}
        helper.let_go(self._number)

    def takes(self, line: Channel, mail: Mail) -> bool:
        """Whether it takes such mail; tells the helper what it must know for that."""
        if self._line is not line:  # a helper that is new
            self._line, self._mail, self._optimizer = line, None, None
            self._is_known = self._is_ours and told(line, self._message, self._pages, self._own)
        if self._is_known and self._mail is not mail and mail.pages:
            message = {"do": "take", "network": self._number, "capacity": mail.capacity}
            self._is_known, self._mail = told(line, message, mail.pages), mail
        return self._is_known

    def begin(self, line: Channel, order: int, rows: slice, count: int) -> None:
        """Have some of the ``count`` samples in the mail worked on: STEP or SCORES."""
        line.whole[:4] = self._number, rows.start, rows.stop, count
        line.ring(order)

    def end(self, line: Channel, mail: Mail, rows: slice) -> bool:
        """Wait for what was begun; whether it went well."""
        if line.wait() != DONE:
            return False
        self.loss, self.scores = float(line.real[0]), mail.scores[rows]
        return True

    def updates(self, line: Channel, optimizer: Optimizer) -> bool:
        """Whether it can do half of the optimizer's steps; has the optimizer's slots shared."""
        numbers = len(self._values) * (1 + len(optimizer.slot_names))
        if numbers < LEAST_NUMBERS or self._line is not line or not _is_ours(optimizer):
            return False
        if self._optimizer is not type(optimizer):
            self._optimizer = type(optimizer)
            forms = [(self._values.shape, self._values.dtype)] * len(optimizer.slot_names)
            pages = Pages(needed(forms))
            message = {"do": "learn by", "network": self._number, "optimizer": optimizer.to_json()}
            self._can_update = told(line, message, pages)
            views = arrays(pages.bytes, forms)
            self._slots = dict(zip(optimizer.slot_names, views, strict=True))
        return self._can_update

    def begin_update(self, line: Channel, optimizer: Optimizer) -> None:
        """Have the second half of the values changed by the optimizer's next step."""
        for name, shared in self._slots.items():
            slot = optimizer.slots[name]
            if slot.get("all") is not shared:
                shared[:] = slot.get("all", 0)
                slot["all"] = shared
        numbers = list(optimizer.options().values())
        line.whole[:2] = self._number, optimizer.step_count + 1
        line.real[: len(numbers)] = numbers
        line.ring(UPDATE)

    def end_update(self, line: Channel) -> bool:
        """Wait for it; whether it went well."""
        return line.wait() == DONE


def middle(values: Array) -> int:
    """Where the half of the values begins that the helper updates."""
    return len(values) // 2


def _is_ours(thing: Any) -> bool:
    """Whether the helper, which knows nothing but nnlib, has the class, too."""
    return type(thing).__module__.startswith("nnlib.")
