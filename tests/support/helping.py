"""The helper in tests: waiting for it, and the same training with it and without."""

from __future__ import annotations

import time

import numpy as np
import pytest

import nnlib
from nnlib.helper.process import helper
from nnlib.optimizers import Optimizer

SECONDS = 60  # until the helper must be there

STACK = [
    nnlib.Flatten(),
    nnlib.Affine(100),
    nnlib.Sigmoid(),
    nnlib.Dropout(0.3),
    nnlib.Affine(80),
    nnlib.Tanh(),
    nnlib.Dropout(0.1),
    nnlib.Affine(10),
]


def wait_for_helper() -> None:
    """Start the helper where there is none, and wait until it is ready."""
    end = time.monotonic() + SECONDS
    while True:
        with helper.taken():
            line = helper.channel()
        if line:
            return
        assert time.monotonic() < end, "the helper did not start"


def images(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.random((count, 1, 28, 28), dtype=np.float32), rng.integers(0, 10, count)


def learned(
    net: nnlib.Network, optimizer: Optimizer, steps: int = 4, count: int = 150
) -> tuple[bytes, ...]:
    """All that a few steps bring forth: losses, scores, values, slots, and what it then says."""
    losses, scores = [], []
    for step in range(steps):
        x, t = images(count + step % 2, seed=step)
        loss, found = net.learn(x, t, optimizer)
        losses.append(loss)
        scores.append(found.tobytes())
    slots = [a.tobytes() for slot in optimizer.slots.values() for a in slot.values()]
    said = net.predict(images(150)[0]).tobytes()
    return np.array(losses).tobytes(), *scores, net.values.tobytes(), *slots, said


def helps(net: nnlib.Network) -> bool:
    """Whether the helper works on a part of the network's batches."""
    return net._parts._remote is not None and net._parts._remote._is_known


def both(make, optimizer: Optimizer, **arguments) -> tuple[nnlib.Network, tuple, tuple]:
    """The same training with the helper and without; the network that had it."""
    helped, apart = make(), make()
    found = learned(helped, optimizer.copy(), **arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAYERLAB_THREADS", "1")
        expected = learned(apart, optimizer.copy(), **arguments)
    assert not helps(apart)
    return helped, found, expected
