"""The engines take turns, fairly, and one that fails does not stop the others."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import comparison, memory, pictures, plan
from benchmarks.comparison import Scope, compare
from benchmarks.engines import ours
from benchmarks.plan import Plan
from benchmarks.process import Child, ChildError
from nnlib import presets

ENGINES = ("nnlib", "torch", "jax")


class FakeChild(Child):
    """Says what it is told in `told`, and fails as `failing` says: engine -> order."""

    told: list[tuple[str, str]]
    failing: dict[str, str]

    def __init__(self, engine: str, network: str, cores: int) -> None:
        self.engine, self.idle = engine, 0.5

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.told.append((self.engine, "close"))

    def ready(self):
        self._note("ready")

    def tell(self, do, **arguments):
        self._note(do)
        return {
            "build": {"description": self.engine, "parameters": 7},
            "memory": {"peak": 5_000_000, "growth": None},
            "predict": {"median": 0.5, "p99": 2.0},
        }[do]

    def rate(self, seconds):
        self._note("train")
        return {"nnlib": 300.0, "torch": 100.0, "jax": 200.0, "sgemm": 1e9}[self.engine]

    def _note(self, do):
        self.told.append((self.engine, do))
        if self.failing.get(self.engine) == do:
            raise ChildError("out of memory")


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(FakeChild, "told", [], raising=False)
    monkeypatch.setattr(FakeChild, "failing", {}, raising=False)
    monkeypatch.setattr(comparison, "Child", FakeChild)
    monkeypatch.setattr(comparison, "PAUSE", 0)
    return FakeChild


def turns(fake, do="train"):
    return [engine for engine, told in fake.told if told == do]


def test_engines_alternate_and_the_matrix_product_follows_nnlib(fake):
    matrix = FakeChild("sgemm", "", 2)
    result = compare(plan.find("two-layer"), Scope(ENGINES, 2, rounds=3), matrix)
    assert turns(fake) == ["nnlib", "sgemm", "torch", "jax"] * 3
    assert result.ratios("torch") == [3.0] * 3
    assert result.ratios("jax") == [1.5] * 3
    operations = 4 * 784 * 50 + 6 * 50 * 10
    assert result.fractions == pytest.approx([300 * operations / 1e9] * 3)


def test_every_engine_is_built_before_the_first_turn_and_ended_after_the_last(fake):
    compare(plan.find("lenet"), Scope(ENGINES, 2, rounds=2), None)
    orders = [told for _, told in fake.told]
    assert orders[:6] == ["ready"] * 3 + ["build"] * 3
    assert orders[-3:] == ["close"] * 3


@pytest.mark.parametrize("when", ["ready", "build", "train", "memory", "predict"])
def test_an_engine_that_fails_is_left_out_and_the_others_go_on(fake, when):
    fake.failing["torch"] = when
    result = compare(plan.find("lenet"), Scope(ENGINES, 2, rounds=2), None)
    assert result.failures == {"torch": "out of memory"}
    assert turns(fake, when).count("torch") == 1
    assert len(result.speeds["nnlib"]) == len(result.speeds["jax"]) == 2
    assert set(result.predictions) == {"nnlib", "jax"}


def test_without_rounds_nothing_is_trained(fake):
    result = compare(plan.find("lenet"), Scope(ENGINES, 2, rounds=0), None)
    assert turns(fake) == turns(fake, "memory") == []
    assert result.predictions["jax"] == (0.5, 2.0)


# --- real processes -----------------------------------------------------------------------------


def test_a_real_process_trains_and_tells_what_it_took():
    scope = Scope(["nnlib"], 1, rounds=1, seconds=0.05)
    result = compare(plan.find("perceptron"), scope, None)
    assert result.failures == {}
    (speed,) = result.speeds["nnlib"]
    assert speed > 0
    assert result.parameters == {"nnlib": presets.build("perceptron").parameter_count}
    assert re.search(r"NumPy \d", result.descriptions["nnlib"])
    median, p99 = result.predictions["nnlib"]
    assert 0 < median <= p99
    if memory.resident() is not None:
        peak, growth = result.memory["nnlib"]
        assert peak is not None
        assert growth is not None
        assert 10e6 < peak < 180e6  # the data's 188 MB are not in it
        assert growth < peak


def test_a_process_that_cannot_do_its_work_says_why():
    with Child("nnlib", "alexnet", 1) as child:
        with pytest.raises(ChildError, match="no network named 'alexnet'"):
            child.ready()
        with pytest.raises(ChildError, match="ended"):
            child.tell("build")


# --- fairness -----------------------------------------------------------------------------------


def test_only_steps_are_timed_and_no_evaluations(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(ours, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    x, t = pictures.make(count=100)
    engine = ours.NnlibEngine(Plan("perceptron", 10), presets.build("perceptron"), x, t, cores=1)
    evaluate, do_step = engine.trainer.evaluate, engine.trainer._do_step

    def slow_evaluate():
        clock[0] += 1000
        return evaluate()

    def step():
        clock[0] += 1
        return do_step()

    monkeypatch.setattr(engine.trainer, "evaluate", slow_evaluate)
    monkeypatch.setattr(engine.trainer, "_do_step", step)
    assert engine.train(30) == (300, 30)
    assert clock[0] > 1000


def test_pictures_have_the_ink_and_the_margin_of_mnist():
    x, t = pictures.make(count=2000)
    assert x.shape == (2000, 1, 28, 28)
    assert x.dtype == np.float32
    assert t.dtype == np.int64
    assert (x > 0).mean() == pytest.approx(0.19, abs=0.005)
    assert x[:, :, :4].max() == x[:, :, :, -4:].max() == 0
    assert 0 <= x.min() < x.max() <= 1
    assert set(t) == set(range(10))
    again, _ = pictures.make(count=2000)
    assert np.array_equal(x, again)


def test_the_peak_counts_from_where_it_was_reset():
    if memory.resident() is None:
        pytest.skip("this system does not tell")
    np.ones(150_000_000, np.uint8)  # gone at once, and forgotten by the reset
    memory.reset_peak()
    low = memory.peak()
    kept = np.ones(50_000_000, np.uint8)
    high = memory.peak()
    assert low is not None
    assert high is not None
    assert high - low == pytest.approx(kept.nbytes, rel=0.1)


def test_idle_processes_use_no_processor():
    with Child("nnlib", "perceptron", 1) as child:
        child.ready()
        child.tell("build")
        before = child.idle
        time.sleep(0.3)  # not to wait for something: nothing is to happen meanwhile
        child.tell("memory")
    assert child.idle - before < 0.1
