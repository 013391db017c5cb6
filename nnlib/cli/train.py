"""``train``: train a network without a window, save it, take up a training that was saved."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlib import data, presets, project_file
from nnlib.cli.console import Console, duration_text, percent_text
from nnlib.data import Dataset
from nnlib.errors import LayerLabError, OptionError, ProjectError
from nnlib.network import Network
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from nnlib.saving import check_writable
from nnlib.schedules import Constant, CoolDown, Schedule
from nnlib.training import Diverged, Evaluated, StepDone, Trainer, TrainingSettings
from nnlib.types import Array, Labels


class TrainingError(LayerLabError):
    """The arguments were good, and yet the training or the saving came to a bad end."""


@dataclass
class Progress:
    """What became of a training.

    Attributes:
        seconds, samples: time spent in steps, and how many samples were learned from in it.
        metrics: the last evaluation's losses and accuracies.
        signal: the number of the signal that stopped it, or 0.
    """

    seconds: float = 0.0
    samples: int = 0
    metrics: dict[str, float] = dataclasses.field(default_factory=dict)
    signal: int = 0


def train(arguments: argparse.Namespace, console: Console) -> int:
    """The command; `nnlib.cli.command_line` declares its arguments."""
    if arguments.save is not None:
        _check_save(arguments.save)
    spec, saved = _plan(arguments)
    dataset = data.load(spec.data, console.progress)
    network = spec.build(dataset)
    trainer = Trainer(network, dataset, spec.training)
    if saved:
        _take_up(trainer, saved, arguments.resume)
    if not arguments.json:
        _introduce(console, spec, dataset, trainer)
    with _stop_signals() as stopped:
        progress = _learn(trainer, console, stopped)
        if arguments.save is not None:
            _save(arguments.save, spec, trainer, progress)
            if not arguments.json:
                console.say(f"Saved to {arguments.save}")
    if progress.signal:
        kept = f"; saved to {arguments.save}" if arguments.save is not None else ""
        console.note(f"Stopped after step {trainer.step:,}, in epoch {trainer.epoch + 1}{kept}.")
        return 128 + progress.signal
    if not progress.samples:
        console.note(
            f"All {spec.training.epochs} epochs were already done; --epochs asks for more."
        )
    _report(console, spec, trainer, progress, arguments.json)
    return 0


# What to train


def _plan(arguments: argparse.Namespace) -> tuple[ProjectSpec, SavedProject | None]:
    """The project that the arguments describe, and what it is to be resumed from."""
    saved = None
    if arguments.resume is not None:
        saved = project_file.load(arguments.resume)
        spec = saved.spec
        if saved.training is None:
            raise ProjectError(f"{arguments.resume} holds no training that could be continued.")
        if arguments.network is not None and _named(arguments.network).layers != spec.layers:
            raise OptionError(
                f"{arguments.resume} holds another network than {arguments.network}. Leave "
                f"{arguments.network} out, or start anew without --resume."
            )
        if arguments.seed not in (None, spec.seed):
            raise OptionError(
                f"{arguments.resume} was begun with --seed {spec.seed}, which cannot be changed."
            )
    elif arguments.network is not None:
        spec = _named(arguments.network)
        spec = dataclasses.replace(spec, training=spec.training.replace(validation_share=0.0))
    else:
        raise OptionError(f"Say which network to train: {', '.join(presets.names())}, or a file.")
    return _changed(spec, arguments), saved


def _named(network: str) -> ProjectSpec:
    """The project behind a preset's name or a file."""
    if network in presets.names():
        return ProjectSpec.from_preset(network, training=TrainingSettings(schedule=CoolDown()))
    path = Path(network)
    if path.suffix == project_file.SUFFIX or os.path.isfile(network):
        spec = project_file.load(path).spec
        return spec if spec.title else dataclasses.replace(spec, title=path.stem)
    raise OptionError(
        f"There is no network named {network!r}. Known: {', '.join(presets.names())}; "
        "or give a .layerlab file."
    )


def _changed(spec: ProjectSpec, arguments: argparse.Namespace) -> ProjectSpec:
    """The project with what the arguments say otherwise."""
    optimizer = spec.training.optimizer
    if arguments.optimizer is not None and type(arguments.optimizer) is not type(optimizer):
        optimizer = arguments.optimizer
    if arguments.learning_rate is not None:
        optimizer = optimizer.replace(lr=arguments.learning_rate)
    changes: dict[str, Any] = {
        name: value
        for name in ("epochs", "batch_size", "schedule", "weight_decay", "seed")
        if (value := getattr(arguments, name)) is not None
    }
    training = spec.training.replace(optimizer=optimizer, **changes)
    spec = dataclasses.replace(spec, training=training)
    if arguments.seed is not None:
        spec = dataclasses.replace(spec, seed=arguments.seed)
    if arguments.data is not None:
        source = arguments.data
        if source not in data.names() and os.path.exists(source):
            source = os.path.abspath(source)  # so that the saved project finds it from anywhere
        spec = dataclasses.replace(spec, data=source)
    return spec


def _schedule_text(schedule: Schedule) -> str:
    return "" if schedule == Constant() else f", {schedule.title}"


