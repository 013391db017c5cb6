"""What the presets reach on MNIST with the settings that the command line proposes."""

from __future__ import annotations

import pytest

from nnlib import Trainer, data, presets
from nnlib.schedules import CoolDown
from nnlib.training import Finished, TrainingSettings


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "epochs", "accuracy"),
    [("two-layer", 5, 0.965), ("lenet", 3, 0.985), ("simple-conv", 3, 0.985)],
)
def test_a_preset_reads_mnist(name, epochs, accuracy, dev_data, monkeypatch):
    monkeypatch.setenv("LAYERLAB_DATA_DIR", str(dev_data))
    mnist = data.load("mnist")
    settings = TrainingSettings(epochs=epochs, schedule=CoolDown())
    trainer = Trainer(presets.build(name, seed=0), mnist, settings)
    assert (trainer.training_count, trainer.optimizer.lr) == (60_000, 0.001)
    *_, last = trainer.run()
    assert last == Finished(600 * epochs)
    assert trainer.network.accuracy(mnist.x_test, mnist.t_test) >= accuracy
