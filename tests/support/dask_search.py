"""Searches on a local Dask cluster of two processes, and compares: see test_dask.py.

A process of its own: Dask leaves a thread behind that never ends.
"""

from __future__ import annotations

import os
import sys

from distributed import Client, LocalCluster

from nnlib import Affine, Dropout, ReLU
from nnlib.project import ProjectSpec
from nnlib.search import Choice, LogUniform, Row, Search, Stop, Uniform, table
from nnlib.training import TrainingSettings


def main() -> None:
    spec = ProjectSpec(
        (Affine(8), ReLU(), Dropout(0.1), Affine(3)),
        training=TrainingSettings(batch_size=20, epochs=2),
        data=sys.argv[1],
    )
    ranges = {
        "optimizer": Choice("sgd", "adam"),
        "optimizer.lr": LogUniform(1e-4, 0.1),
        "layers.0.units": Uniform(2, 12, whole=True),
    }
    search = Search(spec, ranges, trials=6, rounds=2, samples=100)
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=":0",
        ) as cluster,
        Client(cluster) as client,
        client.get_executor() as executor,
    ):
        rows = table(search.run(executor))
        stop, some = Stop(), []
        for event in search.run(executor, stop=stop):
            if isinstance(event, Row):
                some.append(event)
                stop.set()
        elsewhere = executor.submit(_process_id).result()
    assert elsewhere != _process_id()
    assert len(rows) == 12
    assert not any(row.problem for row in rows)
    assert [search.repeat(row) for row in rows] == rows
    assert rows == table(search.run(workers=1))
    assert 1 <= len(some) <= 6
    assert all(row in rows for row in some)
    print("equal")


def _process_id() -> int:
    return os.getpid()


if __name__ == "__main__":
    main()
