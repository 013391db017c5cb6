"""The data loader: in the background, the newest wish wins, failures are sentences."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gui.session.data_loader import DataLoader
from nnlib.data import Dataset


@pytest.fixture
def loader(qtbot) -> Iterator[DataLoader]:
    made = DataLoader()
    yield made
    made.close()


def test_the_built_in_digits_are_loaded(qtbot, loader):
    with qtbot.waitSignal(loader.loaded, timeout=20_000) as caught:
        loader.load("digits")
    name, dataset = caught.args
    assert name == "digits"
    assert isinstance(dataset, Dataset)
    assert len(dataset.x_train) == 20_000


def test_what_cannot_be_loaded_gives_a_sentence(qtbot, loader):
    with qtbot.waitSignal(loader.failed, timeout=20_000) as caught:
        loader.load("mnist")
    name, text = caught.args
    assert name == "mnist"
    assert "Traceback" not in text
    assert "train-images" in text


def test_only_the_newest_wish_is_answered(qtbot, loader):
    answers: list[str] = []
    loader.loaded.connect(lambda name, _: answers.append(name))
    loader.failed.connect(lambda name, _: answers.append(name))
    for name in ("mnist", "nowhere", "digits"):
        loader.load(name)
    qtbot.waitUntil(lambda: answers == ["digits"], timeout=20_000)
