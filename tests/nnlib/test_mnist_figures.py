"""What the presets reach on MNIST: with the book's settings, and with the command line's.

The book's are those of its sections 4.5, 7.5 and 8.1, in batches of 100: 10,000 steps (16.7 epochs)
for two-layer and 20 epochs for the others. `make test-long` prints what was reached.
"""

from __future__ import annotations

import pytest

from nnlib import Dataset, Trainer, data, presets
from nnlib.optimizers import SGD, Adam
from nnlib.schedules import CoolDown
from nnlib.training import Finished, TrainingSettings


@pytest.fixture
def mnist(dev_data, monkeypatch) -> Dataset:
    monkeypatch.setenv("LAYERLAB_DATA_DIR", str(dev_data))
    return data.load("mnist")


def reached(
    name: str, mnist: Dataset, settings: TrainingSettings, seed: int = 0, steps: int | None = None
) -> float:
    """The accuracy on all test samples after so many steps, or after the whole training."""
    trainer = Trainer(presets.build(name, seed=seed), mnist, settings)
    assert (trainer.training_count, trainer.steps_per_epoch) == (60_000, 600)
    for event in trainer.run():
        last = event
        if trainer.step == steps:
            break
    assert steps is not None or last == Finished(600 * settings.epochs)
    return trainer.network.accuracy(mnist.x_test, mnist.t_test)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "epochs", "least"),
    [("two-layer", 5, 0.965), ("lenet", 3, 0.985), ("simple-conv", 3, 0.985)],
)
def test_a_preset_reads_mnist(name, epochs, least, mnist, capsys):
    settings = TrainingSettings(epochs=epochs, schedule=CoolDown())
    assert settings.optimizer == Adam(lr=0.001)
    accuracy = reached(name, mnist, settings)
    with capsys.disabled():
        print(f"\n{name}, {epochs} epochs: {accuracy:.4f} on MNIST's test samples")
    assert accuracy >= least


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("name", "seed", "optimizer", "steps", "least"),
    [
        *(("two-layer", seed, SGD(lr=0.1), 10_000, 0.97) for seed in range(3)),
        ("simple-conv", 0, Adam(lr=0.001), 12_000, 0.985),
        ("deep-conv", 0, Adam(lr=0.001), 12_000, 0.993),
    ],
    ids=lambda value: getattr(value, "display_name", lambda: None)(),
)
def test_a_preset_reaches_the_books_figure(name, seed, optimizer, steps, least, mnist, capsys):
    settings = TrainingSettings(optimizer=optimizer, epochs=20, seed=seed)
    accuracy = reached(name, mnist, settings, seed, steps)
    with capsys.disabled():
        print(f"\n{name}, seed {seed}, the book's settings: {accuracy:.4f}, at least {least}")
    assert accuracy >= least
