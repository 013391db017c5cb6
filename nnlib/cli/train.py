"""``train``: train a network without a window, save it, take up a training that was saved."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass

from nnlib import data, presets
from nnlib.cli.console import Console, duration_text, percent_text
from nnlib.cli.plan import check_held_back, plan
from nnlib.cli.records import EVERY, Records, TrainingError, check_metrics, check_save
from nnlib.cli.stop_signals import stop_signals
from nnlib.cli.watch import Watch
from nnlib.data import Dataset
from nnlib.errors import LayerLabError, ProjectError
from nnlib.network import Network
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from nnlib.schedules import Constant, Schedule
from nnlib.training import Diverged, Evaluated, Finished, StepDone, Trainer, TrainingSettings
from nnlib.training.diagnosis import Finding
from nnlib.types import Array, Labels


@dataclass
class Progress:
    """What became of a training.

    Attributes:
        seconds, samples: time spent in steps, and how many samples were learned from in it.
        metrics: the last evaluation's losses and accuracies.
        signal: the number of the signal that stopped it, or 0.
        ending: the trainer's last word, None where a signal came first.
    """

    seconds: float = 0.0
    samples: int = 0
    metrics: dict[str, float] = dataclasses.field(default_factory=dict)
    signal: int = 0
    ending: Finished | None = None


def train(arguments: argparse.Namespace, console: Console) -> int:
    """The command; `nnlib.cli.command_line` declares its arguments."""
    if arguments.save is not None:
        check_save(arguments.save)
    spec, saved = plan(arguments)
    if arguments.metrics is not None:
        check_metrics(arguments.metrics, _other_files(arguments, spec))
    dataset = data.load(spec.data, console.progress)
    check_held_back(spec.training, dataset)
    network = spec.build(dataset)
    trainer = Trainer(network, dataset, spec.training)
    progress = Progress()
    if saved:
        _take_up(trainer, saved, arguments.resume)
        progress.metrics = dict(saved.metrics)
    every = EVERY if arguments.checkpoint_every is None else arguments.checkpoint_every
    records = Records(spec, trainer, console, arguments.save, every, arguments.metrics, saved)
    watch = Watch(spec, trainer)
    if not arguments.json:
        _introduce(console, spec, dataset, trainer)
    with contextlib.closing(records), stop_signals() as stopped:
        _learn(trainer, console, records, watch, progress, stopped)
        if arguments.save is not None:
            records.save(progress.metrics)
            if not arguments.json:
                console.say(f"Saved to {arguments.save}")
    if progress.signal:
        kept = f"; saved to {arguments.save}" if arguments.save is not None else ""
        console.note(f"Stopped after step {trainer.step:,}, in epoch {trainer.epoch + 1}{kept}.")
        return 128 + progress.signal
    _tell_ending(console, trainer, progress)
    _report(console, spec, trainer, progress, watch.findings, arguments.json)
    return 0


def _other_files(arguments: argparse.Namespace, spec: ProjectSpec) -> dict[str, str | None]:
    """The files that the training reads or writes beside the metrics, by what they are."""
    return {
        "the file of --save": arguments.save,
        "the file of --resume": arguments.resume,
        "the file of the network": None
        if arguments.network in presets.names()
        else arguments.network,
        "the data": None if spec.data in data.names() else spec.data,
    }


def _take_up(trainer: Trainer, saved: SavedProject, file: str) -> None:
    try:
        trainer.network.restore(saved.weights or {})
        trainer.restore(saved.training or {})
    except LayerLabError as error:
        raise ProjectError(f"{file} cannot be continued: {error}") from error


def _introduce(console: Console, spec: ProjectSpec, dataset: Dataset, trainer: Trainer) -> None:
    """What is about to be trained, on what, and how."""
    settings = trainer.settings
    optimizer = settings.optimizer
    held_back = len(trainer.validation_indices)
    held_back_text = f"{held_back:,} to validate on, " if held_back else ""
    rows = [
        ("Network", f"{_title(spec)}, {trainer.network.parameter_count:,} parameters"),
        (
            "Data",
            f"{dataset.name}, {trainer.training_count:,} samples to learn from, {held_back_text}"
            f"{len(dataset.x_test):,} to test on",
        ),
        (
            "Training",
            f"{_count(settings.epochs, 'epoch')} in batches of {settings.batch_size}, "
            f"{optimizer.display_name()} with learning rate {optimizer.lr:g}"
            f"{_schedule_text(settings.schedule)}{_patience_text(settings)}",
        ),
    ]
    if trainer.step:
        rows.append(("Resumed", f"after step {trainer.step:,}, in epoch {trainer.epoch + 1}"))
    for name, text in rows:
        console.say(f"{name:<9} {text}")


def _schedule_text(schedule: Schedule) -> str:
    if schedule == Constant():
        return ""
    options = schedule.summary()
    return f", {schedule.title}" + (f" ({options})" if options else "")


def _patience_text(settings: TrainingSettings) -> str:
    if settings.patience is None:
        return ""
    return f", at most {_count(settings.patience, 'epoch')} without a lower validation loss"


def _learn(
    trainer: Trainer,
    console: Console,
    records: Records,
    watch: Watch,
    progress: Progress,
    stopped: list[int],
) -> None:
    """Train until all epochs are done, or it stopped early, or a signal came."""
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
            progress.metrics = _numbers(event)
            if event.step and event.epochs == trainer.epoch:
                console.note(
                    f"Epoch {trainer.epoch}/{epochs}: loss {event.train_loss:.4f}, "
                    f"accuracy {percent_text(event.train_accuracy)}, "
                    f"{judged_on} {percent_text(event.validation_accuracy)}"
                )
        elif isinstance(event, Finished):
            progress.ending = event
            if event.best_step is not None:  # other weights than those that were judged last
                progress.metrics = _numbers(trainer.evaluate())
        records.take(event, progress.metrics)
        watch.take(event)
        if isinstance(event, Diverged):
            raise TrainingError(_divergence_text(event, records))
        if stopped:
            progress.signal = stopped[0]
            break
        clock = time.perf_counter()


def _numbers(event: Evaluated) -> dict[str, float]:
    """The evaluation's losses and accuracies by name."""
    return {
        field.name: getattr(event, field.name)
        for field in dataclasses.fields(event)
        if field.name.endswith(("loss", "accuracy"))
    }


