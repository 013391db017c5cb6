"""Parts: a batch is cut into parts, each of which goes through layers of its own, on any core.

The layers of all parts share their parameters; each part has its own outputs and gradients, and the
gradients are added up at the end, always in the same order. How a batch is cut depends on its size
and on the network alone: results are the same to the bit for any number of cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from nnlib.errors import LayerLabError, Shape
from nnlib.flat import Flat, bind
from nnlib.helper.channel import SCORES, STEP, Channel, ChannelClosedError
from nnlib.helper.mail import MOST_MAIL, Form, Mail
from nnlib.helper.pace import Pace
from nnlib.helper.process import LEAST_WORK as WORTH_A_HELPER
from nnlib.helper.process import helper
from nnlib.helper.remote import RemotePart, middle
from nnlib.layers import Layer
from nnlib.losses import Loss
from nnlib.optimizers import Optimizer
from nnlib.part import Part
from nnlib.threads import available, crew
from nnlib.types import Array

MOST_PARTS = 2
LEAST_SAMPLES = 16
LEAST_WORK = 4_000_000
"""Multiply-adds of a part going forward; smaller ones are done before anybody else begins."""
THREAD_WORK = 20_000_000
"""The same for another thread, which takes longer to wake up and shares Python's lock."""

MUCH_LARGER = 4
PATIENCE = 200
"""After so many batches in a row that were so much smaller than the largest, its memory goes."""


_ENDED = (
    "The process that helped with the training was ended from outside, in the middle of a step. "
    "Go on from the last checkpoint, or reset the network and train again."
)


