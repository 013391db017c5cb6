"""Batches in parts: the same results on any number of threads, and no large memory once warm."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib
from nnlib import parts, presets, threads
from nnlib.threads import Crew


def images(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.random((count, 1, 28, 28), dtype=np.float32), rng.integers(0, 10, count)


@given(st.integers(0, 5000), st.integers(0, 10**8))
def test_the_parts_are_the_batch_in_order_and_nearly_even(count, work):
    cuts = parts.cut(count, work)
    assert [i for c in cuts for i in range(count)[c]] == list(range(count))
    sizes = [c.stop - c.start for c in cuts]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("name", ["lenet", "simple-conv", "deep-conv"])
def test_a_step_is_the_same_to_the_bit_on_one_thread_and_on_many(name, monkeypatch):
    x, t = images(120)

    def step(cores: int) -> tuple[float, bytes, bytes]:
        monkeypatch.setenv("LAYERLAB_THREADS", str(cores))
        net = presets.build(name)
        loss, scores = net.loss_and_gradient(x, t)
        return loss, scores.tobytes(), net.slopes.tobytes()

    assert len(parts.cut(120, presets.build(name).multiply_adds)) > 1
    assert step(1) == step(2) == step(3)


def test_parts_give_the_gradient_of_the_whole_batch(monkeypatch):
    x, t = images(70)
    net = presets.build("lenet", dtype="float64")
    cut_loss, _ = net.loss_and_gradient(x, t)
    cut_slopes = net.slopes.copy()
    monkeypatch.setattr(parts, "MOST_PARTS", 1)
    loss, _ = net.loss_and_gradient(x, t)
    assert cut_loss == pytest.approx(loss, rel=1e-12)
    assert np.allclose(cut_slopes, net.slopes, rtol=1e-10, atol=1e-13)


def test_batch_normalization_sees_the_whole_batch():
    stack = [nnlib.Convolution(16, 5), nnlib.BatchNormalization(), nnlib.ReLU(), nnlib.Flatten()]
    net = nnlib.Network([*stack, nnlib.Affine(10)], (1, 28, 28))
    x, t = images(200)
    assert len(parts.cut(200, net.multiply_adds)) > 1
    net.loss_and_gradient(x, t)
    y = net.layers[0].forward(x, training=True)
    mean = y.mean(axis=(0, 2, 3))
    assert np.allclose(net.layers[1].buffers["mean"], 0.1 * mean, rtol=1e-4)


@pytest.mark.parametrize("name", presets.names())
def test_pooling_before_relu_changes_no_bit_of_the_outputs(name):
    net = presets.build(name)
    x, _ = images(8)
    assert np.array_equal(net.forward(x), net.activations(x)[-1])


@pytest.mark.parametrize("name", presets.names())
def test_a_warm_step_allocates_nothing_large(name):
    net, optimizer = presets.build(name), nnlib.optimizers.Adam()
    x, t = images(100)
    peak = 0
    for _ in range(3):
        tracemalloc.start()
        net.loss_and_gradient(x, t)
        optimizer.update({"all": net.values}, {"all": net.slopes})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 500_000, f"{peak:,} bytes"  # the optimizer works on 128 KB at a time


def test_the_memory_of_one_large_batch_does_not_stay():
    net = presets.build("two-layer")
    small, large = images(10), images(2000)
    net.loss_and_gradient(*small)
    needed = net._parts.nbytes
    net.loss_and_gradient(*large)
    assert net._parts.nbytes > 50 * needed
    for _ in range(parts.PATIENCE):
        net.loss_and_gradient(*small)
    assert net._parts.nbytes == needed


def test_what_a_network_returns_is_not_overwritten_by_its_next_work():
    net = presets.build("lenet")
    x, t = images(40)
    scores, outputs = net.forward(x), net.activations(x)
    training_scores = net.forward(x, training=True)
    kept = [a.copy() for a in (scores, training_scores, *outputs)]
    net.loss_and_gradient(1 - x, t)
    net.predict(1 - x)
    for now, before in zip((scores, training_scores, *outputs), kept, strict=True):
        assert np.array_equal(now, before)


# Threads


def test_all_tasks_are_done_once_and_the_caller_waits_for_them():
    done: list[int] = []
    for _ in range(50):
        done.clear()
        Crew().run([partial(done.append, n) for n in range(7)])
        assert sorted(done) == list(range(7))


def meeting() -> Callable[[], None]:
    """A task that ends only when two threads do it at once."""
    both = threading.Barrier(2, timeout=30)

    def meet() -> None:
        both.wait()

    return meet


def test_tasks_run_side_by_side(monkeypatch):
    monkeypatch.setenv("LAYERLAB_THREADS", "2")
    threads.crew.run([meeting()] * 2)


def test_an_error_in_a_task_reaches_the_caller_whoever_did_it(monkeypatch):
    monkeypatch.setenv("LAYERLAB_THREADS", "2")
    meet = meeting()

    def fail() -> None:
        meet()
        raise ValueError("broken")

    for tasks in ([fail, meet], [meet, fail]):
        with pytest.raises(ValueError, match="broken"):
            threads.crew.run(tasks)
    threads.crew.run([meet, meet])  # and it works again


def test_who_finds_the_crew_at_work_does_all_alone(monkeypatch):
    monkeypatch.setenv("LAYERLAB_THREADS", "2")
    names: list[str] = []

    def outer() -> None:
        threads.crew.run([lambda: names.append(threading.current_thread().name)] * 2)

    threads.crew.run([outer, outer])
    assert len(names) == 4


def test_numpys_error_state_holds_on_every_thread(monkeypatch):
    monkeypatch.setenv("LAYERLAB_THREADS", "2")
    meet, found = meeting(), []

    def look() -> None:
        meet()
        found.append(np.geterr()["over"])

    with np.errstate(over="ignore"):
        threads.crew.run([look, look])
    assert found == ["ignore", "ignore"]


def test_who_is_interrupted_waits_until_nobody_works_any_more(monkeypatch):
    monkeypatch.setenv("LAYERLAB_THREADS", "2")
    meet, go_on, ended = meeting(), threading.Event(), []

    def interrupted() -> None:
        meet()
        threading.Timer(0.05, go_on.set).start()
        raise KeyboardInterrupt

    def slow() -> None:
        meet()
        assert go_on.wait(30)
        ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        threads.crew.run([interrupted, slow])
    assert ended