def _divergence_text(event: Diverged, records: Records) -> str:
    where = f" in {event.layer}" if event.layer else ""
    kept = "Nothing was saved."
    if records.checkpoint_at is not None:
        kept = f"The checkpoint of step {records.checkpoint_at:,} is kept."
    return (
        f"The training diverged at step {event.step:,}: there are numbers{where} that are "
        f"not finite. Choose a smaller learning rate. {kept}"
    )


# Afterwards


def _tell_ending(console: Console, trainer: Trainer, progress: Progress) -> None:
    """Say what the epoch lines do not tell: an early stop, whose weights these are, an idle run."""
    ending = progress.ending
    if ending is not None and ending.stopped_early:
        patience = _count(trainer.settings.patience or 0, "epoch")
        console.note(
            f"Stopped early after epoch {trainer.epoch}: no lower validation loss for {patience}; "
            "a larger --patience goes on."
        )
    elif not progress.samples:
        console.note(
            f"All {trainer.settings.epochs} epochs were already done; --epochs asks for more."
        )
    if ending is not None and ending.best_step not in (None, ending.step):
        console.note(f"The weights are the best ones, of step {ending.best_step:,}.")


def _report(
    console: Console,
    spec: ProjectSpec,
    trainer: Trainer,
    progress: Progress,
    findings: Sequence[Finding],
    as_json: bool,
) -> None:
    """Judge the network on all samples, and say how it did and what goes wrong."""
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
                "findings": [
                    {"kind": f.kind, "layer": f.layer, "title": f.title, "text": f.text}
                    for f in findings
                ],
            }
        )
        return
    console.say(
        f"Learned   in {duration_text(progress.seconds)}, at {rate:,.0f} samples per second"
    )
    console.say(
        f"Accuracy  training {percent_text(train_accuracy)}, test {percent_text(test_accuracy)}"
    )
    for finding in findings:
        console.say(f"Diagnosis {finding.text}")


def _judge(network: Network, x: Array, t: Labels) -> tuple[float | None, float | None]:
    """Loss and accuracy; None where there are no samples."""
    return network.evaluate(x, t) if len(x) else (None, None)


def _title(spec: ProjectSpec) -> str:
    return spec.title or "network"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