class Parts:
    """All parts of one network; the first is the network's own layers.

    The helper works on the second, once the network has learned for a while, and unless another
    program needs its core. Else another thread does, if the part is large enough, or this one.

    Args:
        input_shape: of a sample; classes: K.
        work: multiply-adds of a sample.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        loss: Loss,
        flat: Flat,
        input_shape: Shape,
        classes: int,
        work: int,
    ) -> None:
        self._parts = [Part(layers, loss, flat.slopes)]
        self._flat = flat
        self._form = Form(input_shape, classes, flat.values.dtype.name, tuple(_drawn_by(layers)))
        self._mail = Mail(self._form, 0)
        self._work = work
        self._done = 0  # multiply-adds in batches of several parts
        self._mixes_samples = any(layer.mixes_samples for layer in layers)
        self._remote: RemotePart | None = None
        self._pace = Pace()
        self._unsummed: Sequence[Part | RemotePart] = []
        self._largest = 0  # samples in a batch
        self._smaller_in_a_row = 0

    @property
    def nbytes(self) -> int:
        """How much memory the layers here work in."""
        return sum(layer.room.nbytes for part in self._parts for layer in part.layers)

    def inbox(self, count: int) -> Array:
        """An array for so many samples, from which a step takes them without a copy."""
        self._have_mail(count)
        return self._mail.inbox(count)

    def step(self, x: Array, t: Array) -> tuple[float, Array]:
        """Loss and scores (N, K) of a training step.

        Its gradient is complete after `sum_up` or `update`.
        """
        self._give_back(len(x))
        first = self._parts[0]
        drawn = [(i, numbers) for i, layer in enumerate(first.layers)
                 if (numbers := layer.draw(len(x))) is not None]  # fmt: skip
        cuts = cut(len(x), 0 if self._mixes_samples else self._work)

        def do(part: Part, k: int) -> None:
            c = cuts[k]
            numbers = [(i, numbers[c]) for i, numbers in drawn]
            part.step(x[c], t[c], numbers, (c.stop - c.start) / len(x))

        def begin(remote: RemotePart, line: Channel) -> None:
            self._mail.put(cuts[1], x)
            self._mail.put_targets(cuts[1], t, drawn)
            remote.begin(line, STEP, cuts[1], len(x))

        start = time.perf_counter()
        parts = self._carry_out(cuts, do, begin)
        if len(parts) > 1:
            passed = time.perf_counter() - start
            self._pace.note(passed / len(x), was_helped=parts[1] is self._remote)
        self._unsummed = parts[1:]
        if len(parts) == 1:
            return first.loss, first.scores.copy()
        return sum(part.loss for part in parts), np.concatenate([part.scores for part in parts])

    def sum_up(self) -> None:
        """Have the sum of all parts' gradients in the network's slopes."""
        for part in self._unsummed:
            self._flat.slopes += part.slopes
        self._unsummed = []

    def training_scores(self, x: Array) -> Array:
        """Scores (N, K) in training mode, a new array; the batch goes through in one part."""
        first = self._parts[0]
        for layer in first.layers:
            layer.drawn = None  # what a step that was interrupted did not take
        first.forward(x, training=True)
        return first.scores.copy()

    def scores(self, x: Array) -> Array:
        """Scores (N, K) in inference mode, a new array."""
        self._give_back(len(x))
        cuts = cut(len(x), self._work)

        def do(part: Part, k: int) -> None:
            part.forward(x[cuts[k]], training=False)

        def begin(remote: RemotePart, line: Channel) -> None:
            self._mail.put(cuts[1], x)
            remote.begin(line, SCORES, cuts[1], len(x))

        return np.concatenate([part.scores for part in self._carry_out(cuts, do, begin)])

    def update(self, optimizer: Optimizer) -> None:
        """Sum up, and make the optimizer's step; where there is a helper, it does half of both.

        Raises:
            LayerLabError: the helper was ended in the middle of it.
        """
        remote, has_begun = self._remote, False
        try:
            if remote and self._unsummed == [remote]:
                with helper.taken() as is_free:
                    line = helper.present if is_free else None
                    if line and remote.updates(line, optimizer):
                        remote.begin_update(line, optimizer)
                        has_begun = True
                        optimizer.step_count += 1
                        self._update_first_half(optimizer, remote)
                        if not remote.end_update(line):
                            raise ChannelClosedError
                        return
        except ChannelClosedError:
            if has_begun:
                raise LayerLabError(_ENDED) from None
        self.sum_up()
        optimizer.update({"all": self._flat.values}, {"all": self._flat.slopes})

    def _update_first_half(self, optimizer: Optimizer, remote: RemotePart) -> None:
        half = middle(self._flat.values)
        slopes = self._flat.slopes[:half]
        slopes += remote.slopes[:half]
        self._unsummed = []
        slots = {name: slot["all"][:half] for name, slot in optimizer.slots.items()}
        optimizer.step_through(self._flat.values[:half], slopes, slots)

    def _carry_out(
        self,
        cuts: Sequence[slice],
        do: Callable[[Part, int], None],
        begin: Callable[[RemotePart, Channel], None],
    ) -> Sequence[Part | RemotePart]:
        """Have every part of a batch worked on by somebody; the parts that did.

        Args:
            do: has a part here work on the cut of that number.
            begin: has the helper begin with the second cut.
        """
        first = self._parts[0]
        if len(cuts) == 1:
            do(first, 0)
            return [first]
        self._done += cuts[-1].stop * self._work
        is_done = False
        try:
            with helper.taken() as is_free:
                line = self._line(cuts[-1].stop) if is_free else None
                if line and self._remote:
                    begin(self._remote, line)
                    do(first, 0)
                    is_done = True
                    if self._remote.end(line, self._mail, cuts[1]):
                        return [first, self._remote]
        except ChannelClosedError:
            pass
        parts = self._take(len(cuts))
        tasks = [partial(do, part, k) for k, part in enumerate(parts) if k or not is_done]
        if cuts[0].stop * self._work >= THREAD_WORK:
            crew.run(tasks)
        else:
            for task in tasks:
                task()
        return parts

    def _line(self, count: int) -> Channel | None:
        """The channel to a helper that knows the network and has room for so many samples."""
        is_worth_it = self._done >= WORTH_A_HELPER and available() > 1
        if self._mixes_samples or not is_worth_it or not self._pace.wants_help():
            return None
        line = helper.channel()
        if line is None or not self._have_mail(count):
            return None
        if self._remote is None:
            first = self._parts[0]
            self._remote = RemotePart(first.layers, first.loss_function, self._form, self._flat)
            del self._parts[1:]
        return line if self._remote.takes(line, self._mail) else None

    def _have_mail(self, count: int) -> bool:
        """Have room for so many samples; whether it is little enough to be shared."""
        if self._mail.capacity < count:
            self._mail = Mail(self._form, count)
        return self._mail.nbytes <= MOST_MAIL

    def _give_back(self, count: int) -> None:
        """Free the memory of batches as large as have not come for long."""
        if count * MUCH_LARGER > self._largest:
            self._largest, self._smaller_in_a_row = max(count, self._largest), 0
            return
        self._smaller_in_a_row += 1
        if self._smaller_in_a_row == PATIENCE:
            self._largest = count
            for part in self._parts:
                for layer in part.layers:
                    layer.room.clear()
            self._mail = Mail(self._form, 0)
            if self._remote:
                self._remote.give_back()

    def _take(self, count: int) -> list[Part]:
        while len(self._parts) < count:
            first = self._parts[0]
            twins = [layer.twin() for layer in first.layers]
            slopes = np.zeros_like(first.slopes)
            bind([twin.grads for twin in twins], slopes)
            self._parts.append(Part(twins, first.loss_function.copy(), slopes))
        return self._parts[:count]


def cut(count: int, work: int) -> list[slice]:
    """Into which parts so many samples are cut, of ``work`` multiply-adds each."""
    parts = max(1, min(MOST_PARTS, count * work // LEAST_WORK, count // LEAST_SAMPLES))
    return [slice(count * k // parts, count * (k + 1) // parts) for k in range(parts)]


def _drawn_by(layers: Sequence[Layer]) -> Iterator[tuple[int, Shape, str]]:
    """What random numbers a sample takes: the layer's index, their shape and type."""
    for index, layer in enumerate(layers):
        nothing = layer.draw(0)
        if nothing is not None:
            yield index, nothing.shape[1:], nothing.dtype.name
