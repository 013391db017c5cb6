"""The helper and the script that trains: no main guard, the same end, and forks that are copies."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nnlib.helper.pages import CAN_SHARE

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(not CAN_SHARE, reason="there is no helper on this system")

TRAINED = """
import os, sys
import numpy as np
import nnlib
from nnlib.helper.process import helper

rng = np.random.default_rng(0)
x, t = rng.random((128, 1, 28, 28), dtype=np.float32), rng.integers(0, 10, 128)
net, optimizer = nnlib.presets.build("multi-layer"), nnlib.optimizers.Adam()
print("begin")
while not (net._parts._remote and net._parts._remote._is_known):
    net.learn(x, t, optimizer)
"""


def script(program: str, **arguments) -> subprocess.Popen[str]:
    """A program that has a helper, started."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-u", "-c", TRAINED + program],
        cwd=ROOT,
        env=dict(os.environ) | {"LAYERLAB_THREADS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **arguments,
    )


def printed(program: str) -> list[str]:
    """The lines that a program prints; it must end well and say nothing else."""
    process = script(program)
    out, errors = process.communicate(timeout=90)
    assert (process.returncode, errors) == (0, "")
    return out.split("\n")[:-1]


def has_ended(process: int, seconds: float) -> bool:
    """Whether a process that need not be a child of this one ends within that time."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def test_a_script_without_a_main_guard_runs_once():
    assert printed("print('end')") == ["begin", "end"]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd_open")
@pytest.mark.parametrize("end", ["sys.exit()", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_the_helper_ends_with_the_script_whatever_ends_that(end):
    process = script(
        f"print(helper._process.pid); sys.stdin.readline(); {end}", stdin=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == "begin\n"
    helper = int(process.stdout.readline())
    assert not has_ended(helper, 0)
    process.communicate("now\n", timeout=60)
    assert has_ended(helper, 30)


def test_ctrl_c_ends_the_script_and_its_helper():
    process = script(
        "print('ready')\nwhile True: net.learn(x, t, optimizer)", start_new_session=True
    )
    assert process.stdout
    assert process.stdout.readline() == "begin\n"
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert errors.strip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT


def test_a_fork_is_a_copy_and_goes_its_own_way():
    lines = printed(
        """
def learn():
    for _ in range(3):
        net.learn(x, t, optimizer)
    return net.values.tobytes()[:1000]

before = net.values.copy()
reader, writer = os.pipe()
pid = os.fork()
if pid == 0:
    learned = learn()
    net.values[:] = 7
    os.write(writer, learned)
    os._exit(0)
learned = os.read(reader, 1000)
os.waitpid(pid, 0)
print(np.array_equal(net.values, before), helper._process.poll(), learn() == learned)
"""
    )
    assert lines == ["begin", "True None True"]
