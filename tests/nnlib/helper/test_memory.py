"""The helper: who sees what in shared memory, and what it holds on to."""

from __future__ import annotations

import gc
import re
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import nnlib
from nnlib import parts, presets
from tests.support.helping import both, helps, images, learned


def test_whoever_holds_a_parameter_sees_it_change(with_helper):
    net = presets.build("multi-layer")
    held, before = net.params["1.W"], net.params["1.W"].copy()
    learned(net, nnlib.optimizers.Adam())
    assert helps(net)
    assert held is net.params["1.W"]
    assert np.shares_memory(held, net.values)
    assert (held != before).any()
    held[...] = 0  # and the helper sees what is changed here
    x, _ = images(150)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAYERLAB_THREADS", "1")
        expected = net.forward(x)
    assert np.array_equal(net.forward(x), expected)


def test_a_batch_in_the_inbox_counts_as_any_other(with_helper):
    x, t = images(150)
    losses = []
    for use_inbox in (False, True):
        net, optimizer = presets.build("multi-layer"), nnlib.optimizers.Adam()
        for _ in range(3):
            batch = x
            if use_inbox:
                batch = net.inbox(150)
                batch[...] = x
            losses.append(net.learn(batch, t, optimizer)[0])
    assert losses[:3] == losses[3:]


def test_a_batch_that_is_too_large_to_share_is_worked_on_here(with_helper, monkeypatch):
    monkeypatch.setattr(parts, "MOST_MAIL", 100_000)
    net, found, expected = both(lambda: presets.build("multi-layer"), nnlib.optimizers.Adam())
    assert not helps(net)
    assert found == expected


@dataclass
class Own(nnlib.Affine):
    """A layer that only this process knows."""


def test_a_layer_that_only_this_process_knows_is_worked_on_here(with_helper):
    def make() -> nnlib.Network:
        return nnlib.Network([nnlib.Flatten(), Own(300), nnlib.ReLU(), Own(10)], (1, 28, 28))

    net, found, expected = both(make, nnlib.optimizers.Adam())
    assert net._parts._remote
    assert not helps(net)
    assert found == expected


@dataclass
class Backwards(nnlib.optimizers.Adam):
    """An optimizer that only this process knows."""

    def step(self, p, g, slots):
        super().step(p, -g, slots)


def test_an_optimizer_that_only_this_process_knows_is_carried_out_here(with_helper):
    net, found, expected = both(lambda: presets.build("multi-layer"), Backwards())
    assert helps(net)
    assert found == expected


def test_networks_on_two_threads_do_not_disturb_each_other(with_helper):
    expected = [learned(presets.build("lenet", seed=k), nnlib.optimizers.Adam()) for k in (1, 2)]
    start, found = threading.Barrier(2, timeout=30), {}

    def work(seed: int) -> None:
        start.wait()
        found[seed] = learned(presets.build("lenet", seed=seed), nnlib.optimizers.Adam())

    both = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)
    assert [found[1], found[2]] == expected


def memory(process: int) -> int:
    """Bytes that a process has in memory."""
    status = Path(f"/proc/{process}/status").read_text()
    return 1024 * int(re.findall(r"VmRSS:\s+(\d+)", status)[0])


@pytest.mark.skipif(not Path("/proc").exists(), reason="the system does not tell of memory")
def test_the_helper_forgets_networks_that_are_gone(with_helper):
    def train_one() -> None:
        learned(presets.build("simple-conv"), nnlib.optimizers.Adam(), steps=2)
        gc.collect()

    for _ in range(3):
        train_one()
    before = memory(with_helper._process.pid)
    for _ in range(12):  # each takes 30 MB
        train_one()
    assert memory(with_helper._process.pid) < before + 100e6


def test_the_memory_of_one_large_batch_goes_at_the_helper_too(with_helper):
    net, optimizer = presets.build("simple-conv"), nnlib.optimizers.SGD()
    net.learn(*images(1500), optimizer)
    assert helps(net)
    before = memory(with_helper._process.pid)
    small = images(40)
    for _ in range(parts.PATIENCE + 1):
        net.learn(*small, optimizer)
    assert helps(net)
    assert memory(with_helper._process.pid) < before - 50e6
