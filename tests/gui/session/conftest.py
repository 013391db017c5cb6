"""A session, and something small to train in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from gui.session.session import Session
from nnlib.data import Dataset
from nnlib.layers import Affine, Flatten, ReLU
from nnlib.project import ProjectSpec
from nnlib.training import TrainingSettings


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    t = np.arange(400) % 4
    x = (rng.random((400, 1, 4, 4)) * 0.2).astype(np.float32)
    x[np.arange(400), 0, t, :] += 0.8
    return Dataset("stripes", x, t.astype(np.int64), x[:80], t[:80].astype(np.int64), tuple("abcd"))


@pytest.fixture
def spec() -> ProjectSpec:
    return ProjectSpec(
        (Flatten(), Affine(20), ReLU(), Affine(4)),
        training=TrainingSettings(epochs=3, batch_size=20),
    )


@pytest.fixture
def session(qtbot) -> Iterator[Session]:
    made = Session()
    yield made
    assert made.close()


@pytest.fixture
def wait(qtbot, session: Session) -> Callable[[Callable[[], object]], None]:
    """Pull, as the display timer does, until a condition holds."""

    def until(condition: Callable[[], object]) -> None:
        def look() -> bool:
            session.pull()
            return bool(condition())

        qtbot.waitUntil(look, timeout=20_000)

    return until