def _take_up(trainer: Trainer, saved: SavedProject, file: str) -> None:
    try:
        trainer.network.restore(saved.weights or {})
        trainer.restore(saved.training or {})
    except LayerLabError as error:
        raise ProjectError(f"{file} cannot be continued: {error}") from error


# Training


def _introduce(console: Console, spec: ProjectSpec, dataset: Dataset, trainer: Trainer) -> None:
    """What is about to be trained, on what, and how."""
    settings = trainer.settings
    optimizer = settings.optimizer
    rows = [
        ("Network", f"{_title(spec)}, {trainer.network.parameter_count:,} parameters"),
        (
            "Data",
            f"{dataset.name}, {trainer.training_count:,} samples to learn from, "
            f"{len(dataset.x_test):,} to test on",
        ),
        (
            "Training",
            f"{_count(settings.epochs, 'epoch')} in batches of {settings.batch_size}, "
            f"{optimizer.display_name()} with learning rate {optimizer.lr:g}"
            f"{_schedule_text(settings.schedule)}",
        ),
    ]
    if trainer.step:
        rows.append(("Resumed", f"after step {trainer.step:,}, in epoch {trainer.epoch + 1}"))
    for name, text in rows:
        console.say(f"{name:<9} {text}")


def _learn(trainer: Trainer, console: Console, stopped: list[int]) -> Progress:
    """Train until all epochs are done or a signal came."""
    progress = Progress()
    epochs, before = trainer.settings.epochs, trainer.samples
    goal = epochs * trainer.training_count
    judged_on = "validation" if trainer.settings.validation_share else "test"
    clock = time.perf_counter()
    for event in trainer.run():
        now = time.perf_counter()
        if isinstance(event, StepDone):
            progress.seconds += now - clock
            progress.samples = event.samples - before
            rate = progress.samples / max(progress.seconds, 1e-9)
            left = duration_text((goal - event.samples) / rate)
            console.progress(
                event.samples / goal,
                f"epoch {event.epoch}/{epochs}  {left} left  loss {event.loss:.4f}  "
                f"{rate:,.0f} samples/s",
            )
        elif isinstance(event, Evaluated):
            progress.metrics = {
                field.name: getattr(event, field.name)
                for field in dataclasses.fields(event)
                if field.name.endswith(("loss", "accuracy"))
            }
            if event.step and event.epochs == trainer.epoch:
                console.note(
                    f"Epoch {trainer.epoch}/{epochs}: loss {event.train_loss:.4f}, "
                    f"accuracy {percent_text(event.train_accuracy)}, "
                    f"{judged_on} {percent_text(event.validation_accuracy)}"
                )
        elif isinstance(event, Diverged):
            where = f" in {event.layer}" if event.layer else ""
            raise TrainingError(
                f"The training diverged at step {event.step:,}: there are numbers{where} that are "
                "not finite. Choose a smaller learning rate. Nothing was saved."
            )
        if stopped:
            progress.signal = stopped[0]
            break
        clock = time.perf_counter()
    return progress


@contextlib.contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Ctrl+C and its like are noted in the list, so that a step is never cut in two.

    Who presses it three times does not want to wait.
    """
    came: list[int] = []

    def note(number: int, frame: object) -> None:
        came.append(number)
        if len(came) > 2:
            raise KeyboardInterrupt

    before = {}
    with contextlib.suppress(ValueError):  # only the main thread may ask for signals
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                before[number] = signal.signal(number, note)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Afterwards


def _check_save(file: str) -> None:
    """Refuse before the training what would be refused after it."""
    if Path(file).suffix.lower() != project_file.SUFFIX:
        raise OptionError(f"--save needs the name of a .layerlab file, not {file!r}.")
    check_writable(file)


def _save(file: str, spec: ProjectSpec, trainer: Trainer, progress: Progress) -> None:
    try:
        project_file.save(file, spec, trainer=trainer, metrics=progress.metrics)
    except ProjectError as error:
        raise TrainingError(str(error)) from error


def _report(
    console: Console, spec: ProjectSpec, trainer: Trainer, progress: Progress, as_json: bool
) -> None:
    """Judge the network on all samples, and say how it did."""
    network, dataset = trainer.network, trainer.dataset
    train_loss, train_accuracy = network.evaluate(dataset.x_train, dataset.t_train)
    test_loss, test_accuracy = _judge(network, dataset.x_test, dataset.t_test)
    rate = progress.samples / progress.seconds if progress.seconds else 0.0
    if as_json:
        console.say_json(
            {
                "network": _title(spec),
                "data": dataset.name,
                "parameters": network.parameter_count,
                "epochs": trainer.epoch,
                "train_loss": train_loss,
                "train_accuracy": train_accuracy,
                "test_loss": test_loss,
                "test_accuracy": test_accuracy,
                "seconds": round(progress.seconds, 3),
                "samples_per_second": round(rate, 1),
            }
        )
        return
    console.say(
        f"Learned   in {duration_text(progress.seconds)}, at {rate:,.0f} samples per second"
    )
    console.say(
        f"Accuracy  training {percent_text(train_accuracy)}, test {percent_text(test_accuracy)}"
    )


def _judge(network: Network, x: Array, t: Labels) -> tuple[float | None, float | None]:
    """Loss and accuracy; None where there are no samples."""
    return network.evaluate(x, t) if len(x) else (None, None)


def _title(spec: ProjectSpec) -> str:
    return spec.title or "network"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
