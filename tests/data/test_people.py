"""What a network that has seen only the built-in digits makes of digits that people wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnlib.data import load, render
from nnlib.project import ProjectSpec
from nnlib.training import Trainer, TrainingSettings
from tests.support.pen_strokes import pen_digits


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_lenet_trained_on_built_in_digits_reads_what_people_wrote(
    dev_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = load("digits")
    spec = ProjectSpec.from_preset("lenet", training=TrainingSettings(epochs=8))
    network = spec.build(digits)
    for _ in Trainer(network, digits, spec.training).run():
        pass
    monkeypatch.setenv("LAYERLAB_DATA_DIR", str(dev_data))
    mnist = load("mnist")
    strokes, labels = pen_digits(dev_data)
    pictures = np.stack([render(drawing) for drawing in strokes])[:, None]
    read = network.accuracy(mnist.x_test, mnist.t_test), network.accuracy(pictures, labels)
    print("MNIST's test set and the pen strokes are read right:", read)
    assert min(read) >= 0.95
