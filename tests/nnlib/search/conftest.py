"""A search that takes a blink: tiny networks on three clouds of points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future

import pytest

from nnlib import Affine, Dropout, ReLU
from nnlib.optimizers import SGD
from nnlib.project import ProjectSpec
from nnlib.search import Choice, LogUniform, Search, Uniform, subset
from nnlib.training import TrainingSettings
from tests.support.clouds import clouds, write

RANGES = {
    "optimizer.lr": LogUniform(1e-4, 1.0),
    "weight_decay": LogUniform(1e-8, 1e-2),
    "layers.0.units": Uniform(2, 12, whole=True),
    "initial": Choice("he", "xavier", 0.01),
}


class Here(Executor):
    """Runs what it is given at once, in this thread; tests look in between."""

    def __init__(self, before: Callable[[int], None] = lambda count: None) -> None:
        self.before, self.count = before, 0

    def submit(self, fn, /, *args, **kwargs) -> Future:
        self.count += 1
        self.before(self.count - 1)
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture(autouse=True)
def _no_data_kept() -> Iterator[None]:
    yield
    subset.forget()


@pytest.fixture
def cloud_file(tmp_path) -> str:
    return write(tmp_path / "clouds.npz", clouds())


@pytest.fixture
def make_search(cloud_file) -> Callable[..., Search]:
    def make(ranges=RANGES, training=None, **others) -> Search:
        settings = {"optimizer": SGD(), "batch_size": 20, "epochs": 2} | (training or {})
        spec = ProjectSpec(
            (Affine(8), ReLU(), Dropout(0.1), Affine(3)),
            training=TrainingSettings(**settings),
            data=cloud_file,
        )
        chosen = {"trials": 6, "rounds": 2, "samples": 100, "keep": 0.34} | others
        return Search(spec, ranges, **chosen)

    return make
