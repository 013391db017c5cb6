"""The helper: the same results to the bit, whoever works, and whatever becomes of it."""

from __future__ import annotations

import gc
import os
import re
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import nnlib
from nnlib import parts, presets
from nnlib.helper import remote
from nnlib.helper.channel import ChannelClosedError
from nnlib.helper.process import Helper
from nnlib.optimizers import Optimizer
from nnlib.part import Part
from tests.support.helping import wait_for_helper

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


# --- the same to the bit ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["multi-layer", "lenet", "simple-conv", "deep-conv", "lenet-5"])
def test_every_preset_learns_the_same_with_the_helper_and_without(name, with_helper):
    net, found, expected = both(lambda: presets.build(name), nnlib.optimizers.Adam())
    assert helps(net)
    assert found == expected


@pytest.mark.parametrize("kind", list(Optimizer.members.values()), ids=list(Optimizer.members))
def test_every_optimizer_is_the_same(kind, with_helper, monkeypatch):
    monkeypatch.setattr(remote, "LEAST_NUMBERS", 0)

    def make() -> nnlib.Network:
        return nnlib.Network(STACK, (1, 28, 28), seed=3, weight_decay=0.01)

    net, found, expected = both(make, kind(lr=0.01))
    assert helps(net)
    assert found == expected


def test_float64_and_mean_squared_error_are_the_same(with_helper):
    def make() -> nnlib.Network:
        return nnlib.Network(STACK, (1, 28, 28), loss="mean_squared_error", dtype="float64")

    net, found, expected = both(make, nnlib.optimizers.Momentum())
    assert helps(net)
    assert found == expected


def test_the_gradient_is_complete_where_nobody_updates(with_helper):
    x, t = images(150)
    net = presets.build("multi-layer")
    net.gradient(x, t)
    assert helps(net)
    found = net.slopes.copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MOST_PARTS", 1)
        net.gradient(x, t)
    assert np.allclose(found, net.slopes, rtol=1e-3, atol=1e-6)
    assert np.linalg.norm(found - net.slopes) < 1e-5 * np.linalg.norm(found)


def test_a_training_with_evaluations_and_a_changing_rate_is_the_same(with_helper):
    def values(cores: str) -> tuple[bytes, list]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAYERLAB_THREADS", cores)
            (x, t), (x_test, t_test) = images(700), images(100, seed=2)
            data = nnlib.Dataset("made", x, t, x_test, t_test, tuple("0123456789"))
            settings = nnlib.TrainingSettings(
                optimizer=nnlib.optimizers.Adam(),
                schedule=nnlib.schedules.Cosine(),
                epochs=3,
                validation_share=0.1,
                weight_decay=1e-3,
            )
            net = nnlib.Network(STACK, (1, 28, 28))
            events = list(nnlib.Trainer(net, data, settings).run())
            assert helps(net) == (cores == "2")
            return net.values.tobytes(), events

    assert values("2") == values("1")


def test_changed_options_of_an_optimizer_reach_the_helper(with_helper):
    def steps(cores: str) -> bytes:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAYERLAB_THREADS", cores)
            net, optimizer = presets.build("multi-layer"), nnlib.optimizers.Adam()
            x, t = images(150)
            net.learn(x, t, optimizer)
            optimizer.lr, optimizer.beta1 = 0.5, 0.2
            net.learn(x, t, optimizer)
            optimizer.restore(optimizer.state())  # other arrays with the same numbers
            net.learn(x, t, optimizer)
            net.learn(x, t, nnlib.optimizers.Momentum())
            net.learn(x, t, nnlib.optimizers.Adam())  # it has learned nothing yet
            return net.values.tobytes()

    assert steps("2") == steps("1")


# --- who holds what -----------------------------------------------------------------------------


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


# --- what becomes of it -------------------------------------------------------------------------


def kill(helper: Helper) -> None:
    """End the helper as the system does where memory is short, and wait for its end."""
    process = helper._process
    assert process
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def test_a_helper_that_is_killed_between_two_steps_is_not_missed(with_helper):
    net, optimizer = presets.build("multi-layer"), nnlib.optimizers.Adam()
    expected = learned(presets.build("multi-layer"), nnlib.optimizers.Adam())
    first = images(150, seed=0)
    net.learn(*first, optimizer)
    assert helps(net)
    kill(with_helper)
    net = presets.build("multi-layer")
    assert learned(net, nnlib.optimizers.Adam()) == expected
    wait_for_helper()
    net = presets.build("multi-layer")
    assert learned(net, nnlib.optimizers.Adam()) == expected
    assert helps(net)


