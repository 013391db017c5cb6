"""The helper: whatever becomes of it, results are the same."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

import nnlib
from nnlib import presets
from nnlib.helper import remote
from nnlib.helper.channel import ChannelClosedError
from nnlib.helper.process import Helper
from nnlib.part import Part
from tests.support.helping import both, helps, images, learned, wait_for_helper


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
