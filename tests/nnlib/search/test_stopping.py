"""Stopping a search: what is finished is kept, what waits is cancelled, and nothing hangs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nnlib import Trainer
from nnlib.search import Choice, Event, RoundStarted, Row, Stop, table
from tests.nnlib.search.conftest import Here

ENDLESS = {"epochs": 100_000}


@pytest.mark.parametrize("finished", [0, 1, 4, 9])
def test_closing_keeps_what_is_finished(make_search, finished):
    whole = list(make_search().run(Here()))
    run = make_search().run(Here())
    some: list[Event] = []
    while len(table(some)) < finished:
        some.append(next(run))
    run.close()
    assert some == whole[: len(some)]
    assert list(run) == []


@pytest.mark.parametrize("finished", [0, 1, 4, 9])
def test_stopping_keeps_what_is_finished_and_begins_nothing_more(make_search, finished):
    whole = table(make_search().run(Here()))
    stop = Stop()

    def before(count: int) -> None:
        if count == finished:
            stop.set()

    executor = Here(before)
    rows = table(make_search().run(executor, stop=stop))
    assert rows == whole[:finished]
    assert executor.count == finished + 1  # the one that the stop met


def test_a_search_that_was_stopped_before_it_began_gives_nothing(make_search):
    stop = Stop()
    stop.set()
    stop.set()
    assert list(make_search().run(Here(), stop=stop)) == []


def test_stopping_from_another_thread_ends_running_and_waiting_trials(make_search, monkeypatch):
    running, waiting = threading.Event(), threading.Event()
    step = Trainer._do_step

    def noticed(trainer):
        running.set()
        return step(trainer)

    monkeypatch.setattr(Trainer, "_do_step", noticed)
    stop, begun = Stop(), []

    class Watched(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            begun.append(super().submit(fn, *args, **kwargs))
            if len(begun) == 6:
                waiting.set()
            return begun[-1]

    def stop_when_running() -> None:
        running.wait()
        waiting.wait()
        stop.set()

    helper = threading.Thread(target=stop_when_running)
    helper.start()
    with Watched(2) as threads:
        events = list(make_search(training=ENDLESS).run(threads, stop=stop))
    helper.join()
    assert [type(event) for event in events] == [RoundStarted]
    assert len(begun) == 6
    # Who waited is cancelled, unless a thread that became free took it and saw the stop.
    assert all(future.cancelled() or future.result() is None for future in begun)


def test_closing_ends_running_trials_on_threads(make_search):
    search = make_search({"epochs": Choice(1, 100_000)}, trials=8, rounds=1)
    with ThreadPoolExecutor(8) as threads:
        run = search.run(threads)
        next(run)
        assert isinstance(next(run), Row)
        run.close()
    # and that the pool closed says that no trial went on
