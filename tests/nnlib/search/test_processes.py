"""Our own processes: the same rows as here, and neither deaths nor signals make the search hang."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from nnlib.search import Choice, RoundStarted, Row, Stop, table
from tests.nnlib.search.conftest import Here

ROOT = Path(__file__).resolve().parents[3]


def test_processes_give_bitwise_the_rows_that_threads_and_this_thread_give(make_search):
    search = make_search()
    rows = table(search.run(workers=2))
    assert rows == table(search.run(Here()))
    assert search.repeat(rows[-1]) == rows[-1]


def test_a_plain_process_pool_of_the_caller_works_and_stays_open(make_search):
    search = make_search(rounds=1)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert table(search.run(pool)) == table(search.run(Here()))
        assert pool.submit(os.getpid).result() != os.getpid()


def test_stopping_ends_trials_that_run_in_processes(make_search):
    search = make_search({"epochs": Choice(1, 100_000)}, trials=12, rounds=1)
    stop, rows = Stop(), []
    for event in search.run(workers=2, stop=stop):
        if isinstance(event, Row):
            rows.append(event)
            stop.set()
    assert {row.values["epochs"] for row in rows} == {1}, rows
    assert not multiprocessing.active_children()


def test_closing_ends_trials_that_run_in_processes(make_search):
    search = make_search({"epochs": Choice(1, 100_000)}, trials=12, rounds=1)
    run = search.run(workers=2)
    while not isinstance(next(run), Row):
        pass
    run.close()
    assert not multiprocessing.active_children()


def test_a_process_that_is_killed_costs_time_and_no_row(make_search):
    search = make_search(rounds=2)
    events = []
    for event in search.run(workers=1):
        events.append(event)
        if [type(e) for e in events] == [RoundStarted, Row]:
            for child in multiprocessing.active_children():
                child.kill()
    assert table(events) == table(search.run(Here()))


def test_a_trial_that_kills_its_process_is_a_row_with_its_reason(make_search):
    from nnlib.search.stop import Stop
    from nnlib.search.workers import ProcessRunner
    from tests.support.deadly_trial import DeadlyTrial

    search = make_search(rounds=1, trials=3)
    trials = search.round(1, search.ranges)
    trials[1] = DeadlyTrial(**vars(trials[1]))
    runner = ProcessRunner(1, Stop())
    try:
        rows = table(runner.rows(trials))
    finally:
        runner.close()
    assert [row.problem[:28] for row in rows] == ["", "The process that ran it died", ""]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watches processes as Linux lets it")
def test_no_process_is_left_when_the_one_that_searches_is_killed(make_search, cloud_file):
    code = (
        "import multiprocessing, sys\n"
        "from nnlib import Affine\n"
        "from nnlib.project import ProjectSpec\n"
        "from nnlib.search import LogUniform, Row, Search\n"
        "if __name__ == '__main__':\n"
        "    spec = ProjectSpec((Affine(3),), data=sys.argv[1])\n"
        "    ranges = {'optimizer.lr': LogUniform(0.01, 1)}\n"
        "    for event in Search(spec, ranges, rounds=1000, samples=100).run(workers=1):\n"
        "        if isinstance(event, Row):\n"
        "            print(multiprocessing.active_children()[0].pid, flush=True)\n"
    )
    script = Path(cloud_file).with_name("script.py")
    script.write_text(code)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, script, cloud_file], stdout=subprocess.PIPE, env=environment, text=True
    ) as searching:
        assert searching.stdout
        worker = os.pidfd_open(int(searching.stdout.readline()))
        searching.send_signal(signal.SIGKILL)
    try:
        assert select.select([worker], [], [], 30)[0], "the worker still runs"
    finally:
        os.close(worker)


def test_no_thread_and_no_process_is_started_before_the_first_trial(make_search):
    run = make_search().run(workers=2)
    assert isinstance(next(run), RoundStarted)
    assert not multiprocessing.active_children()
    run.close()