def test_a_helper_that_is_killed_in_the_middle_of_a_gradient_is_not_missed(
    with_helper, monkeypatch
):
    expected = learned(presets.build("lenet"), nnlib.optimizers.Adam())
    step = Part.step
    killed: list[bool] = []

    def killing_step(*arguments) -> None:
        if not killed:
            killed.append(True)
            kill(with_helper)
        step(*arguments)

    monkeypatch.setattr(Part, "step", killing_step)
    net = presets.build("lenet")
    assert learned(net, nnlib.optimizers.Adam()) == expected
    assert killed


def test_a_helper_that_is_gone_before_an_update_is_not_missed(with_helper, monkeypatch):
    expected = learned(presets.build("multi-layer"), nnlib.optimizers.Adam())
    begin = remote.RemotePart.begin_update
    calls: list[int] = []

    def begin_or_not(part, line, by) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise ChannelClosedError
        begin(part, line, by)

    monkeypatch.setattr(remote.RemotePart, "begin_update", begin_or_not)
    net = presets.build("multi-layer")
    assert learned(net, nnlib.optimizers.Adam()) == expected
    assert len(calls) == 2  # after that there was no helper


def test_a_helper_that_is_killed_in_the_middle_of_an_update_is_told_of(with_helper, monkeypatch):
    net, optimizer = presets.build("multi-layer"), nnlib.optimizers.Adam()
    x, t = images(150)
    net.learn(x, t, optimizer)
    begin = remote.RemotePart.begin_update

    def kill_and_begin(part, line, by) -> None:
        os.kill(with_helper._process.pid, signal.SIGSTOP)
        begin(part, line, by)
        kill(with_helper)

    monkeypatch.setattr(remote.RemotePart, "begin_update", kill_and_begin)
    with pytest.raises(nnlib.LayerLabError, match="checkpoint"):
        net.learn(x, t, optimizer)
    monkeypatch.undo()
    net.learn(x, t, optimizer)  # and one may go on


def test_who_is_interrupted_leaves_nobody_at_work(with_helper, monkeypatch):
    expected = learned(presets.build("lenet"), nnlib.optimizers.Adam())

    def interrupted(*arguments) -> None:
        raise KeyboardInterrupt

    net = presets.build("lenet")
    net.learn(*images(150), nnlib.optimizers.SGD())
    with monkeypatch.context() as patch:
        patch.setattr(Part, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            net.learn(*images(150), nnlib.optimizers.SGD())
    assert with_helper._process is None
    wait_for_helper()
    assert learned(presets.build("lenet"), nnlib.optimizers.Adam()) == expected


def test_it_takes_no_notice_of_an_interrupt(with_helper):
    net, optimizer = presets.build("multi-layer"), nnlib.optimizers.Adam()
    net.learn(*images(150), optimizer)
    process = with_helper._process.pid
    os.kill(process, signal.SIGINT)
    net.learn(*images(150), optimizer)
    assert with_helper._process.pid == process
    assert with_helper._process.poll() is None


def test_a_system_without_memory_to_share_does_all_here(with_helper, monkeypatch):
    def fail(pages) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nnlib.helper.pages.Pages, "share", fail)
    net, found, expected = both(lambda: presets.build("multi-layer"), nnlib.optimizers.Adam())
    assert not helps(net)
    assert found == expected


def test_batch_normalization_has_no_helper(with_helper):
    stack = [nnlib.Flatten(), nnlib.Affine(100), nnlib.BatchNormalization(), nnlib.Affine(10)]
    net, found, expected = both(lambda: nnlib.Network(stack, (1, 28, 28)), nnlib.optimizers.Adam())
    assert net._parts._remote is None
    assert found == expected


def test_learning_by_what_is_no_optimizer_is_refused_and_nothing_is_learned(with_helper):
    net = presets.build("multi-layer")
    before = net.values.copy()
    with pytest.raises(nnlib.OptionError, match=r"such as Adam\(lr=0.001\), not 'adam'"):
        net.learn(*images(150), "adam")  # type: ignore[arg-type]
    assert np.array_equal(net.values, before)
